//! Waits are told, and end when they must.

use std::time::Duration;

use arrow::datatypes::Schema;
use futures::StreamExt;
use tokio_util::sync::CancellationToken;

use super::Process;
use super::vendor::{Vendor, ok, stalled, status};
use crate::sdk::http::{Budget, CHECK_TIME, Clock, HttpClient};
use crate::sdk::{ConnectorError, Cursor, ReadEvent, ReadStream};

/// A read of three pages, two of them at once.
fn read(client: &HttpClient, cancel: &CancellationToken) -> ReadStream {
    client.reading(cancel, |client| {
        async_stream::try_stream! {
            yield ReadEvent::Schema(Schema::empty().into());
            client.get("x").send().await?;
            yield ReadEvent::Checkpoint(Cursor(1.into()));
            let other = client.clone();
            tokio::try_join!(client.get("x").send(), other.get("x").send())?;
            yield ReadEvent::Checkpoint(Cursor(2.into()));
        }
    })
}

fn told(event: &Result<ReadEvent, ConnectorError>) -> String {
    match event {
        Ok(ReadEvent::Schema(_)) => "schema".into(),
        Ok(ReadEvent::Checkpoint(cursor)) => format!("checkpoint {}", cursor.0),
        Ok(ReadEvent::Waiting { reason, until }) => {
            assert!(until.is_some_and(|until| until > chrono::Utc::now()));
            reason.clone()
        }
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn a_read_tells_what_it_waits_for() {
    let process = Process::new();
    let vendor = Vendor::new(|seen| match seen.index {
        0 => status(429, &[("retry-after", "30")], ""),
        2 => status(503, &[("retry-after", "20")], "maintenance"),
        _ => ok(),
    })
    .await;
    let client =
        process.client(&vendor).budget(Budget::new("tier 2").at_most(3, Duration::from_secs(60))).build().unwrap();
    let mut events: Vec<_> = read(&client, &CancellationToken::new()).map(|event| told(&event)).collect().await;
    // Both wait for the same, until other times.
    events.dedup();
    let place = format!("GET {}/x", vendor.url);
    assert_eq!(
        events,
        [
            "schema",
            "127.0.0.1 (tier 2) asked us to slow down",
            "checkpoint 1",
            "the rate limit of 127.0.0.1 (tier 2) is used up for the moment",
            &format!("{place} answered 503 Service Unavailable: maintenance; trying again"),
            "the rate limit of 127.0.0.1 (tier 2) is used up for the moment",
            "checkpoint 2",
        ]
    );
}

#[tokio::test]
async fn cancel_ends_every_wait_at_once() {
    // The clock stands still: nothing but the cancel can end these.
    let asked_to_wait: fn() -> axum::response::Response = || status(429, &[("retry-after", "30")], "");
    let broken: fn() -> axum::response::Response = || status(500, &[("retry-after", "30")], "");
    for script in [asked_to_wait, broken, stalled] {
        let mut process = Process::new();
        process.stop_clock();
        let vendor = Vendor::new(move |_| script()).await;
        let client = process.client(&vendor).build().unwrap();
        let cancel = CancellationToken::new();
        let mut stream = read(&client, &cancel);
        assert_eq!(told(&stream.next().await.unwrap()), "schema");
        let ended = async {
            while vendor.seen().is_empty() {
                tokio::task::yield_now().await;
            }
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
            cancel.cancel();
        };
        let last = async { stream.filter(|event| std::future::ready(event.is_err())).next().await };
        let ((), last) =
            tokio::time::timeout(Duration::from_secs(20), async { tokio::join!(ended, last) }).await.unwrap();
        assert!(matches!(last, Some(Err(ConnectorError::Cancelled))), "{last:?}");
        assert_eq!(process.context.http.open_requests(), 0);
    }
}

#[tokio::test]
async fn a_check_does_not_begin_a_wait_that_it_cannot_end() {
    let process = Process::new();
    let vendor = Vendor::new(|_| status(429, &[("retry-after", "30")], "")).await;
    let client = process.client(&vendor).build().unwrap();
    let begun = process.clock.now();
    let error = client.within(CHECK_TIME).get("x").send().await.unwrap_err();
    assert_eq!((error.retry_after(), process.clock.now()), (Some(Duration::from_secs(30)), begun));

    let vendor = Vendor::new(|_| status(500, &[], "broken inside")).await;
    let client = process.client(&vendor).build().unwrap();
    let error = client.within(CHECK_TIME).get("x").send().await.unwrap_err();
    assert!(error.to_string().contains("broken inside"), "{error}");
    assert!(process.clock.now() - begun < CHECK_TIME);
}
