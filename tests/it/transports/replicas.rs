//! Two server processes on one PostgreSQL: each tells what the other did.

use serde_json::json;

use super::raw::RawSocket;
use super::shared::{beginning, facts_until_end};
use crate::installation::{Installation, SECRET_KEY, Server};
use crate::servers;

const CHANGED: &str = "subscription { connectorChanged { id name } }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn subscribers_of_one_server_are_told_what_another_one_did() {
    let Some(own) = servers::postgres() else { return };
    let lake = tempfile::tempdir().unwrap();
    let replica = || {
        Installation::new()
            .with("DATABASE_URL", own.url())
            .with("LAKE_URL", lake.path().display())
            .with("SECRET_KEY", SECRET_KEY)
    };
    let (here, there) = (replica(), replica());
    let (one, other) = (Server::start(&here), Server::start(&there));

    let mut changes = RawSocket::begun(other.address()).await;
    changes.subscribe("1", CHANGED, json!({})).await;
    // A query beside it is answered when the subscription listens.
    changes.subscribe("2", "{ __typename }", json!({})).await;
    assert_eq!(changes.message().await["type"], "next");
    assert_eq!(changes.message().await["type"], "complete");
    let connector = one.database_connector("Shop", &here.shop()).await;
    let change = changes.message().await;
    assert_eq!(change["payload"]["data"]["connectorChanged"], json!({ "id": connector, "name": "Shop" }), "{change:#}");

    // Whichever of the two runs it.
    let sync = one.start_sync(&connector, None).await;
    let start = beginning();
    let (by_one, by_other) =
        tokio::join!(facts_until_end(&one, Some(&start), &sync), facts_until_end(&other, Some(&start), &sync));
    assert!(by_one.len() > 4, "{by_one:#?}");
    assert_eq!(by_one, by_other);
    // From one to the other, in the middle.
    let middle = by_one[1]["cursor"].as_str();
    assert_eq!(facts_until_end(&other, middle, &sync).await, by_one[2..]);
}
