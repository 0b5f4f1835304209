//! SQLite against real database files.

use std::path::Path;
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use futures::StreamExt;
use rusqlite::Connection;
use serde_json::json;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::sdk::{Cursor, ErrorClass, EventLevel, Extract, NoAuth, RejectedRow, RejectedValue, SourceRef};

/// A database file of its own, with the statements run.
struct Shop {
    folder: TempDir,
}

impl Shop {
    fn of(sql: &str) -> Self {
        let shop = Self { folder: TempDir::new().expect("a folder") };
        shop.run(sql);
        shop
    }

    fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("shop.db")
    }

    fn run(&self, sql: &str) {
        Connection::open(self.path()).expect("opens").execute_batch(sql).expect("runs");
    }

    fn open(&self) -> Sqlite {
        open_at(&self.path(), OpenContext::default()).expect("opens")
    }
}

fn open_at(path: &Path, context: OpenContext) -> Result<Sqlite, ConnectorError> {
    open_url(&format!("sqlite://{}", path.display()), context)
}

fn open_url(url: &str, context: OpenContext) -> Result<Sqlite, ConnectorError> {
    let config: DatabaseConfig = serde_json::from_value(json!({ "url": url })).expect("a config");
    Sqlite::open(config.parsed_url()?, config, DatabaseAuth::None(NoAuth {}), context)
}

fn full(table: &str) -> ReadRequest {
    ReadRequest {
        source: SourceRef {
            name: table.into(),
            source_type: "table".into(),
            source_path: table.into(),
            details: json!({}),
        },
        extract: Extract::Full,
        primary_key: Vec::new(),
        resume: None,
        batch_bytes: 4 << 20,
        memory_bytes: 64 << 20,
        cancel: CancellationToken::new(),
    }
}

fn incremental(table: &str, field: &str, since: Option<Cursor>) -> ReadRequest {
    let extract = Extract::Incremental { cursor_field: Some(field.into()), since, lookback: Duration::ZERO };
    ReadRequest { extract, ..full(table) }
}

/// What a read gave.
#[derive(Debug, Default)]
struct Got {
    batches: Vec<RecordBatch>,
    /// Each checkpoint with the number of rows before it.
    checkpoints: Vec<(usize, Cursor)>,
    rejected: Vec<RejectedValue>,
    rejected_rows: Vec<RejectedRow>,
    logs: Vec<(EventLevel, String)>,
    estimate: Option<u64>,
    schemas: Vec<arrow::datatypes::SchemaRef>,
}

impl Got {
    /// The rows as text, NULL as `∅`.
    fn rows(&self) -> Vec<String> {
        let options = FormatOptions::new().with_null("∅");
        let mut rows = Vec::new();
        for batch in &self.batches {
            let columns: Vec<_> = batch
                .columns()
                .iter()
                .map(|column| ArrayFormatter::try_new(column, &options).expect("formats"))
                .collect();
            for row in 0..batch.num_rows() {
                rows.push(columns.iter().map(|column| column.value(row).to_string()).collect::<Vec<_>>().join("|"));
            }
        }
        rows
    }

    fn column(&self, name: &str) -> Vec<String> {
        let options = FormatOptions::new().with_null("∅");
        let mut values = Vec::new();
        for batch in &self.batches {
            let array = batch.column_by_name(name).expect("a column");
            let formatter = ArrayFormatter::try_new(array, &options).expect("formats");
            values.extend((0..batch.num_rows()).map(|row| formatter.value(row).to_string()));
        }
        values
    }

    /// The types of the columns, as the last schema says.
    fn types(&self) -> Vec<String> {
        let schema = self.schemas.last().expect("a schema");
        schema.fields().iter().map(|field| crate::sdk::types::type_name(field.data_type())).collect()
    }

    fn last(&self) -> Cursor {
        self.checkpoints.last().expect("a checkpoint").1.clone()
    }
}

