//! What is gone at its source: the first sync says so, later ones leave it out until it is there again.

use serde_json::{Value, json};

use super::table::lines;
use crate::harness::TestApp;

/// The names of the data sources that are shown as missing.
async fn missing(app: &TestApp, connector: &str) -> Vec<String> {
    let query = "query($id: ID!) { connector(id: $id) { dataSources { nodes { name missingSince } } } }";
    let data = app.gql(query, json!({ "id": connector })).await;
    let sources = data["connector"]["dataSources"]["nodes"].as_array().unwrap();
    let missing = sources.iter().filter(|source| !source["missingSince"].is_null());
    missing.map(|source| source["name"].as_str().unwrap().to_owned()).collect()
}

fn read(end: &Value) -> (&str, usize) {
    (end["status"].as_str().unwrap(), end["sources"].as_array().unwrap().len())
}

/// A connector of two sources, `orders` and `returns`, of which one goes and comes back.
async fn goes_and_comes_back(app: &TestApp, connector: &str, slug: &str, go: impl FnOnce(), come_back: impl FnOnce()) {
    let end = app.sync_and_wait(connector).await;
    assert_eq!(read(&end), ("SUCCEEDED", 2), "{end:#}");
    let orders = format!("SELECT id FROM {slug}.orders ORDER BY id");

    go();
    let end = app.sync_and_wait(connector).await;
    assert_eq!(read(&end), ("PARTIAL", 2), "{end:#}");
    let message = end["errorMessage"].as_str().unwrap();
    assert!(message.starts_with("orders: ") && message.contains("was not found"), "{message}");
    assert_eq!(missing(app, connector).await, ["orders"]);

    let mut events = app.events_of(connector).await;
    let end = app.sync_and_wait(connector).await;
    assert_eq!(read(&end), ("SUCCEEDED", 1), "it was told already: {end:#}");
    events.wait_for(|event| event["message"] == "orders is not read: it is still missing at the source").await;
    assert_eq!(missing(app, connector).await, ["orders"]);
    assert_eq!(lines(app, &orders).await, ["1"], "its lake table stays");

    come_back();
    let end = app.sync_and_wait(connector).await;
    assert_eq!(read(&end), ("SUCCEEDED", 2), "{end:#}");
    assert!(missing(app, connector).await.is_empty());
    assert_eq!(lines(app, &orders).await, ["1", "2"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_gone_is_told_once() {
    let app = TestApp::new().await;
    let folder = app.folder().join("files");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("orders.csv"), "id\n1\n").unwrap();
    std::fs::write(folder.join("returns.csv"), "id\n7\n").unwrap();
    let connector = app.folder_connector("Files", &folder).await;
    let orders = folder.join("orders.csv");
    let go = || std::fs::remove_file(&orders).unwrap();
    goes_and_comes_back(&app, &connector, "files", go, || std::fs::write(&orders, "id\n1\n2\n").unwrap()).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_that_is_gone_is_told_once() {
    let app = TestApp::new().await;
    let tables = "CREATE TABLE orders (id INTEGER PRIMARY KEY); INSERT INTO orders VALUES (1);
                  CREATE TABLE returns (id INTEGER PRIMARY KEY); INSERT INTO returns VALUES (7);";
    let connector = app.sqlite_connector("Shop", tables).await;
    let change = |statements: &str| {
        rusqlite::Connection::open(app.folder().join("Shop.db")).unwrap().execute_batch(statements).unwrap();
    };
    let go = || change("DROP TABLE orders; CREATE TABLE refunds (id INTEGER)");
    let come_back = || change("CREATE TABLE orders (id INTEGER PRIMARY KEY); INSERT INTO orders VALUES (1), (2);");
    // `refunds` waits for a discovery that somebody asks for.
    goes_and_comes_back(&app, &connector, "shop", go, come_back).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_nothing_else_is_left_every_sync_says_what_is_gone() {
    let app = TestApp::new().await;
    let connector = app.sqlite_connector("Shop", "CREATE TABLE orders (id INTEGER PRIMARY KEY)").await;
    assert_eq!(read(&app.sync_and_wait(&connector).await), ("SUCCEEDED", 1));
    rusqlite::Connection::open(app.folder().join("Shop.db")).unwrap().execute_batch("DROP TABLE orders").unwrap();
    for _ in 0..2 {
        let end = app.sync_and_wait(&connector).await;
        assert_eq!(read(&end), ("FAILED", 1), "{end:#}");
        assert!(end["errorMessage"].as_str().unwrap().contains("was not found"), "{end:#}");
    }
    app.stop().await;
}
