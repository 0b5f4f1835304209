//! The manifest that the documentation shows is read to its end, and without the line that ends its pages it says what is wrong.

use axum::extract::Query;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;

use super::command_line;
use crate::harness::TestApp;
use crate::simulated::Served;
use crate::syncs::table::{lines, sync};

const STOP: &str = r#"stop_condition: "{{ 'next' not in headers['link'] }}""#;

#[derive(serde::Deserialize)]
struct Page {
    page: Option<u8>,
}

/// Two pages of issues; a header of the first leads to the second.
async fn issues() -> Served {
    async fn page(Query(Page { page }): Query<Page>) -> impl IntoResponse {
        let page = page.unwrap_or(1);
        let issue = json!({ "id": page, "title": "An issue", "updated_at": format!("2024-01-0{page}T00:00:00Z") });
        // Relative to no address: what follows is a path below the manifest's.
        let link = if page == 1 { r#"<issues?page=2>; rel="next""# } else { "" };
        ([("link", link)], Json(json!({ "items": [issue] })))
    }
    Served::on_a_port(Router::new().route("/issues", get(page))).await
}

/// The manifest of the page on this connector type.
fn manifest(base: &str) -> String {
    let page = include_str!("../../../docs/connectors/api.md");
    let (_, rest) = page.split_once("   ```yaml\n").expect("the page shows a manifest");
    let (block, _) = rest.split_once("   ```\n").expect("which ends somewhere");
    let lines: Vec<&str> = block.lines().map(|line| line.strip_prefix("   ").unwrap_or(line)).collect();
    let manifest = lines.join("\n");
    assert!(manifest.contains("https://api.example.com") && manifest.contains(STOP), "{manifest}");
    manifest.replace("https://api.example.com", base)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_manifest_of_the_documentation_is_read_to_its_last_page() {
    let served = issues().await;
    let config = json!({ "token": "secret", "start_date": "2024-01-01T00:00:00Z" });
    let said = command_line::read(&manifest(&served.url), &config).await;
    assert_eq!((said.is_whole, said.failures(), said.records().len()), (true, vec![], 2));

    let app = TestApp::new().await;
    let connection = json!({ "manifest": manifest(&served.url), "config": config });
    let connector = app.connector(json!({ "name": "Tracker", "type": "API", "connectionConfig": connection })).await;
    sync(&app, &connector).await;
    assert_eq!(lines(&app, "SELECT count(*), max(id) FROM tracker.issues").await, ["2|2"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_template_that_looks_into_what_is_not_there_is_named_with_its_line() {
    let served = issues().await;
    let config = json!({ "token": "secret", "start_date": "2024-01-01T00:00:00Z" });
    let manifest = manifest(&served.url).replace(STOP, "");
    let line = 1 + manifest.lines().position(|line| line.contains("cursor_value:")).unwrap();
    let said = command_line::read(&manifest, &config).await;
    let words = format!(
        "`cursor_value` (line {line}): `headers['link']` has no `next` in {{{{ headers['link']['next']['url'] }}}}"
    );
    assert_eq!((said.is_whole, said.failures()), (false, vec![words.as_str()]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_behind_which_a_template_fails_is_read_all_the_same() {
    let served = issues().await;
    let config = json!({ "token": "secret", "start_date": "2024-01-01T00:00:00Z" });
    let said = command_line::read(&manifest(&served.url).replace(STOP, ""), &config).await;
    let ids: Vec<_> = said.records().iter().map(|record| record["id"].clone()).collect();
    assert_eq!((ids, said.is_whole), (vec![json!(1), json!(2)], false));
}
