//! Deletes that an incremental sync finds: the source lists its keys, and what is not among them goes.

use serde_json::{Value, json};
use sqlx::Executor;

use super::table::{Table, counts, lines, sync};
use crate::harness::TestApp;
use crate::mysql::Source;

const ORDERS: &str = "CREATE TABLE t (id int PRIMARY KEY, total numeric(10,2), changed timestamptz NOT NULL);
    INSERT INTO t SELECT n, n, timestamptz '2026-01-01 10:00Z' + n * interval '1 minute' FROM generate_series(1, 5) n";

const ALL: &str = "SELECT id, total FROM shop.t ORDER BY id";

/// Of which a sync reads the news, and finds what is gone.
async fn orders() -> Option<Table> {
    let table = Table::with(ORDERS).await?;
    let settings = json!({ "extractType": "INCREMENTAL", "writeMode": "MERGE", "primaryKey": ["id"],
        "cursorField": "changed", "lookbackSeconds": 0, "detectDeletes": true });
    table.set(settings).await;
    Some(table)
}

/// What the log of a sync says, with its levels.
pub(super) async fn told(app: &TestApp, sync: &Value) -> Vec<String> {
    let ask = "query($id: ID!) { syncLog(id: $id) { events(first: 100, kinds: [LOG]) { nodes { level message } } } }";
    let data = app.gql(ask, json!({ "id": sync["id"] })).await;
    let facts = data["syncLog"]["events"]["nodes"].as_array().unwrap().iter();
    let line = |fact: &Value| format!("{} {}", fact["level"].as_str().unwrap(), fact["message"].as_str().unwrap());
    facts.map(line).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_that_are_gone_go_with_the_sync_that_brings_the_news() {
    let Some(mut table) = orders().await else { return };
    assert_eq!(table.sync().await, [5, 5, 0, 0]);
    table
        .run(
            "DELETE FROM t WHERE id IN (1, 4);
             INSERT INTO t VALUES (6, 6, '2026-01-02');
             UPDATE t SET total = 7, changed = '2026-01-02' WHERE id = 2",
        )
        .await;
    assert_eq!(table.sync().await, [3, 1, 1, 2], "keys are no rows that were read: 5 of before, 6 and 2");
    assert_eq!(table.lake(ALL).await, ["2|7.00", "3|3.00", "5|5.00", "6|6.00"]);
    // A row that came behind the cursor is no news, and is not taken for one by its key either.
    table.run("INSERT INTO t VALUES (9, 9, '2025-01-01')").await;
    assert_eq!(table.sync().await[1..], [0, 0, 0]);
    assert_eq!(table.lake(ALL).await.len(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn they_go_as_well_where_an_overwritten_table_with_a_key_gets_the_news() {
    let Some(mut table) = orders().await else { return };
    table.set(json!({ "writeMode": "OVERWRITE" })).await;
    assert_eq!(table.sync().await, [5, 5, 0, 0]);
    table.run("DELETE FROM t WHERE id = 1; INSERT INTO t VALUES (6, 6, '2026-01-02')").await;
    assert_eq!(table.sync().await, [2, 1, 0, 1]);
    assert_eq!(table.lake(ALL).await, ["2|2.00", "3|3.00", "4|4.00", "5|5.00", "6|6.00"]);
    table.set(json!({ "detectDeletes": false })).await;
    table.run("DELETE FROM t WHERE id = 2").await;
    assert_eq!(table.sync().await[1..], [0, 0, 0]);
    assert_eq!(table.lake(ALL).await.len(), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_without_news_finds_them_too_and_commits_nothing_where_none_is_gone() {
    let Some(mut table) = orders().await else { return };
    table.sync().await;
    // The row with the last cursor, which every sync reads again.
    table.run("DELETE FROM t WHERE id = 5").await;
    assert_eq!(table.sync().await, [0, 0, 0, 1]);
    let ask = "query($id: ID!) { dataSource(id: $id) { rowCount lastUpdated } }";
    let before = table.app.gql(ask, json!({ "id": table.source })).await;
    assert_eq!(table.sync().await, [0, 0, 0, 0]);
    assert_eq!(table.app.gql(ask, json!({ "id": table.source })).await, before);
    assert_eq!(before["dataSource"]["rowCount"].to_string().trim_matches('"'), "4");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_that_was_emptied_empties_its_table_and_fills_it_again() {
    let Some(mut table) = orders().await else { return };
    table.sync().await;
    table.run("DELETE FROM t").await;
    let log = table.app.sync_and_wait(&table.connector).await;
    assert_eq!((&log["status"], counts(&log)), (&json!("SUCCEEDED"), [0, 0, 0, 5]), "{log:#}");
    let told = told(&table.app, &log).await;
    let says =
        |line: &String| line.starts_with("WARNING t: the source lists no keys any more, so that 5 rows were deleted");
    assert!(told.iter().any(says), "{told:?}");
    assert!(table.lake(ALL).await.is_empty());
    table.run("INSERT INTO t VALUES (1, 1, '2026-01-02')").await;
    assert_eq!(table.sync().await, [1, 1, 0, 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_loses_rows_who_did_not_ask_for_it() {
    let Some(mut table) = orders().await else { return };
    table.set(json!({ "detectDeletes": false })).await;
    table.sync().await;
    table.run("DELETE FROM t WHERE id < 5").await;
    assert_eq!(table.sync().await[3], 0);
    assert_eq!(table.lake(ALL).await.len(), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asks_for_it_where_rows_are_only_added_is_told() {
    let Some(mut table) = orders().await else { return };
    let update = "mutation($input: UpdateDataSourceInput!) { updateDataSource(input: $input) { dataSource { id } } }";
    for mut input in [json!({ "writeMode": "APPEND" }), json!({ "writeMode": "OVERWRITE", "primaryKey": [] })] {
        input["id"] = json!(table.source);
        let answer = table.app.try_gql(update, json!({ "input": input })).await;
        let error = &answer["errors"][0];
        assert!(error["message"].as_str().unwrap().contains("nothing is deleted where rows are added"), "{answer:#}");
        assert!(error["extensions"]["hint"].as_str().unwrap().contains("writeMode MERGE"), "{answer:#}");
        input["detectDeletes"] = json!(false);
        table.app.update_source(input).await;
        table.set(json!({ "writeMode": "MERGE", "primaryKey": ["id"], "detectDeletes": true })).await;
    }
    // A sync that reads all of it replaces the table; one that is told to read the news alone does not.
    table.set(json!({ "writeMode": "OVERWRITE", "primaryKey": [], "extractType": "FULL" })).await;
    table.sync().await;
    table.run("DELETE FROM t WHERE id = 1").await;
    let mut said = Vec::new();
    for _ in 0..2 {
        let sync = table.app.start_sync(&table.connector, Some("INCREMENTAL")).await;
        let end = table.app.sync_end(&sync).await;
        assert_eq!(end["status"], "SUCCEEDED", "{end:#}");
        said.push(told(&table.app, &json!({ "id": sync })).await);
    }
    let says =
        |lines: &Vec<String>| lines.iter().any(|line| line.contains("no deletes are found where rows are added"));
    assert_eq!([says(&said[0]), says(&said[1])], [false, true], "{said:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_with_null_in_its_key_is_never_taken_for_gone() {
    let rows = "CREATE TABLE t (code text, n int, changed int NOT NULL);
        INSERT INTO t VALUES (NULL, 1, 1), ('a', 2, 2), ('b', 3, 3)";
    let Some(mut table) = Table::with(rows).await else { return };
    let settings = json!({ "extractType": "INCREMENTAL", "writeMode": "MERGE", "primaryKey": ["code"],
        "cursorField": "changed", "detectDeletes": true });
    table.set(settings).await;
    table.sync().await;
    table.run("DELETE FROM t WHERE code = 'a' OR code IS NULL").await;
    assert_eq!(table.sync().await[3], 1);
    assert_eq!(table.lake("SELECT code, n FROM shop.t ORDER BY n").await, ["null|1", "b|3"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_that_became_another_type_are_compared_again_once_the_table_was_read_anew() {
    let Some(mut table) = orders().await else { return };
    table.sync().await;
    // Another text than that of the number which the lake has.
    table.run("ALTER TABLE t ALTER COLUMN id TYPE text USING 'n' || id; DELETE FROM t WHERE id = 'n5'").await;
    table.sync().await;
    assert_eq!(table.lake(ALL).await, ["n1|1.00", "n2|2.00", "n3|3.00", "n4|4.00"]);
    table.run("DELETE FROM t WHERE id = 'n4'").await;
    assert_eq!(table.sync().await[3], 1);
    assert_eq!(table.lake(ALL).await, ["n1|1.00", "n2|2.00", "n3|3.00"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_that_became_another_type_while_the_table_was_empty_are_compared_as_ever() {
    let Some(mut table) = orders().await else { return };
    table.sync().await;
    table.run("DELETE FROM t").await;
    assert_eq!(table.sync().await[3], 5);
    table
        .run(
            "ALTER TABLE t ALTER COLUMN id TYPE text, ADD COLUMN note text NOT NULL;
             INSERT INTO t VALUES ('x', 1, '2026-01-02', 'a'), ('y', 2, '2026-01-03', 'b')",
        )
        .await;
    assert_eq!(table.sync().await, [2, 2, 0, 0]);
    table.run("DELETE FROM t WHERE id = 'x'").await;
    let log = table.app.sync_and_wait(&table.connector).await;
    assert_eq!((&log["status"], counts(&log)[3]), (&json!("SUCCEEDED"), 1), "{log:#}");
    let told = told(&table.app, &log).await;
    assert!(!told.iter().any(|line| line.starts_with("WARNING")), "{told:?}");
    assert_eq!(table.lake(ALL).await, ["y|2.00"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_that_the_table_keeps_in_another_type_delete_nothing() {
    let Some(mut table) = orders().await else { return };
    table.set(json!({ "schemaPolicy": "DISCARD" })).await;
    table.sync().await;
    table.run("ALTER TABLE t ALTER COLUMN id TYPE text; DELETE FROM t WHERE id = '5'").await;
    for _ in 0..2 {
        let log = table.app.sync_and_wait(&table.connector).await;
        assert_eq!((&log["status"], counts(&log)[3]), (&json!("SUCCEEDED"), 0), "{log:#}");
        let told = told(&table.app, &log).await;
        let says = |line: &String| line.starts_with("WARNING t: no row is deleted as missing at the source: id ");
        assert!(told.iter().any(says), "{told:?}");
        assert!(told.iter().any(|line| line.contains("set schemaPolicy EVOLVE")), "{told:?}");
    }
    assert_eq!(table.lake(ALL).await.len(), 5);
    // What it says helps.
    table.set(json!({ "schemaPolicy": "EVOLVE", "writeMode": "OVERWRITE", "extractType": "FULL" })).await;
    table.sync().await;
    table.set(json!({ "writeMode": "MERGE", "extractType": "INCREMENTAL" })).await;
    table.sync().await;
    table.run("DELETE FROM t WHERE id = '4'").await;
    assert_eq!(table.sync().await[3], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_that_the_table_keeps_as_narrower_numbers_are_compared_as_numbers() {
    for wider in ["bigint", "numeric(12,2)"] {
        let Some(mut table) = orders().await else { return };
        table.set(json!({ "schemaPolicy": "DISCARD" })).await;
        table.sync().await;
        // The new key fits into no integer, so that its row is rejected, and is of no row of the table.
        table
            .run(&format!(
                "ALTER TABLE t ALTER COLUMN id TYPE {wider}; DELETE FROM t WHERE id IN (1, 4);
                 INSERT INTO t VALUES (5000000000, 6, '2026-01-02')"
            ))
            .await;
        assert_eq!(table.sync().await[1..], [0, 0, 2], "{wider}");
        assert_eq!(table.lake(ALL).await, ["2|2.00", "3|3.00", "5|5.00"], "{wider}");
    }
}

const REGIONS: &str = "CREATE TABLE t (region VARCHAR(20) NOT NULL, code VARCHAR(20) NOT NULL, n INT, changed INT NOT NULL,
        PRIMARY KEY (region, code));
    INSERT INTO t VALUES ('eu', 'a', 1, 1), ('eu', 'b', 2, 2), ('us', 'a', 3, 3), ('us', 'Ü 1', 4, 4), ('x', 'a', 5, 5)";

const CHANGES: &str = "DELETE FROM t WHERE region = 'x' OR (region = 'us' AND code = 'a');
    INSERT INTO t VALUES ('us', 'b', 6, 6);
    UPDATE t SET n = 20, changed = 7 WHERE region = 'eu' AND code = 'b'";

/// Of a table with a key of two texts; `run` runs statements at its source.
async fn keys_of_two_texts_are_compared(app: &TestApp, connector: &str, mut run: impl AsyncFnMut(&'static str)) {
    let source = app.only_source(connector).await;
    let settings = json!({ "id": source, "extractType": "INCREMENTAL", "writeMode": "MERGE",
        "primaryKey": ["region", "code"], "cursorField": "changed", "detectDeletes": true });
    app.update_source(settings).await;
    assert_eq!(sync(app, connector).await, [5, 5, 0, 0]);
    run(CHANGES).await;
    assert_eq!(sync(app, connector).await[1..], [1, 1, 2]);
    let ask = "query($id: ID!) { dataSource(id: $id) { tableName } }";
    let data = app.gql(ask, json!({ "id": source })).await;
    let lake_table = data["dataSource"]["tableName"].as_str().unwrap();
    let all = format!("SELECT region, code, n FROM {lake_table} ORDER BY n");
    assert_eq!(lines(app, &all).await, ["eu|a|1", "us|Ü 1|4", "us|b|6", "eu|b|20"]);
    run("DELETE FROM t").await;
    assert_eq!(sync(app, connector).await[1..], [0, 0, 4]);
    assert!(lines(app, &all).await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_postgres_with_a_key_of_two_texts() {
    let Some(table) = Table::with(REGIONS).await else { return };
    let mut connection = table.connect().await;
    let run = async |statements: &'static str| {
        connection.execute(statements).await.unwrap();
    };
    keys_of_two_texts_are_compared(&table.app, &table.connector, run).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_mariadb_with_a_key_of_two_texts() {
    let Some(source) = Source::with(REGIONS).await else { return };
    let app = TestApp::new().await;
    let connector = app.database_connector("Shop", source.url()).await;
    let run = async |statements: &'static str| {
        source.run(statements).await;
    };
    keys_of_two_texts_are_compared(&app, &connector, run).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_sqlite_with_a_key_of_two_texts() {
    let app = TestApp::new().await;
    let file = app.sqlite_file("shop", REGIONS);
    let connector = app.database_connector("Shop", &format!("sqlite://{}", file.display())).await;
    let run = async |statements: &'static str| {
        rusqlite::Connection::open(&file).unwrap().execute_batch(statements).unwrap();
    };
    keys_of_two_texts_are_compared(&app, &connector, run).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_of_sqlite_keeps_the_type_that_the_news_gave_it() {
    let app = TestApp::new().await;
    // A text among what was declared to be numbers makes texts of all of them.
    let rows = "CREATE TABLE t (code INTEGER, n INT, changed INT NOT NULL);
        INSERT INTO t VALUES (1, 1, 1), (2, 2, 2), ('A3', 3, 3)";
    let file = app.sqlite_file("shop", rows);
    let connector = app.database_connector("Shop", &format!("sqlite://{}", file.display())).await;
    let source = app.only_source(&connector).await;
    let settings = json!({ "id": source, "extractType": "INCREMENTAL", "writeMode": "MERGE", "primaryKey": ["code"],
        "cursorField": "changed", "detectDeletes": true });
    app.update_source(settings).await;
    assert_eq!(sync(&app, &connector).await, [3, 3, 0, 0]);
    // What is left looks like numbers.
    rusqlite::Connection::open(&file).unwrap().execute_batch("DELETE FROM t WHERE code = 'A3'").unwrap();
    assert_eq!(sync(&app, &connector).await[1..], [0, 0, 1]);
    assert_eq!(lines(&app, "SELECT code FROM shop.t ORDER BY n").await, ["1", "2"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_that_cannot_list_its_keys_says_that_only_a_full_sync_finds_deletes() {
    let app = TestApp::new().await;
    let folder = app.folder().join("files");
    std::fs::create_dir(&folder).unwrap();
    let write = |text: &str| std::fs::write(folder.join("orders.csv"), text).unwrap();
    write("id,what\n1,a\n2,b\n");
    let connector = app.folder_connector("Files", &folder).await;
    let source = app.only_source(&connector).await;
    let settings = json!({ "id": source, "extractType": "INCREMENTAL", "writeMode": "MERGE", "primaryKey": ["id"],
        "detectDeletes": true });
    app.update_source(settings).await;
    assert_eq!(sync(&app, &connector).await[1], 2);
    write("id,what\n2,b\n3,c\n");
    let log = app.sync_and_wait(&connector).await;
    assert_eq!((&log["status"], &counts(&log)[1..]), (&json!("SUCCEEDED"), &[1, 0, 0][..]), "{log:#}");
    assert_eq!(lines(&app, "SELECT count(*) FROM files.orders").await, ["3"]);
    let told = told(&app, &log).await;
    let says = |line: &String| line.starts_with("INFO ") && line.contains("deletes are found only by a FULL sync");
    assert!(told.iter().any(says), "{told:?}");
    let full = app.start_sync(&connector, Some("FULL")).await;
    assert_eq!(counts(&app.sync_end(&full).await)[1..], [0, 0, 1]);
}
