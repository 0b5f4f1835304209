//! The types of SQLite, where each value has its own.

use rusqlite::Connection;
use serde_json::json;

use super::{Case, Table};
use crate::harness::TestApp;

const TEXT: &str = "CAST({} AS TEXT)";
/// Bytes among other values, as SQLite writes them.
const QUOTED: &str = "CASE typeof({}) WHEN 'blob' THEN quote({}) ELSE CAST({} AS TEXT) END";
const HEX: &str = "CASE WHEN {} IS NOT NULL THEN hex({}) END";
const REAL: &str = "CASE WHEN {} IS NOT NULL THEN printf('%!.17g', {}) END";

fn case(declared: &'static str, lake: &'static str, shown: &'static str, values: &'static [&'static str]) -> Case {
    Case { declared, lake, values, shown }
}

fn cases() -> Vec<Case> {
    vec![
        case("INTEGER", "bigint", TEXT, &["-9223372036854775808", "9223372036854775807", "0"]),
        case("TINYINT", "bigint", TEXT, &["300"]),
        case("UNSIGNED BIG INT", "bigint", TEXT, &["9007199254740993"]),
        case("REAL", "double", REAL, &["0.1", "1e308", "5e-324", "-0.5", "3"]),
        case("DOUBLE PRECISION", "double", REAL, &["0.30000000000000004"]),
        case(
            "DECIMAL(10,2)",
            "decimal(10,2)",
            "CASE WHEN {} IS NOT NULL THEN printf('%.2f', {}) END",
            &["12.5", "-0.01", "99999999.99"],
        ),
        case("NUMERIC", "double", REAL, &["1.5", "2"]),
        case("BOOLEAN", "boolean", TEXT, &["1", "0"]),
        case("DATE", "date", TEXT, &["'2024-02-29'", "'0001-01-01'", "'9999-12-31'"]),
        case("DATETIME", "timestamp", TEXT, &["'2024-01-01 12:00:00.123456'", "'1969-12-31T23:59:59'"]),
        case(
            "TIMESTAMPTZ",
            "timestamp with time zone",
            TEXT,
            &["'2024-01-01 12:00:00Z'", "'2024-01-01 12:00:00.5+00:00'"],
        ),
        case("TEXT", "text", TEXT, &["''", "'日本 🦀 ''q'' \\ \"'", "' x '"]),
        case("VARCHAR(3)", "text", TEXT, &["'longer than it says'"]),
        case("JSON", "text", TEXT, &["'{\"a\": [1, null]}'"]),
        case("BLOB", "binary", HEX, &["x''", "x'00ff10'", "x'27225c0a'"]),
        case("", "text", QUOTED, &["'any'", "5", "x'6869'"]),
        // What the declared type does not hold is kept as what holds it.
        case("DATETIME", "bigint", TEXT, &["1700000000", "1700000001"]),
        case("INTEGER", "text", TEXT, &["1", "'many'"]),
        case("BOOLEAN", "bigint", TEXT, &["1", "7"]),
        case("INTEGER", "double", REAL, &["1", "1.5"]),
        case("UUID", "binary", HEX, &["x'00112233445566778899aabbccddeeff'", "x'41'"]),
        case("", "binary", HEX, &["x'41'", "x'ff'"]),
        case("INTEGER", "binary", HEX, &["x'31'"]),
        case("TEXT", "text", QUOTED, &["x'41'", "'A'", "x'ff'"]),
        case("BLOB", "text", QUOTED, &["x'41'", "'A'", "5"]),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_type_of_sqlite_arrives_as_the_file_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("types.db");
    let table = Table::of(cases());
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch(&table.statements(str::to_owned)).unwrap();
    let mut statement = connection.prepare(&table.shown()).unwrap();
    let width = statement.column_count();
    let read = |row: &rusqlite::Row<'_>| (0..width).map(|column| row.get(column)).collect();
    let said: Vec<Vec<Option<String>>> = statement.query_map([], read).unwrap().collect::<Result<_, _>>().unwrap();
    drop(statement);
    table.arrives(&format!("sqlite://{}", path.display()), said).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_bytes_stay_apart() {
    let app = TestApp::new().await;
    let statements = "CREATE TABLE uu (id UUID PRIMARY KEY, v TEXT);
        INSERT INTO uu VALUES (x'00112233445566778899aabbccddeeff', 'one'), (x'ff112233445566778899aabbccddeeff', 'two')";
    let connector = app.sqlite_connector("Codes", statements).await;
    let source = app.only_source(&connector).await;
    app.update_source(json!({ "id": source, "writeMode": "MERGE", "primaryKey": ["id"] })).await;
    for _ in 0..2 {
        let end = app.sync_and_wait(&connector).await;
        assert_eq!((&end["status"], &end["recordsProcessed"]), (&json!("SUCCEEDED"), &json!(2)), "{end:#}");
    }
    let query = "query($q: String!) { sql(query: $q) { rows } }";
    let answer = app.gql(query, json!({ "q": "SELECT encode(id, 'hex'), v FROM codes.uu ORDER BY v" })).await;
    let expected = json!([["00112233445566778899aabbccddeeff", "one"], ["ff112233445566778899aabbccddeeff", "two"]]);
    assert_eq!(answer["sql"]["rows"], expected);
    app.stop().await;
}