async fn try_read(sqlite: &Sqlite, request: ReadRequest) -> Result<Got, ConnectorError> {
    let mut events = Box::pin(sqlite.read(request));
    let mut got = Got::default();
    let mut rows = 0;
    let mut ends_with_checkpoint = false;
    while let Some(event) = events.next().await {
        let event = event?;
        ends_with_checkpoint = matches!(event, ReadEvent::Checkpoint(_));
        match event {
            ReadEvent::Schema(schema) => got.schemas.push(schema),
            ReadEvent::Batch(batch) => {
                assert_eq!(batch.schema(), *got.schemas.last().expect("a schema before the first batch"));
                rows += batch.num_rows();
                got.batches.push(batch);
            }
            ReadEvent::Checkpoint(cursor) => got.checkpoints.push((rows, cursor)),
            ReadEvent::Estimate(estimate) => got.estimate = estimate.rows.or(got.estimate),
            ReadEvent::RejectedValue(value) => got.rejected.push(value),
            ReadEvent::Log { level, message } => got.logs.push((level, message)),
            ReadEvent::RejectedRows(rows) => got.rejected_rows.extend(rows),
            ReadEvent::Whole | ReadEvent::Anew | ReadEvent::Waiting { .. } => {}
        }
    }
    assert!(ends_with_checkpoint, "the last event is a checkpoint");
    Ok(got)
}

async fn read(sqlite: &Sqlite, request: ReadRequest) -> Got {
    try_read(sqlite, request).await.expect("reads")
}

/// Reads with small batches and again from each checkpoint: before and after it together are the whole.
async fn resumes_from_each_checkpoint(sqlite: &Sqlite, request: ReadRequest) -> usize {
    let small = ReadRequest { batch_bytes: 1, ..request };
    let whole = read(sqlite, small.clone()).await;
    let rows = whole.rows();
    for (before, cursor) in &whole.checkpoints {
        let rest = read(sqlite, ReadRequest { resume: Some(cursor.clone()), ..small.clone() }).await;
        assert_eq!(rest.rows(), rows[*before..], "after {}", cursor.0);
        assert_eq!(rest.last(), whole.last(), "the end is the same");
        assert!(rest.logs.iter().any(|(_, message)| message.contains("interruption")), "{:?}", rest.logs);
    }
    whole.checkpoints.len()
}

