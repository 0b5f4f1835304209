//! Pages that come again: of some APIs they lead in a circle, of others they go on.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::{Path, Query, State};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::manifest_of_items;
use crate::harness::TestApp;
use crate::simulated::Served;
use crate::syncs::table::{lines, sync};

#[derive(serde::Deserialize)]
struct Asked {
    after: Option<usize>,
}

/// At `/circle` the sixth page leads back to the third; at `/scroll` each page leads on by the same token, up to the fifth. At
/// `/deaf` there is one page, whichever is asked for; at `/quiet` the third page is the last of three equal ones.
async fn served() -> Served {
    async fn page(
        Path(kind): Path<String>,
        Query(Asked { after }): Query<Asked>,
        State(scrolled): State<Arc<AtomicUsize>>,
    ) -> Json<Value> {
        if kind == "circle" {
            let page = after.unwrap_or(1);
            return Json(json!({ "items": [{ "id": page }], "next": if page == 6 { 3 } else { page + 1 } }));
        }
        if kind == "deaf" {
            return Json(json!({ "items": [{ "id": 1 }, { "id": 2 }], "asked": after }));
        }
        if kind == "quiet" {
            let items = if after > Some(2) { json!([]) } else { json!([{ "id": 0 }, { "id": 0 }]) };
            return Json(json!({ "items": items }));
        }
        if after.is_none() {
            scrolled.store(0, Ordering::SeqCst);
        }
        let page = scrolled.fetch_add(1, Ordering::SeqCst) + 1;
        let items = if page > 5 { json!([]) } else { json!([{ "id": page }]) };
        Json(json!({ "items": items, "next": 77 }))
    }
    Served::on_a_port(Router::new().route("/{kind}", get(page)).with_state(Arc::default())).await
}

/// A manifest of one of these, whose pages follow each other by this strategy.
fn manifest(base: &str, kind: &str, strategy: &str) -> String {
    manifest_of_items(&format!(
        r#"
      requester: {{type: HttpRequester, url_base: {base}, path: {kind}}}
      record_selector: {{type: RecordSelector, extractor: {{type: DpathExtractor, field_path: [items]}}}}
      paginator:
        type: DefaultPaginator
        page_token_option: {{type: RequestOption, inject_into: request_parameter, field_name: after}}
        pagination_strategy: {strategy}
"#
    ))
}

const TOLD: &str = r#"{type: CursorPagination, cursor_value: "{{ response['next'] }}", stop_condition: "{{ not response['items'] }}"}"#;
const COUNTED: &str = "{type: PageIncrement}";

async fn connector(app: &TestApp, served: &Served, kind: &str, strategy: &str) -> String {
    let connection = json!({ "manifest": manifest(&served.url, kind, strategy), "config": {} });
    app.connector(json!({ "name": kind, "type": "API", "connectionConfig": connection })).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_that_lead_in_a_circle_fail_the_source() {
    let (app, served) = (TestApp::new().await, served().await);
    let connector = connector(&app, &served, "circle", TOLD).await;
    let failed = app.sync_and_wait(&connector).await;
    assert_eq!(failed["status"], "FAILED", "{failed:#}");
    let words = failed["errorMessage"].as_str().unwrap();
    assert!(words.contains("lead in a circle"), "{words}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_that_all_have_the_same_token_are_read_to_their_end() {
    let (app, served) = (TestApp::new().await, served().await);
    let connector = connector(&app, &served, "scroll", TOLD).await;
    sync(&app, &connector).await;
    assert_eq!(lines(&app, "SELECT count(*), min(id), max(id) FROM scroll.items").await, ["5|1|5"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_api_that_gives_one_page_whichever_is_asked_for_fails_the_source() {
    let (app, served) = (TestApp::new().await, served().await);
    let connector = connector(&app, &served, "deaf", COUNTED).await;
    let failed = app.sync_and_wait(&connector).await;
    assert_eq!(failed["status"], "FAILED", "{failed:#}");
    let words = failed["errorMessage"].as_str().unwrap();
    assert!(words.contains("gives a page again") && words.contains("page_token_option"), "{words}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn equal_rows_may_fill_pages_that_are_counted() {
    let (app, served) = (TestApp::new().await, served().await);
    let connector = connector(&app, &served, "quiet", COUNTED).await;
    sync(&app, &connector).await;
    assert_eq!(lines(&app, "SELECT count(*), sum(id) FROM quiet.items").await, ["6|0"]);
}
