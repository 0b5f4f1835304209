//! Libraries of others read the table that syncs have left, as it lies: rows merged, deleted and put together again, and
//! columns that came, went and grew. What they have written is read as they meant it.

use std::ffi::OsString;
use std::process::Command;

use dataweaver::entity::data_source;
use dataweaver::services::upkeep::RetentionSettings;
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};

use crate::harness::TestApp;
use crate::servers;

/// Prints as JSON what two libraries see of a table: the columns, and the rows as texts.
const READ: &str = r#"
import datetime, json, sys
import deltalake, polars
path, columns = sys.argv[1], json.loads(sys.argv[2])
def text(value):
    if value is None: return None
    if isinstance(value, bool): return str(value).lower()
    if isinstance(value, list): return ",".join("<null>" if part is None else part for part in value)
    if isinstance(value, datetime.datetime):
        if value.tzinfo is None: return value.strftime("%Y-%m-%d %H:%M:%S.%f")
        return str((value - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)) // datetime.timedelta(microseconds=1))
    return str(value)
def rows(frame):
    return [[text(value) for value in row] for row in frame.select(columns).sort("id").rows()]
table = deltalake.DeltaTable(path)
by_deltalake = polars.DataFrame(deltalake.QueryBuilder().register("t", table).execute("SELECT * FROM t").read_all())
print(json.dumps({
    "columns": [[field.name, str(field.type.to_json()).strip('"')] for field in table.schema().fields],
    "deltalake": rows(by_deltalake),
    "polars": rows(polars.read_delta(path)),
}))
"#;

/// The columns whose values are compared, and what PostgreSQL says of each.
const COLUMNS: [(&str, &str); 12] = [
    ("id", "id::text"),
    ("small", "small::text"),
    ("amount", "amount::text"),
    ("at", "(extract(epoch FROM at) * 1000000)::bigint::text"),
    ("local", "to_char(local, 'YYYY-MM-DD HH24:MI:SS.US')"),
    ("day", "day::text"),
    ("name", "name"),
    ("ok", "ok::text"),
    ("key", "key::text"),
    ("doc", "doc::text"),
    ("tags", "array_to_string(tags, ',', '<null>')"),
    ("note", "note"),
];

const TABLE: &str = "CREATE TABLE t (id int PRIMARY KEY, small smallint, amount numeric(20,4), at timestamptz,
      local timestamp, day date, name text, ok boolean, ratio float8, key uuid, doc jsonb, tags text[]);
    INSERT INTO t SELECT n, n % 100, n * 12345.6789, timestamptz '1969-12-31Z' + n * interval '1.000001 hours',
        timestamp '2026-03-29' + n * interval '7 minutes 0.000123 seconds', date '1900-01-01' + n,
        CASE WHEN n % 3 > 0 THEN 'žluť ' || n END, n % 2 = 0, n / 7.0, md5(n::text)::uuid,
        jsonb_build_object('n', n, 'deep', jsonb_build_array(n, NULL)), ARRAY['a' || n, NULL, 'ü']
      FROM generate_series(1, 500) n";

const CHANGES: &str = "ALTER TABLE t ADD COLUMN note text; ALTER TABLE t ALTER COLUMN small TYPE bigint;
    ALTER TABLE t DROP COLUMN ratio;
    UPDATE t SET amount = -amount, note = 'changed' WHERE id % 7 = 0;
    UPDATE t SET small = 5000000000 + id WHERE id % 50 = 0;
    DELETE FROM t WHERE id % 11 = 0;
    INSERT INTO t (id, amount, note) SELECT n, 0.0001, 'new' FROM generate_series(501, 520) n";

/// What PostgreSQL holds now.
async fn expected(connection: &mut PgConnection) -> Value {
    let columns: Vec<&str> = COLUMNS.iter().map(|(_, text)| *text).collect();
    let ask = format!("SELECT {} FROM t ORDER BY t.id", columns.join(", "));
    let rows = connection.fetch_all(AssertSqlSafe(ask)).await.unwrap();
    let row = |row: &sqlx::postgres::PgRow| -> Vec<Option<String>> {
        (0..COLUMNS.len()).map(|index| row.get(index)).collect()
    };
    json!(rows.iter().map(row).collect::<Vec<_>>())
}

/// Intervals as DuckDB writes them to a Parquet file, of which Arrow's reader drops the months.
const WRITE_INTERVALS: &str = r#"
import duckdb, sys
duckdb.sql("""SELECT * FROM (VALUES
    (1, interval '1 year', [interval '1 month', NULL]),
    (2, interval '3 months 2 days 01:02:03.456', []),
    (3, interval '1000 hours', NULL),
    (4, interval '0 days', NULL),
    (5, NULL, NULL)) spans(n, span, list)""").write_parquet(sys.argv[1])
"#;