#[tokio::test]
async fn every_type_arrives_exact() {
    let shop = Shop::of(
        "CREATE TABLE t (
            id INTEGER PRIMARY KEY, n INT NOT NULL, r REAL, d DECIMAL(20,4), m NUMERIC, b BOOLEAN, day DATE,
            at DATETIME, zoned TIMESTAMP, txt VARCHAR(10), j JSON, raw BLOB, free);
        INSERT INTO t VALUES
            (-9223372036854775808, 1, 1.5, 12345.6789, 1, 1, '0001-01-01', '2024-02-29 23:59:59.999999',
             '2024-01-01T00:00:00Z', 'ü', '{\"a\":1}', x'00FF', 1.0),
            (9223372036854775807, -1, 1e308, '-0.0001', 1.25, 'false', '9999-12-31', '1969-12-31', '2024-01-01 02:00+02:00',
             '', 'null', x'', 'text'),
            (0, 0, 9007199254740993, 9, 9007199254740992, 0, NULL, '2024-01-01T10:00', NULL, 12, NULL, x'616263', x'6869'),
            (1, 2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
            (2, 3, 9e999, 0.1, 0, TRUE, '2000-02-29', '0001-01-01 00:00:00', '9999-12-31 23:59:59Z', 'x', '[]', x'', 7);",
    );
    let got = read(&shop.open(), full("t")).await;
    insta::assert_snapshot!(got.types().join(", "), @"bigint, bigint, double, decimal(20,4), double, boolean, date, timestamp, timestamp with time zone, text, text, binary, text");
    insta::assert_snapshot!(got.rows().join("\n"), @r#"
    -9223372036854775808|1|1.5|12345.6789|1.0|true|0001-01-01|2024-02-29T23:59:59.999999|2024-01-01T00:00:00Z|ü|{"a":1}|00ff|1.0
    0|0|9007199254740992.0|9.0000|9007199254740992.0|false|∅|2024-01-01T10:00:00|∅|12|∅|616263|X'6869'
    1|2|∅|∅|∅|∅|∅|∅|∅|∅|∅|∅|∅
    2|3|inf|0.1000|0.0|true|2000-02-29|0001-01-01T00:00:00|9999-12-31T23:59:59Z|x|[]||7
    9223372036854775807|-1|1e308|-0.0001|1.25|false|9999-12-31|1969-12-31T00:00:00|2024-01-01T00:00:00Z||null||text
    "#);
    assert_eq!(got.rejected, []);
    assert_eq!(got.estimate, Some(5));
}

#[tokio::test]
async fn odd_values_widen_their_column_and_lose_nothing() {
    let shop = Shop::of(
        "CREATE TABLE t (a INTEGER, b INTEGER, c INTEGER, d DECIMAL(6,2), e BOOLEAN, f DATETIME, g DATETIME, h DATETIME,
            i DATE, j BLOB, k REAL, l DECIMAL(6,2), m DATETIME);
        INSERT INTO t VALUES
            (1, 1, 9007199254740993, 1.5, 2, 1700000000, '2024-01-01', '2024-01-01 00:00:00.1234567', '2024-01-01', 5, 1.0, 1,
             '2024-01-01 00:00:00'),
            (1.5, 'many', 0.5, 0.125, 0, 2.5, 'soon', NULL, '2024-01-01 10:00:00', 'x', '', 'abc', '2024-01-01 00:00:00Z');",
    );
    let got = read(&shop.open(), full("t")).await;
    insta::assert_snapshot!(got.types().join(", "), @"double, text, text, double, bigint, double, text, text, timestamp, text, text, text, text");
    insta::assert_snapshot!(got.rows().join("\n"), @r#"
    1.0|1|9007199254740993|1.5|2|1700000000.0|2024-01-01|2024-01-01 00:00:00.1234567|2024-01-01T00:00:00|5|1.0|1|2024-01-01 00:00:00
    1.5|many|0.5|0.125|0|2.5|soon|∅|2024-01-01T10:00:00|x||abc|2024-01-01 00:00:00Z
    "#);
    let notes: Vec<String> =
        got.schemas[0].fields().iter().filter_map(|field| crate::sdk::types::mapping_note(field)).collect();
    assert_eq!(notes[0], "a: declared INTEGER, holds values that do not fit, is kept as double");
    assert_eq!(got.rejected, []);
}

#[tokio::test]
async fn a_value_behind_the_survey_turns_the_column_into_text() {
    let batch = Shop::of("CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER NOT NULL, d DATE)");
    batch.run(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10002)
         INSERT INTO t SELECT i, CASE i WHEN 10001 THEN 'odd' ELSE i END, CASE i WHEN 10002 THEN 'x' ELSE '2024-01-01' END FROM n",
    );
    let sqlite = batch.open();
    let got = read(&sqlite, full("t")).await;
    assert_eq!(got.schemas[0].field(1).data_type(), &arrow::datatypes::DataType::Int64);
    assert_eq!(got.types(), ["bigint", "text", "text"]);
    let rows = got.batches.iter().map(RecordBatch::num_rows).sum::<usize>();
    assert_eq!(rows, 10_002);
    let last = Got { batches: vec![got.batches.last().expect("a batch").clone()], ..Got::default() }.rows();
    assert_eq!(last[last.len() - 3..], ["10000|10000|2024-01-01", "10001|odd|2024-01-01", "10002|10002|x"]);
    // The checkpoint remembers, so that what follows a resume is text as well.
    let kinds = json!({ "n": { "declared": "INTEGER", "kind": "text" }, "d": { "declared": "DATE", "kind": "text" } });
    assert_eq!(got.last().0, json!({ "rowid": 10_002, "kinds": kinds }));
    batch.run("INSERT INTO t VALUES (10003, 5, NULL)");
    let rest = read(&sqlite, ReadRequest { resume: Some(got.last()), ..full("t") }).await;
    assert_eq!((rest.types().join(","), rest.rows()), ("bigint,text,text".into(), vec!["10003|5|∅".into()]));
}

#[tokio::test]
async fn what_has_no_text_form_is_kept_as_sqlite_writes_it() {
    let shop = Shop::of(
        "CREATE TABLE t (a TEXT NOT NULL, b BLOB, c INTEGER, d JSON);
        INSERT INTO t VALUES (CAST(x'FF' AS TEXT), x'00', x'41', x'00'), (x'FE', 5, 'A', '{}'), ('ok', 6.5, 41, NULL),
            (x'6F6B', 'ok', NULL, NULL);",
    );
    let got = read(&shop.open(), full("t")).await;
    assert_eq!(got.types(), ["text", "text", "text", "text"]);
    let expected = ["CAST(X'FF' AS TEXT)|X'00'|X'41'|X'00'", "X'FE'|5|A|{}", "ok|6.5|41|∅", "X'6F6B'|ok|∅|∅"];
    assert_eq!(got.rows(), expected);
    assert_eq!((got.rejected, got.rejected_rows), (vec![], vec![]));
    let warnings = got.logs.iter().filter(|(level, _)| *level == EventLevel::Warning);
    let warnings: Vec<&str> = warnings.filter_map(|(_, message)| message.split(", ").next()).collect();
    assert_eq!(warnings, ["a", "b", "c", "d"].map(|column| format!("{column} holds bytes among other values")));
    assert!(!got.schemas[0].field(0).is_nullable(), "as declared");
}

