//! Slices are asked for side by side, as many as the manifest says, and what comes of them is as if they were not.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use arrow::array::Int64Array;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use dataweaver::connectors::api::Api;
use dataweaver::sdk::{ConnectorFactory, DynConnector, Extract};
use serde_json::{Value, json};
use tokio::sync::{Barrier, Notify, Semaphore};

use super::command_line;
use crate::harness::PATIENCE;
use crate::simulated::{Reading, Served, context, read, request_of, settings};

const PARTITIONS: usize = 24;

/// An API of parts with two pages each.
#[derive(Clone, Default)]
struct Parts {
    /// How many requests must be open before any of them is answered.
    together: Option<Arc<Barrier>>,
    /// Each part with an even number is answered when the next one was, once for each page.
    turned: Option<Arc<Vec<Semaphore>>>,
    /// Is not there.
    missing: Option<usize>,
    /// Nothing is answered; this is told whenever a request is given up.
    left: Option<Arc<Notify>>,
    open: Arc<AtomicUsize>,
    most_open: Arc<AtomicUsize>,
}

#[derive(serde::Deserialize)]
struct Page {
    #[serde(default)]
    page: usize,
}

/// Counts a request as open.
struct Open(Parts);

impl Open {
    fn of(parts: &Parts) -> Self {
        let open = parts.open.fetch_add(1, Ordering::SeqCst) + 1;
        parts.most_open.fetch_max(open, Ordering::SeqCst);
        Self(parts.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::SeqCst);
        if let Some(left) = &self.0.left {
            left.notify_one();
        }
    }
}

impl Parts {
    fn in_turned_order() -> Self {
        let turned = (0..PARTITIONS).map(|_| Semaphore::new(0)).collect();
        Self { turned: Some(Arc::new(turned)), ..Self::default() }
    }

    async fn served(&self) -> Served {
        async fn part(
            Path(part): Path<usize>,
            Query(Page { page }): Query<Page>,
            State(parts): State<Parts>,
        ) -> Response {
            let _open = Open::of(&parts);
            if parts.left.is_some() {
                std::future::pending::<()>().await;
            }
            if let Some(together) = &parts.together {
                together.wait().await;
            }
            match &parts.turned {
                Some(turned) if part.is_multiple_of(2) => turned[part + 1].acquire().await.unwrap().forget(),
                Some(turned) => turned[part].add_permits(1),
                None => {}
            }
            if parts.missing == Some(part) {
                return StatusCode::NOT_FOUND.into_response();
            }
            let rows: Vec<Value> = (0..3)
                .map(|row| {
                    let id = part * 100 + page * 10 + row;
                    json!({ "id": id, "updated": format!("2024-01-{:02}", 1 + part % 20 + row) })
                })
                .collect();
            Json(rows).into_response()
        }
        Served::on_a_port(Router::new().route("/parts/{part}", get(part)).with_state(self.clone())).await
    }
}

fn manifest(base: &str, at_once: Option<&Value>) -> String {
    let mut manifest = json!({
        "version": "6.0.0",
        "type": "DeclarativeSource",
        "check": { "type": "CheckStream", "stream_names": ["parts"] },
        "streams": [{
            "type": "DeclarativeStream",
            "name": "parts",
            "primary_key": "id",
            "schema_loader": {
                "type": "InlineSchemaLoader",
                "schema": { "type": "object", "properties": { "id": { "type": "integer" } } },
            },
            "incremental_sync": {
                "type": "DatetimeBasedCursor",
                "cursor_field": "updated",
                "datetime_format": "%Y-%m-%d",
                "start_datetime": "2024-01-01",
                "end_datetime": "2024-12-31",
            },
            "retriever": {
                "type": "SimpleRetriever",
                "requester": { "type": "HttpRequester", "url_base": base, "path": "parts/{{ stream_partition.part }}" },
                "record_selector": { "type": "RecordSelector", "extractor": { "type": "DpathExtractor", "field_path": [] } },
                "partition_router": {
                    "type": "ListPartitionRouter",
                    "values": (0..PARTITIONS).map(|part| part.to_string()).collect::<Vec<_>>(),
                    "cursor_field": "part",
                },
                "paginator": {
                    "type": "DefaultPaginator",
                    "page_token_option": { "type": "RequestOption", "inject_into": "request_parameter", "field_name": "page" },
                    "pagination_strategy": {
                        "type": "CursorPagination",
                        "cursor_value": "1",
                        "stop_condition": "{{ last_record['id'] % 100 >= 10 }}",
                    },
                },
            },
        }],
    });
    if let Some(at_once) = at_once {
        manifest["concurrency_level"] =
            json!({ "type": "ConcurrencyLevel", "default_concurrency": at_once, "max_concurrency": 6 });
    }
    manifest.to_string()
}

