//! Transactions that commit late: their rows have a cursor that a sync has passed already.

use serde_json::json;
use sqlx::{Connection, Executor};

use super::table::Table;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_row_of_a_late_transaction_is_missed_with_the_settings_that_discovery_proposes() {
    let Some(mut table) = Table::with(
        "CREATE TABLE t (id int PRIMARY KEY, updated_at timestamptz NOT NULL DEFAULT now());
         INSERT INTO t SELECT n, now() - interval '1 day' FROM generate_series(1, 9) n",
    )
    .await
    else {
        return;
    };
    let ask = "query($id: ID!) { dataSource(id: $id) { cursorField lookbackSeconds } }";
    let proposed = table.app.gql(ask, json!({ "id": table.source })).await;
    assert_eq!(proposed["dataSource"], json!({ "cursorField": "updated_at", "lookbackSeconds": 300 }));
    table.set(json!({ "extractType": "INCREMENTAL", "writeMode": "MERGE", "primaryKey": ["id"] })).await;

    let mut other = table.connect().await;
    let mut late = other.begin().await.unwrap();
    late.execute("INSERT INTO t VALUES (100)").await.unwrap();
    table.run("INSERT INTO t VALUES (101)").await;
    table.sync().await;
    assert_eq!(table.lake("SELECT count(*), max(id) FROM shop.t").await, ["10|101"], "the later one is there first");
    late.commit().await.unwrap();
    table.sync().await;
    assert_eq!(table.lake("SELECT count(*), count(DISTINCT id) FROM shop.t").await, ["11|11"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cursor_that_is_a_number_is_proposed_without_a_look_back() {
    let Some(table) = Table::with("CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, v text)").await
    else {
        return;
    };
    let ask = "query($id: ID!) { dataSource(id: $id) { lookbackSeconds } }";
    let proposed = table.app.gql(ask, json!({ "id": table.source })).await;
    assert_eq!(proposed["dataSource"], json!({ "lookbackSeconds": 0 }));
}
