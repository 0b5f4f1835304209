//! Full reads: one snapshot, exact resumes, prompt stops, and how fast.

use std::time::{Duration, Instant};

use dataweaver::sdk::{ErrorClass, ReadEvent, ReadRequest};
use futures::StreamExt;
use serde_json::json;
use sqlx::{Executor, Row};

use super::{Source, last};

#[tokio::test]
async fn a_full_read_resumes_after_each_checkpoint() {
    let Some(source) = Source::with(
        "CREATE TABLE one (id BIGINT UNSIGNED PRIMARY KEY, v TEXT);
        INSERT INTO one VALUES (0, 'a'), (7, 'b'), (18446744073709551615, 'c');
        CREATE TABLE texts (a VARCHAR(20) CHARACTER SET latin1, b VARCHAR(20), PRIMARY KEY (b, a));
        INSERT INTO texts VALUES ('ä', 'X'), ('b', 'x '), ('Z', 'x'), ('é', 'Ü'), ('', '');
        CREATE TABLE mixed (e ENUM('z', 'm', 'a'), d DECIMAL(30,10), t DATETIME(6), f FLOAT, b BINARY(3), s SET('q', 'p'), y DATE,
            PRIMARY KEY (e, d, t, f, b, s, y));
        INSERT INTO mixed VALUES
            ('z', 12345678901234567890.1234567891, '2024-01-01 00:00:00.000001', 0.1, 'a', 'p', '0000-00-00'),
            ('z', 12345678901234567890.1234567891, '2024-01-01 00:00:00.000001', 0.1, 'a', 'p', '2024-01-01'),
            ('z', 12345678901234567890.1234567891, '2024-01-01 00:00:00.000001', 0.1, 'a', 'p,q', '2024-01-01'),
            ('z', 12345678901234567890.1234567891, '2024-01-01 00:00:00.000001', 0.2, 'a', '', '2024-01-01'),
            ('z', 12345678901234567890.1234567892, '2024-01-01 00:00:00.000001', 0.1, 'b', '', '2024-01-01'),
            ('m', -1, '2024-01-01', -0.5, 'b', '', '2024-01-01'), ('a', -1, '2024-01-01', -0.5, 'b', '', '2024-01-01');
        CREATE TABLE by_uuid (id UUID PRIMARY KEY, v INT);
        INSERT INTO by_uuid VALUES ('ffffffff-0000-1000-8000-000000000001', 1), ('00000000-ffff-1000-8000-000000000002', 2), (UUID(), 3);
        CREATE TABLE unique_only (a INT NOT NULL, b TIME(3) NOT NULL, c INT, UNIQUE (c), UNIQUE KEY ab (b, a));
        INSERT INTO unique_only VALUES (1, '-10:00:00.5', NULL), (2, '10:00:00', NULL), (1, '10:00:00', 3);
        CREATE TABLE no_key (v INT); INSERT INTO no_key VALUES (1), (1), (NULL);
        CREATE VIEW seen AS SELECT v + 1 AS w FROM no_key;
        CREATE TABLE nothing (id INT PRIMARY KEY);
        CREATE TABLE wide_decimal (d DECIMAL(60,5) PRIMARY KEY);
        INSERT INTO wide_decimal VALUES (9007199254740993), (9007199254740992), (9007199254740994.00001);",
    )
    .await
    else {
        return;
    };
    let counts = [
        ("one", 3),
        ("texts", 5),
        ("mixed", 7),
        ("by_uuid", 3),
        ("unique_only", 3),
        ("no_key", 1),
        ("seen", 1),
        ("nothing", 1),
        ("wide_decimal", 3),
    ];
    for (table, checkpoints) in counts {
        assert_eq!(source.resumes_from_each_checkpoint(source.full(table)).await, checkpoints, "{table}");
    }
    let read = source.read(source.full("one")).await;
    assert_eq!(last(&read).0, json!({ "key": [u64::MAX] }));
    assert_eq!(last(&source.read(source.full("no_key")).await).0, json!({ "end": true }));
}

