//! Who may do what: every mutation is refused to those who may only read, by every door.

use std::collections::BTreeSet;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{TypeKind, TypeSystemDefinition};
use dataweaver::services::Role;
use reqwest::header::HeaderValue;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::harness::{TestApp, token};

const CONNECTOR: &str = "con_00000000000000000000000000000000";
const SOURCE: &str = "src_00000000000000000000000000000000";
const WORKFLOW: &str = "wfl_00000000000000000000000000000000";

/// Every mutation with an input that only its caller's role stands against.
fn mutations() -> Vec<(&'static str, Value)> {
    let config = json!({ "url": "postgres://reader@db.example.com/a" });
    let step = json!({ "name": "a", "kind": "ANALYSE", "config": { "question": "how many?" } });
    vec![
        ("createConnector", json!({ "name": "A", "type": "DATABASE", "connectionConfig": config })),
        ("updateConnector", json!({ "id": CONNECTOR, "name": "B" })),
        ("deleteConnector", json!({ "id": CONNECTOR })),
        ("authorizeConnector", json!({ "connectorId": CONNECTOR })),
        ("testConnection", json!({ "connectorId": CONNECTOR })),
        ("discoverSources", json!({ "connectorId": CONNECTOR })),
        (
            "createDataSource",
            json!({ "connectorId": CONNECTOR, "name": "a", "sourceType": "table", "sourcePath": "a" }),
        ),
        ("updateDataSource", json!({ "id": SOURCE, "name": "b" })),
        ("deleteDataSource", json!({ "id": SOURCE })),
        ("resetDataSource", json!({ "id": SOURCE })),
        ("triggerExtract", json!({ "dataSourceId": SOURCE, "extractType": "FULL" })),
        ("syncConnector", json!({ "connectorId": CONNECTOR })),
        ("cancelSync", json!({ "syncLogId": "log_00000000000000000000000000000000" })),
        ("createWorkflow", json!({ "name": "A", "steps": [step] })),
        ("updateWorkflow", json!({ "id": WORKFLOW, "name": "B" })),
        ("deleteWorkflow", json!({ "id": WORKFLOW })),
        ("runWorkflow", json!({ "workflowId": WORKFLOW })),
        ("cancelWorkflow", json!({ "workflowId": WORKFLOW })),
        ("setupScenario", json!({ "scenarioId": "no_such_scenario" })),
        ("validateScenario", json!({ "scenarioId": "no_such_scenario" })),
        ("teardownScenario", json!({ "scenarioId": "no_such_scenario" })),
    ]
}

fn operation(mutation: &str) -> String {
    let input = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
    format!("mutation($input: {input}!) {{ {mutation}(input: $input) {{ __typename }} }}")
}

fn code(answer: &Value) -> &str {
    answer["errors"][0]["extensions"]["code"].as_str().unwrap_or("none")
}

async fn app() -> TestApp {
    TestApp::with(|config| {
        config.auth.tokens =
            vec![token("reads", Role::Viewer), token("writes", Role::Editor), token("governs", Role::Admin)]
    })
    .await
}

/// What whoever may read may do, since it changes nothing but what is their own.
const OWN: &[&str] = &["deleteConversation"];

#[test]
fn the_table_names_every_mutation_of_the_schema() {
    let document = parse_schema(dataweaver::graphql::sdl()).unwrap();
    let of_schema: BTreeSet<String> = document
        .definitions
        .iter()
        .filter_map(|definition| match definition {
            TypeSystemDefinition::Type(definition) if definition.node.name.node == "Mutation" => {
                Some(&definition.node.kind)
            }
            _ => None,
        })
        .filter_map(|kind| if let TypeKind::Object(object) = kind { Some(&object.fields) } else { None })
        .flatten()
        .map(|field| field.node.name.node.to_string())
        .collect();
    let of_table: BTreeSet<String> = mutations().into_iter().map(|(name, _)| name.to_owned()).collect();
    let of_table: BTreeSet<String> = of_table.into_iter().chain(OWN.iter().map(|name| (*name).to_owned())).collect();
    assert_eq!(of_table, of_schema, "say here what a new mutation takes, so that its rights are tested");
}

