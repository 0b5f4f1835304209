//! Manifests are read as the reference reads them: `tests/manifests` keeps its answers.

mod budget;
mod circles;
mod command_line;
mod documented;
mod later_rows;
mod side_by_side;
mod unruled;
mod whole_answers;

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use dataweaver::connectors::api::examples::stripe;
use serde_json::json;

use crate::harness::TestApp;
use crate::servers;

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

/// What of a manifest is refused: the line, and the words.
fn refused(manifest: &str) -> Vec<(u64, String)> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("manifest.yaml");
    std::fs::write(&path, manifest).unwrap();
    let linted = Command::new(env!("CARGO_BIN_EXE_dataweaver"))
        .args(["connectors", "lint", "--json"])
        .arg(&path)
        .output()
        .expect("the program starts");
    let report: serde_json::Value = serde_json::from_slice(&linted.stdout).unwrap();
    let refused = report["refused"].as_array().unwrap();
    assert_eq!(linted.status.success(), refused.is_empty());
    refused.iter().map(|one| (one["line"].as_u64().unwrap(), one["message"].as_str().unwrap().to_owned())).collect()
}

#[test]
fn a_custom_component_is_refused_by_name_and_line() {
    let text = "type: DeclarativeSource\ncheck: {type: CheckStream, stream_names: [a]}\nstreams:\n  - type: DeclarativeStream\n    name: a\n    retriever:\n      type: CustomRetriever\n      class_name: source_a.components.Retriever\n";
    let words = "CustomRetriever (source_a.components.Retriever) is a custom Python component, which is not run here";
    assert_eq!(refused(text), [(7, words.to_owned())]);
}

#[test]
fn files_of_records_are_refused_with_what_to_do_instead() {
    let text = "type: DeclarativeSource\ncheck: {type: CheckStream, stream_names: [a]}\nstreams:\n  - type: DeclarativeStream\n    name: a\n    retriever:\n      type: SimpleRetriever\n      requester: {type: HttpRequester, url_base: https://api.example.com, path: a}\n      record_selector: {type: RecordSelector, extractor: {type: DpathExtractor, field_path: []}}\n    file_uploader: {type: FileUploader}\n";
    let refused = refused(text);
    let [(line, words)] = refused.as_slice() else { panic!("{refused:?}") };
    assert_eq!(*line, 10);
    assert!(words.starts_with("DeclarativeStream.file_uploader is not run here (tables hold rows"), "{words}");
}

/// A stream whose pages are made smaller where the API asks for it.
const SMALLER_PAGES: &str = r#"type: DeclarativeSource
check: {type: CheckStream, stream_names: [a]}
streams:
  - type: DeclarativeStream
    name: a
    retriever:
      type: SimpleRetriever
      record_selector: {type: RecordSelector, extractor: {type: DpathExtractor, field_path: []}}
      requester:
        type: HttpRequester
        url_base: https://api.example.com
        path: a
        error_handler:
          type: DefaultErrorHandler
          response_filters:
            - {type: HttpResponseFilter, http_codes: [413], action: REDUCE_PAGE_SIZE}
      page_size_reduction: {type: PageSizeReduction}
      paginator:
        type: DefaultPaginator
        page_size_option: {type: RequestOption, inject_into: request_parameter, field_name: limit}
        page_token_option: {type: RequestOption, inject_into: request_parameter, field_name: after}
        pagination_strategy:
          type: CursorPagination
          page_size: 100
          cursor_value: "{{ last_record['id'] }}"
          stop_condition: "{{ last_page_size < page_size }}"
"#;

