//! A scenario that is set up, its questions, and what is true in it.

use std::collections::BTreeMap;

use dataweaver::demo::World;
use dataweaver::scenario::{Pack, Packs};
use serde_json::{Value, json};

use super::judgement::Table;
use crate::client::Client;
use crate::harness::TestApp;

/// What is asked of an answer.
pub const ASK: &str = "query($question: String!, $scenario: ID, $conversation: ID) {
    ask(question: $question, scenarioId: $scenario, conversationId: $conversation) {
        id conversationId question interpretation confidence needsClarification sql summary chart suggestions engine at
        result { columns { name type } rows truncated rowCount } sources { id name lastUpdated } } }";

/// The pack of a scenario.
pub fn pack(scenario: &str) -> Pack {
    let packs = Packs::load(None);
    let pack = packs.get(scenario).unwrap_or_else(|| panic!("there is no pack {scenario}: {:?}", packs.broken()));
    (**pack).clone()
}

/// What is true in the scenario's world, fact by fact.
pub fn truth(pack: &Pack) -> BTreeMap<&'static str, Table> {
    let truth = World::named(Some(pack.world.as_str()), 1.0).expect("the pack's world is known").truth();
    truth.names().filter_map(|name| Some((name, Table::of_fact(truth.fact(name)?)))).collect()
}

/// Asks a question.
pub async fn ask(app: &Client, question: &str, scenario: Option<&str>) -> Value {
    app.try_gql(ASK, json!({ "question": question, "scenario": scenario })).await
}

/// Sets a scenario up, and gives what it says of itself at the end.
pub async fn set_up(app: &Client, scenario: &str) -> Value {
    let setup = "mutation($id: ID!) { setupScenario(input: { scenarioId: $id }) { scenario { id status } } }";
    app.gql(setup, json!({ "id": scenario })).await;
    let follow = "subscription($id: ID!) { scenarioProgress(scenarioId: $id) { status steps { name status detail } } }";
    let mut socket = app.socket(json!({})).await;
    socket.subscribe(follow, json!({ "id": scenario })).await;
    let mut last = Value::Null;
    while let Some(payload) = socket.next().await {
        assert!(payload.get("errors").is_none(), "the set-up cannot be followed: {payload:#}");
        last = payload["data"]["scenarioProgress"].clone();
    }
    last
}

/// Makes and syncs what a pack needs, connector by connector, without its workflow: for whoever works at questions while the
/// set-up does not.
pub async fn connect(app: &Client, pack: &Pack) {
    for wanted in &pack.connectors {
        let id = app
            .connector(json!({
                "name": wanted.name, "type": wanted.connector_type.as_str(), "demoMode": true,
                "connectionConfig": { "world": pack.world },
            }))
            .await;
        let discover =
            "mutation($id: ID!) { discoverSources(input: { connectorId: $id }) { dataSources { id name } } }";
        let found = app.gql(discover, json!({ "id": id })).await["discoverSources"]["dataSources"].take();
        let found = found.as_array().expect("data sources").clone();
        let names = || wanted.sources.iter().map(|source| source.discovered.as_ref().unwrap_or(&source.name));
        for name in names() {
            assert!(found.iter().any(|source| source["name"] == **name), "{name} is not found: {found:?}");
        }
        let needed = found.iter().filter(|source| names().any(|name| source["name"] == **name));
        let needed: Vec<&Value> = needed.map(|source| &source["id"]).collect();
        let start = "mutation($input: SyncConnectorInput!) { syncConnector(input: $input) { syncLog { id } } }";
        let started = app.gql(start, json!({ "input": { "connectorId": id, "dataSourceIds": needed } })).await;
        let log = app.sync_end(started["syncConnector"]["syncLog"]["id"].as_str().expect("an id")).await;
        assert_eq!(log["status"], "SUCCEEDED", "{log:#}");
    }
}

