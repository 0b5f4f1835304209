//! Lake tables that are to go when their connector is removed go, whatever comes between.

use std::fs;
use std::time::Duration;

use serde_json::json;

use crate::harness::PATIENCE;
use crate::installation::{Installation, Server};

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_that_a_killed_server_could_not_delete_is_deleted_by_the_next_one() {
    let here = Installation::new().with("RETENTION__UPKEEP_SECONDS", 1);
    let url = here.shop();
    let server = Server::start(&here);
    let connector = server.database_connector("Shop", &url).await;
    assert_eq!(server.sync_and_wait(&connector).await["status"], "SUCCEEDED");
    let lake = here.path().join(".dataweaver/lake/shop");
    let mut tables: Vec<_> = fs::read_dir(&lake).unwrap().map(|entry| entry.unwrap().path()).collect();
    tables.sort();
    let [kept, gone] = tables.try_into().expect("two tables");
    let aside = here.path().join("aside");
    fs::rename(&kept, &aside).unwrap();
    // Even root cannot list a file as a folder.
    fs::write(&kept, "in the way").unwrap();

    let remove = "mutation($id: ID!) { deleteConnector(input: { id: $id, dropData: true }) { deletedId } }";
    let answer = server.try_gql(remove, json!({ "id": connector })).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "INTERNAL", "{answer:#}");
    assert!(!gone.exists(), "the other table is left");
    server.kill();
    fs::remove_file(&kept).unwrap();
    fs::rename(&aside, &kept).unwrap();

    let server = Server::start(&here);
    let deleted = tokio::time::timeout(PATIENCE, async {
        while kept.exists() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    assert!(deleted.await.is_ok(), "the table is left for ever");
    let list = server.gql("{ connectors { totalCount } }", json!({})).await;
    assert_eq!(list["connectors"]["totalCount"], 0);
}
