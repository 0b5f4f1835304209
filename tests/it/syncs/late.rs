//! Transactions that commit late: their rows have a cursor that a sync has passed already.

use serde_json::{Value, json};
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_time_that_is_named_as_the_cursor_has_a_look_back_unless_it_is_set() {
    let columns = "CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL, seen timestamp NOT NULL, day date NOT NULL);
        INSERT INTO t SELECT n, n, timestamp '2026-01-01' + n * interval '1 hour', date '2026-01-01' FROM generate_series(1, 9) n";
    let Some(mut table) = Table::with(columns).await else { return };
    let look_back = async |settings: Value| {
        table.set(settings).await;
        let ask = "query($id: ID!) { dataSource(id: $id) { lookbackSeconds } }";
        table.app.gql(ask, json!({ "id": table.source })).await["dataSource"]["lookbackSeconds"].as_i64().unwrap()
    };
    assert_eq!(look_back(json!({ "cursorField": "n" })).await, 0, "from a number nothing can be taken");
    assert_eq!(look_back(json!({ "cursorField": "seen", "lookbackSeconds": 0 })).await, 0, "that was said");
    assert_eq!(look_back(json!({ "cursorField": "seen" })).await, 0, "it is the same cursor");
    assert_eq!(look_back(json!({ "cursorField": "day" })).await, 300);
    assert_eq!(look_back(json!({ "cursorField": "seen", "lookbackSeconds": 60 })).await, 60);
    assert_eq!(look_back(json!({ "cursorField": "day" })).await, 60, "what was set stays");
    assert_eq!(look_back(json!({ "cursorField": null, "lookbackSeconds": 0 })).await, 0);
    assert_eq!(look_back(json!({ "extractType": "INCREMENTAL", "cursorField": "seen" })).await, 300);
    // With it, a short transaction that ends late is not missed.
    table.sync().await;
    table.run("INSERT INTO t VALUES (10, 10, timestamp '2026-01-01 08:56', '2026-01-01')").await;
    table.sync().await;
    assert_eq!(table.lake("SELECT count(*) FROM shop.t WHERE id = 10").await, ["1"]);
}

/// Of a data source that is made by hand no column is known yet.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_data_source_that_is_made_by_hand_has_a_look_back_where_it_has_a_cursor() {
    let Some(table) = Table::with("CREATE TABLE t (id int PRIMARY KEY)").await else { return };
    let ask = "query($id: ID!) { dataSource(id: $id) { connector { id } } }";
    let connector = table.app.gql(ask, json!({ "id": table.source })).await["dataSource"]["connector"]["id"].take();
    let create = "mutation($input: CreateDataSourceInput!) { createDataSource(input: $input) { dataSource { lookbackSeconds } } }";
    for (path, settings, expected) in [
        ("a", json!({ "cursorField": "changed" }), 300),
        ("b", json!({ "cursorField": "changed", "lookbackSeconds": 0 }), 0),
        ("c", json!({}), 0),
    ] {
        let mut input = json!({ "connectorId": connector, "name": path, "sourceType": "table", "sourcePath": path });
        input.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
        let made = table.app.gql(create, json!({ "input": input })).await;
        assert_eq!(made["createDataSource"]["dataSource"]["lookbackSeconds"], expected, "{path}");
    }
}
