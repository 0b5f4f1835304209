//! Keys and other columns that become another type and are written otherwise then: no row stands twice.

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Executor};

use super::table::{Table, counts, lines};
use crate::harness::TestApp;
use crate::mysql::Source;

/// Of a source whose key is `k`.
fn merged() -> Value {
    json!({ "extractType": "INCREMENTAL", "writeMode": "MERGE", "primaryKey": ["k"], "cursorField": "changed" })
}

/// Syncs; gives its counts, and the WARNINGs that tell of changed columns.
async fn sync(app: &TestApp, connector: &str) -> ([i64; 4], Vec<String>) {
    let log = app.sync_and_wait(connector).await;
    assert_eq!(log["status"], "SUCCEEDED", "{log:#}");
    let ask = "query($id: ID!) {
        syncLog(id: $id) { events(first: 100, kinds: [SCHEMA_CHANGE]) { nodes { level message } } } }";
    let data = app.gql(ask, json!({ "id": log["id"] })).await;
    let facts = data["syncLog"]["events"]["nodes"].as_array().unwrap().iter();
    let warnings = facts.filter(|fact| fact["level"] == "WARNING");
    (counts(&log), warnings.map(|fact| fact["message"].as_str().unwrap().to_owned()).collect())
}

/// Of a table `t (k, v, changed)` that was synced: after `change` everything is read anew, once, and each row stands once.
/// The change raises `v` of a row by ten and deletes another.
async fn is_read_anew_once(
    app: &TestApp,
    connector: &str,
    mut run: impl AsyncFnMut(&str),
    change: &str,
    rows: &[&str],
) {
    let source = app.only_source(connector).await;
    let mut settings = merged();
    settings["id"] = json!(source);
    app.update_source(settings).await;
    sync(app, connector).await;
    let ask = "query($id: ID!) { dataSource(id: $id) { tableName } }";
    let data = app.gql(ask, json!({ "id": source })).await;
    let all = format!("SELECT k, v FROM {} ORDER BY v", data["dataSource"]["tableName"].as_str().unwrap());

    run(change).await;
    let (_, warnings) = sync(app, connector).await;
    assert_eq!(lines(app, &all).await, rows, "{change}");
    let says =
        |line: &String| line.contains("k, which is of the key, was ") && line.contains("everything is read anew");
    assert_eq!(warnings.iter().filter(|line| says(line)).count(), 1, "{change}: {warnings:#?}");

    run("UPDATE t SET v = v + 100, changed = 9 WHERE v = 2").await;
    let (counts, warnings) = sync(app, connector).await;
    assert_eq!(counts[1..], [0, 1, 0], "{change}");
    assert!(warnings.is_empty(), "{change}: {warnings:#?}");
    assert_eq!(lines(app, &all).await.len(), rows.len(), "{change}");
}

