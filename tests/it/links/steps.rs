//! LINK steps end to end: what they write, what replaces it, who sees it, and what goes with what.

use serde_json::{Value, json};

use crate::harness::TestApp;
use crate::servers;
use crate::workflows::scene::{assert_succeeded, id, made, refusal, run, sql, step, step_after, step_of, transform};

const TABLES: &str = "CREATE TABLE customers (id TEXT PRIMARY KEY, name TEXT, email TEXT, company TEXT);
    INSERT INTO customers VALUES
      ('C-1', 'Jane Doe', 'jane@globex.example', 'Globex Corporation'),
      ('C-2', 'Anna Smith', 'anna@initech.example', 'Initech'),
      ('C-3', 'Paul Brown', 'paul@initech.example', 'Initech');
    CREATE TABLE messages (ts TEXT PRIMARY KEY, thread TEXT, body TEXT);
    INSERT INTO messages VALUES
      ('1.1', '1.1', 'Globex cannot log in'), ('1.2', '1.1', 'looking at it'), ('2.1', NULL, 'Initech is angry'),
      ('3.1', NULL, 'Anna at Initech and jane@globex.example agree'), ('4.1', NULL, NULL);";

fn link(minimum_score: f64) -> Value {
    json!({
        "left": { "source": "messages", "key": "ts", "text": "body", "thread": "thread" },
        "right": { "source": "customers", "key": "id", "id": "id", "name": "name", "email": ["email"], "company": "company" },
        "minimum_score": minimum_score,
    })
}

async fn synced(app: &TestApp) -> String {
    let connector = app.sqlite_connector("Desk", TABLES).await;
    let end = app.sync_and_wait(&connector).await;
    assert_eq!(end["status"], "SUCCEEDED", "{end:#}");
    connector
}

const PAIRS: &str = "SELECT left_key, right_key, decision FROM system.links ORDER BY left_key, right_key";