#[tokio::test]
async fn keys_that_are_written_alike_are_told() {
    let shop = Shop::of(
        "CREATE TABLE t (k PRIMARY KEY, n INTEGER); INSERT INTO t VALUES (1, 1), ('A', 2), (x'41', 3), ('X''41''', 4), ('1', 5);
        CREATE TABLE bytes (k TEXT PRIMARY KEY); INSERT INTO bytes VALUES ('X''41'''), (x'41');
        CREATE TABLE numbers (k PRIMARY KEY); INSERT INTO numbers VALUES (1), (2.5);
        CREATE TABLE texts (k TEXT PRIMARY KEY); INSERT INTO texts VALUES (1), ('X''41''')",
    );
    let sqlite = shop.open();
    let told = async |request: ReadRequest| {
        let got = read(&sqlite, ReadRequest { primary_key: vec!["k".into()], ..request }).await;
        let says =
            |message: &&String| message.starts_with("k, which is of the key, holds texts beside numbers or bytes");
        (got.column("k").join(" "), got.logs.iter().map(|(_, message)| message).filter(says).count())
    };
    assert_eq!(told(full("t")).await, ("1 A X'41' X'41' 1".into(), 1));
    assert_eq!(told(full("bytes")).await, ("X'41' X'41'".into(), 1));
    assert_eq!(told(full("numbers")).await, ("1 2.5".into(), 0));
    assert_eq!(told(full("texts")).await, ("1 X'41'".into(), 0));
    // The number has come with an earlier sync.
    let since = Cursor(json!({ "field": "n", "cursor": 5, "end": true }));
    assert_eq!(told(incremental("t", "n", Some(since))).await, ("1".into(), 1));
}

#[tokio::test]
async fn a_column_of_bytes_alone_is_binary_whatever_it_declares() {
    let shop = Shop::of(
        "CREATE TABLE t (id UUID PRIMARY KEY, b, c TEXT, d INTEGER, e DATE, f JSON);
        INSERT INTO t VALUES (x'00FF', x'41', x'FE', x'01', NULL, x'01'), (x'01FF', NULL, x'', x'02', x'03', NULL);",
    );
    let got = read(&shop.open(), full("t")).await;
    assert_eq!(got.types(), ["binary"; 6]);
    assert_eq!(got.rows(), ["00ff|41|fe|01|∅|01", "01ff|∅||02|03|∅"]);
    let note = crate::sdk::types::mapping_note(got.schemas[0].field(1));
    assert_eq!(note.as_deref(), Some("b: declared without a type, holds values that do not fit, is kept as binary"));
}

#[tokio::test]
async fn a_text_behind_the_survey_is_seen_before_a_column_becomes_binary() {
    let shop = Shop::of(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a, b BLOB, c BLOB);
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10002)
        INSERT INTO t SELECT i, CASE i WHEN 10002 THEN 'A' ELSE x'41' END, CASE i WHEN 10002 THEN 5 END, x'42' FROM n",
    );
    let got = read(&shop.open(), full("t")).await;
    assert_eq!(got.types(), ["bigint", "text", "text", "binary"]);
    assert_eq!(got.rows()[10_000..], ["10001|X'41'|∅|42", "10002|A|5|42"]);
    assert_eq!(got.rejected_rows, []);
}