const TOUCHED: &str = "UPDATE t SET v = v + 10, changed = 5 WHERE v = 1; DELETE FROM t WHERE v = 3";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_of_postgres() {
    for (key, values, change, rows) in [
        ("float8", ["1", "2.5", "3"], "ALTER TABLE t ALTER k TYPE text", ["2.5|2", "1|11"]),
        (
            "timestamp",
            ["'2024-01-01 10:00'", "'2024-01-02 10:00:00.5'", "'2024-01-03'"],
            "ALTER TABLE t ALTER k TYPE text",
            ["2024-01-02 10:00:00.5|2", "2024-01-01 10:00:00|11"],
        ),
        ("numeric(12,2)", ["1.5", "2.5", "3"], "ALTER TABLE t ALTER k TYPE float8", ["2.5|2", "1.5|11"]),
        ("text", ["'007'", "'8'", "'9'"], "ALTER TABLE t ALTER k TYPE int USING k::int", ["8|2", "7|11"]),
        ("numeric(50,1)", ["1", "2.5", "3"], "ALTER TABLE t ALTER k TYPE numeric(50,3)", ["2.500|2", "1.000|11"]),
        ("char(3)", ["'a'", "'b'", "'c'"], "ALTER TABLE t ALTER k TYPE char(5)", ["b    |2", "a    |11"]),
        ("char(3)", ["'a'", "'b'", "'c'"], "ALTER TABLE t ALTER k TYPE text", ["b|2", "a|11"]),
    ] {
        let [one, two, three] = values;
        let fill = format!(
            "CREATE TABLE t (k {key} PRIMARY KEY, v int, changed int NOT NULL);
             INSERT INTO t VALUES ({one}, 1, 1), ({two}, 2, 2), ({three}, 3, 3)"
        );
        let Some(table) = Table::with(&fill).await else { return };
        let mut other = table.connect().await;
        let run = async |statements: &str| {
            other.execute(AssertSqlSafe(statements.to_owned())).await.unwrap();
        };
        is_read_anew_once(&table.app, &table.connector, run, &format!("{change}; {TOUCHED}"), &rows).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_of_postgres_that_were_booleans() {
    let fill = "CREATE TABLE t (k bool PRIMARY KEY, v int, changed int NOT NULL);
        INSERT INTO t VALUES (true, 1, 1), (false, 2, 2)";
    let Some(table) = Table::with(fill).await else { return };
    let mut other = table.connect().await;
    let run = async |statements: &str| {
        other.execute(AssertSqlSafe(statements.to_owned())).await.unwrap();
    };
    let change = format!("ALTER TABLE t ALTER k TYPE int USING k::int; {TOUCHED}");
    is_read_anew_once(&table.app, &table.connector, run, &change, &["0|2", "1|11"]).await;
    assert!(table.columns().await.contains(&"k integer".to_owned()), "{:?}", table.columns().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_of_mariadb() {
    for (key, values, to, rows) in [
        ("double", ["1", "2.5", "3"], "varchar(30)", ["2.5|2", "1|11"]),
        (
            "time(2)",
            ["'01:00:00.5'", "'25:00:00'", "'02:00:00'"],
            "time(6)",
            ["25:00:00.000000|2", "01:00:00.500000|11"],
        ),
        // Padded with zeros, in base64.
        ("binary(3)", ["'a'", "'b'", "'c'"], "binary(5)", ["YgAAAAA=|2", "YQAAAAA=|11"]),
        ("varbinary(3)", ["'a'", "'b'", "'c'"], "binary(5)", ["YgAAAAA=|2", "YQAAAAA=|11"]),
    ] {
        let [one, two, three] = values;
        let fill = format!(
            "CREATE TABLE t (k {key} PRIMARY KEY, v int, changed int NOT NULL);
             INSERT INTO t VALUES ({one}, 1, 1), ({two}, 2, 2), ({three}, 3, 3)"
        );
        let Some(database) = Source::with(&fill).await else { return };
        let app = TestApp::new().await;
        let connector = app.database_connector("Shop", database.url()).await;
        let run = async |statements: &str| database.run(statements).await;
        let change = format!("ALTER TABLE t MODIFY k {to} NOT NULL; {TOUCHED}");
        is_read_anew_once(&app, &connector, run, &change, &rows).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bit_of_mariadb_that_became_a_number() {
    let fill = "CREATE TABLE t (k bit(1) PRIMARY KEY, v int, changed int NOT NULL);
        INSERT INTO t VALUES (b'1', 1, 1), (b'0', 2, 2)";
    let Some(database) = Source::with(fill).await else { return };
    let app = TestApp::new().await;
    let connector = app.database_connector("Shop", database.url()).await;
    let run = async |statements: &str| database.run(statements).await;
    let change = format!("ALTER TABLE t MODIFY k int NOT NULL; {TOUCHED}");
    is_read_anew_once(&app, &connector, run, &change, &["0|2", "1|11"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_of_sqlite_among_which_an_odd_value_came() {
    for (key, values, odd, rows) in [
        (
            "datetime",
            ["'2024-01-01 10:00:00'", "'2024-01-02 10:00:00.5'", "'2024-01-03'"],
            "'garbage'",
            ["2024-01-02 10:00:00.5|2", "garbage|7", "2024-01-01 10:00:00|11"],
        ),
        ("decimal(10,2)", ["1", "1.5", "2"], "'n/a'", ["1.5|2", "n/a|7", "1|11"]),
        ("boolean", ["1", "0", "'true'"], "'maybe'", ["0|2", "maybe|7", "1|11"]),
    ] {
        let [one, two, three] = values;
        let fill = format!(
            "CREATE TABLE t (k {key} PRIMARY KEY NOT NULL, v int, changed int NOT NULL);
             INSERT INTO t VALUES ({one}, 1, 1), ({two}, 2, 2), ({three}, 3, 3)"
        );
        let app = TestApp::new().await;
        let file = app.sqlite_file("shop", &fill);
        let connector = app.database_connector("Shop", &format!("sqlite://{}", file.display())).await;
        let run = async |statements: &str| {
            rusqlite::Connection::open(&file).unwrap().execute_batch(statements).unwrap();
        };
        let change = format!("INSERT INTO t VALUES ({odd}, 7, 7); {TOUCHED}");
        is_read_anew_once(&app, &connector, run, &change, &rows).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_becomes_a_wider_number_is_found_as_before() {
    let fill =
        "CREATE TABLE t (k int PRIMARY KEY, v int, changed int NOT NULL); INSERT INTO t VALUES (1, 1, 1), (2, 2, 2)";
    let Some(mut table) = Table::with(fill).await else { return };
    table.set(merged()).await;
    table.sync().await;
    table.run("ALTER TABLE t ALTER k TYPE numeric(20,2); UPDATE t SET v = 11, changed = 5 WHERE k = 1; DELETE FROM t WHERE k = 2").await;
    let (counts, warnings) = sync(&table.app, &table.connector).await;
    assert_eq!(counts[1..], [0, 1, 0]);
    assert!(warnings.is_empty(), "{warnings:?}");
    // A row that is gone at the source stays, as nobody asked for anything else.
    assert_eq!(table.lake("SELECT k, v FROM shop.t ORDER BY k").await, ["1.00|11", "2.00|2"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_became_text_while_rows_were_only_added_is_read_anew_by_the_first_merge() {
    let fill = "CREATE TABLE t (k timestamp, v int, changed int NOT NULL);
        INSERT INTO t VALUES ('2024-01-01 10:00', 1, 1), ('2024-01-02', 2, 2)";
    let Some(mut table) = Table::with(fill).await else { return };
    table.set(json!({ "extractType": "INCREMENTAL", "writeMode": "APPEND", "cursorField": "changed" })).await;
    table.sync().await;
    table.run("ALTER TABLE t ALTER k TYPE text").await;
    assert_eq!(table.sync().await[1], 0);
    table.set(merged()).await;
    table.run("UPDATE t SET v = 11, changed = 5 WHERE v = 1").await;
    let (_, warnings) = sync(&table.app, &table.connector).await;
    let [warning] = warnings.as_slice() else { panic!("{warnings:#?}") };
    assert!(warning.contains("k, which is of the key, was of another type and is text now"), "{warning}");
    let rows = ["2024-01-02 00:00:00|2", "2024-01-01 10:00:00|11"];
    assert_eq!(table.lake("SELECT k, v FROM shop.t ORDER BY v").await, rows);
    let (_, warnings) = sync(&table.app, &table.connector).await;
    assert!(warnings.is_empty(), "once is enough: {warnings:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_merge_that_deletes_nothing_doubles_nothing_either() {
    let fill = "CREATE TABLE t (k float8 PRIMARY KEY, v int); INSERT INTO t VALUES (1, 1), (2.5, 2)";
    let Some(mut table) = Table::with(fill).await else { return };
    table.set(json!({ "extractType": "FULL", "writeMode": "MERGE", "primaryKey": ["k"] })).await;
    table.sync().await;
    table.run("ALTER TABLE t ALTER k TYPE text").await;
    table.sync().await;
    assert_eq!(table.lake("SELECT k, v FROM shop.t ORDER BY v").await, ["1|1", "2.5|2"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn appended_rows_are_known_by_their_other_columns() {
    for (of_type, values, to) in [
        ("float8", "(1), (2.5), (3)", "text"),
        ("timestamp", "('2024-01-01'), ('2024-01-02 10:00'), (NULL)", "text"),
        ("bool", "(true), (false), (true)", "int USING f::int"),
    ] {
        let fill = format!(
            "CREATE TABLE t (f {of_type}, id serial, at timestamptz DEFAULT '2026-01-01 10:00Z'); INSERT INTO t (f) VALUES {values}"
        );
        let Some(mut table) = Table::with(&fill).await else { return };
        table.set(json!({ "extractType": "INCREMENTAL", "writeMode": "APPEND", "cursorField": "at" })).await;
        assert_eq!(table.sync().await[1], 3);
        table.run(&format!("ALTER TABLE t ALTER f TYPE {to}")).await;
        assert_eq!(table.sync().await[1], 0, "{of_type}");
        table.run("INSERT INTO t (f) VALUES ('5')").await;
        assert_eq!(table.sync().await[1], 1, "{of_type}");
        assert_eq!(table.sync().await[1], 0, "{of_type}");
        let sql = "SELECT count(*), count(DISTINCT id) FROM shop.t";
        assert_eq!(table.lake(sql).await, ["4|4"], "{of_type}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn so_are_those_with_lists_whose_items_became_texts() {
    for (before, values, since) in [
        ("float8[]", "('{1,2.5}'), ('{}'), (NULL)", "text[] USING f::text[]"),
        ("text[]", "('{1.50}'), ('{}'), (NULL)", "float8[] USING f::float8[]"),
    ] {
        let fill = format!(
            "CREATE TABLE t (f {before}, id serial, at timestamptz DEFAULT '2026-01-01 10:00Z'); INSERT INTO t (f) VALUES {values}"
        );
        let Some(mut table) = Table::with(&fill).await else { return };
        table.set(json!({ "extractType": "INCREMENTAL", "writeMode": "APPEND", "cursorField": "at" })).await;
        assert_eq!(table.sync().await[1], 3);
        table.run(&format!("ALTER TABLE t ALTER f TYPE {since}")).await;
        assert_eq!(table.sync().await[1], 0, "{before}");
        table.run("INSERT INTO t (f) VALUES ('{5}')").await;
        assert_eq!(table.sync().await[1], 1, "{before}");
        assert_eq!(table.lake("SELECT count(*), count(DISTINCT id) FROM shop.t").await, ["4|4"], "{before}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn that_a_new_row_may_have_been_taken_for_another_is_told_unless_a_key_says_that_it_is() {
    for (id, is_told) in [("int", true), ("int PRIMARY KEY", false)] {
        let fill = format!(
            "CREATE TABLE t (id {id}, f float8, at timestamptz); INSERT INTO t VALUES (1, 1, '2026-01-01Z'), (2, 2, '2026-01-02Z')"
        );
        let Some(mut table) = Table::with(&fill).await else { return };
        table.set(json!({ "extractType": "INCREMENTAL", "writeMode": "APPEND", "cursorField": "at" })).await;
        table.sync().await;
        // What comes is like the row that is gone.
        table.run("ALTER TABLE t ALTER f TYPE text; DELETE FROM t WHERE id = 2; INSERT INTO t VALUES (2, '7', '2026-01-02Z')").await;
        let log = table.app.sync_and_wait(&table.connector).await;
        assert_eq!((&log["status"], counts(&log)[1]), (&json!("SUCCEEDED"), 0), "{log:#}");
        let ask =
            "query($id: ID!) { syncLog(id: $id) { events(first: 100, kinds: [LOG]) { nodes { level message } } } }";
        let told = table.app.gql(ask, json!({ "id": log["id"] })).await["syncLog"]["events"]["nodes"].take();
        let says = |fact: &Value| {
            let message = fact["message"].as_str().unwrap();
            fact["level"] == "WARNING"
                && message.starts_with("t: f became another type")
                && message.contains("OVERWRITE")
        };
        assert_eq!(told.as_array().unwrap().iter().filter(|fact| says(fact)).count(), usize::from(is_told), "{told:#}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn appended_rows_that_nothing_else_tells_apart_fail_the_source_before_one_is_doubled() {
    let fill = "CREATE TABLE t (f float8, at timestamptz); INSERT INTO t VALUES (1, '2026-01-01Z'), (2, '2026-01-02Z')";
    let Some(mut table) = Table::with(fill).await else { return };
    let appended = json!({ "extractType": "INCREMENTAL", "writeMode": "APPEND", "cursorField": "at" });
    table.set(appended.clone()).await;
    table.sync().await;
    table.run("ALTER TABLE t ALTER f TYPE text; INSERT INTO t VALUES ('3', '2026-01-02Z')").await;
    let message = table.failure().await;
    for part in ["f became another type", "writeMode OVERWRITE and extractType FULL"] {
        assert!(message.contains(part), "{message}");
    }
    assert_eq!(table.lake("SELECT count(*) FROM shop.t").await, ["2"]);
    // What it says helps.
    table.set(json!({ "extractType": "FULL", "writeMode": "OVERWRITE" })).await;
    table.sync().await;
    table.set(appended).await;
    table.sync().await;
    table.run("INSERT INTO t VALUES ('4', '2026-01-02Z')").await;
    assert_eq!(table.sync().await[1], 1);
    assert_eq!(table.lake("SELECT f FROM shop.t ORDER BY f").await, ["1", "2", "3", "4"]);
}
