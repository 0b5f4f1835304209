//! What makes no sense is refused before anything of it is stored, with the place and what to do.

use dataweaver::services::Role;
use serde_json::{Value, json};

use super::scene::{Shop, create, id, made, refusal, run, step, step_after, transform};
use crate::harness::{TestApp, token};

async fn refused(shop: &Shop, steps: Vec<Value>) -> (String, String) {
    let (code, field, message) = refusal(shop, json!({ "name": "A", "steps": steps })).await;
    assert_eq!(code, "BAD_USER_INPUT", "{field}: {message}");
    (field, message)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn steps_that_do_not_fit_together_are_refused() {
    let shop = Shop::new().await;
    let ask =
        |name: &str, depends_on: &[&str]| step_after(name, "ANALYSE", json!({ "question": "how many?" }), depends_on);
    for (steps, at, words) in [
        (vec![], "steps", "must not be empty"),
        (vec![ask("", &[])], "steps.0.name", "must not be empty"),
        (vec![ask("a", &[]), ask("a", &[])], "steps.1.name", "another step is called a"),
        (vec![ask("a", &["b"])], "steps.0.dependsOn.0", "there is no step b (known: a)"),
        (
            vec![ask("a", &["b"]), ask("b", &["c"]), ask("c", &["a"])],
            "steps",
            "wait for each other: a after b after c after a",
        ),
        (vec![ask("a", &["a"])], "steps", "wait for each other: a after a"),
        (
            vec![transform("a", "t", "SELECT 1"), transform("b", "t", "SELECT 2")],
            "steps.1.config.table",
            "step a makes a table t",
        ),
        (vec![transform("a", "t", "SELECT * FROM {{ ref('t') }}")], "steps", "wait for each other"),
        (vec![transform("a", "My Table", "SELECT 1")], "steps.0.config.table", "my_table is one"),
        (
            vec![step("a", "ANALYSE", json!({ "questoin": "x" }))],
            "steps.0.config.questoin",
            "unknown field `questoin`, expected `question`",
        ),
        (vec![step("a", "ANALYSE", json!({ "question": " " }))], "steps.0.config.question", "must not be empty"),
        (
            vec![step("a", "ANALYSE", json!({ "question": "x".repeat(2_001) }))],
            "steps.0.config.question",
            "must not be longer than 2000 characters",
        ),
        (
            vec![step(
                "a",
                "OUTPUT",
                json!({ "file": "x", "format": "html", "sections": [{ "title": "T", "question": "" }] }),
            )],
            "steps.0.config.sections.0.question",
            "must not be empty",
        ),
        (vec![step("a", "EXTRACT", json!({}))], "steps.0.config.sources", "is missing"),
        (vec![step("a", "EXTRACT", json!({ "sources": [] }))], "steps.0.config.sources", "must name a data source"),
        (
            vec![step("a", "EXTRACT", json!({ "sources": ["order"] }))],
            "steps.0.config",
            "there is no data source order; did you mean orders?",
        ),
        (
            vec![step("a", "OUTPUT", json!({ "file": "../x", "format": "csv", "sql": "SELECT 1" }))],
            "steps.0.config.file",
            "no plain file name",
        ),
        (
            vec![step(
                "a",
                "OUTPUT",
                json!({ "file": "x", "format": "html", "sections": [{ "title": "T", "step": "b" }] }),
            )],
            "steps.0.config.sections.0.step",
            "there is no ANALYSE step b",
        ),
        (
            vec![transform("a", "t", "SELECT * FROM {{ source('nothing') }}")],
            "steps.0.config.sql",
            "there is no data source nothing",
        ),
        (
            vec![transform("a", "t", "SELECT * FROM {{ ref('nothing') }}")],
            "steps.0.config.sql",
            "no TRANSFORM step of this workflow makes a table nothing",
        ),
        (
            vec![transform("a", "t", "SELECT {{ env('HOME') }}")],
            "steps.0.config.sql",
            "only {{ source('NAME') }} and {{ ref('TABLE') }} are known",
        ),
        (
            vec![transform("a", "t", "SELECT {% for x in [1] %}1{% endfor %}")],
            "steps.0.config.sql",
            "only {{ source('NAME') }}",
        ),
    ] {
        let (field, message) = refused(&shop, steps).await;
        assert!(field == at && message.contains(words), "{at}: {words}\n{field}: {message}");
    }
    let listed = shop.gql("{ workflows { totalCount } }", json!({})).await;
    assert_eq!(listed["workflows"]["totalCount"], 0, "nothing of them was stored");
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sql_that_writes_is_refused_wherever_it_stands() {
    let shop = Shop::new().await;
    for sql in [
        "DROP TABLE shop.orders",
        "INSERT INTO shop.orders SELECT * FROM shop.orders",
        "CREATE TABLE x AS SELECT 1",
        "COPY (SELECT 1) TO '/tmp/x.csv'",
        "SELECT 1; DROP TABLE shop.orders",
        "DELETE FROM {{ source('orders') }}",
        "SET x = 1",
        "SELECT * FROM",
        "",
    ] {
        let (field, message) = refused(&shop, vec![transform("a", "t", sql)]).await;
        assert_eq!(field, "steps.0.config.sql", "{sql}: {message}");
        let output = step("a", "OUTPUT", json!({ "file": "x", "format": "csv", "sql": sql }));
        assert_eq!(refused(&shop, vec![output]).await.0, "steps.0.config.sql", "{sql}");
        let sections = json!([{ "title": "T", "sql": "SELECT 1" }, { "title": "T", "sql": sql }]);
        let report = step("a", "OUTPUT", json!({ "file": "x", "format": "html", "sections": sections }));
        assert_eq!(refused(&shop, vec![report]).await.0, "steps.0.config.sections.1.sql", "{sql}");
    }
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_names_a_table_of_somebody_else_stays_within_its_quotes() {
    // What a placeholder is replaced by is a name that we made: a source cannot smuggle SQL into it.
    let hostile =
        "CREATE TABLE \"orders; DROP TABLE x; --\" (id INTEGER); INSERT INTO \"orders; DROP TABLE x; --\" VALUES (7)";
    let shop = Shop::with(hostile).await;
    let sql = "SELECT id FROM {{ source('orders; DROP TABLE x; --') }}";
    let workflow = made(&shop, "Hostile", vec![transform("make", "t", sql)]).await;
    super::scene::assert_succeeded(&run(&shop, &id(&workflow), None).await);
    assert_eq!(super::scene::sql(&shop, "SELECT id FROM hostile.t").await, json!([[7]]));
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn yaml_says_the_same_and_its_faults_are_told_with_their_place() {
    let shop = Shop::new().await;
    let yaml = "name: From a file\nschedule: 0 6 * * 1-5\ntimezone: Europe/Berlin\nsteps:\n  - name: make\n    kind: TRANSFORM\n    \
        config:\n      table: t\n      sql: SELECT id FROM {{ source('orders') }}\n";
    let data = shop.gql(&create(), json!({ "input": { "yaml": yaml } })).await;
    let workflow = &data["createWorkflow"]["workflow"];
    assert_eq!(
        (&workflow["slug"], &workflow["timezone"]),
        (&json!("from_a_file"), &json!("Europe/Berlin")),
        "{workflow:#}"
    );
    assert!(workflow["nextRunAt"].is_string(), "{workflow:#}");
    super::scene::assert_succeeded(&run(&shop, &id(workflow), None).await);
    let (code, field, message) = refusal(&shop, json!({ "yaml": yaml.replace("table: t", "tabel: t") })).await;
    assert_eq!((code.as_str(), field.as_str()), ("BAD_USER_INPUT", "steps.0.config.tabel"), "{message}");
    let (_, field, message) = refusal(&shop, json!({ "yaml": yaml.replace("steps:", "stpes:") })).await;
    assert!(field == "yaml" && message.contains("line 4") && message.contains("stpes"), "{field}: {message}");
    let (_, field, _) = refusal(&shop, json!({ "yaml": yaml, "name": "Twice" })).await;
    assert_eq!(field, "yaml");
    for (schedule, words) in [("at noon", "five fields"), ("0 0 30 2 *", "never fires")] {
        let input = json!({ "name": "A", "schedule": schedule, "steps": [transform("a", "t", "SELECT 1")] });
        let (_, field, message) = refusal(&shop, input).await;
        assert!(field == "schedule" && message.contains(words), "{field}: {message}");
    }
    let connector =
        "mutation($id: ID!) { updateConnector(input: { id: $id, syncSchedule: \"0 0 31 4 *\" }) { connector { id } } }";
    let answer = shop.try_gql(connector, json!({ "id": shop.connector })).await;
    assert_eq!(answer["errors"][0]["extensions"]["field"], "syncSchedule", "{answer:#}");
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slug_collides_with_no_connector_and_no_workflow() {
    let shop = Shop::new().await;
    let steps = || vec![transform("make", "t", "SELECT 1 AS x")];
    assert_eq!(made(&shop, "Shop", steps()).await["slug"], "shop_2");
    assert_eq!(made(&shop, "Shop", steps()).await["slug"], "shop_3");
    assert_eq!(made(&shop, "System", steps()).await["slug"], "system_2");
    let connector = shop.sqlite_connector("Shop", "CREATE TABLE more (id INTEGER)").await;
    let slug = shop.gql("query($id: ID!) { connector(id: $id) { slug } }", json!({ "id": connector })).await;
    assert_eq!(slug["connector"]["slug"], "shop_4");
    let many = (0..8).map(|_| made(&shop, "Many", steps()));
    let slugs: Vec<String> =
        futures::future::join_all(many).await.iter().map(|made| made["slug"].as_str().unwrap().to_owned()).collect();
    assert_eq!(slugs.iter().collect::<std::collections::BTreeSet<_>>().len(), 8, "{slugs:?}");
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_reads_sees_workflows_and_files_and_runs_nothing() {
    let app = TestApp::with(|config| {
        config.auth.tokens = vec![token("reads", Role::Viewer), token("writes", Role::Editor)];
    })
    .await;
    let output = step("write", "OUTPUT", json!({ "file": "one", "format": "csv", "sql": "SELECT 1 AS x" }));
    let input = json!({ "input": { "name": "One", "steps": [output] } });
    let made = app.gql_as(Some("writes"), &create(), input).await;
    let id = made["data"]["createWorkflow"]["workflow"]["id"].as_str().unwrap().to_owned();
    let run = "mutation($id: ID!) { runWorkflow(input: { workflowId: $id }) { workflow { status } } }";
    let started = app.gql_as(Some("writes"), run, json!({ "id": id })).await;
    assert_eq!(started["data"]["runWorkflow"]["workflow"]["status"], "RUNNING");
    let mut socket = app.socket(json!({ "Authorization": "Bearer reads" })).await;
    let follow = "subscription($id: ID!) { workflowProgress(workflowId: $id) { status files { downloadUrl } } }";
    socket.subscribe(follow, json!({ "id": id })).await;
    let mut last = Value::Null;
    while let Some(payload) = socket.next().await {
        last = payload["data"]["workflowProgress"].clone();
    }
    assert_eq!(last["status"], "SUCCEEDED", "{last:#}");
    let url = app.url(last["files"][0]["downloadUrl"].as_str().unwrap());
    assert_eq!(app.client().get(&url).send().await.unwrap().status(), 401);
    let downloaded = app.client().get(&url).bearer_auth("reads").send().await.unwrap();
    assert_eq!((downloaded.status().as_u16(), downloaded.text().await.unwrap().as_str()), (200, "x\n1\n"));
    let refused = app.gql_as(Some("reads"), run, json!({ "id": id })).await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "FORBIDDEN");
    app.stop().await;
}