async fn links_are_decided_and_replaced(app: TestApp) {
    synced(&app).await;
    let made = made(&app, "Who speaks of whom", vec![step("Link", "LINK", link(0.6))]).await;
    let done = run(&app, &id(&made), None).await;
    assert_succeeded(&done);
    assert_eq!(step_of(&done, "Link")["rows"], 4, "{done:#}");
    let expected =
        json!([["1.1", "C-1", "match"], ["1.2", "C-1", "match"], ["3.1", "C-1", "match"], ["3.1", "C-2", "match"],]);
    assert_eq!(sql(&app, PAIRS).await, expected);

    let told = sql(
        &app,
        "SELECT left_source, left_table, right_source, right_table, score, reasons, workflow, step FROM system.links
         WHERE left_table = 'desk.messages' AND right_source = 'customers' AND left_key = '1.1'",
    )
    .await;
    let told = &told[0];
    assert_eq!(told[0], "messages");
    assert_eq!(
        (&told[1], &told[2], &told[3]),
        (&json!("desk.messages"), &json!("customers"), &json!("desk.customers"))
    );
    assert!(told[4].as_f64().is_some_and(|score| (0.6..1.0).contains(&score)), "{told:#}");
    let reasons: Value = serde_json::from_str(told[5].as_str().expect("a text")).expect("JSON");
    assert_eq!(
        (&reasons[0]["rule"], &reasons[0]["left"], &reasons[0]["right"]),
        (&json!("company"), &json!("Globex"), &json!("Globex Corporation"))
    );
    assert_eq!((&told[6], &told[7]), (&json!("Who speaks of whom"), &json!("Link")));
    let none = sql(&app, "SELECT count(*) FROM system.links WHERE left_table = 'desk.other'").await;
    assert_eq!(none, json!([[0]]));

    // The join that links are for.
    let joined = sql(
        &app,
        "SELECT c.company, count(*) FROM desk.messages m
         JOIN system.links l ON l.left_table = 'desk.messages' AND l.left_key = m.ts
         JOIN desk.customers c ON c.id = l.right_key GROUP BY 1 ORDER BY 1",
    )
    .await;
    assert_eq!(joined, json!([["Globex Corporation", 3], ["Initech", 1]]));

    // A second run puts its links in the place of the first one's.
    assert_succeeded(&run(&app, &id(&made), None).await);
    assert_eq!(sql(&app, PAIRS).await, expected);
    let gone = "mutation($input: DeleteWorkflowInput!) { deleteWorkflow(input: $input) { deletedId } }";
    app.gql(gone, json!({ "input": { "id": id(&made) } })).await;
    assert_eq!(sql(&app, PAIRS).await, json!([]));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn links_are_decided_and_replaced_on_sqlite() {
    links_are_decided_and_replaced(TestApp::new().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn links_are_decided_and_replaced_on_postgresql() {
    let Some(server) = servers::postgres() else { return };
    links_are_decided_and_replaced(TestApp::on(server.url()).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn doubtful_links_are_kept_where_they_are_asked_for() {
    let app = TestApp::new().await;
    synced(&app).await;
    let made = made(&app, "Doubts", vec![step("Link", "LINK", link(0.2))]).await;
    assert_succeeded(&run(&app, &id(&made), None).await);
    let doubtful = "SELECT left_key, right_key FROM system.links WHERE decision = 'possible' ORDER BY 1, 2";
    assert_eq!(sql(&app, doubtful).await, json!([["2.1", "C-2"], ["2.1", "C-3"]]));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_of_the_workflow_are_linked_and_links_go_with_their_sources() {
    let app = TestApp::new().await;
    let connector = synced(&app).await;
    let text = "SELECT ts, upper(body) AS loud FROM {{ source('messages') }}";
    let config = json!({
        "left": { "ref": "loud", "key": "ts", "text": "loud" },
        "right": { "source": "customers", "key": "id", "email": "email" },
    });
    let steps = vec![transform("Shout", "loud", text), step_after("Link", "LINK", config, &["Shout"])];
    let made = made(&app, "Loud", steps).await;
    assert_succeeded(&run(&app, &id(&made), None).await);
    let of_tables = "SELECT left_source, left_table, left_source_id, left_key, right_key FROM system.links";
    assert_eq!(sql(&app, of_tables).await, json!([["loud", "loud.loud", null, "3.1", "C-1"]]));
    let gone = "mutation($input: DeleteConnectorInput!) { deleteConnector(input: $input) { deletedId } }";
    app.gql(gone, json!({ "input": { "id": connector, "dropData": true } })).await;
    assert_eq!(sql(&app, of_tables).await, json!([]));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_that_cannot_be_run_says_why_and_keeps_the_last_links() {
    let app = TestApp::new().await;
    synced(&app).await;
    let texts = json!({ "source": "messages", "key": "ts", "text": "body" });
    let refused = json!({ "name": "Wrong", "steps": [step("Link", "LINK", json!({ "left": texts, "right": texts }))] });
    let (code, field, message) = refusal(&app, refused).await;
    assert_eq!((code.as_str(), message.contains("has text alone")), ("BAD_USER_INPUT", true), "{field}: {message}");

    let config = json!({
        "left": { "ref": "loud", "key": "ts", "text": "loud" },
        "right": { "source": "customers", "key": "id", "email": "email" },
    });
    let steps = |column: &str| {
        let shout =
            transform("Shout", "loud", &format!("SELECT ts, body AS {column} FROM {{{{ source('messages') }}}}"));
        vec![shout, step_after("Link", "LINK", config.clone(), &["Shout"])]
    };
    let made = made(&app, "Right", steps("loud")).await;
    assert_succeeded(&run(&app, &id(&made), None).await);
    let before = sql(&app, PAIRS).await;
    assert_eq!(before, json!([["3.1", "C-1", "match"]]));
    let change = "mutation($input: UpdateWorkflowInput!) { updateWorkflow(input: $input) { workflow { id } } }";
    app.gql(change, json!({ "input": { "id": id(&made), "steps": steps("quiet") } })).await;
    let failed = run(&app, &id(&made), None).await;
    let told = step_of(&failed, "Link")["errorMessage"].as_str().unwrap_or_default();
    assert!(told.contains("loud"), "{failed:#}");
    assert_eq!(sql(&app, PAIRS).await, before);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sentiment_is_a_function_of_sql() {
    let app = TestApp::new().await;
    synced(&app).await;
    let of_constants = "SELECT sentiment('The service is great!'), sentiment('VADER is smart, handsome, and funny.'),
        sentiment(NULL), sentiment('the table is brown')";
    assert_eq!(sql(&app, of_constants).await, json!([[0.6588, 0.8316, null, 0.0]]));
    let of_rows = "SELECT ts, sentiment(body) FROM desk.messages ORDER BY ts";
    let rows = sql(&app, of_rows).await;
    assert_eq!(rows[2], json!(["2.1", -0.5106]));
    assert_eq!(rows[4], json!(["4.1", null]));
    let wrong = app.try_gql("{ sql(query: \"SELECT sentiment(1, 2)\") { rows } }", json!({})).await;
    assert_eq!(wrong["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{wrong:#}");
    app.stop().await;
}
