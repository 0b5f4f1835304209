//! A row that comes again on a later page, which also makes a column another type: the later one stays.

use serde_json::json;

use super::paged_items;
use crate::harness::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_later_row_of_the_same_key_stays_where_its_page_changes_a_type() {
    let pages =
        [json!([{ "id": 1, "mixed": 5 }, { "id": 2, "mixed": 6 }]), json!([{ "id": 1, "mixed": "n/a" }]), json!([])];
    let app = TestApp::new().await;
    let config = json!({ "manifest": paged_items(pages) });
    let id = app.connector(json!({ "name": "Items", "type": "API", "connectionConfig": config })).await;
    let source = app.only_source(&id).await;
    app.update_source(json!({ "id": source, "writeMode": "MERGE", "primaryKey": ["id"] })).await;
    let synced = app.sync_and_wait(&id).await;
    assert_eq!(synced["status"], "SUCCEEDED", "{synced:#}");
    let query = "{ sql(query: \"SELECT id, mixed FROM items.items ORDER BY id\") { rows } }";
    let rows = app.gql(query, json!({})).await["sql"]["rows"].take();
    assert_eq!(rows, json!([[1, "n/a"], [2, "6"]]), "{rows:#}");
}
