//! Errors tell what went wrong in a code and in words, and nothing of what lies inside.

use dataweaver::services::Role;
use serde_json::{Value, json};

use crate::harness::{TestApp, token};

const CREATE: &str = "mutation($input: CreateConnectorInput!) { createConnector(input: $input) { connector { id } } }";

#[tokio::test]
async fn each_error_has_its_code() {
    let app = TestApp::new().await;
    let unknown = "con_00000000000000000000000000000000";
    let sync = "mutation($id: ID!) { syncConnector(input: { connectorId: $id }) { syncLog { id } } }";
    for (code, query, variables) in [
        ("BAD_USER_INPUT", "{ connectors { nodes { nothing } } }", json!({})),
        ("BAD_USER_INPUT", "{ connectors ", json!({})),
        ("BAD_USER_INPUT", "{ connector(id: \"src_1\") { id } }", json!({})),
        ("BAD_USER_INPUT", "{ node(id: \"nonsense\") { id } }", json!({})),
        ("BAD_USER_INPUT", "{ connectors(first: -1) { nodes { id } } }", json!({})),
        ("BAD_USER_INPUT", "{ connectors(first: 1, last: 1) { nodes { id } } }", json!({})),
        ("BAD_USER_INPUT", "{ connectors(after: \"☃\") { nodes { id } } }", json!({})),
        ("BAD_USER_INPUT", "{ sql(query: \"SELEC 1\") { rowCount } }", json!({})),
        ("BAD_USER_INPUT", CREATE, json!({ "input": { "name": "A", "type": "SLOCK" } })),
        ("LIMIT_EXCEEDED", "{ connectors(first: 501) { nodes { id } } }", json!({})),
        ("NOT_FOUND", sync, json!({ "id": unknown })),
    ] {
        assert_eq!(app.error_code(query, variables).await, code, "{query}");
    }
    assert_eq!(
        app.gql("query($id: ID!) { connector(id: $id) { id } }", json!({ "id": unknown })).await["connector"],
        Value::Null
    );
    app.stop().await;
}

#[tokio::test]
async fn a_wrong_argument_is_named() {
    let app = TestApp::new().await;
    let input =
        json!({ "name": "A", "type": "DATABASE", "connectionConfig": { "url": "sqlite:///a.db", "tabels": [] } });
    let answer = app.try_gql(CREATE, json!({ "input": input })).await;
    let error = &answer["errors"][0];
    assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT");
    assert!(error["extensions"]["field"].as_str().unwrap().starts_with("connectionConfig"), "{error:#}");
    assert!(error["message"].as_str().unwrap().contains("tabels"), "{error:#}");
    assert_eq!(error["path"], json!(["createConnector"]));
    app.stop().await;
}

#[tokio::test]
async fn an_operation_that_asks_for_too_much_is_refused() {
    let app = TestApp::new().await;
    let deep = format!("{{ connectors {{ nodes {} }} }}", nested("dataSources { nodes { connector", 6));
    let wide = "{ connectors(first: 500) { nodes { dataSources(first: 500) { nodes { extracts(first: 500) { nodes { id } } } } } } }";
    let aliases: String = (0..31).map(|n| format!("a{n}: __typename ")).collect();
    let bomb: String = (0..30).map(|n| format!("fragment F{n} on Query {{ ...F{0} ...F{0} }} ", n + 1)).collect();
    let bomb = format!("{{ ...F0 }} {bomb} fragment F30 on Query {{ __typename }}");
    let circle = "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }".to_owned();
    let directives = format!("{{ __typename {} }}", "@skip(if: false) ".repeat(51));
    for query in [deep, wide.to_owned(), format!("{{ {aliases} }}"), bomb, circle, directives] {
        let shown = query.chars().take(100).collect::<String>();
        assert_eq!(app.error_code(&query, json!({})).await, "LIMIT_EXCEEDED", "{shown}");
    }
    app.stop().await;
}

fn nested(opening: &str, times: usize) -> String {
    let closing = " }".repeat(opening.matches('{').count());
    (0..times).fold("{ id }".to_owned(), |inner, _| format!("{{ {opening} {inner} {closing} }}"))
}

#[tokio::test]
async fn each_role_may_do_its_part_and_no_more() {
    let tokens = vec![token("reads", Role::Viewer), token("writes", Role::Editor)];
    let app = TestApp::with(|config| config.auth.tokens = tokens).await;
    let config = json!({ "url": "postgres://reader@db.example.com/a" });
    let input = json!({ "input": { "name": "A", "type": "DATABASE", "connectionConfig": config } });
    let code = |answer: Value| answer["errors"][0]["extensions"]["code"].as_str().map(str::to_owned);
    let list = "{ connectors { totalCount } }";

    assert_eq!(code(app.gql_as(None, list, json!({})).await).as_deref(), Some("UNAUTHENTICATED"));
    assert_eq!(code(app.gql_as(Some("guessed"), list, json!({})).await).as_deref(), Some("UNAUTHENTICATED"));
    assert_eq!(code(app.gql_as(Some("reads"), list, json!({})).await), None);
    assert_eq!(code(app.gql_as(Some("reads"), CREATE, input.clone()).await).as_deref(), Some("FORBIDDEN"));
    assert_eq!(code(app.gql_as(Some("writes"), CREATE, input).await), None);
    app.stop().await;
}

#[tokio::test]
async fn what_fails_inside_is_not_told() {
    let app = TestApp::new().await;
    app.services().db().clone().close().await.unwrap();
    let answer = app.client().post(app.url("/graphql")).header("x-request-id", "mine-1");
    let answer = answer.json(&json!({ "query": "{ connectors { totalCount } }" })).send().await.unwrap();
    let answer: Value = answer.json().await.unwrap();
    let error = &answer["errors"][0];
    assert_eq!(error["extensions"], json!({ "code": "INTERNAL", "requestId": "mine-1" }));
    assert_eq!(error["message"], "something went wrong inside DataWeaver; the server's log says more");
    assert_eq!(answer["data"], Value::Null);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_of_many_that_ask_the_same_is_told_its_own_request_where_it_fails() {
    let app = TestApp::new().await;
    app.services().db().clone().close().await.unwrap();
    let asked = (0..200).map(async |n| {
        let id = format!("mine-{n}");
        let answer = app.client().post(app.url("/graphql")).header("x-request-id", &id);
        let answer = answer.json(&json!({ "query": "{ connectors { totalCount } }" })).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(answer["errors"][0]["extensions"], json!({ "code": "INTERNAL", "requestId": id }));
    });
    futures::future::join_all(asked).await;
}
