//! Accounts at vendors: consent, tokens that are renewed and rotate, revocation. Against a real authorisation server.

pub mod browser;
mod catalogue;
mod command_line;
mod consent;
mod issuer;
mod ledger;
mod processes;
mod renewal;
mod secrecy;
pub mod server;
mod vendors;

use std::path::Path;
use std::time::Duration;

use dataweaver::config::Config;
use serde_json::{Value, json};

use crate::client::Client;
use crate::harness::{PATIENCE, TestApp};
use crate::servers;

/// A product that knows ledgers, on SQLite.
async fn app() -> TestApp {
    app_with(|_| {}).await
}

/// A product that knows ledgers.
async fn app_with(change: impl FnOnce(&mut Config)) -> TestApp {
    TestApp::with_connectors(ledger::registry(), change).await
}

/// Sees to it that a test runs on SQLite and on PostgreSQL, each with a folder for its data.
async fn on_both<F: AsyncFn(&Path, Option<&str>)>(test: F) {
    let folder = tempfile::tempdir().unwrap();
    test(folder.path(), None).await;
    if let Some(database) = servers::postgres() {
        let folder = tempfile::tempdir().unwrap();
        test(folder.path(), Some(database.url())).await;
    }
}

/// A product with its data in this folder.
async fn app_in(folder: &Path, database_url: Option<&str>) -> TestApp {
    app_with(|config| {
        config.storage.data_dir = folder.join("data");
        config.storage.database_url = database_url.map(str::to_owned);
    })
    .await
}

/// A connector to the ledger of a server; gives its id.
async fn connector(app: &Client, server: &server::Server) -> String {
    app.connector(server.connector()).await
}

/// Asks for the URL of the vendor's page.
async fn authorize(app: &Client, token: Option<&str>, id: &str, return_to: Option<&str>) -> Value {
    let query = "mutation($input: AuthorizeConnectorInput!) { authorizeConnector(input: $input) { authorizationUrl } }";
    app.gql_as(token, query, json!({ "input": { "connectorId": id, "returnTo": return_to } })).await
}

/// The URL of the vendor's page.
pub async fn page_of(app: &Client, id: &str, return_to: Option<&str>) -> String {
    let answer = authorize(app, None, id, return_to).await;
    let url = answer["data"]["authorizeConnector"]["authorizationUrl"].as_str();
    url.unwrap_or_else(|| panic!("{answer:#}")).to_owned()
}

/// Connects the connector's account, as a person does with a browser.
pub async fn connect(app: &Client, id: &str) {
    let callback = browser::consent(&page_of(app, id, None).await).await;
    let answer = app.client().get(&callback).send().await.unwrap();
    let (status, text) = (answer.status(), answer.text().await.unwrap());
    assert_eq!(status, 200, "{text}");
}

/// What a test of the connection finds.
pub async fn test(app: &Client, id: &str) -> Value {
    let query = "mutation($id: ID!) { testConnection(input: { connectorId: $id }) { success message details connector { status statusMessage } } }";
    app.gql(query, json!({ "id": id })).await["testConnection"].take()
}

/// Tests the connection until the server has renewed tokens so often.
pub async fn until_renewals(app: &Client, server: &server::Server, id: &str, wanted: u64) {
    let renewed = async {
        while server.renewals().await < wanted {
            assert_eq!(test(app, id).await["success"], true);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(PATIENCE, renewed).await.expect("tokens are renewed in time");
}

/// The connector's status and its reason.
pub async fn status(app: &Client, id: &str) -> Value {
    let query = "query($id: ID!) { connector(id: $id) { status statusMessage } }";
    app.gql(query, json!({ "id": id })).await["connector"].take()
}
