//! Demo mode through the public door: no account, no settings, the connector's own code.

use serde_json::json;

use crate::harness::TestApp;
use crate::syncs::table::lines;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_demo_connector_is_tested_discovered_synced_and_asked() {
    let app = TestApp::new().await;
    let connector = app.connector(json!({ "name": "Office", "type": "MICROSOFT_365", "demoMode": true })).await;
    let test = "mutation($id: ID!) { testConnection(input: { connectorId: $id }) { success message } }";
    let tested = app.gql(test, json!({ "id": connector })).await["testConnection"].take();
    let message = "Microsoft 365 of Fernweh Goods as an application";
    assert_eq!(tested, json!({ "success": true, "message": message }));
    let log = app.sync_and_wait(&connector).await;
    assert_eq!(log["status"], "SUCCEEDED", "{log:#}");
    assert_eq!(lines(&app, "SELECT count(*) > 10, bool_or(mail IS NULL) FROM office.users").await, ["true|true"]);
    let report = "SELECT count(*) > 20 FROM office.orders_orders WHERE \"ordered_at\" > '2025-01-01' AND total > 0";
    assert_eq!(lines(&app, report).await, ["true"]);
    let mails = "SELECT count(*) > 5 FROM office.aylin_inbox m WHERE m.body NOT LIKE '%<%'";
    assert_eq!(lines(&app, mails).await, ["true"]);
    let threads = "SELECT count(*) > 20 FROM office.fernweh_goods_orders a JOIN office.fernweh_goods_orders q
        ON q.id = a.thread_id WHERE a.reply_to_id = q.id AND a.created_at > q.created_at";
    assert_eq!(lines(&app, threads).await, ["true"]);
    let returns = "SELECT count(*) > 5 FROM office.fernweh_goods_returns WHERE refund > 0 AND received_on IS NOT NULL";
    assert_eq!(lines(&app, returns).await, ["true"]);
    let meetings = "SELECT count(*) > 5 FROM office.hana_calendar WHERE ends_at > starts_at";
    assert_eq!(lines(&app, meetings).await, ["true"]);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn increments_of_a_demo_add_nothing_twice() {
    let app = TestApp::new().await;
    let connector = app.connector(json!({ "name": "Office", "type": "MICROSOFT_365", "demoMode": true })).await;
    app.sync_and_wait(&connector).await;
    let count = "SELECT count(*) FROM office.users UNION ALL SELECT count(*) FROM office.aylin_inbox
        UNION ALL SELECT count(*) FROM office.orders_orders
        UNION ALL SELECT count(*) FROM office.fernweh_goods_orders";
    let mut before = lines(&app, count).await;
    before.sort();
    let ask = "query($id: ID!) { dataSources(connectorId: $id, first: 500) { nodes { id tableName } } }";
    let sources = app.gql(ask, json!({ "id": connector })).await["dataSources"]["nodes"].take();
    let wanted = ["office.users", "office.aylin_inbox", "office.orders_orders", "office.fernweh_goods_orders"];
    for source in sources.as_array().unwrap() {
        let is_wanted = wanted.iter().any(|name| source["tableName"] == *name);
        // DELTA and INCREMENTAL are the same to a source that tells its changes.
        let extract = if source["tableName"] == "office.users" { "DELTA" } else { "INCREMENTAL" };
        app.update_source(json!({ "id": source["id"], "extractType": extract, "syncEnabled": is_wanted })).await;
    }
    for _ in 0..2 {
        let log = app.sync_and_wait(&connector).await;
        assert_eq!(log["status"], "SUCCEEDED", "{log:#}");
        let mut after = lines(&app, count).await;
        after.sort();
        assert_eq!(after, before);
    }
    app.stop().await;
}
