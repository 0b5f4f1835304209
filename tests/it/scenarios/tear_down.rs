//! Tear-downs take away all that a scenario made, and nothing else.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::scene::{self, ORDER_BOOK, SMALL, called};
use crate::harness::TestApp;

const SHOP: &str = "CREATE TABLE orders (id INTEGER PRIMARY KEY); INSERT INTO orders VALUES (1), (2), (3);";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_that_a_scenario_made_goes_and_nothing_else() {
    let (app, _packs) = scene::app().await;
    let shop = app.sqlite_connector("Shop", SHOP).await;
    app.sync_and_wait(&shop).await;
    let before = left(&app).await;
    let whole = scene::set_up(&app, ORDER_BOOK, Some(SMALL)).await;
    assert_ne!(left(&app).await, before);
    let gone = scene::tear_down(&app, ORDER_BOOK).await;
    assert_eq!(
        gone,
        json!({ "status": "NOT_SET_UP", "steps": [], "connectors": [], "dataSources": [], "validation": null })
    );
    assert_eq!(left(&app).await, before, "rows, tables and files are as they were");
    assert_eq!(scene::value(&app, "SELECT count(*) FROM shop.orders").await, 3);
    let table = called(&whole["dataSources"], "Orders")["tableName"].as_str().unwrap();
    let query = format!("SELECT count(*) FROM {table}");
    assert_eq!(
        app.error_code("query($q: String!) { sql(query: $q) { rowCount } }", json!({ "q": query })).await,
        "BAD_USER_INPUT"
    );
    // Once more does no harm, and it can be set up again.
    assert_eq!(scene::tear_down(&app, ORDER_BOOK).await["status"], "NOT_SET_UP");
    scene::set_up(&app, ORDER_BOOK, Some(SMALL)).await;
    app.stop().await;
}

/// Everything that there is: connectors, data sources, workflows, links, the files of the lake, and those of workflows.
async fn left(app: &TestApp) -> Value {
    let counts =
        "{ connectors { totalCount } dataSources { totalCount } workflows { totalCount } syncLogs { totalCount } }";
    let counts = app.gql(counts, json!({})).await;
    let data = app.folder().join("data");
    let mut files = Vec::new();
    for folder in ["lake", "files"] {
        collect(&data.join(folder), &mut files);
    }
    files.sort();
    json!({ "counts": counts, "files": files })
}

fn collect(folder: &Path, files: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push(path.display().to_string());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_set_up_that_is_under_way_is_cancelled() {
    let (app, _packs) = scene::app().await;
    scene::begin(&app, ORDER_BOOK, None).await;
    scene::wait_until(&app, ORDER_BOOK, |state| {
        let steps = state["steps"].as_array().unwrap();
        steps.iter().any(|step| step["name"] == "sync" && step["status"] == "RUNNING")
    })
    .await;
    let gone = scene::tear_down(&app, ORDER_BOOK).await;
    assert_eq!((&gone["status"], &gone["connectors"]), (&json!("NOT_SET_UP"), &json!([])));
    let counts =
        "{ connectors { totalCount } workflows { totalCount } syncLogs(status: [QUEUED, RUNNING]) { totalCount } }";
    let counts = app.gql(counts, json!({})).await;
    let none = json!({ "totalCount": 0 });
    assert_eq!(counts, json!({ "connectors": none, "workflows": none, "syncLogs": none }));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connector_that_somebody_took_for_a_real_account_stays() {
    let (app, _packs) = scene::app().await;
    let whole = scene::set_up(&app, ORDER_BOOK, Some(SMALL)).await;
    let talk = called(&whole["connectors"], "Order Talk")["id"].clone();
    let take = "mutation($id: ID!) { updateConnector(input: {
        id: $id, demoMode: false, connectionConfig: {}, authType: TOKEN, authConfig: { token: \"xoxb-1\" }
    }) { connector { demoMode } } }";
    app.gql(take, json!({ "id": talk })).await;
    scene::tear_down(&app, ORDER_BOOK).await;
    let left =
        app.gql("{ connectors { nodes { id scenario { id } } } }", json!({})).await["connectors"]["nodes"].take();
    assert_eq!(left, json!([{ "id": talk, "scenario": null }]));
    app.stop().await;
}
