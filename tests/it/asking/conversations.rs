//! Conversations: kept, read again by whoever asked and nobody else, bounded, and forgotten.

use dataweaver::services::Role;
use dataweaver::services::upkeep::RetentionSettings;
use serde_json::{Value, json};

use super::model_server::{ModelServer, Says};
use super::scene::{self, ASK};
use crate::harness::{TestApp, token};

const CONVERSATION: &str = "query($id: ID!, $first: Int, $after: String) { conversation(id: $id) { id title scenarioId createdAt
    updatedAt answers(first: $first, after: $after) { totalCount pageInfo { hasNextPage endCursor } nodes { id question summary
    sql confidence engine suggestions chart at result { columns { name type } rows truncated } sources { name } } } } }";

fn ask_in(question: &str, conversation: &Value) -> Value {
    json!({ "question": question, "conversation": conversation })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_is_read_again_as_it_was() {
    let app = TestApp::new().await;
    scene::shop(&app).await;
    let first = app.gql(ASK, json!({ "question": "  How many orders are there?  " })).await["ask"].take();
    assert_eq!(first["question"], "How many orders are there?");
    assert_eq!(first["result"]["rows"], json!([[4]]), "{first:#}");
    assert_eq!(first["engine"], "planner");
    assert!(first["summary"].as_str().unwrap().contains('4'), "{first:#}");
    assert!(first["id"].as_str().unwrap().starts_with("ans_"), "{first}");
    let id = &first["conversationId"];
    assert!(id.as_str().unwrap().starts_with("cnv_"), "{first}");
    let second = app.gql(ASK, ask_in("How many customers are there?", id)).await["ask"].take();
    assert_eq!(second["conversationId"], *id);

    let whole = app.gql(CONVERSATION, json!({ "id": id })).await["conversation"].take();
    assert_eq!((&whole["title"], &whole["scenarioId"]), (&json!("How many orders are there?"), &Value::Null));
    assert_eq!(whole["updatedAt"], second["at"]);
    let answers = &whole["answers"];
    assert_eq!(answers["totalCount"], 2);
    for (kept, given) in answers["nodes"].as_array().unwrap().iter().zip([&first, &second]) {
        for key in ["id", "question", "summary", "sql", "confidence", "engine", "suggestions", "chart", "at"] {
            assert_eq!(kept[key], given[key], "{key}");
        }
        for key in ["columns", "rows", "truncated"] {
            assert_eq!(kept["result"][key], given["result"][key], "{key}");
        }
    }
    let page = app.gql(CONVERSATION, json!({ "id": id, "first": 1 })).await["conversation"]["answers"].take();
    assert_eq!((&page["nodes"][0]["id"], &page["pageInfo"]["hasNextPage"]), (&first["id"], &json!(true)));
    let after = page["pageInfo"]["endCursor"].clone();
    let page =
        app.gql(CONVERSATION, json!({ "id": id, "first": 1, "after": after })).await["conversation"]["answers"].take();
    assert_eq!(page["nodes"][0]["id"], second["id"]);

    let other = app.gql(ASK, json!({ "question": "How many customers are there?" })).await["ask"].take();
    let list = "{ conversations { totalCount nodes { id title answers { nodes { question } } } } }";
    let list = app.gql(list, json!({})).await["conversations"].take();
    assert_eq!(
        (&list["totalCount"], &list["nodes"][0]["id"]),
        (&json!(2), &other["conversationId"]),
        "the newest first"
    );
    assert_eq!(list["nodes"][1]["answers"]["nodes"].as_array().map(Vec::len), Some(2));

    let delete = "mutation($id: ID!) { deleteConversation(input: { id: $id }) { deletedId } }";
    assert_eq!(app.gql(delete, json!({ "id": id })).await["deleteConversation"]["deletedId"], *id);
    assert_eq!(app.error_code(delete, json!({ "id": id })).await, "NOT_FOUND");
    assert_eq!(app.gql(CONVERSATION, json!({ "id": id })).await["conversation"], Value::Null);
    assert_eq!(app.error_code(ASK, ask_in("And customers?", id)).await, "NOT_FOUND");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_is_its_viewers_and_its_scenarios_own() {
    let app = TestApp::with(|config| {
        config.auth.tokens = vec![token("ada", Role::Viewer), token("grace", Role::Admin)];
    })
    .await;
    let asked = app.gql_as(Some("grace"), ASK, json!({ "question": "How many rows?" })).await;
    assert_eq!(asked["errors"][0]["extensions"]["code"], "CONFLICT", "nothing was synced yet: {asked:#}");
    assert!(asked["errors"][0]["extensions"]["hint"].as_str().unwrap().contains("sync"), "{asked:#}");
    let file =
        app.sqlite_file("shop", "CREATE TABLE orders (id INTEGER PRIMARY KEY); INSERT INTO orders VALUES (1), (2);");
    let create = "mutation($input: CreateConnectorInput!) { createConnector(input: $input) { connector { id } } }";
    let input = json!({ "name": "shop", "type": "DATABASE", "connectionConfig": { "url": format!("sqlite://{}", file.display()) } });
    // The file lies outside of the folders that files may be read from while authentication is on.
    let made = app.gql_as(Some("grace"), create, json!({ "input": input })).await;
    assert!(made.get("errors").is_some(), "{made:#}");
    app.stop().await;

    let app = TestApp::with(|config| {
        config.auth.tokens = vec![token("ada", Role::Viewer), token("grace", Role::Admin)];
        config.network.file_roots = vec!["/".into()];
        config.network.allow_private = true;
    })
    .await;
    let file =
        app.sqlite_file("shop", "CREATE TABLE orders (id INTEGER PRIMARY KEY); INSERT INTO orders VALUES (1), (2);");
    let input = json!({ "name": "shop", "type": "DATABASE", "connectionConfig": { "url": format!("sqlite://{}", file.display()) } });
    let made = app.gql_as(Some("grace"), create, json!({ "input": input })).await;
    let connector = made["data"]["createConnector"]["connector"]["id"].clone();
    let sync = "mutation($id: ID!) { syncConnector(input: { connectorId: $id }) { syncLog { id } } }";
    let started = app.gql_as(Some("grace"), sync, json!({ "id": connector })).await;
    let log = started["data"]["syncConnector"]["syncLog"]["id"].as_str().unwrap().to_owned();
    let mut socket = app.socket(json!({ "Authorization": "Bearer grace" })).await;
    socket.subscribe("subscription($id: ID!) { syncLog(id: $id) { status } }", json!({ "id": log })).await;
    while socket.next().await.is_some() {}

    let question = "How many orders are there?";
    let asked = app.gql_as(Some("ada"), ASK, json!({ "question": question })).await["data"]["ask"].take();
    assert_eq!(asked["result"]["rows"], json!([[2]]), "whoever may only look may ask: {asked:#}");
    let id = asked["conversationId"].clone();
    let code = |answer: &Value| answer["errors"][0]["extensions"]["code"].clone();
    let by_other = app.gql_as(Some("grace"), ASK, ask_in(question, &id)).await;
    assert_eq!(code(&by_other), "NOT_FOUND", "{by_other:#}");
    let seen = app.gql_as(Some("grace"), CONVERSATION, json!({ "id": id })).await;
    assert_eq!(seen["data"]["conversation"], Value::Null, "{seen:#}");
    let list = "{ conversations { totalCount nodes { id } } }";
    let seen = app.gql_as(Some("grace"), list, json!({})).await;
    assert_eq!(seen["data"]["conversations"]["totalCount"], 0, "{seen:#}");
    let delete = "mutation($id: ID!) { deleteConversation(input: { id: $id }) { deletedId } }";
    assert_eq!(code(&app.gql_as(Some("grace"), delete, json!({ "id": id })).await), "NOT_FOUND");
    let mut elsewhere = ask_in(question, &id);
    elsewhere["scenario"] = json!("customer_intelligence");
    let elsewhere = app.gql_as(Some("ada"), ASK, elsewhere).await;
    assert_eq!(code(&elsewhere), "NOT_FOUND", "{elsewhere:#}");
    assert!(app.gql_as(None, ASK, json!({ "question": question })).await.to_string().contains("UNAUTHENTICATED"));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_makes_no_sense_is_refused_with_its_field() {
    let app = TestApp::with(|config| config.ask.question_characters = 100).await;
    scene::shop(&app).await;
    let long = "é".repeat(101);
    for (question, words) in [
        ("", "question: must not be empty"),
        (" \n\t ", "question: must not be empty"),
        (long.as_str(), "question: must not be longer than 100 characters"),
        ("how many\0orders", "question: must not hold the character NUL"),
    ] {
        let answer = app.try_gql(ASK, json!({ "question": question })).await;
        let error = &answer["errors"][0];
        assert_eq!(
            (&error["extensions"]["code"], &error["extensions"]["field"]),
            (&json!("BAD_USER_INPUT"), &json!("question"))
        );
        assert_eq!(error["message"], words);
    }
    let unknown = app.try_gql(ASK, json!({ "question": "How many?", "scenario": "customer_intelligenc" })).await;
    assert_eq!(unknown["errors"][0]["extensions"]["code"], "NOT_FOUND", "{unknown:#}");
    let not_set_up = app.try_gql(ASK, json!({ "question": "How many?", "scenario": "financial_consolidation" })).await;
    assert_eq!(not_set_up["errors"][0]["extensions"]["code"], "CONFLICT", "{not_set_up:#}");
    for id in ["", "cnv_1", "con_00000000000000000000000000000001"] {
        let answer = app.try_gql(ASK, ask_in("How many orders?", &json!(id))).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{answer:#}");
    }
    let nobodys = json!("cnv_00000000000000000000000000000001");
    assert_eq!(app.error_code(ASK, ask_in("How many orders?", &nobodys)).await, "NOT_FOUND");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_is_bounded() {
    // A model whose statement is known gives as many rows as the test wants.
    let statement = "SELECT value AS n, repeat('x', 100) AS text FROM generate_series(1, 50) ORDER BY 1";
    let server = ModelServer::saying((0..5).map(|_| Says::sql(statement))).await;
    let app = TestApp::with(|config| {
        config.ask.model_url = Some(server.url().to_owned());
        config.ask.model = Some("clever-1".to_owned());
        config.ask.kept_rows = 20;
        config.ask.kept_kib = 1;
        config.ask.conversation_answers = 3;
    })
    .await;
    scene::shop(&app).await;
    let mut id = Value::Null;
    let mut ids = Vec::new();
    for number in 0..5 {
        let answer = app.gql(ASK, ask_in(&format!("Question {number}"), &id)).await["ask"].take();
        assert_eq!(answer["result"]["rows"].as_array().map(Vec::len), Some(50), "who asks is given all: {answer:#}");
        id = answer["conversationId"].clone();
        ids.push(answer["id"].clone());
    }
    let whole = app.gql(CONVERSATION, json!({ "id": id })).await["conversation"].take();
    let answers = whole["answers"]["nodes"].as_array().unwrap();
    assert_eq!(answers.iter().map(|answer| &answer["id"]).collect::<Vec<_>>(), ids[2..].iter().collect::<Vec<_>>());
    let kept = &answers[0]["result"];
    let rows = kept["rows"].as_array().unwrap();
    assert_eq!((rows.len(), &kept["truncated"]), (9, &json!(true)), "as many as 1 KiB holds: {kept}");
    assert_eq!(rows[0][0], 1);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn conversations_are_forgotten_after_their_time() {
    let app = TestApp::new().await;
    scene::shop(&app).await;
    let answer = app.gql(ASK, json!({ "question": "How many orders are there?" })).await["ask"].take();
    let id = &answer["conversationId"];
    let kept = app.services().upkeep(RetentionSettings::default()).round().await.unwrap();
    assert_eq!(kept.conversations, 0);
    assert_ne!(app.gql(CONVERSATION, json!({ "id": id })).await["conversation"], Value::Null);
    let settings = RetentionSettings { conversation_days: 0, ..RetentionSettings::default() };
    let round = app.services().upkeep(settings).round().await.unwrap();
    assert_eq!(round.conversations, 1);
    assert_eq!(app.gql(CONVERSATION, json!({ "id": id })).await["conversation"], Value::Null);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_questions_at_once_cost_what_they_cost() {
    let app = TestApp::new().await;
    scene::shop(&app).await;
    let fields = |count: usize| {
        let field = |number: usize| format!("q{number}: ask(question: \"How many orders are there?\") {{ summary }}");
        format!("{{ {} }}", (0..count).map(field).collect::<Vec<_>>().join(" "))
    };
    let answers = app.gql(&fields(10), json!({})).await;
    assert!(answers.as_object().unwrap().values().all(|answer| answer["summary"].is_string()), "{answers:#}");
    assert_eq!(app.error_code(&fields(60), json!({})).await, "LIMIT_EXCEEDED");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_never_synced_is_left_out_and_named() {
    let app = TestApp::new().await;
    let connector = app
        .connector(json!({ "name": "Finance Drive", "type": "GOOGLE_WORKSPACE", "demoMode": true,
            "connectionConfig": { "world": "financial_consolidation" } }))
        .await;
    let discover = "mutation($id: ID!) { discoverSources(input: { connectorId: $id }) { dataSources { id name } } }";
    let found = app.gql(discover, json!({ "id": connector })).await["discoverSources"]["dataSources"].take();
    let vendors = found.as_array().unwrap().iter().find(|source| source["name"] == "Vendors / Sheet1").unwrap();
    let start = "mutation($input: SyncConnectorInput!) { syncConnector(input: $input) { syncLog { id } } }";
    let input = json!({ "connectorId": connector, "dataSourceIds": [vendors["id"]] });
    let started = app.gql(start, json!({ "input": input })).await;
    let log = app.sync_end(started["syncConnector"]["syncLog"]["id"].as_str().unwrap()).await;
    assert_eq!(log["status"], "SUCCEEDED", "{log:#}");

    let scenario = "financial_consolidation";
    let answer = scene::ask(&app, "How many vendors are there?", Some(scenario)).await["data"]["ask"].take();
    assert_eq!(answer["needsClarification"], false, "{answer:#}");
    let names: Vec<&Value> = answer["sources"].as_array().unwrap().iter().map(|source| &source["name"]).collect();
    assert_eq!(names, ["Vendors / Sheet1"], "{answer:#}");
    let summary = answer["summary"].as_str().unwrap();
    assert!(summary.contains("Not taken into account: Financial Reports (never synced)"), "{summary}");
    assert!(summary.contains("budget_use (there is no such table)"), "{summary}");
    // What needs the tables that are left out is asked back, and no error.
    let answer = scene::ask(&app, "What did each department spend?", Some(scenario)).await["data"]["ask"].take();
    assert_eq!(answer["needsClarification"], true, "{answer:#}");
    app.stop().await;
}