/// A Python with the libraries that are asked.
fn python() -> Option<OsString> {
    let python = std::env::var_os("DATAWEAVER_TEST_PYTHON");
    if python.is_none() {
        let how = "pip install deltalake polars duckdb and set DATAWEAVER_TEST_PYTHON to that Python";
        servers::missed("a foreign reader of lake tables", how);
    }
    python
}

#[tokio::test(flavor = "multi_thread")]
async fn intervals_that_duckdb_has_written_arrive_with_their_months() {
    let Some(python) = python() else { return };
    let app = TestApp::new().await;
    let files = app.folder().join("files");
    std::fs::create_dir_all(&files).unwrap();
    let written = Command::new(python).args(["-c", WRITE_INTERVALS]).arg(files.join("spans.parquet")).output().unwrap();
    assert!(written.status.success(), "{}", String::from_utf8_lossy(&written.stderr));
    let connector = app.folder_connector("Files", &files).await;
    let end = app.sync_and_wait(&connector).await;
    assert_eq!(end["status"], "SUCCEEDED", "{end:#}");

    let query = "query($q: String!) { sql(query: $q) { columns { type } rows } }";
    let answer = app.gql(query, json!({ "q": "SELECT span, list FROM files.spans ORDER BY n" })).await;
    assert_eq!(answer["sql"]["columns"], json!([{ "type": "text" }, { "type": "list<text>" }]));
    let expected = json!([
        ["12 mons", ["1 mons", null]],
        ["3 mons 2 days 1 hours 2 mins 3.456000000 secs", []],
        ["1000 hours", null],
        ["0 secs", null],
        [null, null],
    ]);
    assert_eq!(answer["sql"]["rows"], expected);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_that_was_merged_into_and_has_evolved_is_read_alike_by_deltalake_and_polars() {
    let Some(python) = python() else { return };
    let Some(database) = servers::postgres() else { return };
    let mut shop = PgConnection::connect(database.url()).await.unwrap();
    shop.execute(TABLE).await.unwrap();
    let app = TestApp::new().await;
    let connector = app.database_connector("Shop", database.url()).await;
    let source = app.only_source(&connector).await;
    let merges = json!({ "id": source, "writeMode": "MERGE", "primaryKey": ["id"], "detectDeletes": true });
    app.update_source(merges).await;
    let sync = async || {
        let end = app.sync_and_wait(&connector).await;
        assert_eq!(end["status"], "SUCCEEDED", "{end:#}");
        end
    };
    sync().await;
    shop.execute(CHANGES).await.unwrap();
    let end = sync().await;
    assert_eq!((&end["recordsAdded"], &end["recordsDeleted"]), (&json!(20), &json!(45)), "{end:#}");
    // Enough commits for a checkpoint of the log, and files enough to be put together.
    for n in 0..10 {
        let change =
            format!("UPDATE t SET name = 'again {n}' WHERE id % 40 = {n}; INSERT INTO t (id) VALUES ({})", 600 + n);
        shop.execute(AssertSqlSafe(change)).await.unwrap();
        sync().await;
    }
    let round = app.services().upkeep(RetentionSettings::default()).round().await.unwrap();
    assert!(round.tables.compacted_files > 0, "{round:?}");
    shop.execute("UPDATE t SET amount = 99.5 WHERE id = 1").await.unwrap();
    sync().await;

    let row = data_source::Entity::find().one(app.services().db()).await.unwrap().unwrap();
    let path = app.folder().join("data/lake").join(row.lake_path);
    let log = std::fs::read_dir(path.join("_delta_log")).unwrap();
    let names: Vec<String> = log.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert!(names.iter().any(|name| name.contains(".checkpoint.")), "{names:?}");

    let columns: Vec<&str> = COLUMNS.iter().map(|(name, _)| *name).collect();
    let answer = Command::new(python).args(["-c", READ]).arg(&path).arg(json!(columns).to_string()).output().unwrap();
    assert!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stderr));
    let seen: Value = serde_json::from_slice(&answer.stdout).unwrap();
    let types = json!([
        ["id", "integer"],
        ["small", "long"],
        ["amount", "decimal(20,4)"],
        ["at", "timestamp"],
        ["local", "timestamp_ntz"],
        ["day", "date"],
        ["name", "string"],
        ["ok", "boolean"],
        ["key", "string"],
        ["doc", "string"],
    ]);
    for column in types.as_array().unwrap() {
        assert!(seen["columns"].as_array().unwrap().contains(column), "{column} in {}", seen["columns"]);
    }
    let names: Vec<&Value> = seen["columns"].as_array().unwrap().iter().map(|column| &column[0]).collect();
    assert!(names.contains(&&json!("note")) && names.contains(&&json!("ratio")), "{names:?}");
    let expected = expected(&mut shop).await;
    assert_eq!(expected.as_array().unwrap().len(), 485);
    for library in ["deltalake", "polars"] {
        for (found, expected) in seen[library].as_array().unwrap().iter().zip(expected.as_array().unwrap()) {
            assert_eq!(found, expected, "{library}");
        }
        assert_eq!(seen[library].as_array().unwrap().len(), 485, "{library}");
    }
}
