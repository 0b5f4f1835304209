//! One rate budget a credential, shared by everything in the process.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;

use super::vendor::{Vendor, ok, status};
use super::{HttpClient, HttpSettings, Process};
use crate::sdk::http::{Authorisation, Budget, Clock, RateHeader};
use crate::sdk::{ConnectorType, ErrorClass, SecretString};

const MINUTE: Duration = Duration::from_secs(60);

fn token(token: &str) -> Authorisation {
    Authorisation::bearer(SecretString::new(token))
}

/// Counts requests over a sliding window, and refuses what is above the limit.
#[derive(Clone)]
struct Counter {
    clock: Arc<dyn Clock>,
    most: usize,
    per: Duration,
    taken: Arc<Mutex<VecDeque<Instant>>>,
    refused: Arc<AtomicUsize>,
}

impl Counter {
    fn new(process: &Process, most: usize, per: Duration) -> Self {
        let clock = Arc::new(process.clock.clone());
        Self { clock, most, per, taken: Arc::default(), refused: Arc::default() }
    }

    async fn vendor(&self) -> Vendor {
        let counter = self.clone();
        Vendor::new(move |_| counter.take()).await
    }

    fn take(&self) -> axum::response::Response {
        let now = self.clock.now();
        let mut taken = self.taken.lock().unwrap();
        let within = taken.iter().filter(|at| **at + self.per > now).count();
        if within >= self.most {
            self.refused.fetch_add(1, Ordering::Relaxed);
            return status(429, &[("retry-after", "30")], "");
        }
        taken.push_back(now);
        ok()
    }
}

#[tokio::test]
async fn ten_sources_and_three_syncs_keep_the_limit_and_use_it() {
    // Two tiers of Slack's, PubMed's limit without a key, and GitHub's an hour.
    for (most, per) in [(20, MINUTE), (50, MINUTE), (3, Duration::from_secs(1)), (500, 60 * MINUTE)] {
        let process = Process::with(HttpSettings { wait_seconds: 86_400, ..HttpSettings::default() });
        let counter = Counter::new(&process, most, per);
        let vendor = counter.vendor().await;
        let begun = process.clock.now();
        let windows = 6;
        let mut syncs = Vec::new();
        let requests = Arc::new(AtomicUsize::new(most * windows));
        for _ in 0..3 {
            // Each sync opens the connector anew.
            let budget = Budget::new("tier").at_most(u32::try_from(most).unwrap(), per);
            let client = process.client(&vendor).authorisation(token("one")).budget(budget).build().unwrap();
            for _ in 0..10 {
                let (client, requests) = (client.clone(), Arc::clone(&requests));
                syncs.push(tokio::spawn(async move {
                    let left =
                        || requests.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
                    while left().is_ok() {
                        client.get("x").send().await.unwrap();
                    }
                }));
            }
        }
        for sync in syncs {
            sync.await.unwrap();
        }
        assert_eq!(counter.refused.load(Ordering::Relaxed), 0, "{most} in {per:?}");
        assert_eq!(counter.taken.lock().unwrap().len(), most * windows);
        // The first window's worth is sent at once.
        let took = (process.clock.now() - begun).as_secs_f64();
        let ideal = per.as_secs_f64() * (windows - 1) as f64;
        assert!(took * 0.9 <= ideal && took >= ideal, "{most} in {per:?}: {took} s instead of {ideal} s");
    }
}

#[tokio::test]
async fn a_refusal_stops_everything_that_uses_the_credential() {
    let process = Process::new();
    let vendor = Vendor::new(|seen| match seen.index {
        0 => status(429, &[("retry-after", "40")], ""),
        _ => ok(),
    })
    .await;
    let first = process.client(&vendor).authorisation(token("one")).build().unwrap();
    let second = process.client(&vendor).authorisation(token("one")).build().unwrap();
    let other = process.client(&vendor).authorisation(token("two")).build().unwrap();
    let begun = process.clock.now();
    let waiting = tokio::spawn(async move { first.get("first").send().await });
    while vendor.seen().is_empty() || process.context.http.open_requests() > 0 {
        tokio::task::yield_now().await;
    }
    other.get("other").send().await.unwrap();
    assert_eq!(process.clock.now(), begun, "another credential does not wait");
    second.get("second").send().await.unwrap();
    assert_eq!(process.clock.now() - begun, Duration::from_secs(40));
    waiting.await.unwrap().unwrap();
    let seen: Vec<_> = vendor.seen().into_iter().map(|seen| seen.target).collect();
    assert_eq!(seen.len(), 4, "{seen:?}");
    assert_eq!(&seen[..2], ["/first", "/other"]);
}

