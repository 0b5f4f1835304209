//! The API: pages of records, written before anybody asks.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use bytes::Bytes;
use serde::Deserialize;

use crate::measuring::bare_listener;

/// Records of a page.
pub(crate) const RECORDS: usize = 1000;

#[derive(Deserialize)]
struct Asked {
    /// From 1.
    page: usize,
}

struct Api {
    pages: Vec<Bytes>,
    latency: Duration,
}

/// Serves so many pages until somebody ends the process.
pub(crate) fn serve(pages: usize, latency: Duration) -> Result<()> {
    let api = Arc::new(Api { pages: (0..pages).map(page).collect(), latency });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let router = Router::new().route("/records", get(records)).with_state(api);
        Ok(axum::serve(bare_listener().await?, router).await?)
    })
}

async fn records(State(api): State<Arc<Api>>, Query(asked): Query<Asked>) -> impl IntoResponse {
    tokio::time::sleep(api.latency).await;
    let page = asked.page.checked_sub(1).and_then(|place| api.pages.get(place)).cloned();
    ([(CONTENT_TYPE, "application/json")], page.unwrap_or_else(|| Bytes::from_static(br#"{"data": []}"#)))
}

/// A page as JSON.
fn page(number: usize) -> Bytes {
    let mut json = String::from(r#"{"data": ["#);
    for place in 0..RECORDS {
        let id = number * RECORDS + place;
        let comma = if place == 0 { "" } else { ", " };
        write!(
            json,
            r#"{comma}{{"id": {id}, "name": "Customer {id}", "email": "customer{id}@example.com", "amount": {}.{:02}, "quantity": {}, "active": {}, "country": "{}", "created_at": "2026-01-{:02}T10:{:02}:{:02}Z", "updated_at": "2026-02-{:02}T11:{:02}:{:02}Z", "score": {}, "note": {}, "tags": ["a{}", "b{}"]}}"#,
            id * 7 % 10_000,
            id % 100,
            id % 13,
            id.is_multiple_of(3),
            ["DE", "FR", "IT", "US"][id % 4],
            id % 28 + 1,
            id % 60,
            id * 3 % 60,
            id % 27 + 1,
            id * 5 % 60,
            id * 11 % 60,
            (id % 1000) as f64 / 8.0,
            if id.is_multiple_of(5) { "null".to_owned() } else { format!("\"a note on order {id} of its customer\"") },
            id % 9,
            id % 4,
        )
        .expect("a String takes all that is written");
    }
    json.push_str("]}");
    Bytes::from(json)
}
