//! The guide's example as a scenario of a running product, with short words for what is done to it.

use std::path::Path;

use dataweaver::config::Config;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::Client;
use crate::harness::TestApp;

/// The id of the guide's example.
pub const ORDER_BOOK: &str = "order_book";

/// How large its world is in most tests: a fifth has all that it takes.
pub const SMALL: f64 = 0.2;

/// What is asked of a scenario.
const PARTS: &str = "id name status sizeFactor
    steps { name status detail startedAt completedAt }
    connectors { id name slug description type demoMode connectionConfig scenario { id } }
    dataSources { id name description isActive rowCount tableName }
    validation { passed at checks { name passed detail } }";

/// The guide's example.
pub fn example() -> &'static str {
    let guide = include_str!("../../../docs/scenario-guide.md");
    let (_, rest) = guide.split_once("```yaml\n").expect("the guide has an example");
    rest.split_once("```\n").expect("the example has an end").0
}

/// A folder with packs, each given by its file's name and text.
pub fn folder(packs: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in packs {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// A product that knows the guide's example.
pub async fn app() -> (TestApp, TempDir) {
    app_with(example(), |_| {}).await
}

/// A product that knows a pack, with other settings.
pub async fn app_with(pack: &str, change: impl FnOnce(&mut Config)) -> (TestApp, TempDir) {
    let packs = folder(&[("pack.yaml", pack)]);
    let app = TestApp::with(|config| {
        config.scenarios.dir = Some(packs.path().to_owned());
        change(config);
    })
    .await;
    (app, packs)
}

/// The settings of a command line that knows the packs of a folder.
pub fn setting(packs: &Path) -> (&'static str, String) {
    ("SCENARIOS__DIR", packs.display().to_string())
}

/// Begins a set-up.
pub async fn begin(app: &Client, id: &str, size_factor: Option<f64>) -> Value {
    let begin = "mutation($id: ID!, $size: Float) {
        setupScenario(input: { scenarioId: $id, sizeFactor: $size }) { scenario { id status } syncLogs { id } } }";
    app.gql(begin, json!({ "id": id, "size": size_factor })).await["setupScenario"].take()
}

/// Every state of a scenario until it is READY or FAILED.
pub async fn states(app: &Client, id: &str) -> Vec<Value> {
    let follow = format!("subscription($id: ID!) {{ scenarioProgress(scenarioId: $id) {{ {PARTS} }} }}");
    let mut socket = app.socket(json!({})).await;
    socket.subscribe(&follow, json!({ "id": id })).await;
    let mut states = Vec::new();
    while let Some(mut payload) = socket.next().await {
        assert!(payload.get("errors").is_none(), "{id} cannot be followed: {payload:#}");
        states.push(payload["data"]["scenarioProgress"].take());
    }
    states
}

/// Waits until a scenario is as wished, while something is done to it.
pub async fn wait_until(app: &Client, id: &str, is_wished: impl Fn(&Value) -> bool) -> Value {
    let follow = format!("subscription($id: ID!) {{ scenarioProgress(scenarioId: $id) {{ {PARTS} }} }}");
    let mut socket = app.socket(json!({})).await;
    socket.subscribe(&follow, json!({ "id": id })).await;
    let mut last = Value::Null;
    while let Some(mut payload) = socket.next().await {
        last = payload["data"]["scenarioProgress"].take();
        if is_wished(&last) {
            return last;
        }
    }
    panic!("{id} was never as wished; at last it was {last:#}")
}

/// Sets a scenario up and gives it as it is at the end.
pub async fn end_of_set_up(app: &Client, id: &str, size_factor: Option<f64>) -> Value {
    begin(app, id, size_factor).await;
    states(app, id).await.pop().expect("there is a state")
}

/// The same, where it has to be READY.
pub async fn set_up(app: &Client, id: &str, size_factor: Option<f64>) -> Value {
    let end = end_of_set_up(app, id, size_factor).await;
    assert_eq!(end["status"], "READY", "{:#} {:#?}", end["steps"], failed_checks(&end["validation"]));
    end
}

/// A scenario as it stands.
pub async fn get(app: &Client, id: &str) -> Value {
    let query = format!("query($id: ID!) {{ scenario(id: $id) {{ {PARTS} }} }}");
    app.gql(&query, json!({ "id": id })).await["scenario"].take()
}

/// Validates a scenario.
pub async fn validate(app: &Client, id: &str) -> Value {
    let validate = "mutation($id: ID!) { validateScenario(input: { scenarioId: $id }) {
        validation { passed checks { name passed detail } } } }";
    app.gql(validate, json!({ "id": id })).await["validateScenario"]["validation"].take()
}

/// Tears a scenario down.
pub async fn tear_down(app: &Client, id: &str) -> Value {
    let tear_down = "mutation($id: ID!) { teardownScenario(input: { scenarioId: $id }) {
        scenario { status steps { name } connectors { id } dataSources { id } validation { passed } } } }";
    app.gql(tear_down, json!({ "id": id })).await["teardownScenario"]["scenario"].take()
}

/// The checks that did not pass, by name with their details.
pub fn failed_checks(validation: &Value) -> Vec<(String, String)> {
    let checks = validation["checks"].as_array().cloned().unwrap_or_default();
    let failed = checks.iter().filter(|check| check["passed"] == false);
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    failed.map(|check| (text(&check["name"]), text(&check["detail"]))).collect()
}

/// The values of one part of each thing in a list.
pub fn each(list: &Value, part: &str) -> Vec<String> {
    let list = list.as_array().expect("a list").iter();
    list.map(|thing| thing[part].as_str().map_or_else(|| thing[part].to_string(), str::to_owned)).collect()
}

/// The first of a list that is called so.
pub fn called<'a>(list: &'a Value, name: &str) -> &'a Value {
    let found = list.as_array().expect("a list").iter().find(|thing| thing["name"] == name);
    found.unwrap_or_else(|| panic!("{name} is none of {list:#}"))
}

/// The only value that a statement gives.
pub async fn value(app: &Client, sql: &str) -> Value {
    let query = "query($sql: String!) { sql(query: $sql) { rows } }";
    app.gql(query, json!({ "sql": sql })).await["sql"]["rows"][0][0].take()
}
