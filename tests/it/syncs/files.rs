//! Files, read incrementally: a file that changed is read whole, and stands once all the same.

use serde_json::json;

use super::table::{counts, lines};
use crate::harness::TestApp;

struct Folder {
    app: TestApp,
    connector: String,
}

impl Folder {
    async fn with(name: &str, content: &str) -> Self {
        Self::configured(name, content, json!({})).await
    }

    /// With more settings of the connection.
    async fn configured(name: &str, content: &str, mut config: serde_json::Value) -> Self {
        let app = TestApp::new().await;
        let folder = app.folder().join("files");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join(name), content).unwrap();
        config["root"] = json!(folder);
        let connector =
            app.connector(json!({ "name": "Files", "type": "FILE_SYSTEM", "connectionConfig": config })).await;
        Self { app, connector }
    }

    async fn set(&self, mut settings: serde_json::Value) {
        settings["id"] = json!(self.app.only_source(&self.connector).await);
        self.app.update_source(settings).await;
    }

    fn write(&self, name: &str, content: &str) {
        std::fs::write(self.app.folder().join("files").join(name), content).unwrap();
    }

    async fn sync(&self) -> [i64; 4] {
        let log = self.app.sync_and_wait(&self.connector).await;
        assert_eq!(log["status"], "SUCCEEDED", "{log:#}");
        counts(&log)
    }
}

const COUNT: &str = "SELECT count(*), count(DISTINCT id) FROM files.orders";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_changed_replaces_its_rows_and_one_that_did_not_is_left() {
    let folder = Folder::with("orders.csv", "id,what\n1,a\n2,b\n").await;
    folder.set(json!({ "extractType": "INCREMENTAL" })).await;
    assert_eq!(folder.sync().await[1], 2);
    assert_eq!(folder.sync().await, [0, 0, 0, 0]);
    folder.write("orders.csv", "id,what\n1,a\n2,b\n3,c\n");
    assert_eq!(folder.sync().await[0], 3);
    assert_eq!(lines(&folder.app, COUNT).await, ["3|3"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn appended_rows_of_a_file_in_no_order_are_added_once() {
    let folder = Folder::with("orders.csv", "id,what\n5,e\n3,c\n4,d\n").await;
    folder.set(json!({ "extractType": "INCREMENTAL", "writeMode": "APPEND", "cursorField": "id" })).await;
    assert_eq!(folder.sync().await[1], 3);
    folder.write("orders.csv", "id,what\n9,i\n5,e\n3,c\n4,d\n5,f\n");
    assert_eq!(folder.sync().await[1], 2, "9 and the other 5 are new");
    assert_eq!(folder.sync().await[1], 0);

    // Without a cursor field what the table has already is told apart by the whole rows.
    folder.set(json!({ "cursorField": null })).await;
    folder.write("orders.csv", "id,what\n1,a\n9,i\n5,e\n3,c\n4,d\n5,f\n");
    assert_eq!(folder.sync().await[1], 1);
    assert_eq!(lines(&folder.app, COUNT).await, ["6|5"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_was_emptied_empties_its_table() {
    let folder = Folder::with("orders.json", "[{\"id\": 1}]").await;
    folder.sync().await;
    folder.write("orders.json", "[]");
    folder.sync().await;
    assert_eq!(lines(&folder.app, "SELECT count(id) FROM files.orders").await, ["0"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_of_which_nothing_can_be_read_fails_and_its_table_stays() {
    const UNREADABLE: &str = "[[1], [2]]";
    let folder = Folder::with("orders.json", UNREADABLE).await;
    let fails = async || {
        let log = folder.app.sync_and_wait(&folder.connector).await;
        assert_eq!(log["status"], "FAILED", "{log:#}");
        let why = "nothing could be read: 2 rows were rejected; the first: line 1: the row is no object";
        assert!(log["errorMessage"].as_str().unwrap().contains(why), "{log:#}");
    };
    fails().await;
    folder.write("orders.json", "[{\"id\": 1}, {\"id\": 2}, {\"id\": 3}]");
    folder.sync().await;
    folder.write("orders.json", UNREADABLE);
    fails().await;
    assert_eq!(lines(&folder.app, "SELECT count(id) FROM files.orders").await, ["3"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_new_in_the_folder_is_found_by_the_next_sync() {
    let folder = Folder::with("orders.csv", "id,what\n1,a\n").await;
    folder.sync().await;
    folder.write("returns.csv", "id\n7\n");
    folder.sync().await;
    assert_eq!(lines(&folder.app, "SELECT id FROM files.returns").await, ["7"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_table_of_rejected_rows_is_looked_at_only_where_it_may_hold_some() {
    let folder = Folder::configured("orders.csv", "id\n1\n2\n", json!({ "sample_rows": 1 })).await;
    folder.sync().await;
    folder.sync().await;
    // From here on whoever looks at the table of rejected rows fails.
    let lake = folder.app.folder().join("data/lake/files");
    let table = std::fs::read_dir(&lake).unwrap().next().unwrap().unwrap().path();
    let rejected = table.with_file_name(format!("{}_rejected", table.file_name().unwrap().to_str().unwrap()));
    std::fs::create_dir_all(rejected.join("_delta_log")).unwrap();
    std::fs::write(rejected.join("_delta_log/00000000000000000000.json"), "no log").unwrap();
    assert_eq!(folder.sync().await[0], 2);
    std::fs::remove_dir_all(&rejected).unwrap();

    folder.write("orders.csv", "id\n1\nx\n3\n");
    folder.sync().await;
    let of_rejected = "SELECT count(*) FROM files.orders_rejected";
    assert_eq!(lines(&folder.app, of_rejected).await, ["1"]);
    folder.sync().await;
    assert_eq!(lines(&folder.app, of_rejected).await, ["1"], "those of the last sync only");
    folder.write("orders.csv", "id\n1\n2\n3\n");
    folder.sync().await;
    assert_eq!(lines(&folder.app, of_rejected).await, ["0"]);
    folder.sync().await;
    assert_eq!(lines(&folder.app, of_rejected).await, ["0"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_that_holds_the_lake_does_not_double_itself() {
    let app = TestApp::new().await;
    std::fs::write(app.folder().join("orders.csv"), "id\n1\n").unwrap();
    let connector = app.folder_connector("Files", app.folder()).await;
    for _ in 0..3 {
        let log = app.sync_and_wait(&connector).await;
        assert_eq!((&log["status"], counts(&log)[0]), (&json!("SUCCEEDED"), 1), "{log:#}");
    }
    app.only_source(&connector).await;
    app.stop().await;
}
