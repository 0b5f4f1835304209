//! The values of a manifest's configuration that are secrets are shown nowhere.

use dataweaver::connectors::api::examples::stripe;
use serde_json::json;

use super::{SECRET, TEST, talkative};
use crate::harness::TestApp;

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