#[tokio::test]
async fn a_column_that_was_binary_stays_so_and_other_values_are_rejected() {
    let shop = Shop::of(
        "CREATE TABLE t (n INTEGER PRIMARY KEY, id UUID, v TEXT, later UUID);
        INSERT INTO t VALUES (1, x'01', 'one', NULL), (2, x'02', NULL, NULL)",
    );
    let sqlite = shop.open();
    let first = read(&sqlite, incremental("t", "n", None)).await;
    assert_eq!(first.types(), ["bigint", "binary", "text", "text"]);
    shop.run("INSERT INTO t VALUES (3, 'three', NULL, x'01'), (4, NULL, x'41', x'02'), (5, x'05', NULL, NULL), (6, 6, 'six', NULL)");
    let second = read(&sqlite, incremental("t", "n", Some(first.last()))).await;
    assert_eq!(second.types(), first.types());
    assert_eq!(second.rows(), ["2|02|∅|∅", "4|∅|X'41'|X'02'", "5|05|∅|∅"]);
    let rejected: Vec<_> = second.rejected_rows.iter().map(|row| (row.reason.as_str(), row.row.as_str())).collect();
    assert_eq!(
        rejected,
        [
            (
                "id is text, and has held bytes alone so far; a full sync of the table keeps both",
                r#"{"n":3,"id":"three","v":null,"later":"X'01'"}"#
            ),
            (
                "id is a number, and has held bytes alone so far; a full sync of the table keeps both",
                r#"{"n":6,"id":6,"v":"six","later":null}"#
            ),
        ]
    );
    let third = read(&sqlite, full("t")).await;
    assert_eq!((third.types().join(","), third.rejected_rows.len()), ("bigint,text,text,binary".into(), 0));
    assert_eq!(third.column("id"), ["X'01'", "X'02'", "three", "∅", "X'05'", "6"]);
}

