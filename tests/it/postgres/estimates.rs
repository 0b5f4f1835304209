//! How many rows a read says that it will have.

use std::time::Duration;

use dataweaver::sdk::{Cursor, Extract, ReadEvent, ReadRequest};

use super::reading::{Source, full};

async fn estimated(source: &Source, request: ReadRequest) -> Option<u64> {
    let read = source.read(request).await;
    let first = read.events.iter().find_map(|event| match event {
        ReadEvent::Estimate(estimate) => Some(estimate.rows),
        _ => None,
    });
    first.flatten()
}

fn since(path: &str, field: &str, since: Option<Cursor>) -> ReadRequest {
    let extract = Extract::Incremental { cursor_field: Some(field.into()), since, lookback: Duration::ZERO };
    ReadRequest { extract, primary_key: vec!["id".into()], ..full(path) }
}

#[tokio::test]
async fn tables_that_nobody_counted_views_and_parents_have_an_estimate() {
    let Some(source) = Source::with("CREATE TABLE never (id int, word text) WITH (autovacuum_enabled = off); INSERT INTO never SELECT n, md5(n::text) FROM generate_series(1, 20000) n;
        CREATE TABLE parent (id int) WITH (autovacuum_enabled = off); CREATE TABLE heir () INHERITS (parent); INSERT INTO heir SELECT generate_series(1, 20000); ANALYZE heir; ANALYZE parent;
        CREATE VIEW seen AS SELECT * FROM parent").await
    else {
        return;
    };
    for path in ["public.never", "public.parent", "public.seen"] {
        let rows = estimated(&source, full(path)).await.unwrap_or_else(|| panic!("{path} has no estimate"));
        assert!((10_000..40_000).contains(&rows), "{path}: {rows}");
    }
    let catalog = source.connector.discover().await.unwrap();
    let parent = catalog.sources.iter().find(|found| found.name == "parent").unwrap();
    assert_eq!(parent.estimated_rows, Some(20_000));
}

#[tokio::test]
async fn every_incremental_read_has_an_estimate_of_what_is_new() {
    let Some(source) = Source::with("CREATE TABLE log (id bigint PRIMARY KEY, note text); INSERT INTO log SELECT n FROM generate_series(1, 20000) n; ANALYZE log").await
    else {
        return;
    };
    let first = source.read(since("public.log", "id", None)).await;
    source.run("INSERT INTO log SELECT n FROM generate_series(20001, 25000) n; ANALYZE log").await;
    let rows = estimated(&source, since("public.log", "id", Some(first.end()))).await.expect("an estimate");
    assert!((3_000..8_000).contains(&rows), "{rows}");
}
