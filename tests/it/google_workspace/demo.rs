//! Demo mode through the public door: no account, no settings, the connector's own code.

use serde_json::json;

use crate::harness::TestApp;
use crate::syncs::table::lines;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_demo_office_is_tested_synced_and_asked() {
    let app = TestApp::new().await;
    let desk = json!({ "name": "Desk", "type": "GOOGLE_WORKSPACE", "demoMode": true });
    let connector = app.connector(desk).await;
    let test = "mutation($id: ID!) { testConnection(input: { connectorId: $id }) { success message } }";
    let tested = app.gql(test, json!({ "id": connector })).await["testConnection"].take();
    let message = "Google Workspace as hana@fernweh.example: Drive, Sheets, Docs, Gmail, Calendar can be read";
    assert_eq!(tested, json!({ "success": true, "message": message }));
    let log = app.sync_and_wait(&connector).await;
    assert_eq!(log["status"], "SUCCEEDED", "{log:#}");
    let targets = "SELECT category, sum(target), count(DISTINCT month) FROM desk.sales_targets_targets
        WHERE month >= DATE '2025-01-01' GROUP BY category ORDER BY category LIMIT 2";
    assert_eq!(lines(&app, targets).await, ["Clothing|1300000.0000|12", "Cycling|1151000.0000|12"]);
    let spent = "SELECT department, count(*), sum(planned) FROM desk.budget GROUP BY department ORDER BY department";
    assert_eq!(lines(&app, spent).await[0], "Marketing|3|155750.0000");
    let counted = "SELECT count(*), count(DISTINCT sku) FROM desk.stocktake";
    assert_eq!(lines(&app, counted).await, ["1200|400"]);
    let rules = "SELECT text FROM desk.returns_handbook WHERE kind = 'heading' AND heading_level = 1 ORDER BY position";
    assert_eq!(lines(&app, rules).await[0], "Who may send back what");
    let mail = "SELECT count(*) > 50, count(*) = count(DISTINCT id) FROM desk.messages";
    assert_eq!(lines(&app, mail).await, ["true|true"]);
    let meetings = "SELECT count(*) FROM desk.hana_sato WHERE summary = 'Numbers of the week'";
    assert_eq!(lines(&app, meetings).await, ["12"]);
    // The list of files knows the spreadsheets.
    let files = "SELECT name FROM desk.files WHERE mime_type LIKE '%spreadsheet' ORDER BY name";
    let names = ["Budget", "Customer Database", "Opening hours", "Sales Report", "Sales targets", "Stocktake"];
    assert_eq!(lines(&app, files).await, names);
    let deadlines = "SELECT category, days FROM desk.returns_handbook_table_1 WHERE days < 30";
    assert_eq!(lines(&app, deadlines).await, ["Garden|14"]);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn increments_of_a_demo_add_nothing_twice() {
    let app = TestApp::new().await;
    let connector = app.connector(json!({ "name": "Desk", "type": "GOOGLE_WORKSPACE", "demoMode": true })).await;
    app.sync_and_wait(&connector).await;
    let ask = "query($id: ID!) { dataSources(connectorId: $id, first: 100) { nodes { id tableName } } }";
    let sources = app.gql(ask, json!({ "id": connector })).await["dataSources"]["nodes"].take();
    let counts = async || {
        let mut counts = Vec::new();
        for table in ["files", "messages", "budget", "stocktake", "returns_handbook", "hana_sato"] {
            counts.extend(lines(&app, &format!("SELECT count(*) FROM desk.{table}")).await);
        }
        counts
    };
    let before = counts().await;
    for source in sources.as_array().unwrap() {
        app.update_source(json!({ "id": source["id"], "extractType": "INCREMENTAL" })).await;
    }
    for _ in 0..2 {
        let log = app.sync_and_wait(&connector).await;
        assert_eq!(log["status"], "SUCCEEDED", "{log:#}");
        assert_eq!(counts().await, before);
    }
    app.stop().await;
}