#[tokio::test]
async fn discover_tells_tables_views_keys_and_cursors() {
    let shop = Shop::of(
        "CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, created_at TEXT, updated_at DATETIME NOT NULL);
        CREATE TABLE \"Größe \"\"x\"\"\" (\"a b\" INT, \"日付\" DATE, PRIMARY KEY (\"日付\", \"a b\")) WITHOUT ROWID;
        CREATE TABLE lines (order_id INT, line INT, last_modified INT, PRIMARY KEY (line, order_id));
        CREATE TABLE descending (id INTEGER PRIMARY KEY DESC, whole AS (id * 2));
        CREATE VIEW names AS SELECT id, name, count(*) AS n FROM customers GROUP BY 1;
        CREATE VIEW broken AS SELECT * FROM gone;
        CREATE VIRTUAL TABLE search USING fts5(body);
        CREATE TABLE counted (id INTEGER PRIMARY KEY AUTOINCREMENT);
        INSERT INTO customers VALUES (5, 'a', NULL, 1), (9, 'b', NULL, 2);
        ANALYZE;",
    );
    let sqlite = shop.open();
    let catalog = sqlite.discover().await.expect("discovers");
    let lines: Vec<String> = catalog
        .sources
        .iter()
        .map(|source| {
            let fields: Vec<String> = source
                .schema
                .fields()
                .iter()
                .map(|field| {
                    let not_null = if field.is_nullable() { "" } else { "!" };
                    format!("{} {}{not_null}", field.name(), crate::sdk::types::type_name(field.data_type()))
                })
                .collect();
            format!(
                "{} {} key={:?} cursor={:?} rows={:?}: {}",
                source.source_type,
                source.source_path,
                source.primary_key,
                source.cursor_field,
                source.estimated_rows,
                fields.join(", ")
            )
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    table Größe "x" key=["日付", "a b"] cursor=None rows=Some(0): a b bigint!, 日付 date!
    view broken key=[] cursor=None rows=None: 
    table counted key=["id"] cursor=None rows=Some(0): id bigint!
    table customers key=["id"] cursor=Some("updated_at") rows=Some(2): id bigint!, name text!, created_at text, updated_at timestamp!
    table descending key=["id"] cursor=None rows=Some(0): id bigint, whole text
    table lines key=["line", "order_id"] cursor=Some("last_modified") rows=Some(0): order_id bigint, line bigint, last_modified bigint
    view names key=[] cursor=None rows=None: id bigint, name text, n text
    table search key=[] cursor=None rows=None: body text
    "#);
    let again = sqlite.discover().await.expect("discovers");
    assert_eq!(format!("{catalog:?}"), format!("{again:?}"));
    for source in &catalog.sources {
        let request = full(&source.source_path);
        if source.source_path == "broken" {
            let error = try_read(&sqlite, request).await.unwrap_err();
            assert!(error.to_string().contains("no such table: main.gone"), "{error}");
        } else {
            let got = read(&sqlite, request).await;
            assert_eq!(got.schemas[0].fields().len(), source.schema.fields().len(), "{}", source.name);
        }
    }
    let reachable = sqlite.check().await.expect("checks");
    assert_eq!(reachable.message, "SQLite file shop.db, 6 tables and 2 views to read");
}

#[tokio::test]
async fn only_the_chosen_tables_are_found() {
    let shop = Shop::of("CREATE TABLE a (x); CREATE TABLE b (x);");
    let config: DatabaseConfig =
        serde_json::from_value(json!({ "url": format!("sqlite://{}", shop.path().display()), "tables": ["main.b"] }))
            .unwrap();
    let url = config.parsed_url().unwrap();
    let sqlite = Sqlite::open(url, config, DatabaseAuth::None(NoAuth {}), OpenContext::default()).unwrap();
    let names: Vec<String> = sqlite.discover().await.unwrap().sources.into_iter().map(|source| source.name).collect();
    assert_eq!(names, ["b"]);
}

#[tokio::test]
async fn a_full_read_resumes_exactly() {
    let shop = Shop::of(
        "CREATE TABLE numbered (id INTEGER PRIMARY KEY, v TEXT);
        INSERT INTO numbered VALUES (-5, 'a'), (0, 'b'), (3, 'c'), (9223372036854775807, 'd');
        CREATE TABLE plain (v TEXT);
        INSERT INTO plain VALUES ('x'), ('x'), (NULL), ('y');
        CREATE TABLE keyed (a TEXT COLLATE NOCASE, b BLOB, c REAL, v, PRIMARY KEY (a, b DESC, c)) WITHOUT ROWID;
        INSERT INTO keyed VALUES ('b', x'00', 0.1, 1), ('A', x'FF', 1e300, 2), ('a', x'00', -0.5, 3), ('a', x'00', 0.30000000000000004, 4);
        CREATE TABLE shadowed (rowid TEXT, v);
        INSERT INTO shadowed VALUES ('q', 1), ('p', 2);
        CREATE VIEW seen AS SELECT v FROM plain;
        CREATE TABLE empty (v);",
    );
    let sqlite = shop.open();
    for (table, checkpoints) in
        [("numbered", 4), ("plain", 4), ("keyed", 4), ("shadowed", 2), ("seen", 1), ("empty", 1)]
    {
        assert_eq!(resumes_from_each_checkpoint(&sqlite, full(table)).await, checkpoints, "{table}");
    }
    let got = read(&sqlite, ReadRequest { batch_bytes: 1, ..full("keyed") }).await;
    assert_eq!(got.checkpoints[0].1.0["key"], json!(["a", { "blob": "00" }, { "real": "-0.5" }]));
}

#[tokio::test]
async fn row_numbers_that_vacuum_dealt_anew_are_not_gone_on_from() {
    let shop = Shop::of("CREATE TABLE t (v); INSERT INTO t VALUES (1), (2), (3); DELETE FROM t WHERE v = 1;");
    let sqlite = shop.open();
    let got = read(&sqlite, ReadRequest { batch_bytes: 1, ..full("t") }).await;
    shop.run("VACUUM");
    let error =
        try_read(&sqlite, ReadRequest { resume: Some(got.checkpoints[0].1.clone()), ..full("t") }).await.unwrap_err();
    assert!(error.to_string().contains("vacuumed"), "{error}");
}

#[tokio::test]
async fn an_incremental_read_takes_the_boundary_again_and_the_rows_without_cursor() {
    let shop = Shop::of(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, at DATETIME);
        INSERT INTO t VALUES (1, '2024-01-01 00:00:00'), (2, '2024-01-02 00:00:00'), (3, NULL), (4, '2024-01-02 00:00:00'), (5, NULL);",
    );
    let sqlite = shop.open();
    let first = read(&sqlite, incremental("t", "AT", None)).await;
    assert_eq!(first.column("id"), ["1", "2", "4", "3", "5"]);
    let kinds = json!({ "at": { "declared": "DATETIME", "kind": "timestamp" } });
    assert_eq!(first.last().0, json!({ "field": "at", "cursor": "2024-01-02 00:00:00", "end": true, "kinds": kinds }));
    assert!(first.logs.iter().any(|(_, message)| message == "2 rows have no at; they are read whole with every sync"));
    resumes_from_each_checkpoint(&sqlite, incremental("t", "at", None)).await;

    // A lower key with the boundary's cursor, a late row, a new one.
    shop.run("INSERT INTO t VALUES (0, '2024-01-02 00:00:00'), (6, '2024-01-01 23:30:00'), (7, '2024-01-03 00:00:00')");
    let second = read(&sqlite, incremental("t", "at", Some(first.last()))).await;
    assert_eq!(second.column("id"), ["0", "2", "4", "7", "3", "5"]);
    let mut late = incremental("t", "at", Some(first.last()));
    late.extract = Extract::Incremental {
        cursor_field: Some("at".into()),
        since: Some(first.last()),
        lookback: Duration::from_secs(3600),
    };
    assert_eq!(read(&sqlite, late.clone()).await.column("id"), ["6", "0", "2", "4", "7", "3", "5"]);
    resumes_from_each_checkpoint(&sqlite, late).await;

    // Nothing new: the cursor stays.
    shop.run("DELETE FROM t");
    assert_eq!(read(&sqlite, incremental("t", "at", Some(second.last()))).await.last(), second.last());
    let missing = try_read(&sqlite, incremental("t", "nope", None)).await.unwrap_err();
    assert_eq!(missing.to_string(), "cursorField: t has no column nope (known: id, at)");
}

#[tokio::test]
async fn what_came_while_a_read_was_cut_short_is_looked_for_from_where_it_began() {
    let shop = Shop::of(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, at DATETIME);
        INSERT INTO t VALUES (1, '2024-01-02 00:00:00'), (2, '2024-01-02 00:00:01');",
    );
    let sqlite = shop.open();
    let begun = read(&sqlite, ReadRequest { batch_bytes: 1, ..incremental("t", "at", None) }).await;
    let (_, cut) = begun.checkpoints[0].clone();
    shop.run("INSERT INTO t VALUES (3, '2024-01-01 23:59:00'), (4, '2024-02-01 00:00:00')");
    let rest = read(&sqlite, ReadRequest { resume: Some(cut), ..incremental("t", "at", None) }).await;
    assert_eq!(rest.column("id"), ["2", "4"]);
    let after = async |since: Cursor| {
        let mut request = incremental("t", "at", None);
        let lookback = Duration::from_secs(300);
        request.extract = Extract::Incremental { cursor_field: Some("at".into()), since: Some(since), lookback };
        read(&sqlite, request).await
    };
    let next = after(rest.last()).await;
    assert_eq!(next.column("id"), ["3", "1", "2", "4"]);
    assert_eq!(after(next.last()).await.column("id"), ["4"], "that was read in one sitting");
}

