//! Incremental reads: in order, from where the last one ended, and resumed without a gap or a double.

use std::time::Duration;

use dataweaver::sdk::{Cursor, ErrorClass, Extract, ReadEvent, ReadRequest};
use serde_json::json;

use super::reading::{Source, collect, full, sorted};

fn incremental(path: &str, field: &str, key: &[&str], since: Option<Cursor>) -> ReadRequest {
    let mut request = full(path);
    request.extract = Extract::Incremental { cursor_field: Some(field.into()), since, lookback: Duration::ZERO };
    request.primary_key = key.iter().map(|name| (*name).to_owned()).collect();
    request.batch_bytes = 2000;
    request
}

/// Few different times, many ties, some without a time.
const NOTES: &str = "CREATE TABLE notes (id int, part uuid, at timestamptz, body text, PRIMARY KEY (id, part));
    INSERT INTO notes SELECT n % 50, md5(n::text)::uuid, CASE WHEN n % 10 > 0 THEN timestamptz '2024-01-01' + (n % 37) * interval '1 minute 1 microsecond' END, 'note ' || n
    FROM generate_series(1, 1000) n";

async fn resumes_from_every_checkpoint(source: &Source, request: ReadRequest) {
    let read = source.read(request.clone()).await;
    let all = read.lines();
    let checkpoints = read.checkpoints();
    assert!(checkpoints.len() > 3, "{} checkpoints", checkpoints.len());
    for (cursor, before) in checkpoints {
        let mut resumed = request.clone();
        resumed.resume = Some(cursor.clone());
        let rest = source.read(resumed).await;
        let together: Vec<_> = before.into_iter().chain(rest.lines()).collect();
        assert!(
            sorted(together.clone()) == sorted(all.clone()),
            "from {}: {} rows of {}",
            cursor.0,
            together.len(),
            all.len()
        );
        assert_eq!(rest.end(), read.end());
    }
}

#[tokio::test]
async fn a_read_resumes_from_every_checkpoint() {
    let Some(source) = Source::with(NOTES).await else { return };
    let with_key = incremental("public.notes", "at", &["id", "part"], None);
    let read = source.read(with_key.clone()).await;
    assert_eq!(read.rows().num_rows(), 1000);
    assert!(read.logs().iter().any(|message| message.contains("100 rows have no at")), "{:?}", read.logs());
    let times = read.column("at");
    let with_time: Vec<_> = times.iter().filter(|time| *time != "∅").collect();
    assert!(with_time.is_sorted());
    resumes_from_every_checkpoint(&source, with_key).await;
    resumes_from_every_checkpoint(&source, incremental("public.notes", "at", &[], None)).await;
    resumes_from_every_checkpoint(&source, incremental("public.notes", "id", &["id", "part"], None)).await;
}

#[tokio::test]
async fn the_next_sync_starts_at_the_last_cursor_and_takes_in_ties() {
    let Some(source) = Source::with("CREATE TABLE log (id bigint PRIMARY KEY, at timestamp NOT NULL); INSERT INTO log VALUES (1, '2024-01-01'), (2, '2024-01-02')").await
    else {
        return;
    };
    let first = source.read(incremental("public.log", "at", &["id"], None)).await;
    source.run("INSERT INTO log VALUES (3, '2024-01-02'), (4, '2024-01-03'), (5, '2023-12-31 23:00')").await;
    let mut next = incremental("public.log", "at", &["id"], Some(first.end()));
    assert_eq!(source.read(next.clone()).await.column("id"), ["2", "3", "4"]);
    next.extract = Extract::Incremental {
        cursor_field: Some("at".into()),
        since: Some(first.end()),
        lookback: Duration::from_secs(90_000),
    };
    assert_eq!(source.read(next).await.column("id"), ["5", "1", "2", "3", "4"]);
    let by_id = source.read(incremental("public.log", "id", &["id"], None)).await;
    source.run("INSERT INTO log VALUES (6, '2024-01-01')").await;
    let after = source.read(incremental("public.log", "id", &["id"], Some(by_id.end()))).await;
    assert_eq!(after.column("id"), ["5", "6"]);
}