#[tokio::test]
async fn who_reads_changes_nothing() {
    let app = app().await;
    for (name, input) in mutations() {
        let query = operation(name);
        let refused = app.gql_as(Some("reads"), &query, json!({ "input": input })).await;
        assert_eq!(code(&refused), "FORBIDDEN", "{name} as viewer: {refused}");
        let refused = app.gql_as(None, &query, json!({ "input": input })).await;
        assert_eq!(code(&refused), "UNAUTHENTICATED", "{name} as nobody: {refused}");
        for writer in ["writes", "governs"] {
            let allowed = app.gql_as(Some(writer), &query, json!({ "input": input })).await;
            assert!(matches!(code(&allowed), "none" | "NOT_FOUND"), "{name} as who {writer}: {allowed}");
        }
    }
    app.stop().await;
}

#[tokio::test]
async fn a_place_that_may_not_be_read_is_refused_as_soon_as_it_is_named() {
    let allowed = tempfile::tempdir().unwrap();
    let root = allowed.path().to_owned();
    let app = TestApp::with(|config| {
        config.auth.tokens = vec![token("writes", Role::Editor)];
        config.network.file_roots = vec![root];
    })
    .await;
    let ask = async |name: &str, input: Value| {
        let query = operation(name).replace("__typename", "connector { id }");
        app.gql_as(Some("writes"), &query, json!({ "input": input })).await
    };
    let missing = allowed.path().join("../missing");
    let refused_places = [
        ("FILE_SYSTEM", json!({ "root": "/etc" }), "connectionConfig.root: /etc is outside of the folders"),
        ("FILE_SYSTEM", json!({ "root": missing }), "is outside of the folders that files may be read from"),
        ("DATABASE", json!({ "url": "sqlite:///etc/passwd" }), "/etc/passwd is outside of the folders"),
    ];
    for (kind, config, words) in refused_places {
        let inside = match kind {
            "DATABASE" => json!({ "url": format!("sqlite://{}/a.db", allowed.path().display()) }),
            _ => json!({ "root": allowed.path() }),
        };
        let new = |config: &Value| json!({ "name": "A", "type": kind, "connectionConfig": config });
        let refused = ask("createConnector", new(&config)).await;
        let made = ask("createConnector", new(&inside)).await;
        let id = &made["data"]["createConnector"]["connector"]["id"];
        assert!(id.is_string(), "{made:#}");
        let changed = ask("updateConnector", json!({ "id": id, "connectionConfig": config })).await;
        for answer in [refused, changed] {
            assert_eq!(code(&answer), "BAD_USER_INPUT", "{answer:#}");
            assert!(answer["errors"][0]["message"].as_str().unwrap().contains(words), "{answer:#}");
        }
    }
    app.stop().await;
}

#[tokio::test]
async fn who_reads_changes_nothing_by_a_socket_either() {
    let app = app().await;
    for (name, input) in mutations() {
        let mut socket = app.socket(json!({ "Authorization": "Bearer reads" })).await;
        socket.subscribe(&operation(name), json!({ "input": input })).await;
        let answer = socket.next().await.unwrap();
        assert_eq!(code(&answer), "FORBIDDEN", "{name}: {answer}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_page_of_another_site_opens_no_socket() {
    let app = TestApp::new().await;
    let own = app.url("");
    for (origin, is_let_in) in [(own.as_str(), true), ("https://evil.example", false), ("null", false)] {
        let mut request = format!("ws://{}/graphql", app.address()).into_client_request().unwrap();
        let headers = request.headers_mut();
        headers.insert("sec-websocket-protocol", HeaderValue::from_static("graphql-transport-ws"));
        headers.insert("origin", HeaderValue::from_str(origin).unwrap());
        match tokio_tungstenite::connect_async(request).await {
            Ok(_) => assert!(is_let_in, "{origin} is let in"),
            Err(tungstenite::Error::Http(refused)) => {
                assert!(!is_let_in, "{origin} is refused");
                assert_eq!(refused.status(), 403, "{origin}");
            }
            Err(error) => panic!("{origin}: {error}"),
        }
    }
    app.stop().await;
}
