//! Tables that are emptied, rewritten or exchanged in the very moment in which a read begins.

use std::time::Instant;

use dataweaver::sdk::{ErrorClass, ReadEvent};
use futures::StreamExt;
use sqlx::{AssertSqlSafe, Executor, PgConnection};

use super::reading::{PATIENCE, Source, collect, full, open, sorted};

/// Runs `change` in a transaction, lets a read run into its lock, commits, and gives what the read saw.
async fn read_into(source: &Source, url: &str, path: &str, change: &str) -> Vec<String> {
    let mut other = begin(source, change).await;
    let connector = open(url, serde_json::json!({})).unwrap();
    let reading = collect(&*connector, full(path));
    let committing = async {
        wait_for_a_waiting_read(source).await;
        other.execute("COMMIT").await.unwrap();
    };
    let (read, ()) = tokio::join!(reading, committing);
    sorted(read.expect("the read succeeds").lines())
}

async fn begin(source: &Source, change: &str) -> PgConnection {
    let mut other = source.connection().await;
    other.execute(AssertSqlSafe(format!("BEGIN; {change}"))).await.expect("the change is right");
    other
}

async fn wait_for_a_waiting_read(source: &Source) {
    let started = Instant::now();
    let waiting = "SELECT 'x' FROM pg_stat_activity WHERE application_name = 'dataweaver' AND datname = current_database() AND wait_event_type = 'Lock'";
    while source.texts(waiting).await.is_empty() {
        assert!(started.elapsed() < PATIENCE, "the read does not wait for the lock");
    }
}

const TABLES: &str = "CREATE TABLE t (id int, name text); INSERT INTO t VALUES (1, 'old');
    CREATE TABLE u (id int, name text); INSERT INTO u VALUES (2, 'ready');
    CREATE VIEW v AS SELECT id, name FROM t;
    CREATE MATERIALIZED VIEW m AS SELECT id, name FROM t;
    CREATE TABLE parts (id int, name text) PARTITION BY RANGE (id);
    CREATE TABLE part_1 PARTITION OF parts FOR VALUES FROM (0) TO (10); CREATE TABLE part_2 PARTITION OF parts FOR VALUES FROM (10) TO (20);
    INSERT INTO parts VALUES (1, 'old'), (11, 'old');";

#[tokio::test]
async fn a_read_sees_what_a_reload_that_it_waited_for_has_left() {
    for (path, change, seen) in [
        ("public.t", "TRUNCATE t; INSERT INTO t VALUES (1, 'new')", vec!["1|new"]),
        ("public.t", "DROP TABLE t CASCADE; CREATE TABLE t AS SELECT 3 AS id, 'made' AS name", vec!["3|made"]),
        ("public.t", "ALTER TABLE t RENAME TO gone; ALTER TABLE u RENAME TO t", vec!["2|ready"]),
        ("public.t", "DROP VIEW v; DROP MATERIALIZED VIEW m; ALTER TABLE t ALTER id TYPE text", vec!["1|old"]),
        ("public.v", "TRUNCATE t; INSERT INTO t VALUES (1, 'new')", vec!["1|new"]),
        ("public.m", "UPDATE t SET name = 'new'; REFRESH MATERIALIZED VIEW m", vec!["1|new"]),
        ("public.parts", "TRUNCATE part_2; INSERT INTO parts VALUES (12, 'new')", vec!["12|new", "1|old"]),
    ] {
        let Some(source) = Source::with(TABLES).await else { return };
        let lines = read_into(&source, source.url(), path, change).await;
        assert_eq!(lines, seen, "{path} after {change}");
    }
}

#[tokio::test]
async fn so_does_a_read_that_may_see_some_columns_only() {
    let Some(source) = Source::with(TABLES).await else { return };
    let role = format!("{}_reader", source.name());
    source.run(&format!("CREATE ROLE {role} LOGIN; GRANT SELECT (name) ON t TO {role}")).await;
    let mut url = url::Url::parse(source.url()).unwrap();
    url.set_username(&role).unwrap();
    let lines = read_into(&source, url.as_str(), "public.t", "TRUNCATE t; INSERT INTO t VALUES (1, 'new')").await;
    source.run(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await;
    assert_eq!(lines, ["new"]);
}

#[tokio::test]
async fn a_locked_table_hides_no_other_from_discovery() {
    let Some(source) = Source::with(TABLES).await else { return };
    let _other = begin(&source, "LOCK TABLE t, part_1").await;
    let discovering = tokio::time::timeout(PATIENCE / 4, source.connector.discover());
    let catalog = discovering.await.expect("discovery waits for no lock").unwrap();
    let names: Vec<_> = catalog.sources.into_iter().map(|source| source.name).collect();
    assert_eq!(names, ["m", "parts", "t", "u", "v"]);
}

#[tokio::test]
async fn a_read_tells_that_it_waits_for_a_lock_and_gives_up_in_time() {
    let Some(source) = Source::with(TABLES).await else { return };
    let _other = begin(&source, "LOCK TABLE t").await;
    let mut stream = source.connector.read(full("public.t"));
    let first = tokio::time::timeout(PATIENCE, stream.next()).await.unwrap();
    let Some(Ok(ReadEvent::Waiting { reason, .. })) = first else { panic!("{first:?}") };
    assert!(reason.contains("may have locked public.t"), "{reason}");
    let end = async {
        while let Some(event) = stream.next().await {
            if let Err(error) = event {
                return Some(error);
            }
        }
        None
    };
    let error = tokio::time::timeout(PATIENCE, end).await.unwrap().expect("it does not wait for ever");
    assert_eq!(error.class(), ErrorClass::Transient);
    assert!(error.to_string().contains("locked by another session"), "{error}");
}
