//! Full reads: complete, out of one snapshot, and resumed from any checkpoint.

use dataweaver::sdk::{Estimate, ReadEvent};
use futures::StreamExt;
use serde_json::json;

use super::reading::{PATIENCE, Source, full, sorted};

#[tokio::test]
async fn a_small_table_is_read_whole() {
    let Some(source) = Source::with(
        "CREATE TABLE shop (id int PRIMARY KEY, name text); INSERT INTO shop VALUES (1, 'Ärger'), (2, NULL)",
    )
    .await
    else {
        return;
    };
    let read = source.read(full("public.shop")).await;
    assert_eq!(read.lines(), ["1|Ärger", "2|∅"]);
    assert_eq!(read.end().0, json!({ "kind": "full", "key": null, "remaining": [] }));
}

#[tokio::test]
async fn an_empty_table_and_one_without_columns_are_read() {
    let Some(source) = Source::with("CREATE TABLE nothing (id int, name text); CREATE TABLE bare (); INSERT INTO bare DEFAULT VALUES; INSERT INTO bare DEFAULT VALUES").await
    else {
        return;
    };
    let nothing = source.read(full("public.nothing")).await;
    assert_eq!((nothing.rows().num_rows(), nothing.schema().fields().len()), (0, 2));
    let bare = source.read(full("public.bare")).await;
    assert_eq!(bare.batches().iter().map(|batch| batch.num_rows()).sum::<usize>(), 2);
}

#[tokio::test]
async fn a_table_of_1600_columns_is_read() {
    let columns: Vec<_> = (0..1600).map(|index| format!("c{index} bool")).collect();
    let Some(source) = Source::with(&format!(
        "CREATE TABLE wide ({}); INSERT INTO wide (c0, c1599) VALUES (true, false)",
        columns.join(", ")
    ))
    .await
    else {
        return;
    };
    let read = source.read(full("public.wide")).await;
    assert_eq!(
        (read.column("c0"), read.column("c1"), read.column("c1599")),
        (vec!["true".into()], vec!["∅".into()], vec!["false".into()])
    );
}

const MANY: &str = "CREATE TABLE many (id bigint PRIMARY KEY, word text, amount numeric(12,2));
    INSERT INTO many SELECT CASE WHEN n % 3 = 0 THEN -n ELSE n * 7 END, md5(n::text), n / 100.0 FROM generate_series(1, 210000) n;
    ANALYZE many";

#[tokio::test]
async fn a_large_table_is_read_over_several_connections_and_resumed_from_any_checkpoint() {
    let Some(source) = Source::with(MANY).await else { return };
    let mut request = full("public.many");
    request.batch_bytes = 1 << 20;
    let read = source.read(request.clone()).await;
    let all = sorted(read.lines());
    assert_eq!(all, sorted(source.texts("SELECT id || '|' || word || '|' || amount FROM many").await));
    assert!(
        matches!(read.events[1], ReadEvent::Estimate(Estimate { rows: Some(210_000), .. })),
        "{:?}",
        read.events[1]
    );
    let checkpoints = read.checkpoints();
    assert!(checkpoints.len() > 10, "{} checkpoints", checkpoints.len());
    for (cursor, before) in checkpoints.into_iter().step_by(7) {
        let rest = source
            .read({
                let mut resumed = request.clone();
                resumed.resume = Some(cursor.clone());
                resumed
            })
            .await;
        let together = sorted(before.into_iter().chain(rest.lines()).collect());
        assert!(together == all, "resuming from {} gives {} rows of {}", cursor.0, together.len(), all.len());
    }
}

#[tokio::test]
async fn pages_are_read_over_several_connections_in_one_snapshot_while_rows_change() {
    let Some(source) = Source::with("CREATE TABLE pages (id uuid PRIMARY KEY, state text, filler text) WITH (fillfactor = 70);
        INSERT INTO pages SELECT md5(n::text)::uuid, 'before', repeat('x', 100) FROM generate_series(1, 250000) n; ANALYZE pages").await
    else {
        return;
    };
    let mut request = full("public.pages");
    request.batch_bytes = 256 << 10;
    let mut stream = source.connector.read(request);
    let (mut ids, mut states, mut connections) = (Vec::new(), Vec::new(), 0);
    while let Some(event) = tokio::time::timeout(PATIENCE, stream.next()).await.unwrap() {
        let ReadEvent::Batch(batch) = event.unwrap() else { continue };
        if ids.is_empty() {
            // The others are held back while nobody takes what they have read.
            let ours = "SELECT count(*)::text FROM pg_stat_activity WHERE application_name = 'dataweaver' AND datname = current_database()";
            connections = source.texts(ours).await[0].parse().unwrap();
            source.run("UPDATE pages SET state = 'after' WHERE id < '80000000-0000-0000-0000-000000000000'; DELETE FROM pages WHERE id > 'c0000000-0000-0000-0000-000000000000';
                INSERT INTO pages SELECT gen_random_uuid(), 'new', '' FROM generate_series(1, 20000)").await;
        }
        for (column, values) in [(0, &mut ids), (1, &mut states)] {
            let column = batch.column(column).as_any().downcast_ref::<arrow::array::StringArray>().unwrap();
            values.extend(column.iter().map(|value| value.unwrap_or_default().to_owned()));
        }
    }
    assert!(connections > 1, "{connections} connections");
    assert_eq!(ids.len(), 250_000);
    assert!(states.iter().all(|state| state == "before"), "all rows are of the moment in which the read began");
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 250_000, "no row came twice");
}

#[tokio::test]
async fn few_but_huge_rows_are_resumed_by_a_key_of_any_types() {
    let Some(source) = Source::with("CREATE TABLE huge (id uuid, part text, body text, PRIMARY KEY (part, id)); ALTER TABLE huge ALTER body SET STORAGE EXTERNAL;
        INSERT INTO huge SELECT md5(n::text)::uuid, 'it''s ' || n % 3, repeat('x', 1 << 20) FROM generate_series(1, 280) n; ANALYZE huge").await
    else {
        return;
    };
    let mut ids = std::collections::BTreeSet::new();
    let mut resume = None;
    // Each read is dropped at its tenth checkpoint; the next one goes on there.
    for round in 0.. {
        assert!(round < 20, "the load does not come to its end");
        let mut request = full("public.huge");
        (request.batch_bytes, request.resume) = (3 << 20, resume.clone());
        let mut stream = source.connector.read(request);
        let (mut stood, mut unvouched) = (0, Vec::new());
        let is_over = loop {
            let Some(event) = tokio::time::timeout(PATIENCE, stream.next()).await.unwrap() else { break true };
            match event.unwrap() {
                ReadEvent::Batch(batch) => {
                    let column = batch.column(0).as_any().downcast_ref::<arrow::array::StringArray>().unwrap();
                    unvouched.extend(column.iter().map(|id| id.unwrap().to_owned()));
                }
                ReadEvent::Checkpoint(cursor) => {
                    for id in unvouched.drain(..) {
                        assert!(ids.insert(id), "a row comes twice behind {}", cursor.0);
                    }
                    (resume, stood) = (Some(cursor), stood + 1);
                }
                _ => {}
            }
            if stood == 10 {
                break false;
            }
        };
        if is_over {
            assert!(round > 2, "it has places to stand at");
            break;
        }
    }
    assert_eq!(ids.len(), 280);
}