#[tokio::test]
async fn named_budgets_are_apart_and_their_names_are_known() {
    let process = Process::new();
    let vendor = Vendor::new(|_| ok()).await;
    let client = process
        .client(&vendor)
        .budget(Budget::new("lists").at_most(1, MINUTE))
        .budget(Budget::new("history").at_most(10, MINUTE))
        .build()
        .unwrap();
    let begun = process.clock.now();
    client.get("x").send().await.unwrap();
    client.get("x").budget("history").cost(9).send().await.unwrap();
    client.get("x").budget("history").send().await.unwrap();
    assert_eq!(process.clock.now(), begun);
    client.get("x").send().await.unwrap();
    assert_eq!(process.clock.now() - begun, MINUTE);
    let error = client.get("x").budget("nothing").send().await.unwrap_err();
    assert!(error.to_string().contains("known: lists, history"), "{error}");
    // What costs more than there ever is takes all there is.
    client.get("x").budget("history").cost(1000).send().await.unwrap();
}

#[tokio::test]
async fn what_is_left_may_be_told_by_the_vendor() {
    let process = Process::new();
    let vendor = Vendor::new(|_| status(200, &[("x-left", "0"), ("x-reset", "17")], "")).await;
    let header = RateHeader::seconds("x-reset").remaining("x-left");
    let client = process.client(&vendor).rate_header(header).build().unwrap();
    let begun = process.clock.now();
    client.get("x").send().await.unwrap();
    assert_eq!(process.clock.now(), begun);
    client.get("x").send().await.unwrap();
    assert_eq!(process.clock.now() - begun, Duration::from_secs(17));
}

#[tokio::test]
async fn no_more_connections_are_open_than_may_be() {
    let process = Process::with(HttpSettings { concurrency: 3, ..HttpSettings::default() });
    let open = Arc::new(AtomicUsize::new(0));
    let http = process.context.http.clone();
    let highest = Arc::clone(&open);
    let vendor = Vendor::new(move |_| {
        highest.fetch_max(http.open_requests(), Ordering::Relaxed);
        ok()
    })
    .await;
    let client = process.client(&vendor).build().unwrap();
    let requests = (0..20).map(|_| client.get("x").send());
    for response in futures::future::join_all(requests).await {
        response.unwrap();
    }
    assert_eq!(open.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn connections_are_counted_by_origin_where_the_base_is_nobodys() {
    let process = Process::with(HttpSettings { concurrency: 1, ..HttpSettings::default() });
    let (slow, other) = (Vendor::new(|_| super::vendor::stalled()).await, Vendor::new(|_| ok()).await);
    let client = || {
        HttpClient::builder(&process.context, ConnectorType::Api, "https://nobody.invalid")
            .of_any_origin()
            .build()
            .unwrap()
    };
    let (client, another) = (client(), client());
    let (first, second) = (format!("{}/x", slow.url), format!("{}/y", other.url));
    let held = tokio::spawn(async move { client.get(first).send().await });
    let answered = async {
        while process.context.http.open_requests() == 0 {
            tokio::task::yield_now().await;
        }
        another.get(second).send().await
    };
    let answered = tokio::time::timeout(Duration::from_secs(10), answered).await;
    answered.expect("it waits for no other host").unwrap();
    held.abort();
}

#[tokio::test]
async fn a_request_that_is_given_up_leaves_its_place() {
    let process = Process::new();
    let vendor = Vendor::new(|_| super::vendor::stalled()).await;
    let budget = Budget::new("one").at_most(2, MINUTE).concurrently(1);
    let client = process.client(&vendor).budget(budget).build().unwrap();
    for _ in 0..2 {
        let error = client.within(Duration::from_secs(1)).get("x").send();
        let clock = process.clock.clone();
        let (error, ()) = tokio::join!(error, async {
            while vendor.seen().is_empty() || process.context.http.open_requests() == 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            clock.advance(Duration::from_secs(2));
        });
        assert_eq!(error.unwrap_err().class(), ErrorClass::Transient);
    }
    // Both were sent, so that both count.
    let error = client.within(Duration::from_secs(1)).get("x").send().await.unwrap_err();
    assert!(error.retry_after().is_some_and(|wait| wait > Duration::from_secs(50)), "{error:?}");
}