#[tokio::test]
async fn a_checkpoint_is_of_no_use_where_the_cursor_field_has_another_type() {
    let rows = "CREATE TABLE log (id int PRIMARY KEY, n numeric(10,2)); INSERT INTO log VALUES (1, 8), (2, 9.4)";
    let Some(source) = Source::with(rows).await else { return };
    let mut request = incremental("public.log", "n", &["id"], None);
    request.batch_bytes = 1;
    let first = source.read(request.clone()).await;
    let middle = first.checkpoints().remove(0).0;
    source.run("ALTER TABLE log ALTER n TYPE numeric(10,0); INSERT INTO log VALUES (3, 9.3)").await;
    let resumed = ReadRequest { resume: Some(middle), ..request };
    assert_eq!(collect(&*source.connector, resumed).await.unwrap_err().class(), ErrorClass::Data);
    let next = source.read(incremental("public.log", "n", &["id"], Some(first.end()))).await;
    assert!(matches!(next.events[..2], [ReadEvent::Log { .. }, ReadEvent::Whole]), "{:?}", next.logs());
    assert_eq!(next.column("id"), ["1", "2", "3"]);
    // What an earlier version has stored does not say the type.
    let mut earlier = next.end();
    earlier.0.as_object_mut().unwrap().remove("field_type").unwrap();
    assert_eq!(source.read(incremental("public.log", "n", &["id"], Some(earlier))).await.column("id"), ["2", "3"]);
}

#[tokio::test]
async fn nothing_new_keeps_the_cursor_and_an_empty_table_has_none() {
    let Some(source) = Source::with("CREATE TABLE log (id bigint PRIMARY KEY, at timestamp)").await else { return };
    let empty = source.read(incremental("public.log", "at", &["id"], None)).await;
    assert_eq!(empty.rows().num_rows(), 0);
    source.run("INSERT INTO log VALUES (1, '2024-01-01')").await;
    let first = source.read(incremental("public.log", "at", &["id"], Some(empty.end()))).await;
    assert_eq!(first.lines().len(), 1);
    source.run("DELETE FROM log").await;
    let next = source.read(incremental("public.log", "at", &["id"], Some(first.end()))).await;
    assert_eq!((next.lines().len(), next.end()), (0, first.end()));
}

#[tokio::test]
async fn infinite_times_and_times_before_christ_do_not_stop_it() {
    let Some(source) = Source::with("CREATE TABLE odd (id int PRIMARY KEY, at timestamptz);
        INSERT INTO odd VALUES (1, '-infinity'), (2, '0044-03-15 BC'), (3, '2024-01-01'), (4, 'infinity'), (5, '12345-01-01')").await else { return };
    let mut request = incremental("public.odd", "at", &["id"], None);
    request.batch_bytes = 1;
    let read = source.read(request.clone()).await;
    assert_eq!(read.column("id"), ["1", "2", "3", "5", "4"]);
    for (cursor, before) in read.checkpoints() {
        let mut resumed = request.clone();
        resumed.resume = Some(cursor);
        assert_eq!(before.into_iter().chain(source.read(resumed).await.lines()).collect::<Vec<_>>(), read.lines());
    }
    let next = source.read(incremental("public.odd", "at", &["id"], Some(read.end()))).await;
    assert_eq!(next.column("id"), ["5", "4"]);
}

#[tokio::test]
async fn a_cursor_that_cannot_be_is_refused_by_name() {
    let Some(source) = Source::with("CREATE TABLE log (id int PRIMARY KEY, shape point)").await else { return };
    for (field, told) in [("gone", "gone"), ("shape", "cannot be ordered")] {
        let error = collect(&*source.connector, incremental("public.log", field, &["id"], None)).await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::Config, "{error}");
        assert!(error.to_string().contains(told), "{error}");
    }
    let mut foreign = incremental("public.log", "id", &["id"], None);
    foreign.resume = Some(Cursor(json!({ "line": 7 })));
    assert_eq!(collect(&*source.connector, foreign).await.unwrap_err().class(), ErrorClass::Data);
}

