//! Tokens that stand in for each other: what one opening of a connector has spent, the next one knows.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use axum::{Json, Router};
use dataweaver::connectors::api::Api;
use dataweaver::sdk::Extract;
use serde_json::{Value, json};

use super::manifest_of_items;
use crate::simulated::{Hurry, Served, read, request_of, settings};

/// The calls that each token has.
const CALLS: usize = 5;

/// How many calls were taken by each token, and how many were refused.
#[derive(Clone, Default)]
struct Calls(Arc<Mutex<(BTreeMap<String, usize>, usize)>>);

#[derive(serde::Deserialize)]
struct Asked {
    page: Option<usize>,
}

/// An API of three pages that counts the calls of each token. Its status lags behind: it tells what there was at the beginning.
async fn served(calls: &Calls) -> Served {
    async fn left() -> Json<Value> {
        Json(json!({ "left": CALLS, "until": 4_000_000_000_u64 }))
    }
    async fn items(
        State(calls): State<Calls>,
        Query(asked): Query<Asked>,
        headers: HeaderMap,
    ) -> (StatusCode, Json<Value>) {
        let mut calls = calls.0.lock().unwrap();
        let token = headers["authorization"].to_str().unwrap().to_owned();
        let taken = calls.0.entry(token).or_default();
        if *taken == CALLS {
            calls.1 += 1;
            return (StatusCode::TOO_MANY_REQUESTS, Json(json!([])));
        }
        *taken += 1;
        let page = asked.page.unwrap_or(0);
        (StatusCode::OK, if page < 3 { Json(json!([{ "id": page }])) } else { Json(json!([])) })
    }
    let router = Router::new().route("/left", get(left)).route("/items", get(items)).with_state(calls.clone());
    Served::on_a_port(router).await
}

fn manifest(base: &str) -> String {
    manifest_of_items(&format!(
        r#"
      record_selector: {{type: RecordSelector, extractor: {{type: DpathExtractor, field_path: []}}}}
      paginator:
        type: DefaultPaginator
        page_token_option: {{type: RequestOption, inject_into: request_parameter, field_name: page}}
        pagination_strategy: {{type: PageIncrement}}
      requester:
        type: HttpRequester
        url_base: {base}
        path: items
        authenticator:
          type: RateLimitedMultipleTokenAuthenticator
          tokens: "{{{{ config['tokens'] }}}}"
          budget_min_reserve: 0
          budget_reserve_fraction: 0
          quota_status_source: {{type: QuotaStatusSource, url: "{base}/left"}}
          quotas: [{{type: TokenQuota, name: calls, remaining_path: [left], reset_path: [until]}}]
"#
    ))
}

#[tokio::test]
async fn what_tokens_have_left_is_known_to_all_who_have_them() {
    let (hurry, calls) = (Hurry::<Api>::new(), Calls::default());
    let served = served(&calls).await;
    for _ in 0..2 {
        let secrets = json!({ "tokens": "one,two" });
        let connector = hurry.open(settings(json!({ "manifest": manifest(&served.url), "secrets": secrets })));
        let reading = read(connector.as_ref(), request_of("items", Extract::Full), |_| {}).await;
        assert!(reading.error.is_none(), "{:?}", reading.error);
        assert_eq!(reading.rows(), 3);
    }
    let (taken, refused) = calls.0.lock().unwrap().clone();
    assert_eq!(refused, 0, "no token was used that had nothing left");
    assert_eq!(taken, BTreeMap::from([("Bearer one".to_owned(), 5), ("Bearer two".to_owned(), 3)]));
}
