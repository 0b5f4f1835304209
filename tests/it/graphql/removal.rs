//! What is removed is not synced meanwhile, and what cannot be deleted keeps nothing else from going.

use std::fs;

use serde_json::{Value, json};

use crate::harness::TestApp;
use crate::servers;

const TABLES: &str = "CREATE TABLE a (id INTEGER PRIMARY KEY); INSERT INTO a VALUES (1);
    CREATE TABLE b (id INTEGER PRIMARY KEY); INSERT INTO b VALUES (1);";
const START: &str = "mutation($id: ID!, $only: [ID!]) { syncConnector(input: { connectorId: $id, dataSourceIds: $only }) { syncLog { id } } }";
const CANCEL: &str = "mutation($id: ID!) { cancelSync(input: { syncLogId: $id }) { syncLog { status } } }";
const REMOVE: &str = "mutation($id: ID!) { deleteConnector(input: { id: $id, dropData: true }) { deletedId } }";
const REMOVE_SOURCE: &str = "mutation($id: ID!) { deleteDataSource(input: { id: $id, dropData: true }) { deletedId } }";
const RESET: &str = "mutation($id: ID!) { resetDataSource(input: { id: $id }) { dataSource { id } } }";
const DISCOVER: &str = "mutation($id: ID!) { discoverSources(input: { connectorId: $id }) { dataSources { id } } }";

/// An app whose syncs wait: somebody else holds its data folder.
async fn without_a_runner() -> (TestApp, fs::File) {
    let mut held = None;
    let app = TestApp::with(|config| {
        fs::create_dir_all(&config.storage.data_dir).unwrap();
        let file = fs::File::create(config.storage.data_dir.join("dataweaver.db.lock")).unwrap();
        file.lock().unwrap();
        held = Some(file);
    })
    .await;
    (app, held.unwrap())
}

async fn discovered(app: &TestApp, connector: &str) -> Vec<Value> {
    let found = app.gql(DISCOVER, json!({ "id": connector })).await;
    let sources = found["discoverSources"]["dataSources"].as_array().unwrap();
    sources.iter().map(|source| source["id"].clone()).collect()
}

#[tokio::test]
async fn what_a_waiting_sync_will_read_is_not_removed() {
    let (app, _held) = without_a_runner().await;
    let id = app.sqlite_connector("Shop", TABLES).await;
    let sources = discovered(&app, &id).await;

    let all = app.gql(START, json!({ "id": id, "only": null })).await["syncConnector"]["syncLog"]["id"].clone();
    assert_eq!(app.error_code(REMOVE, json!({ "id": id })).await, "CONFLICT");
    for query in [REMOVE_SOURCE, RESET] {
        assert_eq!(app.error_code(query, json!({ "id": sources[0] })).await, "CONFLICT", "{query}");
    }
    app.gql(CANCEL, json!({ "id": all })).await;

    let first = app.gql(START, json!({ "id": id, "only": [sources[0], sources[0]] })).await;
    assert_eq!(app.error_code(REMOVE_SOURCE, json!({ "id": sources[0] })).await, "CONFLICT");
    let same = app.gql(START, json!({ "id": id, "only": [sources[0]] })).await;
    assert_eq!(same, first, "the same data source, named once or twice, is the same sync");
    app.gql(REMOVE_SOURCE, json!({ "id": sources[1] })).await;
    app.gql(CANCEL, json!({ "id": first["syncConnector"]["syncLog"]["id"] })).await;
    app.gql(REMOVE, json!({ "id": id })).await;
    app.stop().await;
}

#[tokio::test]
async fn the_order_of_data_sources_makes_no_other_sync() {
    let (app, _held) = without_a_runner().await;
    let id = app.sqlite_connector("Shop", TABLES).await;
    let sources = discovered(&app, &id).await;
    let forth = app.gql(START, json!({ "id": id, "only": [sources[0], sources[1]] })).await;
    let back = app.gql(START, json!({ "id": id, "only": [sources[1], sources[0]] })).await;
    assert_eq!(forth, back);
    assert_eq!(app.error_code(START, json!({ "id": id, "only": [sources[1]] })).await, "CONFLICT");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn removing_with_the_data_leaves_no_table() {
    removes_every_table(TestApp::new().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn removing_with_the_data_leaves_no_table_with_our_own_in_postgresql() {
    let Some(database) = servers::postgres() else { return };
    removes_every_table(TestApp::on(database.url()).await).await;
}

async fn removes_every_table(app: TestApp) {
    let id = app.sqlite_connector("Shop", TABLES).await;
    assert_eq!(app.sync_and_wait(&id).await["status"], "SUCCEEDED");
    let lake = app.folder().join("data/lake/shop");
    assert_eq!(fs::read_dir(&lake).unwrap().count(), 2);
    app.gql(REMOVE, json!({ "id": id })).await;
    assert_eq!(fs::read_dir(&lake).map_or(0, Iterator::count), 0, "a table is left");
    app.stop().await;
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_cannot_be_deleted_keeps_no_other_one() {
    let app = TestApp::new().await;
    let id = app.sqlite_connector("Shop", TABLES).await;
    assert_eq!(app.sync_and_wait(&id).await["status"], "SUCCEEDED");
    let lake = app.folder().join("data/lake/shop");
    let mut tables: Vec<_> = fs::read_dir(&lake).unwrap().map(|entry| entry.unwrap().path()).collect();
    tables.sort();
    // A file that is where the first table's log was: even root cannot list it as a folder.
    let log = tables[0].join("_delta_log");
    fs::remove_dir_all(&tables[0]).unwrap();
    fs::write(&tables[0], "in the way").unwrap();
    assert!(!log.exists());
    let answer = app.try_gql(REMOVE, json!({ "id": id })).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "INTERNAL", "{answer}");
    assert!(!tables[1].exists(), "the other table is left");
    let list = app.gql("{ connectors { totalCount } }", json!({})).await;
    assert_eq!(list["connectors"]["totalCount"], 0, "the rows are gone");
    app.stop().await;
}
