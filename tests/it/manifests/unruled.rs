//! A status that neither the manifest nor the reference has a rule for: what the API says of it is told, and no secret.

use axum::Router;
use axum::http::{StatusCode, Uri};
use axum::response::Html;
use axum::routing::get;
use serde_json::json;

use super::{SECRET, TEST, command_line};
use crate::harness::TestApp;
use crate::simulated::Served;

/// Says at `/words` often what it was asked, and shows a page at `/page`.
async fn served() -> Served {
    async fn words(uri: Uri) -> (StatusCode, String) {
        (StatusCode::UNPROCESSABLE_ENTITY, format!("no {uri}, ").repeat(200))
    }
    let page = get(|| async { (StatusCode::IM_A_TEAPOT, Html("<html>no</html>")) });
    Served::on_a_port(Router::new().route("/words", get(words)).route("/page", page)).await
}

fn manifest(base: &str, path: &str) -> String {
    format!(
        r#"
version: 6.0.0
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
        url_base: {base}
        path: {path}
        request_parameters: {{q: "{{{{ config['token'] }}}}"}}
        error_handler: {{type: DefaultErrorHandler, max_retries: 0}}
      record_selector: {{type: RecordSelector, extractor: {{type: DpathExtractor, field_path: []}}}}
"#
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_words_of_an_api_are_told_without_secrets_and_end() {
    let (app, served) = (TestApp::new().await, served().await);
    let words = format!(
        "Response was not ok: `422 Client Error: Unprocessable Entity for url: {}/words`. \
         Response content is: no /words?q=***, no /words?q=***, ",
        served.url
    );
    let said = command_line::read(&manifest(&served.url, "words"), &json!({ "token": SECRET })).await;
    let [told] = said.failures()[..] else { panic!("{:?}", said.failures()) };
    assert!(told.starts_with("Exhausted available request attempts.") && told.contains(&words), "{told}");
    assert!(told.len() < 2_200 && told.ends_with('…') && !told.contains("Kan"), "{told}");

    let config = json!({ "manifest": manifest(&served.url, "words"), "config": { "token": SECRET } });
    let id = app.connector(json!({ "name": "Words", "type": "API", "connectionConfig": config })).await;
    let tested = app.gql(TEST, json!({ "id": id })).await;
    let told = tested["testConnection"]["message"].as_str().unwrap();
    assert!(told.contains(&words) && !told.contains("Kan"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_for_browsers_is_not_told() {
    let served = served().await;
    let said = command_line::read(&manifest(&served.url, "page"), &json!({ "token": SECRET })).await;
    let [told] = said.failures()[..] else { panic!("{:?}", said.failures()) };
    let words = format!("`418 Client Error: I'm a teapot for url: {}/page`.", served.url);
    assert!(told.ends_with(&words), "{told}");
}
