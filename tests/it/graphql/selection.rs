//! What is selected is what is answered, in its order: aliases, fragments, conditions, and errors in the middle.

use serde_json::{Value, json};

use crate::harness::TestApp;

const TABLES: &str = "CREATE TABLE a (id INTEGER PRIMARY KEY, x TEXT); INSERT INTO a VALUES (1, 'one');
    CREATE TABLE b (y TEXT); INSERT INTO b VALUES ('two');";

async fn synced(app: &TestApp) -> String {
    let id = app.sqlite_connector("shop", TABLES).await;
    let end = app.sync_and_wait(&id).await;
    assert_eq!(end["status"], "SUCCEEDED", "{end:#}");
    id
}

#[tokio::test]
async fn an_object_has_the_keys_of_its_selection_in_their_order() {
    const QUERY: &str = "query($id: ID!, $yes: Boolean!, $no: Boolean!) { connector(id: $id) {
            label: name
            dataSources(first: 2) { nodes { name } }
            __typename
            ...named
            ... on Node { key: id }
            ... on Connector @include(if: $yes) { timezone }
            ... on Connector @skip(if: $yes) { demoMode }
            status @include(if: $no)
            authType @skip(if: $no)
            ...never @include(if: $no)
            dataSources(first: 2) { __typename nodes { ... { path: sourcePath } ...of_kind name } totalCount }
            name
            latestSync { connector { name } }
        } }
        fragment named on Connector { slug ... on Node { __typename } label: name }
        fragment never on Connector { description }
        fragment of_kind on Node { __typename ... on DataSource { isActive } ... on SyncLog { attempt } }";
    let app = TestApp::new().await;
    let id = synced(&app).await;
    let data = app.gql(QUERY, json!({ "id": id, "yes": true, "no": false })).await;
    let source =
        |name: &str| format!(r#"{{"name":"{name}","path":"{name}","__typename":"DataSource","isActive":true}}"#);
    let sources =
        format!(r#"{{"nodes":[{},{}],"__typename":"DataSourceConnection","totalCount":2}}"#, source("a"), source("b"));
    let expected = format!(
        r#"{{"label":"shop","dataSources":{sources},"__typename":"Connector","slug":"shop","key":"{id}","timezone":"UTC","authType":"NONE","name":"shop","latestSync":{{"connector":{{"name":"shop"}}}}}}"#
    );
    assert_eq!(data["connector"].to_string(), expected);
    app.stop().await;
}

#[tokio::test]
async fn what_is_large_is_there_wherever_it_is_asked_for() {
    const QUERY: &str = "query($id: ID!) { connector(id: $id) {
            config: connectionConfig
            dataSources(first: 1) { edges { node { ...shape } } nodes { connector { ... on Node { ...config } } } }
        } }
        fragment shape on DataSource { ... on DataSource { columns: schema { type name } key: primaryKey } }
        fragment config on Connector { deep: connectionConfig }";
    let app = TestApp::new().await;
    let id = synced(&app).await;
    let connector = app.gql(QUERY, json!({ "id": id })).await["connector"].take();
    assert!(connector["config"]["url"].as_str().unwrap().starts_with("sqlite:"), "{connector:#}");
    assert_eq!(connector["dataSources"]["nodes"][0]["connector"]["deep"], connector["config"]);
    let source = &connector["dataSources"]["edges"][0]["node"];
    let columns = json!([{ "type": "bigint", "name": "id" }, { "type": "text", "name": "x" }]);
    assert_eq!(*source, json!({ "columns": columns, "key": ["id"] }));
    app.stop().await;
}

#[tokio::test]
async fn a_field_that_fails_takes_only_what_cannot_be_without_it() {
    const QUERY: &str = "query($id: ID!) {
        first: connector(id: $id) { name dataSources(first: 1) { nodes { name
            good: preview(limit: 1) { rowCount } bad: preview(limit: -1) { rowCount } id } } }
        second: connector(id: $id) { name dataSources(first: 1) { nodes { preview(limit: 1) { rows } } } } }";
    let app = TestApp::new().await;
    let id = synced(&app).await;
    let answer = app.try_gql(QUERY, json!({ "id": id })).await;
    let second = json!({ "name": "shop", "dataSources": { "nodes": [{ "preview": { "rows": [[1, "one"]] } }] } });
    assert_eq!(answer["data"], json!({ "first": null, "second": second }), "{answer:#}");
    assert_eq!(answer["errors"].as_array().map(Vec::len), Some(1), "{answer:#}");
    assert_eq!(answer["errors"][0]["path"], json!(["first", "dataSources", "nodes", 0, "bad"]));
    assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
    app.stop().await;
}

#[tokio::test]
async fn a_field_is_the_same_alone_and_among_all_others() {
    const FIELDS: &str = "query($type: String!) { __type(name: $type) { fields {
        name args { name } type { kind ofType { kind } } } } }";
    let app = TestApp::new().await;
    let id = synced(&app).await;
    let query = "query($id: ID!) { connector(id: $id) { latestSync { id }
        dataSources(first: 1) { nodes { id extracts(first: 1) { nodes { id } } } } } }";
    let connector = app.gql(query, json!({ "id": id })).await["connector"].take();
    let source = &connector["dataSources"]["nodes"][0];
    for (kind, id) in [
        ("Connector", &json!(id)),
        ("DataSource", &source["id"]),
        ("DataExtract", &source["extracts"]["nodes"][0]["id"]),
        ("SyncLog", &connector["latestSync"]["id"]),
    ] {
        let fields = app.gql(FIELDS, json!({ "type": kind })).await["__type"]["fields"].take();
        let names: Vec<&str> = fields.as_array().unwrap().iter().filter_map(leaf).collect();
        assert!(names.len() > 10, "{kind}: {names:?}");
        let root = format!("{}{}", kind[..1].to_lowercase(), &kind[1..]);
        let ask = async |selection: &str| {
            let query = format!("query($id: ID!) {{ it: {root}(id: $id) {{ {selection} }} }}");
            app.gql(&query, json!({ "id": id })).await["it"].take()
        };
        let all = ask(&names.join(" ")).await;
        for name in names {
            assert_eq!(ask(name).await, json!({ name: all[name] }), "{kind}.{name}");
        }
        let by_node = format!("query($id: ID!) {{ node(id: $id) {{ ... on {kind} {{ {} }} }} }}", all_of(&all));
        assert_eq!(app.gql(&by_node, json!({ "id": id })).await["node"].to_string(), all.to_string(), "{kind}");
    }
    app.stop().await;
}

/// The name of a field that has no fields of its own.
fn leaf(field: &Value) -> Option<&str> {
    let kind = field["type"]["ofType"]["kind"].as_str().or(field["type"]["kind"].as_str());
    let is_leaf = matches!(kind, Some("SCALAR" | "ENUM")) && field["args"].as_array().is_some_and(Vec::is_empty);
    field["name"].as_str().filter(|_| is_leaf)
}

fn all_of(object: &Value) -> String {
    object.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ")
}