#[tokio::test]
async fn an_incremental_read_without_a_key_parts_no_cursor_value() {
    let shop = Shop::of(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, n); CREATE VIEW v AS SELECT id, n FROM t;
        INSERT INTO t (n) VALUES (1), (1.0), (2), (2), ('a'), ('A'), (NULL), (NULL);",
    );
    let sqlite = shop.open();
    // Two numbers, the end: texts among numbers are no place to go on from.
    let count = resumes_from_each_checkpoint(&sqlite, incremental("v", "n", None)).await;
    let got = read(&sqlite, ReadRequest { batch_bytes: 1, ..incremental("v", "n", None) }).await;
    assert_eq!(got.column("n"), ["1", "1.0", "2", "2", "A", "a", "∅", "∅"]);
    assert_eq!(got.checkpoints.iter().map(|(rows, _)| *rows).collect::<Vec<_>>(), [2, 4, 8]);
    assert_eq!(count, 3);
}

#[tokio::test]
async fn wrong_files_are_told_apart() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("x.db");
    let check = async |path: &Path| open_at(path, OpenContext::default()).unwrap().check().await.unwrap_err();
    assert_eq!(check(&path).await.class(), ErrorClass::NotFound);
    std::fs::write(&path, "this is a text file, long enough to be looked at as a database header would be, surely")
        .unwrap();
    let error = check(&path).await;
    assert!(error.to_string().ends_with("is not a SQLite database, or an encrypted one"), "{error}");
    assert_eq!(check(folder.path()).await.class(), ErrorClass::Config);
    assert!(open_url("sqlite:///", OpenContext::default()).is_err());
    assert!(open_url("sqlite:///x.db?mode=rw", OpenContext::default()).is_err());
    let relative = open_url("sqlite://No%20Such.db", OpenContext::default()).unwrap().check().await.unwrap_err();
    assert!(relative.to_string().starts_with("the database file No Such.db was not found"), "{relative}");
}