#[tokio::test]
async fn values_that_are_equal_in_several_texts_are_never_parted() {
    let Some(source) = Source::with("CREATE COLLATION careless (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
        CREATE TABLE t (id int, n numeric, span interval, word text COLLATE careless, real float8, exact numeric(10,2));
        INSERT INTO t SELECT n, (n / 100)::numeric + CASE n % 2 WHEN 0 THEN 0.0 ELSE 0.000 END,
            CASE n % 2 WHEN 0 THEN n / 100 * interval '1 day' ELSE n / 100 * interval '24 hours' END,
            CASE n % 2 WHEN 0 THEN 'w' ELSE 'W' END || n / 100, CASE WHEN n < 100 THEN CASE n % 2 WHEN 0 THEN 0 ELSE '-0' END ELSE n / 100 END, n / 100
        FROM generate_series(1, 999) n").await
    else {
        return;
    };
    for field in ["n", "span", "word", "real", "exact"] {
        let mut request = incremental("public.t", field, &[], None);
        request.batch_bytes = 1000;
        let read = source.read(request.clone()).await;
        let all = sorted(read.column("id"));
        let mut stood = 0;
        for (cursor, before) in read.checkpoints() {
            let rest = source.read(ReadRequest { resume: Some(cursor.clone()), ..request.clone() }).await;
            let ids = before.iter().map(|line| line.split('|').next().unwrap_or_default().to_owned());
            let together = sorted(ids.chain(rest.column("id")).collect());
            assert!(together == all, "{field} from {}: {} rows of {}", cursor.0, together.len(), all.len());
            stood += 1;
        }
        // A fixed scale has one text for a value.
        assert!(field != "exact" || stood > 3, "{field} has {stood} checkpoints");
    }
}

#[tokio::test]
async fn a_float_is_a_cursor_like_any_other() {
    let Some(source) = Source::with(
        "CREATE TABLE t (id int PRIMARY KEY, small float4, large float8);
        INSERT INTO t VALUES (1, 0.1, 0.1), (2, 1e30, 1e300), (3, 'NaN', 'NaN'), (4, 'Infinity', 'Infinity')",
    )
    .await
    else {
        return;
    };
    for field in ["small", "large"] {
        let mut request = incremental("public.t", field, &["id"], None);
        request.batch_bytes = 1;
        let first = source.read(request).await;
        assert_eq!(first.column("id"), ["1", "2", "4", "3"]);
        let next = source.read(incremental("public.t", field, &["id"], Some(first.end()))).await;
        assert_eq!(next.column("id"), ["2", "4", "3"], "{field}: {}", first.end().0);
        let warns = next.logs().iter().any(|message| message.starts_with("2 rows have NaN or infinity as"));
        assert!(warns, "{:?}", next.logs());
    }
}

#[tokio::test]
async fn nan_and_infinity_do_not_end_a_chain_of_syncs() {
    let Some(source) = Source::with(
        "CREATE TABLE t (id int PRIMARY KEY, n numeric, at timestamp);
        INSERT INTO t VALUES (1, 1.5, '2024-01-01'), (2, 'NaN', 'infinity'), (3, 'Infinity', '-infinity')",
    )
    .await
    else {
        return;
    };
    for field in ["n", "at"] {
        source.run("DELETE FROM t WHERE id = 4").await;
        let first = source.read(incremental("public.t", field, &["id"], None)).await;
        source.run("INSERT INTO t VALUES (4, 2, '2024-01-02')").await;
        let next = source.read(incremental("public.t", field, &["id"], Some(first.end()))).await;
        assert!(next.column("id").contains(&"4".to_owned()), "{field}: {}", first.end().0);
    }
}