#[test]
fn what_would_lose_rows_together_is_refused_by_line_though_each_part_is_run() {
    assert_eq!(refused(SMALLER_PAGES), []);
    let changed = |old: &str, new: &str| {
        assert!(SMALLER_PAGES.contains(old));
        let refused = refused(&SMALLER_PAGES.replace(old, new));
        assert_eq!(refused.len(), 1, "{refused:?}");
        refused.into_iter().next().unwrap()
    };
    let (line, words) = changed("< page_size", "< 100");
    assert_eq!(line, 26);
    assert!(words.contains("compare `last_page_size` with `page_size`"), "{words}");
    let (line, words) = changed("      page_size_reduction: {type: PageSizeReduction}\n", "");
    assert_eq!(
        (line, words.as_str()),
        (16, "the action REDUCE_PAGE_SIZE needs `page_size_reduction` on the retriever")
    );
    let (line, words) = changed("{type: PageSizeReduction}", "{type: PageSizeReduction, minimum_page_size: 100}");
    assert_eq!((line, words.as_str()), (24, "a `page_size` that is to be reduced must be above 100"));
    assert_eq!(changed("last_page_size < page_size", "last_page_size == 0 or 2 > last_page_size").0, 26);
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

const SECRET: &str = "Kanarie/+geheim";
const TEST: &str = "mutation($id: ID!) { testConnection(input: { connectorId: $id }) { success message details } }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_values_of_a_manifest_without_a_spec_are_secrets() {
    let app = TestApp::new().await;
    let authenticator = json!({ "type": "BearerAuthenticator", "api_token": "{{ config['token'] }}" });
    let requester =
        json!({ "type": "HttpRequester", "url_base": talkative(), "path": "items", "authenticator": authenticator });
    let selector = json!({ "type": "RecordSelector", "extractor": { "type": "DpathExtractor", "field_path": [] } });
    // An object will do, where text is kept.
    let manifest = json!({
        "type": "DeclarativeSource",
        "check": { "type": "CheckStream", "stream_names": ["items"] },
        "streams": [{
            "type": "DeclarativeStream",
            "name": "items",
            "retriever": { "type": "SimpleRetriever", "requester": requester, "record_selector": selector },
        }],
    });
    let config = json!({ "manifest": manifest, "config": { "token": SECRET } });
    let id = app.connector(json!({ "name": "Items", "type": "API", "connectionConfig": config })).await;
    let tested = app.gql(TEST, json!({ "id": id })).await;
    assert_eq!(tested["testConnection"]["success"], false, "{tested:#}");
    let kept = app.gql("query($id: ID!) { connector(id: $id) { connectionConfig } }", json!({ "id": id })).await;
    assert!(!format!("{tested} {kept}").contains("Kanarie"), "{tested:#} {kept:#}");
    let kept = &kept["connector"]["connectionConfig"];
    assert_eq!(kept["config"], json!({}));
    assert!(kept["manifest"].as_str().unwrap().contains("DeclarativeStream"), "{kept:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_of_a_manifest_is_shown_nowhere_whatever_the_api_says() {
    let app = TestApp::new().await;
    let manifest = format!(
        r#"
type: DeclarativeSource
check: {{type: CheckStream, stream_names: [items]}}
spec:
  type: Spec
  connection_specification: {{type: object, properties: {{token: {{type: string, airbyte_secret: true}}}}}}
streams:
  - type: DeclarativeStream
    name: items
    schema_loader: {{type: InlineSchemaLoader, schema: {{type: object, properties: {{id: {{type: integer}}}}}}}}
    retriever:
      type: SimpleRetriever
      requester:
        type: HttpRequester
        url_base: {}
        path: items
        request_parameters: {{q: "{{{{ config['token'] }}}}"}}
        authenticator: {{type: BearerAuthenticator, api_token: "{{{{ config['token'] }}}}"}}
        error_handler:
          type: DefaultErrorHandler
          response_filters:
            - {{type: HttpResponseFilter, http_codes: [401], action: FAIL, error_message: "it says {{{{ response['echo'] }}}}"}}
      record_selector: {{type: RecordSelector, extractor: {{type: DpathExtractor, field_path: []}}}}
"#,
        talkative()
    );
    let config = json!({ "manifest": manifest, "config": { "token": SECRET } });
    let id = app.connector(json!({ "name": "Items", "type": "API", "connectionConfig": config })).await;
    let tested = app.gql(TEST, json!({ "id": id })).await;
    let told = tested["testConnection"]["message"].as_str().unwrap();
    assert!(told.contains("it says GET /items?q=***") && told.contains("Bearer ***"), "{told}");
    let synced = app.sync_and_wait(&id).await;
    assert_eq!(synced["status"], "FAILED", "{synced:#}");
    let kept =
        app.gql("query($id: ID!) { connector(id: $id) { connectionConfig statusMessage } }", json!({ "id": id })).await;
    for shown in [tested, synced, kept] {
        let shown = shown.to_string();
        assert!(!shown.contains("Kanarie"), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_configuration_that_is_not_what_the_spec_asks_for_is_refused_without_its_values() {
    let app = TestApp::new().await;
    let config = json!({
        "manifest": stripe::MANIFEST,
        "config": { "start_date": "2026-01-01T00:00:00Z", "base_url": { "secret_key": SECRET } },
    });
    let create = "mutation($input: CreateConnectorInput!) { createConnector(input: $input) { connector { id } } }";
    let input = json!({ "name": "Stripe", "type": "API", "connectionConfig": config });
    let answer = app.try_gql(create, json!({ "input": input })).await;
    let told = &answer["errors"][0];
    assert_eq!(told["extensions"]["code"], "BAD_USER_INPUT", "{answer:#}");
    assert_eq!(told["extensions"]["field"], "connectionConfig.config", "{answer:#}");
    let message = told["message"].as_str().unwrap();
    for slip in [r#""secret_key" is a required property"#, r#"`/base_url`: value is not of type "string""#] {
        assert!(message.contains(slip), "{message}");
    }
    assert!(!answer.to_string().contains("Kanarie"), "{answer:#}");
}

/// A manifest that wants to be told of version 2 or 3 of an API.
const OF_TWO_VERSIONS: &str = r#"type: DeclarativeSource
check: {type: CheckStream, stream_names: [items]}
spec:
  type: Spec
  connection_specification: {type: object, properties: {version: {type: integer}}}
  config_normalization_rules:
    type: ConfigNormalizationRules
    validations:
      - type: PredicateValidator
        value: "v{{ config['version'] }}"
        validation_strategy: {type: ValidateAdheresToSchema, base_schema: {enum: [v2, v3]}}
      - type: PredicateValidator
        value: {version: "{{ config['version'] }}"}
        validation_strategy: {type: ValidateAdheresToSchema, base_schema: {properties: {version: {maximum: 3}}}}
streams:
  - type: DeclarativeStream
    name: items
    retriever:
      type: SimpleRetriever
      requester: {type: HttpRequester, url_base: "https://api.example.com", path: items}
      record_selector: {type: RecordSelector, extractor: {type: DpathExtractor, field_path: []}}
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_value_made_of_the_configuration_must_be_what_the_manifest_allows() {
    let app = TestApp::new().await;
    let create = "mutation($input: CreateConnectorInput!) { createConnector(input: $input) { connector { id } } }";
    let of_version = |version: u64| {
        let config = json!({ "manifest": OF_TWO_VERSIONS, "config": { "version": version } });
        json!({ "input": { "name": format!("Items {version}"), "type": "API", "connectionConfig": config } })
    };
    let taken = app.try_gql(create, of_version(2)).await;
    assert!(taken["errors"].is_null(), "{taken:#}");
    let refused = app.try_gql(create, of_version(4)).await;
    let told = &refused["errors"][0];
    assert_eq!(told["extensions"]["field"], "connectionConfig.config", "{refused:#}");
    let message = told["message"].as_str().unwrap();
    assert!(message.contains("line 9: the value of this PredicateValidator is not allowed"), "{message}");
    assert!(!message.contains("v4"), "{message}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused_of_a_manifest_has_its_place_in_the_text() {
    let app = TestApp::new().await;
    let create = "mutation($input: CreateConnectorInput!) { createConnector(input: $input) { connector { id } } }";
    let custom = "type: DeclarativeSource\ncheck: {type: CheckStream, stream_names: [a]}\nstreams:\n  - type: DeclarativeStream\n    name: a\n    retriever:\n      type: CustomRetriever\n";
    let no_yaml = "type: DeclarativeSource\nstreams: *none\n";
    let nowhere = "type: DeclarativeSource\nstreams:\n  - '#/definitions/none'\n";
    for (manifest, line, column) in [(custom, 7, 7), (no_yaml, 2, 10), (nowhere, 3, 5)] {
        let input = json!({ "name": "A", "type": "API", "connectionConfig": { "manifest": manifest, "config": {} } });
        let refused = app.try_gql(create, json!({ "input": input })).await;
        let told = &refused["errors"][0]["extensions"];
        assert_eq!(told["field"], "connectionConfig.manifest", "{refused:#}");
        assert_eq!((&told["line"], &told["column"]), (&json!(line), &json!(column)), "{refused:#}");
    }
}
