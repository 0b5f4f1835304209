//! What connectors may reach: everything for the user of an open server, and what the operator allows where tokens are asked
//! for.

use std::path::Path;

use dataweaver::config::NetworkSettings;
use dataweaver::services::Role;
use serde_json::{Value, json};
use sqlx::{Connection, Executor, MySqlConnection, PgConnection};

use crate::harness::{TestApp, token};
use crate::servers;

/// A server that asks for tokens, with these settings of what may be reached.
async fn guarded(network: NetworkSettings) -> TestApp {
    TestApp::with(|config| {
        config.auth.tokens = vec![token("writes", Role::Editor)];
        config.network = network;
    })
    .await
}

async fn created(app: &TestApp, kind: &str, config: Value) -> Value {
    let create = "mutation($input: CreateConnectorInput!) { createConnector(input: $input) { connector { id } } }";
    let input = json!({ "name": "New", "type": kind, "connectionConfig": config });
    app.gql_as(Some("writes"), create, json!({ "input": input })).await
}

/// The id of a new connector.
async fn made(app: &TestApp, kind: &str, config: Value) -> Value {
    let made = created(app, kind, config).await;
    let id = made["data"]["createConnector"]["connector"]["id"].clone();
    assert!(id.is_string(), "{made:#}");
    id
}

/// What the test of a connector says: whether it succeeds, its words and its details; and the answer to a discovery.
async fn tried(app: &TestApp, id: &Value) -> (Value, Value) {
    let token = Some("writes");
    let test = "mutation($id: ID!) { testConnection(input: { connectorId: $id }) { success message details } }";
    let tested = app.gql_as(token, test, json!({ "id": id })).await["data"]["testConnection"].take();
    let discover = "mutation($id: ID!) { discoverSources(input: { connectorId: $id }) { dataSources { name } } }";
    (tested, app.gql_as(token, discover, json!({ "id": id })).await)
}

/// Fails unless a connector is refused, by its test and when it is asked what there is, with these words.
async fn assert_unreachable(app: &TestApp, id: &Value, words: &str) {
    let (tested, discovered) = tried(app, id).await;
    assert_eq!(tested["success"], false, "{tested:#}");
    let messages = [&tested["message"], &discovered["errors"][0]["message"]];
    for message in messages {
        assert!(message.as_str().is_some_and(|message| message.contains(words)), "{words}: {tested:#} {discovered:#}");
    }
}

/// The same of a new connector.
async fn assert_refused(app: &TestApp, kind: &str, config: Value, words: &str) {
    assert_unreachable(app, &made(app, kind, config).await, words).await;
}

