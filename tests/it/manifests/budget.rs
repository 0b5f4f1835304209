//! The budget of a manifest: one for a credential, whoever spends from it, and all of it is used.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use dataweaver::connectors::api::Api;
use dataweaver::sdk::http::Clock;
use dataweaver::sdk::testing::VirtualClock;
use dataweaver::sdk::{DynConnector, Extract, Settings};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::simulated::{Hurry, Reading, Served, read, request_of, settings};

/// The API takes so many calls within any `SPAN`.
const LIMIT: usize = 20;
const SPAN: Duration = Duration::from_secs(10);
const STREAMS: usize = 10;
const PARTITIONS: usize = 8;

/// An API that counts.
#[derive(Clone)]
struct Counting {
    clock: VirtualClock,
    calls: Arc<Mutex<Calls>>,
}

#[derive(Default)]
struct Calls {
    recent: VecDeque<Instant>,
    taken: usize,
    refused: usize,
}

impl Counting {
    async fn served(&self) -> Served {
        async fn things(State(api): State<Counting>) -> (StatusCode, Json<Value>) {
            let now = api.clock.now();
            let mut calls = api.calls.lock().unwrap();
            while calls.recent.front().is_some_and(|at| now.duration_since(*at) >= SPAN) {
                calls.recent.pop_front();
            }
            if calls.recent.len() >= LIMIT {
                calls.refused += 1;
                return (StatusCode::TOO_MANY_REQUESTS, Json(json!({})));
            }
            calls.recent.push_back(now);
            calls.taken += 1;
            (StatusCode::OK, Json(json!([{ "id": calls.taken }])))
        }
        Served::on_a_port(Router::new().route("/things", get(things)).with_state(self.clone())).await
    }
}

fn stream(number: usize) -> String {
    format!("things_{number}")
}

/// Streams that each ask for eight things, all under one budget.
fn manifest(base: &str) -> String {
    let streams = (0..STREAMS).map(|number| {
        json!({
            "type": "DeclarativeStream",
            "name": stream(number),
            "schema_loader": {
                "type": "InlineSchemaLoader",
                "schema": { "type": "object", "properties": { "id": { "type": "integer" } } },
            },
            "retriever": {
                "type": "SimpleRetriever",
                "requester": {
                    "type": "HttpRequester",
                    "url_base": base,
                    "path": "things",
                    "authenticator": { "type": "BearerAuthenticator", "api_token": "{{ config['token'] }}" },
                },
                "record_selector": { "type": "RecordSelector", "extractor": { "type": "DpathExtractor", "field_path": [] } },
                "partition_router": {
                    "type": "ListPartitionRouter",
                    "values": (0..PARTITIONS).map(|value| value.to_string()).collect::<Vec<_>>(),
                    "cursor_field": "part",
                },
            },
        })
    });
    let spec = json!({ "type": "object", "properties": {
        "token": { "type": "string", "airbyte_secret": true },
        "since": { "type": "string" },
    } });
    let rate = json!({ "type": "Rate", "limit": LIMIT, "interval": "PT10S" });
    json!({
        "version": "6.0.0",
        "type": "DeclarativeSource",
        "check": { "type": "CheckStream", "stream_names": [stream(0)] },
        "spec": { "type": "Spec", "connection_specification": spec },
        "api_budget": {
            "type": "HTTPAPIBudget",
            "policies": [{ "type": "MovingWindowCallRatePolicy", "rates": [rate], "matchers": [] }],
        },
        "streams": streams.collect::<Vec<_>>(),
    })
    .to_string()
}

/// A connector of somebody who has the same secret as others, and another configuration.
fn somebody(base: &str, since: &str) -> Settings {
    settings(json!({ "manifest": manifest(base), "config": { "since": since }, "secrets": { "token": "the-same" } }))
}

async fn read_one(connector: &dyn DynConnector, number: usize) -> Reading {
    read(connector, request_of(&stream(number), Extract::Full), |_| {}).await
}

#[tokio::test]
async fn ten_sources_and_three_syncs_keep_the_budget_of_a_credential_and_use_it() {
    let hurry = Hurry::<Api>::new();
    let api = Counting { clock: hurry.clock.clone(), calls: Arc::default() };
    let served = api.served().await;
    let begun = hurry.clock.now();
    let mut reads = Vec::new();
    for sync in ["2024", "2025", "2026"] {
        // Each sync opens the connector anew, and no two of them are of the same connector.
        let connector = hurry.open(somebody(&served.url, sync));
        for number in 0..STREAMS {
            let connector = Arc::clone(&connector);
            reads.push(tokio::spawn(async move { read_one(connector.as_ref(), number).await }));
        }
    }
    for reading in reads {
        let reading = reading.await.unwrap();
        assert!(reading.error.is_none(), "{:?}", reading.error);
        assert_eq!(reading.rows(), PARTITIONS);
    }
    let seconds = hurry.clock.now().duration_since(begun).as_secs_f64();
    let taken = {
        let calls = api.calls.lock().unwrap();
        assert_eq!(calls.refused, 0, "nothing came too soon");
        calls.taken
    };
    assert_eq!(taken, 3 * STREAMS * PARTITIONS);
    assert!(seconds > 5. * SPAN.as_secs_f64(), "the budget is what it waits for: {seconds} s");
    let used = taken as f64 / seconds * SPAN.as_secs_f64() / LIMIT as f64;
    assert!(used >= 0.9, "{:.0} % of the budget are used", used * 100.);
}

#[tokio::test]
async fn a_sync_knows_what_the_one_before_it_has_spent() {
    let hurry = Hurry::<Api>::new();
    let api = Counting { clock: hurry.clock.clone(), calls: Arc::default() };
    let served = api.served().await;
    for sync in 0..4 {
        let connector = hurry.open(somebody(&served.url, "2024"));
        let reading = read_one(connector.as_ref(), sync).await;
        assert!(reading.error.is_none(), "{:?}", reading.error);
    }
    let calls = api.calls.lock().unwrap();
    assert_eq!((calls.taken, calls.refused), (4 * PARTITIONS, 0));
}