/// The rows of a statement that names tables by `source('…')` and `ref('…')`.
pub async fn rows_of(app: &Client, pack: &Pack, statement: &str) -> Table {
    let statement = resolved(app, pack, statement).await;
    let query = "query($query: String!) { sql(query: $query, limit: 100000) { columns { name } rows truncated } }";
    let result = app.gql(query, json!({ "query": statement })).await["sql"].take();
    assert_eq!(result["truncated"], false, "{statement}");
    Table::of(&result)
}

/// The statement with the names of tables in the places of `source('…')` and `ref('…')`.
async fn resolved(app: &Client, pack: &Pack, statement: &str) -> String {
    let mut resolved = String::new();
    let mut rest = statement;
    while let Some((kind, from)) =
        ["source(", "ref("].iter().filter_map(|kind| Some((*kind, rest.find(kind)?))).min_by_key(|found| found.1)
    {
        let (before, after) = (&rest[..from], &rest[from + kind.len()..]);
        let (inside, after) = after.split_once(')').unwrap_or_else(|| panic!("{statement}: a bracket is missing"));
        let name = inside.trim().trim_matches(['\'', '"']);
        let table = match kind {
            "source(" => table_of_source(app, pack, name).await,
            _ => table_of_workflow(app, name).await,
        };
        resolved.push_str(before.trim_end().strip_suffix("{{").unwrap_or(before));
        resolved.push_str(&table);
        rest = after.trim_start().strip_prefix("}}").unwrap_or(after);
    }
    resolved + rest
}

async fn table_of_source(app: &Client, pack: &Pack, name: &str) -> String {
    let sources = pack.connectors.iter().flat_map(|connector| &connector.sources);
    let source = sources.clone().find(|source| source.name == name);
    let source = source.unwrap_or_else(|| panic!("{} has no source {name}", pack.id));
    let names = [Some(&source.name), source.discovered.as_ref()];
    let list = "{ dataSources(first: 500) { nodes { name tableName rowCount } } }";
    let nodes = app.gql(list, json!({})).await["dataSources"]["nodes"].take();
    let found = nodes
        .as_array()
        .expect("data sources")
        .iter()
        .find(|node| node["rowCount"].is_number() && names.iter().flatten().any(|name| node["name"] == **name));
    found.unwrap_or_else(|| panic!("{name} was not synced: {nodes:#}"))["tableName"]
        .as_str()
        .expect("a name")
        .to_owned()
}

async fn table_of_workflow(app: &Client, name: &str) -> String {
    let list = "{ workflows { nodes { tables { name tableName } } } }";
    let nodes = app.gql(list, json!({})).await["workflows"]["nodes"].take();
    let mut tables =
        nodes.as_array().expect("workflows").iter().flat_map(|node| node["tables"].as_array().expect("tables"));
    let found = tables.find(|table| table["name"] == name);
    let found = found.unwrap_or_else(|| panic!("no workflow has made {name}: {nodes:#}"));
    found["tableName"].as_str().expect("a name").to_owned()
}

/// A small shop, synced: its tables are `shop.customers` and `shop.orders`.
pub async fn shop(app: &TestApp) {
    let statements = "
        CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, region TEXT NOT NULL);
        CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL, ordered_at TIMESTAMP, total DECIMAL(10,2));
        INSERT INTO customers VALUES (1, 'Ada', 'EMEA'), (2, 'Grace', 'AMER'), (3, 'Barbara', 'AMER');
        INSERT INTO orders VALUES (1, 1, '2024-01-05 10:00:00', 12.5), (2, 2, '2024-02-07 11:00:00', 7.25),
            (3, 1, '2024-02-09 12:00:00', 30), (4, 3, '2024-03-11 13:00:00', 0.25);";
    let connector = app.sqlite_connector("shop", statements).await;
    let log = app.sync_and_wait(&connector).await;
    assert_eq!(log["status"], "SUCCEEDED", "{log:#}");
}
