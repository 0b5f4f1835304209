//! Rows, time, memory and places are limited.

use std::time::{Duration, Instant};

use super::shop::{Desk, Shop};
use crate::query::{QueryError, QuerySettings};

/// Would take years.
const ENDLESS: &str = "SELECT count(*) FROM generate_series(1, 10000000) a, generate_series(1, 10000000) b,
    generate_series(1, 10000000) c WHERE a.value + b.value + c.value = 7";

fn desk(change: impl FnOnce(&mut QuerySettings)) -> Desk {
    let mut settings = QuerySettings::default();
    change(&mut settings);
    Desk::over(Shop::stocked(), settings)
}

#[tokio::test]
async fn pages_follow_each_other_and_tell_of_more() {
    let desk = Desk::new();
    let sql = "SELECT value FROM generate_series(1, 10) ORDER BY value";
    let page = async |limit, offset| {
        let output = desk.engine.run(desk.tables(), sql, limit, offset).await.unwrap();
        (serde_json::to_string(&output.rows).unwrap(), output.truncated)
    };
    assert_eq!(page(3, 0).await, ("[[1],[2],[3]]".to_owned(), true));
    assert_eq!(page(3, 7).await, ("[[8],[9],[10]]".to_owned(), false));
    assert_eq!(page(3, 9).await, ("[[10]]".to_owned(), false));
    assert_eq!(page(3, 99).await, ("[]".to_owned(), false));
    assert_eq!(page(0, 0).await, ("[]".to_owned(), true));
    assert!(!page(10, 0).await.1);
    assert_eq!(page(3, 20_000).await, ("[]".to_owned(), false));
    assert_eq!(page(u64::MAX, u64::MAX).await, ("[]".to_owned(), false));
}

#[tokio::test]
async fn the_statements_own_limit_holds() {
    let desk = Desk::new();
    let output = desk.run("SELECT * FROM generate_series(1, 10) LIMIT 2 OFFSET 1").await.unwrap();
    assert_eq!(output.rows.len(), 2);
    assert!(!output.truncated);
}

#[tokio::test]
async fn no_more_rows_are_returned_than_the_setting_allows() {
    let desk = desk(|settings| settings.max_rows = 5);
    let output = desk.run("SELECT * FROM generate_series(1, 10)").await.unwrap();
    assert_eq!((output.rows.len(), output.truncated), (5, true));
}

#[tokio::test]
async fn wide_rows_fill_a_result_before_its_row_limit() {
    let desk = desk(|settings| settings.max_result_mib = 1);
    let output = desk.run("SELECT repeat('x', 100000) FROM generate_series(1, 100)").await.unwrap();
    assert_eq!((output.rows.len(), output.truncated), (10, true));
    let one = desk.run("SELECT repeat('x', 2000000)").await.unwrap();
    assert_eq!((one.rows.len(), one.truncated), (1, false));
}

#[tokio::test]
async fn a_long_statement_is_refused() {
    let desk = desk(|settings| settings.max_statement_bytes = 20);
    let error = desk.error("SELECT 1, 2, 3, 4, 5, 6").await;
    insta::assert_snapshot!(error, @"the statement has 23 bytes, at most 20 are allowed (query.max_statement_bytes)");
    assert!(error.is_users_fault());
}

#[tokio::test]
async fn an_endless_query_is_stopped_in_time_and_frees_its_place() {
    let desk = desk(|settings| {
        settings.timeout_seconds = 1;
        settings.concurrent = 1;
    });
    let started = Instant::now();
    let error = desk.error(ENDLESS).await;
    assert!(matches!(error, QueryError::TimedOut { seconds: 1, .. }), "{error:?}");
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
    assert_eq!(desk.rows("SELECT 1").await, "[[1]]");
}

#[tokio::test]
async fn a_dropped_query_frees_its_place() {
    let desk = desk(|settings| settings.concurrent = 1);
    let running = desk.run(ENDLESS);
    assert!(tokio::time::timeout(Duration::from_millis(300), running).await.is_err());
    let started = Instant::now();
    assert_eq!(desk.rows("SELECT 1").await, "[[1]]");
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
}

#[tokio::test]
async fn who_finds_no_free_place_is_told() {
    let desk = desk(|settings| {
        settings.concurrent_exports = 1;
        settings.export_timeout_seconds = 1;
    });
    let held = desk.engine.stream(desk.tables(), "SELECT * FROM generate_series(1, 1000000)").await.unwrap();
    let error = desk.engine.stream(desk.tables(), "SELECT 1").await.unwrap_err();
    assert!(matches!(error, QueryError::Busy { concurrent: 1, .. }), "{error:?}");
    assert_eq!(desk.rows("SELECT 1").await, "[[1]]", "queries have places of their own");
    drop(held);
    desk.engine.stream(desk.tables(), "SELECT 1").await.unwrap();
}

#[tokio::test]
async fn a_query_that_needs_too_much_memory_names_the_setting() {
    let desk = desk(|settings| {
        settings.memory_mib = 1;
        settings.spill_mib = 1;
    });
    let error = desk
        .error("SELECT a.value, b.value, count(*) FROM generate_series(1, 1000) a, generate_series(1, 1000) b GROUP BY 1, 2 ORDER BY 3")
        .await;
    let QueryError::OutOfMemory { setting, .. } = &error else { panic!("{error:?}") };
    assert!(["query.memory_mib", "query.spill_mib"].contains(setting));
    assert!(!error.is_users_fault());
    assert!(error.is_limit());
}

#[tokio::test]
async fn what_does_not_fit_into_memory_goes_to_disk() {
    let desk = desk(|settings| settings.memory_mib = 16);
    let sql = "SELECT value FROM generate_series(1, 3000000) ORDER BY value DESC";
    let output = desk.engine.run(desk.tables(), sql, 10, 2_999_999).await.unwrap();
    assert_eq!(serde_json::to_string(&output.rows).unwrap(), "[[1]]");
}
