//! Manifests are read as the reference reads them: `tests/manifests` keeps its answers.

mod budget;
mod circles;
mod command_line;
mod documented;
mod got_secrets;
mod later_rows;
mod refused;
mod secrets;
mod side_by_side;
mod single_use;
mod tokens;
mod unruled;
mod whole_answers;

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::harness::TestApp;
use crate::servers;

const SECRET: &str = "Kanarie/+geheim";
const TEST: &str = "mutation($id: ID!) { testConnection(input: { connectorId: $id }) { success message details } }";

#[test]
fn manifests_give_the_records_and_states_of_the_reference() {
    let python = "python3";
    if !Command::new(python).arg("--version").output().is_ok_and(|answer| answer.status.success()) {
        servers::missed("python3, which serves the manifests' API", "install python3");
        return;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/manifests/compare.py");
    let ours = format!("{} connectors read", env!("CARGO_BIN_EXE_dataweaver"));
    let compared = Command::new(python).arg(script).args(["--ours", &ours]).output().expect("python starts");
    let told = String::from_utf8_lossy(&compared.stdout);
    assert!(compared.status.success(), "{told}\n{}", String::from_utf8_lossy(&compared.stderr));
}

/// An API that answers what `answer` says to the head of a request: a status, and a body.
fn api(answer: impl Fn(&str) -> (&'static str, serde_json::Value) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().take(64).flatten() {
            let mut head = Vec::new();
            let mut stream = BufReader::new(stream);
            while !head.ends_with(b"\r\n\r\n") && stream.read_until(b'\n', &mut head).is_ok_and(|read| read > 0) {}
            let (status, body) = answer(&String::from_utf8_lossy(&head));
            let body = body.to_string();
            let head = format!(
                "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            stream.get_mut().write_all((head + &body).as_bytes()).ok();
        }
    });
    url
}

/// An API that refuses everybody, and says in its answer what it was sent.
fn talkative() -> String {
    api(|head| ("401 Unauthorized", json!({ "echo": head })))
}

/// A manifest of one stream, `items`, whose schema names their `id`; with these lines of its retriever besides.
fn manifest_of_items(retriever: &str) -> String {
    format!(
        r#"
version: 6.0.0
type: DeclarativeSource
check: {{type: CheckStream, stream_names: [items]}}
streams:
  - type: DeclarativeStream
    name: items
    schema_loader: {{type: InlineSchemaLoader, schema: {{type: object, properties: {{id: {{type: integer}}}}}}}}
    retriever:
      type: SimpleRetriever
{retriever}"#
    )
}

/// A manifest of the items of an API that gives these pages, the first to who names none.
fn paged_items(pages: impl Into<Vec<serde_json::Value>>) -> String {
    let pages = pages.into();
    let base = api(move |head| {
        let page = (1..pages.len()).find(|page| head.contains(&format!("page={page}"))).unwrap_or(0);
        ("200 OK", pages[page].clone())
    });
    manifest_of_items(&format!(
        r#"
      requester: {{type: HttpRequester, url_base: {base}, path: items}}
      record_selector: {{type: RecordSelector, extractor: {{type: DpathExtractor, field_path: []}}}}
      paginator:
        type: DefaultPaginator
        page_token_option: {{type: RequestOption, inject_into: request_parameter, field_name: page}}
        pagination_strategy: {{type: PageIncrement}}
"#
    ))
}

/// A column that no schema names gets a type that holds what comes, on the first page and on later ones; what has been read
/// by then is written as it would have been written then.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn columns_without_a_schema_hold_all_that_comes() {
    let pages = [
        json!([
            { "id": 1, "amount": 10, "mixed": 5, "late": 10.0, "flag": true, "long": 9007199254740993_i64 },
            { "id": 2, "amount": 10.5, "mixed": "n/a", "late": 0.1, "flag": false, "long": 1 },
        ]),
        json!([{ "id": 3, "amount": 7, "mixed": null, "late": "none", "flag": 1, "long": 0.5 }]),
        json!([]),
    ];
    let app = TestApp::new().await;
    let config = json!({ "manifest": paged_items(pages) });
    let id = app.connector(json!({ "name": "Items", "type": "API", "connectionConfig": config })).await;
    let synced = app.sync_and_wait(&id).await;
    assert_eq!(synced["status"], "SUCCEEDED", "{synced:#}");
    let query = "{ sql(query: \"SELECT id, amount, mixed, late, flag, long FROM items.items ORDER BY id\") { rows } }";
    let rows = app.gql(query, json!({})).await["sql"]["rows"].take();
    let expected = json!([
        [1, 10.0, "5", "10.0", "true", "9007199254740993"],
        [2, 10.5, "n/a", "0.1", "false", "1"],
        [3, 7.0, null, "none", "1", "0.5"],
    ]);
    assert_eq!(rows, expected, "{rows:#}");
}
