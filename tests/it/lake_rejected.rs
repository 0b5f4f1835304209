//! Tables of rejected rows stand beside the others, where there are some.

use serde_json::{Value, json};

use crate::harness::TestApp;

async fn sql(app: &TestApp, query: &str) -> Value {
    let data = app.gql("query($query: String!) { sql(query: $query) { rows } }", json!({ "query": query })).await;
    data["sql"]["rows"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_of_rejected_rows_are_listed_and_described() {
    let app = TestApp::new().await;
    let files = app.folder().join("files");
    std::fs::create_dir_all(&files).unwrap();
    std::fs::write(files.join("good.csv"), "id\n1\n2\n").unwrap();
    std::fs::write(files.join("bad.csv"), "id\n1\nx\n3\n").unwrap();
    let config = json!({ "root": files, "sample_rows": 1 });
    let id = app.connector(json!({ "name": "files", "type": "FILE_SYSTEM", "connectionConfig": config })).await;
    app.sync_and_wait(&id).await;

    let tables = json!([["files", "bad"], ["files", "bad_rejected"], ["files", "good"]]);
    assert_eq!(sql(&app, "SHOW TABLES FROM files").await, tables);
    let listed =
        "SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema = 'files' ORDER BY 2";
    assert_eq!(sql(&app, listed).await, tables);
    let columns = "SELECT count(*) > 0 FROM information_schema.columns WHERE table_name = 'bad_rejected'";
    assert_eq!(sql(&app, columns).await, json!([[true]]));
    assert_eq!(sql(&app, "SELECT count(*) FROM files.bad_rejected").await, json!([[1]]));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_does_not_take_the_name_of_rejected_rows() {
    let app = TestApp::new().await;
    let files = app.folder().join("files");
    std::fs::create_dir_all(&files).unwrap();
    std::fs::write(files.join("bad.csv"), "id\n1\nx\n3\n").unwrap();
    std::fs::write(files.join("bad_rejected.csv"), "id\n7\n").unwrap();
    let config = json!({ "root": files, "sample_rows": 1 });
    let id = app.connector(json!({ "name": "files", "type": "FILE_SYSTEM", "connectionConfig": config })).await;
    app.sync_and_wait(&id).await;

    let tables = json!([["files", "bad"], ["files", "bad_rejected"], ["files", "bad_rejected_"]]);
    assert_eq!(sql(&app, "SHOW TABLES FROM files").await, tables);
    assert_eq!(sql(&app, "SELECT count(*) FROM files.bad_rejected").await, json!([[1]]));
    assert_eq!(sql(&app, "SELECT id FROM files.bad_rejected_").await, json!([[7]]));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_which_no_row_can_be_read_does_not_empty_its_table() {
    let app = TestApp::new().await;
    let files = app.folder().join("files");
    std::fs::create_dir_all(&files).unwrap();
    let orders = files.join("orders.csv");
    std::fs::write(&orders, "id,total\n1,2\n3,4\n").unwrap();
    let id = app.folder_connector("files", &files).await;
    assert_eq!(app.sync_and_wait(&id).await["status"], "SUCCEEDED");

    std::fs::write(&orders, "id,total\n1,2,7\n3,4,7\n5,6,7\n").unwrap();
    let end = app.sync_and_wait(&id).await;
    assert_eq!(end["status"], "FAILED", "{end:#}");
    let message = end["errorMessage"].as_str().unwrap();
    assert!(message.contains("keeps the rows it had") && message.contains("3 rows were rejected"), "{message}");
    assert_eq!(sql(&app, "SELECT id, total FROM files.orders ORDER BY id").await, json!([[1, 2], [3, 4]]));

    std::fs::write(&orders, "id,total\n1,2,7\n3,5\n").unwrap();
    assert_eq!(app.sync_and_wait(&id).await["status"], "SUCCEEDED");
    assert_eq!(sql(&app, "SELECT id, total FROM files.orders").await, json!([[3, 5]]));
    // A file that was emptied is another matter.
    std::fs::write(&orders, "id,total\n").unwrap();
    assert_eq!(app.sync_and_wait(&id).await["status"], "SUCCEEDED");
    assert_eq!(sql(&app, "SELECT count(*) FROM files.orders").await, json!([[0]]));
    app.stop().await;
}
