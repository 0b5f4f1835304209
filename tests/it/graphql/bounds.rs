//! Where connectors may reach once tokens are asked for: the allowed folders, and no private network.

use std::os::unix::fs::symlink;
use std::path::Path;

use dataweaver::services::Role;
use serde_json::{Value, json};

use crate::harness::{TestApp, token};

async fn app(files: &Path) -> TestApp {
    let files = files.to_owned();
    TestApp::with(|config| {
        config.auth.tokens = vec![token("writes", Role::Editor)];
        config.network.file_roots = vec![files];
    })
    .await
}

async fn create(app: &TestApp, connection: Value, connector_type: &str) -> Value {
    let create = "mutation($input: CreateConnectorInput!) { createConnector(input: $input) { connector { id } } }";
    let input = json!({ "name": "A", "type": connector_type, "connectionConfig": connection });
    app.gql_as(Some("writes"), create, json!({ "input": input })).await
}

#[tokio::test]
async fn a_link_leads_no_certificate_out_of_the_allowed_folders() {
    let (allowed, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::fs::write(elsewhere.path().join("authority.pem"), "").unwrap();
    let way_out = allowed.path().join("authority.pem");
    symlink(elsewhere.path().join("authority.pem"), &way_out).unwrap();
    let app = app(allowed.path()).await;
    let inside = allowed.path().join("mine.pem");
    for (scheme, mode) in [("postgres", "sslmode=verify-full"), ("mysql", "ssl-mode=verify_identity")] {
        let url = |file: &Path| format!("{scheme}://reader@db.example.com/shop?{mode}&sslrootcert={}", file.display());
        let refused = create(&app, json!({ "url": url(&way_out) }), "DATABASE").await;
        let error = &refused["errors"][0];
        assert_eq!(error["extensions"]["code"], "UPSTREAM_AUTH", "{scheme}: {refused}");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains("outside of the folders that files may be read from"), "{scheme}: {message}");
        let taken = create(&app, json!({ "url": url(&inside) }), "DATABASE").await;
        assert_eq!(taken["errors"], Value::Null, "{scheme}: {taken}");
    }
    app.stop().await;
}

#[tokio::test]
async fn no_connector_reaches_a_private_network() {
    let folder = tempfile::tempdir().unwrap();
    let app = app(folder.path()).await;
    let test = "mutation($id: ID!) { testConnection(input: { connectorId: $id }) { success message } }";
    // The second is this machine, too, as Linux takes it.
    for host in ["127.0.0.1", "0.0.0.1", "[::ffff:10.0.0.1]", "224.0.0.1"] {
        let database = |scheme: &str| (json!({ "url": format!("{scheme}://reader@{host}:9/shop") }), "DATABASE");
        let bucket = json!({ "root": "s3://bucket", "endpoint": format!("http://{host}:9") });
        for (connection, connector_type) in [database("postgres"), database("mysql"), (bucket, "FILE_SYSTEM")] {
            let created = create(&app, connection.clone(), connector_type).await;
            let id = &created["data"]["createConnector"]["connector"]["id"];
            let tested = app.gql_as(Some("writes"), test, json!({ "id": id })).await;
            let tested = &tested["data"]["testConnection"];
            assert_eq!(tested["success"], false, "{connection}: {tested}");
            assert!(tested["message"].as_str().unwrap().contains("private network"), "{connection}: {tested}");
        }
    }
    app.stop().await;
}
