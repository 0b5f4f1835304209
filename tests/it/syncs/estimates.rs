//! How far a sync is, as its followers see it: known soon, never falling, whole only at the end; for each kind of source.

use std::collections::HashMap;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use super::table::Table;
use crate::client::Socket;
use crate::harness::TestApp;
use crate::mysql::Source;
use crate::servers;

/// Enough for several gauges on a fast machine.
const ROWS: i64 = 600_000;

/// What the schema promises of `percent`.
const PROMISED: Duration = Duration::from_secs(2);

/// How long it will take is told from the third gauge or so on: a fast machine has read the rows by then.
const LONG: Duration = Duration::from_secs(2);

/// Syncs a connector with one source of all these rows, and looks at every figure on the way.
async fn assert_figures(app: &TestApp, connector: &str) {
    let mut events = app.events_of(connector).await;
    let began = Instant::now();
    let sync = app.start_sync(connector, None).await;
    let mut known = None;
    let (mut percents, mut remaining) = (Vec::<f64>::new(), Vec::<f64>::new());
    loop {
        let event = events.wait_for(|event| event["kind"] == "PROGRESS" || event["dataSourceId"].is_null()).await;
        if event["kind"] != "PROGRESS" {
            match event["status"].as_str() {
                Some("QUEUED" | "RUNNING") | None => continue,
                Some(status) => assert_eq!(status, "SUCCEEDED", "{event:#}"),
            }
            break;
        }
        let progress = &event["progress"];
        if let Some(percent) = progress["percent"].as_f64() {
            known.get_or_insert_with(|| began.elapsed());
            let before = percents.last().copied().unwrap_or(0.0);
            assert!(percent >= before && percent < 100.0, "{percent} % after {before} %");
            percents.push(percent);
        } else {
            assert_eq!(known, None, "what was known is forgotten: {event:#}");
        }
        if let Some(seconds) = progress["etaSeconds"].as_f64() {
            assert!(seconds >= 0.0, "{event:#}");
            remaining.push(seconds);
        }
    }
    let known = known.expect("the percentage is told");
    assert!(known < PROMISED, "the percentage is known after {known:?}");
    percents.retain(|percent| *percent > 0.0);
    percents.dedup();
    // Gauges come five times a second, and a fast machine reads the rows in less than one.
    assert!(percents.len() >= 2, "the bar moves: {percents:?}");
    let took = began.elapsed();
    assert!(!remaining.is_empty() || took < LONG, "how long it will take is told within {took:?}");
    assert!(remaining.iter().all(|seconds| *seconds < 600.0), "{remaining:?}");
    let ask = "query($id: ID!) { syncLog(id: $id) { sources { rows estimatedRows percent etaSeconds } } }";
    let log = app.gql(ask, json!({ "id": sync })).await;
    let end = &log["syncLog"]["sources"][0];
    assert_eq!((&end["rows"], &end["estimatedRows"], &end["percent"]), (&json!(ROWS), &json!(ROWS), &json!(100.0)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_table_of_postgres() {
    let fill = format!(
        "CREATE TABLE t (id bigint PRIMARY KEY, text text);
         INSERT INTO t SELECT n, repeat(md5(n::text), 6) FROM generate_series(1, {ROWS}) n; ANALYZE t"
    );
    let Some(table) = Table::with(&fill).await else { return };
    assert_figures(&table.app, &table.connector).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_table_of_postgres_that_has_grown_since_it_was_counted() {
    let fill = format!(
        "CREATE TABLE t (id bigint PRIMARY KEY, text text) WITH (autovacuum_enabled = off);
         INSERT INTO t SELECT n, repeat(md5(n::text), 6) FROM generate_series(1, {}) n; ANALYZE t;
         INSERT INTO t SELECT n, repeat(md5(n::text), 6) FROM generate_series({}, {ROWS}) n",
        ROWS / 4,
        ROWS / 4 + 1
    );
    let Some(table) = Table::with(&fill).await else { return };
    assert_figures(&table.app, &table.connector).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_table_of_mariadb() {
    let fill = format!(
        "CREATE TABLE t (id bigint PRIMARY KEY, text text);
         INSERT INTO t SELECT seq, repeat(md5(seq), 6) FROM seq_1_to_{ROWS}; ANALYZE TABLE t"
    );
    let Some(database) = Source::with(&fill).await else { return };
    let app = TestApp::new().await;
    let connector = app.database_connector("Shop", database.url()).await;
    assert_figures(&app, &connector).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_table_of_sqlite() {
    let app = TestApp::new().await;
    let fill = format!(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT);
         WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {ROWS})
         INSERT INTO t SELECT n, hex(randomblob(96)) FROM n"
    );
    let connector = app.sqlite_connector("Shop", &fill).await;
    assert_figures(&app, &connector).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_files_plain_and_packed() {
    let line: &dyn Fn(i64) -> String = &|n| format!("{n},{}\n", format!("text {n} ").repeat(16));
    let object: &dyn Fn(i64) -> String =
        &|n| format!("{}\n", json!({ "id": n, "text": format!("text {n} ").repeat(16) }));
    for (name, header, row) in [("t.csv", "id,text\n", line), ("t.csv.gz", "id,text\n", line), ("t.jsonl", "", object)]
    {
        let app = TestApp::new().await;
        let folder = app.folder().join("files");
        std::fs::create_dir(&folder).unwrap();
        write(&folder.join(name), header, row);
        let create = "mutation($input: CreateConnectorInput!) { createConnector(input: $input) { connector { id } } }";
        let input = json!({ "name": "Files", "type": "FILE_SYSTEM", "connectionConfig": { "root": folder } });
        let data = app.gql(create, json!({ "input": input })).await;
        let connector: &Value = &data["createConnector"]["connector"]["id"];
        assert_figures(&app, connector.as_str().unwrap()).await;
    }
}

/// The times of the gauges of a sync's sources, until its end.
async fn gauges_until_end(mut events: Socket) -> HashMap<String, Vec<DateTime<Utc>>> {
    let mut gauges: HashMap<String, Vec<DateTime<Utc>>> = HashMap::new();
    loop {
        let event = events.wait_for(|_| true).await;
        if event["kind"] == "PROGRESS" {
            let source = event["dataSourceId"].as_str().expect("a source").to_owned();
            gauges
                .entry(source)
                .or_default()
                .push(event["at"].as_str().and_then(|at| at.parse().ok()).expect("a time"));
        } else if event["dataSourceId"].is_null() && event["status"] == "SUCCEEDED" {
            return gauges;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_of_some_seconds_moves_smoothly_and_tells_five_gauges_a_second_at_the_most() {
    /// The shortest time from a gauge to the fifth after it: a second, and what a busy machine takes off it.
    const FIVE: TimeDelta = TimeDelta::milliseconds(900);
    // Two views that come bit by bit for ten seconds, each in some 35 batches.
    let slow = "SELECT n AS id, repeat('x', 2000) AS text,
        CASE WHEN n % 500 = 0 THEN pg_sleep(0.15) IS NOT NULL END AS rested FROM generate_series(1, 35000) n";
    let Some(database) = servers::postgres() else { return };
    let mut source = PgConnection::connect(database.url()).await.unwrap();
    for view in ["one", "other"] {
        source.execute(AssertSqlSafe(format!("CREATE VIEW {view} AS {slow}"))).await.unwrap();
    }
    let app = TestApp::new().await;
    let connector = app.database_connector("Shop", database.url()).await;
    let gauges = gauges_until_end(app.events_of(&connector).await);
    let sync = app.start_sync(&connector, None).await;
    let mut states = app.socket(json!({})).await;
    let follow = "subscription($id: ID!) { syncLog(id: $id) { sources { percent etaSeconds dataSource { name } } } }";
    states.subscribe(follow, json!({ "id": sync })).await;
    let mut percents: HashMap<String, Vec<f64>> = HashMap::new();
    let mut remaining: HashMap<String, Vec<f64>> = HashMap::new();
    let follow = async {
        while let Some(payload) = states.next().await {
            for source in payload["data"]["syncLog"]["sources"].as_array().unwrap() {
                let name = source["dataSource"]["name"].as_str().unwrap().to_owned();
                percents.entry(name.clone()).or_default().extend(source["percent"].as_f64());
                remaining.entry(name).or_default().extend(source["etaSeconds"].as_f64());
            }
        }
    };
    let (gauges, ()) = tokio::join!(gauges, follow);
    assert_eq!((percents.len(), gauges.len()), (2, 2));
    for (name, mut percents) in percents {
        assert!(percents.is_sorted(), "{name} goes backwards: {percents:?}");
        assert_eq!(percents.last(), Some(&100.0), "{name}");
        percents.dedup();
        assert!(percents.len() >= 24, "{name} shows only {percents:?}");
    }
    for (name, mut remaining) in remaining {
        remaining.dedup();
        assert!(remaining.len() >= 12, "{name} tells only {remaining:?} of how long it will take");
        assert!(remaining.iter().all(|seconds| (0.0..60.0).contains(seconds)), "{name}: {remaining:?}");
    }
    for (source, gauges) in gauges {
        let quickest = gauges.windows(6).map(|six| six[5] - six[0]).min().expect("some gauges");
        assert!(quickest >= FIVE, "{source} tells six gauges within {quickest}: {gauges:?}");
    }
}

fn write(path: &Path, header: &str, row: &dyn Fn(i64) -> String) {
    let file = std::fs::File::create(path).unwrap();
    let mut file: Box<dyn Write> = match path.extension().is_some_and(|extension| extension == "gz") {
        true => Box::new(flate2::write::GzEncoder::new(file, flate2::Compression::fast())),
        false => Box::new(std::io::BufWriter::new(file)),
    };
    file.write_all(header.as_bytes()).unwrap();
    for n in 0..ROWS {
        file.write_all(row(n).as_bytes()).unwrap();
    }
}