#[tokio::test]
async fn files_outside_the_roots_are_refused() {
    let shop = Shop::of("CREATE TABLE t (v)");
    let elsewhere = TempDir::new().unwrap();
    let within = |root: &Path| OpenContext { file_roots: Some(vec![root.to_owned()]), ..OpenContext::default() };
    assert!(open_at(&shop.path(), within(shop.folder.path())).unwrap().check().await.is_ok());
    let link = elsewhere.path().join("link.db");
    std::os::unix::fs::symlink(shop.path(), &link).unwrap();
    let around = elsewhere.path().join("..").join(shop.folder.path().file_name().unwrap()).join("shop.db");
    for path in [shop.path(), link, around, shop.folder.path().join("missing.db"), "/no/such/folder/x.db".into()] {
        let error = open_at(&path, within(elsewhere.path())).unwrap().check().await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::Permission, "{}: {error}", path.display());
    }
    let missing = open_at(&elsewhere.path().join("x.db"), within(elsewhere.path())).unwrap().check().await.unwrap_err();
    assert_eq!(missing.class(), ErrorClass::NotFound);
}

#[tokio::test]
async fn a_locked_file_is_a_passing_trouble() {
    let shop = Shop::of("CREATE TABLE t (v)");
    let other = Connection::open(shop.path()).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let sqlite = shop.open();
    // Cancelled while it waits for the lock.
    let request = full("t");
    let cancel = request.cancel.clone();
    let reading = tokio::spawn(async move { try_read(&sqlite, request).await.map(drop) });
    cancel.cancel();
    let error = tokio::time::timeout(Duration::from_secs(1), reading).await.expect("in time").unwrap().unwrap_err();
    assert_eq!(error.class(), ErrorClass::Cancelled);
    let error = shop.open().check().await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Transient, "{error}");
}

#[tokio::test]
async fn one_snapshot_while_others_write_in_wal_mode() {
    let shop = Shop::of(
        "PRAGMA journal_mode = WAL; CREATE TABLE t (id INTEGER PRIMARY KEY, v);
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) INSERT INTO t SELECT i, 'old' FROM n",
    );
    let writer = Connection::open(shop.path()).unwrap();
    let mut events = Box::pin(shop.open().read(ReadRequest { batch_bytes: 100, ..full("t") }));
    let mut got = Got::default();
    while let Some(event) = events.next().await {
        if let ReadEvent::Batch(batch) = event.unwrap() {
            if got.batches.is_empty() {
                writer
                    .execute_batch(
                        "UPDATE t SET v = 'new'; DELETE FROM t WHERE id > 500; INSERT INTO t VALUES (9999, 'new')",
                    )
                    .unwrap();
            }
            got.batches.push(batch);
        }
    }
    assert_eq!(got.column("v"), vec!["old"; 1000]);
}

#[tokio::test]
async fn cancel_and_drop_stop_a_statement_that_runs() {
    // A view that never gives its first row.
    let shop = Shop::of(
        "CREATE VIEW endless AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) AS m FROM n",
    );
    let sqlite = shop.open();
    let request = full("endless");
    let cancel = request.cancel.clone();
    let mut events = Box::pin(sqlite.read(request));
    assert!(tokio::time::timeout(Duration::from_millis(100), events.next()).await.is_err(), "it runs");
    cancel.cancel();
    let error =
        tokio::time::timeout(Duration::from_secs(1), events.next()).await.expect("in time").unwrap().unwrap_err();
    assert_eq!(error.class(), ErrorClass::Cancelled);

    let mut events = Box::pin(sqlite.read(full("endless")));
    assert!(tokio::time::timeout(Duration::from_millis(100), events.next()).await.is_err(), "it runs");
    drop(events);
    // The runtime waits for its blocking threads when the test ends: this test would hang if one went on.
}

#[tokio::test]
async fn a_vanished_table_is_not_found() {
    let shop = Shop::of("CREATE TABLE t (v)");
    let error = try_read(&shop.open(), full("gone")).await.unwrap_err();
    assert_eq!(error.to_string(), "the table gone in shop.db was not found; discover again to see what there is");
}

#[tokio::test]
async fn a_hundred_thousand_rows_are_quick() {
    let shop = Shop::of(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, customer INTEGER, total DECIMAL(12,2), status TEXT, note TEXT, at DATETIME);
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
        INSERT INTO t SELECT i, i % 977, i / 100.0, 'shipped', 'note ' || i, datetime(1700000000 + i, 'unixepoch') FROM n",
    );
    let sqlite = shop.open();
    let started = std::time::Instant::now();
    let got = read(&sqlite, full("t")).await;
    let took = started.elapsed();
    assert_eq!(got.types(), ["bigint", "bigint", "decimal(12,2)", "text", "text", "timestamp"]);
    // A fifth of this where the machine has nothing else to do.
    assert!(took < Duration::from_secs(5), "took {took:?}");
}