#[tokio::test]
async fn a_full_read_is_one_snapshot() {
    let Some(source) =
        Source::with("CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(500)); INSERT INTO t SELECT seq, REPEAT('o', 500) FROM seq_1_to_20000").await
    else {
        return;
    };
    let mut writer = source.connection().await;
    let mut events = source.connector.read(ReadRequest { batch_bytes: 1 << 16, ..source.full("t") });
    let (mut rows, mut batches) = (0, 0);
    while let Some(event) = events.next().await {
        if let ReadEvent::Batch(batch) = event.unwrap() {
            if batches == 0 {
                writer.execute("UPDATE t SET v = 'new'").await.unwrap();
                writer.execute("DELETE FROM t WHERE id > 10000").await.unwrap();
            }
            let values = batch.column(1).as_any().downcast_ref::<arrow::array::StringArray>().unwrap();
            assert!(values.iter().all(|value| value.is_some_and(|value| value.len() == 500)), "batch {batches}");
            (rows, batches) = (rows + batch.num_rows(), batches + 1);
        }
    }
    assert_eq!(rows, 20_000);
    assert!(batches > 50, "{batches}");
}

/// Statements that run for this database, but ours.
async fn statements(source: &Source) -> i64 {
    let query = "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE DB = DATABASE() AND ID <> CONNECTION_ID() AND COMMAND <> 'Sleep'";
    source.connection().await.fetch_one(query).await.unwrap().get(0)
}

async fn until_none_runs(source: &Source) {
    let started = Instant::now();
    while statements(source).await > 0 {
        assert!(started.elapsed() < Duration::from_secs(5), "the statement goes on");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn cancel_and_drop_stop_the_statement_at_the_server() {
    let Some(source) = Source::with("CREATE VIEW slow AS SELECT SLEEP(30) AS s").await else { return };
    for drops in [false, true] {
        let request = source.full("slow");
        let cancel = request.cancel.clone();
        let mut events = source.connector.read(request);
        let first = events.next().await.unwrap().unwrap();
        assert!(matches!(first, ReadEvent::Schema(_)), "{first:?}");
        while statements(&source).await == 0 {
            // The stream is only polled to let it start.
            drop(tokio::time::timeout(Duration::from_millis(20), events.next()).await);
        }
        if drops {
            drop(events);
        } else {
            cancel.cancel();
            let error = tokio::time::timeout(Duration::from_secs(1), events.next())
                .await
                .expect("in time")
                .unwrap()
                .unwrap_err();
            assert_eq!(error.class(), ErrorClass::Cancelled);
        }
        until_none_runs(&source).await;
    }
}

#[tokio::test]
async fn a_server_that_goes_away_in_the_middle_is_a_passing_trouble() {
    let Some(source) =
        Source::with("CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(1000)); INSERT INTO t SELECT seq, REPEAT('o', 1000) FROM seq_1_to_50000").await
    else {
        return;
    };
    let mut events = source.connector.read(ReadRequest { batch_bytes: 1 << 16, ..source.full("t") });
    let mut killed = false;
    let error = loop {
        match events.next().await.expect("it does not end well") {
            Ok(ReadEvent::Batch(_)) if !killed => {
                let mut other = source.connection().await;
                let query =
                    "SELECT ID FROM information_schema.PROCESSLIST WHERE DB = DATABASE() AND ID <> CONNECTION_ID()";
                let id: i64 = other.fetch_one(query).await.unwrap().get(0);
                other.execute(sqlx::AssertSqlSafe(format!("KILL {id}"))).await.unwrap();
                killed = true;
            }
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert_eq!(error.class(), ErrorClass::Transient, "{error}");
}

#[tokio::test]
async fn a_hundred_thousand_rows_are_quick() {
    let Some(source) = Source::with(
        "CREATE TABLE t (id INT PRIMARY KEY, customer INT, total DECIMAL(12,2), status VARCHAR(10), note TEXT, at DATETIME);
        INSERT INTO t SELECT seq, seq % 977, seq / 100, 'shipped', CONCAT('note ', seq), FROM_UNIXTIME(1700000000 + seq) FROM seq_1_to_100000",
    )
    .await
    else {
        return;
    };
    let started = Instant::now();
    let mut events = source.connector.read(source.full("t"));
    let mut rows = 0;
    while let Some(event) = events.next().await {
        if let ReadEvent::Batch(batch) = event.unwrap() {
            rows += batch.num_rows();
        }
    }
    let took = started.elapsed();
    assert_eq!(rows, 100_000);
    // A fraction of this where the machine has nothing else to do.
    assert!(took < Duration::from_secs(20), "took {took:?}");
    eprintln!("100,000 rows in {took:?}");
}