fn open(base: &str, at_once: Option<&Value>) -> Arc<dyn DynConnector> {
    let settings = settings(json!({ "manifest": manifest(base, at_once), "config": {} }));
    ConnectorFactory::of::<Api>().open(settings, context()).unwrap()
}

async fn read_parts(connector: &dyn DynConnector) -> Reading {
    let reading = read(connector, request_of("parts", Extract::Full), |_| {});
    tokio::time::timeout(PATIENCE, reading).await.expect("all requests that must be open at once are")
}

fn ids(reading: &Reading) -> Vec<i64> {
    let column = |batch: &arrow::array::RecordBatch| {
        let ids = batch.column_by_name("id").unwrap().as_any().downcast_ref::<Int64Array>().unwrap();
        ids.values().to_vec()
    };
    reading.batches.iter().flat_map(column).collect()
}

/// The ids of parts in the order in which they come one after the other.
fn ids_of(parts: usize) -> Vec<i64> {
    let pages = (0..parts as i64).flat_map(|part| [part * 100, part * 100 + 10]);
    pages.flat_map(|first| first..first + 3).collect()
}

#[tokio::test]
async fn as_many_requests_are_open_at_once_as_the_manifest_says() {
    let template = json!("{{ 3 * 4 }}");
    // By itself, by a number, and by a template, which alone is held to the highest number.
    for (said, at_once) in [(None, 2), (Some(json!(3)), 3), (Some(template), 6)] {
        let parts = Parts { together: Some(Arc::new(Barrier::new(at_once))), ..Parts::default() };
        let served = parts.served().await;
        let reading = read_parts(open(&served.url, said.as_ref()).as_ref()).await;
        assert!(reading.error.is_none(), "{:?}", reading.error);
        assert_eq!(ids(&reading), ids_of(PARTITIONS));
        assert_eq!(parts.most_open.load(Ordering::SeqCst), at_once, "{said:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_and_states_are_those_of_slices_read_one_after_the_other() {
    let one_by_one = Parts::default().served().await;
    let side_by_side = Parts::in_turned_order().served().await;
    let expected = command_line::read(&manifest(&one_by_one.url, Some(&json!(1))), &json!({})).await;
    let found = command_line::read(&manifest(&side_by_side.url, Some(&json!(4))), &json!({})).await;
    let seconds_apart = |states: Vec<&Value>| -> Vec<Value> {
        let mut states: Vec<Value> = states.into_iter().cloned().collect();
        states.iter_mut().for_each(|state| state["lookback_window"] = json!(0));
        states
    };
    assert!(expected.is_whole && found.is_whole, "{:?} {:?}", expected.failures(), found.failures());
    assert_eq!(found.records(), expected.records());
    assert_eq!(seconds_apart(found.states()), seconds_apart(expected.states()));
    assert!(found.states().len() >= 2, "{:?}", found.states());

    // Through the engine, too.
    let one_by_one = read_parts(open(&one_by_one.url, Some(&json!(1))).as_ref()).await;
    let side_by_side = Parts::in_turned_order().served().await;
    let side_by_side = read_parts(open(&side_by_side.url, Some(&json!(4))).as_ref()).await;
    assert_eq!(ids(&side_by_side), ids(&one_by_one));
    let end = |reading: &Reading| seconds_apart(vec![&reading.checkpoints.last().unwrap().0["state"]]);
    assert_eq!(end(&side_by_side), end(&one_by_one));
}

#[tokio::test]
async fn a_slice_that_fails_ends_the_read_behind_the_rows_of_those_before_it() {
    let parts = Parts { missing: Some(5), ..Parts::default() };
    let served = parts.served().await;
    let reading = read_parts(open(&served.url, Some(&json!(4))).as_ref()).await;
    assert_eq!(ids(&reading), ids_of(5));
    let words = reading.error.expect("it fails").to_string();
    assert!(words.contains("404"), "{words}");
}

#[tokio::test]
async fn a_read_that_is_dropped_asks_for_nothing_more() {
    let left = Arc::new(Notify::new());
    let parts = Parts { left: Some(Arc::clone(&left)), ..Parts::default() };
    let served = parts.served().await;
    let connector = open(&served.url, Some(&json!(3)));
    let reading = tokio::spawn(async move { read_parts(connector.as_ref()).await });
    let all_open = async {
        while parts.open.load(Ordering::SeqCst) < 3 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, all_open).await.expect("three requests are open at once");
    reading.abort();
    let all_left = async {
        while parts.open.load(Ordering::SeqCst) > 0 {
            left.notified().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), all_left).await.expect("its requests are given up");
}
