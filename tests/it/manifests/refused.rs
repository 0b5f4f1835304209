//! What of a manifest, or of the values that it is given, is refused: with its place in the text, and what to do instead.

use std::process::Command;

use serde_json::json;

use crate::harness::TestApp;

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
