//! Lists can be read page by page, in both directions, without a gap or a double.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::harness::TestApp;
use crate::servers;

const CREATE: &str = "mutation($input: CreateConnectorInput!) { createConnector(input: $input) { connector { id } } }";
const PAGE: &str = "query($first: Int, $after: String, $last: Int, $before: String) {
    connectors(first: $first, after: $after, last: $last, before: $before) {
        totalCount edges { cursor node { id name } } nodes { name }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";

async fn with_connectors(count: usize) -> TestApp {
    let app = TestApp::new().await;
    for number in 0..count {
        let config = json!({ "url": format!("sqlite:///{number}.db") });
        let input = json!({ "name": format!("C {number:03}"), "type": "DATABASE", "connectionConfig": config });
        app.gql(CREATE, json!({ "input": input })).await;
    }
    app
}

fn names(connection: &Value) -> Vec<String> {
    let nodes = connection["nodes"].as_array().unwrap();
    nodes.iter().map(|node| node["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_list_is_read_forwards_and_backwards() {
    let app = with_connectors(120).await;
    let expected: Vec<String> = (0..120).map(|number| format!("C {number:03}")).collect();

    let (mut forwards, mut after) = (Vec::new(), Value::Null);
    loop {
        let page = &app.gql(PAGE, json!({ "first": 25, "after": after })).await["connectors"];
        assert_eq!(page["totalCount"], 120);
        assert_eq!(page["pageInfo"]["hasPreviousPage"], !after.is_null());
        assert_eq!(page["pageInfo"]["startCursor"], page["edges"][0]["cursor"]);
        forwards.extend(names(page));
        after = page["pageInfo"]["endCursor"].clone();
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    assert_eq!(forwards, expected);

    let (mut backwards, mut before) = (Vec::new(), Value::Null);
    loop {
        let page = &app.gql(PAGE, json!({ "last": 50, "before": before })).await["connectors"];
        backwards.splice(0..0, names(page));
        before = page["pageInfo"]["startCursor"].clone();
        if page["pageInfo"]["hasPreviousPage"] == false {
            break;
        }
    }
    assert_eq!(backwards, expected);

    let usual = &app.gql("{ connectors { nodes { name } } }", json!({})).await["connectors"];
    assert_eq!(names(usual), expected[..50], "without a size it is the usual page");
    let none = &app.gql(PAGE, json!({ "first": 0 })).await["connectors"];
    assert_eq!(none["edges"], json!([]));
    assert_eq!(none["pageInfo"]["endCursor"], Value::Null);
    app.stop().await;
}

#[tokio::test]
async fn a_list_shows_what_is_searched_for() {
    let app = with_connectors(12).await;
    let search = "query($search: String, $type: [ConnectorType!]) {
        connectors(search: $search, type: $type) { totalCount nodes { name } } }";
    let found = &app.gql(search, json!({ "search": "c 01" })).await["connectors"];
    assert_eq!(names(found), ["C 010", "C 011"]);
    assert_eq!(found["totalCount"], 2);
    assert_eq!(app.gql(search, json!({ "type": ["SLACK"] })).await["connectors"]["totalCount"], 0);
    assert_eq!(app.gql(search, json!({ "search": "100%" })).await["connectors"]["totalCount"], 0);
    app.stop().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_page_is_told_before_it_is_read() {
    odd_pages(with_connectors(1).await).await;
}

#[tokio::test]
async fn the_same_with_our_own_tables_in_postgresql() {
    let Some(database) = servers::postgres() else { return };
    let app = TestApp::on(database.url()).await;
    let input = json!({ "name": "C", "type": "DATABASE", "connectionConfig": { "url": "sqlite:///c.db" } });
    app.gql(CREATE, json!({ "input": input })).await;
    odd_pages(app).await;
}

/// Pages of edges, of which one statement reads many: none may spoil those of others.
async fn odd_pages(app: TestApp) {
    let syncs = "query($status: [SyncStatus!], $after: String) {
        connectors { nodes { syncLogs(status: $status, after: $after) { nodes { id } } } } }";
    // More words than a statement has room for.
    let often = json!({ "status": vec!["RUNNING"; 70_000] });
    assert_eq!(app.gql(syncs, often).await["connectors"]["nodes"][0]["syncLogs"]["nodes"], json!([]));
    for text in ["row:\0", "row:con_1", "row:", "other"] {
        let refused = app.try_gql(syncs, json!({ "after": URL_SAFE_NO_PAD.encode(text) })).await;
        assert_eq!(refused["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{text:?}: {refused:#}");
    }
    app.stop().await;
}