async fn assert_allowed(app: &TestApp, kind: &str, config: Value, source: &str) {
    let (tested, discovered) = tried(app, &made(app, kind, config).await).await;
    assert_eq!(tested["success"], true, "{tested:#}");
    let names = discovered["data"]["discoverSources"]["dataSources"].as_array().expect("sources");
    assert!(names.iter().any(|found| found["name"] == source), "{discovered:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn private_addresses_are_reached_only_where_the_operator_allows_it() {
    let (Some(postgres), Some(mariadb)) = (servers::postgres(), servers::mariadb()) else { return };
    let table = "CREATE TABLE t (id int PRIMARY KEY)";
    PgConnection::connect(postgres.url()).await.unwrap().execute(table).await.unwrap();
    MySqlConnection::connect(mariadb.url()).await.unwrap().execute(table).await.unwrap();
    let refusing = guarded(NetworkSettings::default()).await;
    let allowing = guarded(NetworkSettings { allow_private: true, ..NetworkSettings::default() }).await;
    for url in [postgres.url(), mariadb.url()] {
        let config = json!({ "url": url });
        assert_refused(&refusing, "DATABASE", config.clone(), "network.allow_private").await;
        assert_allowed(&allowing, "DATABASE", config, "t").await;
    }
    let bucket = json!({ "root": "s3://shop", "endpoint": "http://127.0.0.1:1" });
    assert_refused(&refusing, "FILE_SYSTEM", bucket, "network.allow_private").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn local_files_are_read_only_below_the_folders_that_the_operator_names() {
    let (allowed, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for folder in [allowed.path(), other.path()] {
        std::fs::write(folder.join("t.csv"), "id\n1\n").unwrap();
        rusqlite::Connection::open(folder.join("shop.db")).unwrap().execute_batch("CREATE TABLE t (id int)").unwrap();
    }
    let root = |folder: &Path| json!({ "root": folder });
    let file = |folder: &Path| json!({ "url": format!("sqlite://{}", folder.join("shop.db").display()) });
    let none = guarded(NetworkSettings::default()).await;
    let some = guarded(NetworkSettings { file_roots: vec![allowed.path().to_owned()], allow_private: true }).await;
    // What lies outside stays unknown, its absence too.
    let absent = other.path().join("absent");
    for (app, folder) in [(&none, allowed.path()), (&none, other.path()), (&some, other.path()), (&some, &absent)] {
        assert_never_made(app, "FILE_SYSTEM", root(folder)).await;
        assert_never_made(app, "DATABASE", file(folder)).await;
    }
    assert_allowed(&some, "FILE_SYSTEM", root(allowed.path()), "t").await;
    assert_allowed(&some, "DATABASE", file(allowed.path()), "t").await;
    // A link out of an allowed folder leads nowhere, also where it is made later.
    let later = allowed.path().join("out");
    let (folder, database) =
        (made(&some, "FILE_SYSTEM", root(&later)).await, made(&some, "DATABASE", file(&later)).await);
    std::os::unix::fs::symlink(other.path(), &later).unwrap();
    for connector in [folder, database] {
        assert_unreachable(&some, &connector, "outside of the folders").await;
    }
    assert_never_made(&some, "FILE_SYSTEM", root(&later)).await;
    assert_never_made(&some, "DATABASE", file(&later)).await;
}

#[tokio::test]
async fn a_link_leads_no_certificate_out_of_the_allowed_folders() {
    let (allowed, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::fs::write(elsewhere.path().join("authority.pem"), "").unwrap();
    let way_out = allowed.path().join("authority.pem");
    std::os::unix::fs::symlink(elsewhere.path().join("authority.pem"), &way_out).unwrap();
    let app =
        guarded(NetworkSettings { file_roots: vec![allowed.path().to_owned()], ..NetworkSettings::default() }).await;
    let inside = allowed.path().join("mine.pem");
    for (scheme, mode) in [("postgres", "sslmode=verify-full"), ("mysql", "ssl-mode=verify_identity")] {
        let url = |file: &Path| format!("{scheme}://reader@db.example.com/shop?{mode}&sslrootcert={}", file.display());
        let refused = created(&app, "DATABASE", json!({ "url": url(&way_out) })).await;
        let error = &refused["errors"][0];
        assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{scheme}: {refused}");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains("outside of the folders that files may be read from"), "{scheme}: {message}");
        let taken = created(&app, "DATABASE", json!({ "url": url(&inside) })).await;
        assert_eq!(taken["errors"], Value::Null, "{scheme}: {taken}");
    }
    app.stop().await;
}

#[tokio::test]
async fn no_connector_reaches_a_private_network() {
    let app = guarded(NetworkSettings::default()).await;
    // The second is this machine, too, as Linux takes it.
    for host in ["127.0.0.1", "0.0.0.1", "[::ffff:10.0.0.1]", "224.0.0.1"] {
        let database = |scheme: &str| json!({ "url": format!("{scheme}://reader@{host}:9/shop") });
        let bucket = json!({ "root": "s3://bucket", "endpoint": format!("http://{host}:9") });
        for (kind, config) in
            [("DATABASE", database("postgres")), ("DATABASE", database("mysql")), ("FILE_SYSTEM", bucket)]
        {
            assert_refused(&app, kind, config, "private network").await;
        }
    }
    app.stop().await;
}

/// Fails unless a connector is refused when it is to be made.
async fn assert_never_made(app: &TestApp, kind: &str, config: Value) {
    let refused = created(app, kind, config).await;
    let error = &refused["errors"][0];
    assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{refused:#}");
    assert!(error["message"].as_str().is_some_and(|message| message.contains("outside of the folders")), "{refused:#}");
}
