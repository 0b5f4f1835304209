//! Columns of the settings that get another name at the source: what the sync asks for can be set, and no row stands twice.

use serde_json::{Value, json};

use super::table::Table;

const ROWS: &str = "CREATE TABLE t (id int PRIMARY KEY, n int, changed int NOT NULL);
    INSERT INTO t SELECT n, n, n FROM generate_series(1, 3) n";

/// Of which a sync reads the news.
async fn numbers() -> Option<Table> {
    let table = Table::with(ROWS).await?;
    let settings = json!({ "extractType": "INCREMENTAL", "writeMode": "MERGE", "primaryKey": ["id"],
        "cursorField": "changed", "lookbackSeconds": 0 });
    table.set(settings).await;
    table.sync().await;
    Some(table)
}

/// The error with which a change of the settings is refused.
async fn refused(table: &Table, mut settings: Value) -> Value {
    settings["id"] = json!(table.source);
    let update = "mutation($input: UpdateDataSourceInput!) { updateDataSource(input: $input) { dataSource { id } } }";
    let mut answer = table.app.try_gql(update, json!({ "input": settings })).await;
    answer["errors"][0].take()
}

async fn discover(table: &Table) {
    let discover = "mutation($id: ID!) { discoverSources(input: { connectorId: $id }) { dataSources { id } } }";
    table.app.gql(discover, json!({ "id": table.connector })).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_and_a_cursor_with_another_name_can_be_set_once_they_are_discovered() {
    let Some(mut table) = numbers().await else { return };
    table.run("ALTER TABLE t RENAME id TO order_id; UPDATE t SET n = 20, changed = 9 WHERE order_id = 2").await;
    let message = table.failure().await;
    assert!(message.contains("order_id") && message.contains("discover"), "{message}");
    let error = refused(&table, json!({ "primaryKey": ["order_id"] })).await;
    assert!(error["message"].as_str().unwrap().contains("there is no column order_id"), "{error:#}");
    assert!(error["extensions"]["hint"].as_str().unwrap().contains("discover"), "{error:#}");
    discover(&table).await;
    table.set(json!({ "primaryKey": ["order_id"] })).await;
    table.sync().await;
    assert_eq!(table.lake("SELECT order_id, n FROM shop.t ORDER BY 1").await, ["1|1", "2|20", "3|3"]);

    table.run("ALTER TABLE t RENAME changed TO changed_at; INSERT INTO t VALUES (4, 4, 10)").await;
    let message = table.failure().await;
    assert!(message.contains("cursorField"), "{message}");
    discover(&table).await;
    table.set(json!({ "cursorField": "changed_at", "lookbackSeconds": 0 })).await;
    table.sync().await;
    assert_eq!(table.lake("SELECT order_id, n FROM shop.t ORDER BY 1").await, ["1|1", "2|20", "3|3", "4|4"]);
    assert_eq!(table.sync().await, [1, 0, 0, 0]);
    let error = refused(&table, json!({ "primaryKey": ["nothing"] })).await;
    assert!(error["message"].as_str().unwrap().contains("there is no column nothing"), "{error:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_the_rows_which_are_there_do_not_have_has_everything_read_anew() {
    let Some(mut table) = numbers().await else { return };
    table.run("ALTER TABLE t ADD code text; UPDATE t SET code = 'c' || id").await;
    table.sync().await;
    assert_eq!(table.lake("SELECT count(code) FROM shop.t").await, ["1"], "only of the row that came again");
    table.set(json!({ "primaryKey": ["code"] })).await;
    table.run("UPDATE t SET n = 20, changed = 9 WHERE id = 2").await;
    let mut events = table.app.events_of(&table.connector).await;
    table.sync().await;
    let told = events.wait_for(|event| event["kind"] == "SCHEMA_CHANGE").await;
    let message = told["message"].as_str().unwrap();
    assert!(message.contains("code, which is of the key, came to the lake table when that had rows"), "{message}");
    assert_eq!(table.lake("SELECT code, n FROM shop.t ORDER BY 1").await, ["c1|1", "c2|20", "c3|3"]);
    table.run("UPDATE t SET n = 30, changed = 10 WHERE id = 3").await;
    assert_eq!(table.sync().await, [2, 0, 1, 0]);
    assert_eq!(table.lake("SELECT code, n FROM shop.t ORDER BY 1").await, ["c1|1", "c2|20", "c3|30"]);
}
