//! What fails at the source is told by its code and in words of its own, the same through every door.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor, MySqlConnection, PgConnection};
use tokio::net::TcpListener;

use crate::harness::TestApp;
use crate::hosts::{SLOW_DOWN, host};
use crate::installation::Installation;
use crate::postgres::failures::SOMEBODY_ELSE;
use crate::servers;

/// Within which a source that does not answer must have been given up.
const TIME_LIMIT: Duration = Duration::from_secs(10);

const CREATE: &str = "mutation($input: CreateConnectorInput!) { createConnector(input: $input) { connector { id } } }";

/// The error of a look at what a connector can read, which must come in time, and which a test of the connection repeats.
async fn refusal(app: &TestApp, connector: Value) -> (String, String) {
    let mut input = connector;
    input["name"] = json!("Broken");
    let data = app.gql(CREATE, json!({ "input": input })).await;
    let id = &data["createConnector"]["connector"]["id"];
    let began = Instant::now();
    let discover = "mutation($id: ID!) { discoverSources(input: { connectorId: $id }) { dataSources { id } } }";
    let answer = app.try_gql(discover, json!({ "id": id })).await;
    assert!(began.elapsed() < TIME_LIMIT, "it took {:?}", began.elapsed());
    let error = &answer["errors"][0];
    let code = error["extensions"]["code"].as_str().unwrap_or_else(|| panic!("{answer:#}"));
    let message = error["message"].as_str().unwrap();
    let status = "query($id: ID!) { connector(id: $id) { status statusMessage } }";
    let after = app.gql(status, json!({ "id": id })).await["connector"].take();
    assert_eq!(after, json!({ "status": "ERROR", "statusMessage": message }));

    let test = "mutation($id: ID!) { testConnection(input: { connectorId: $id }) {
        success message details connector { status statusMessage } } }";
    let tested = app.gql(test, json!({ "id": id })).await["testConnection"].take();
    assert_eq!((&tested["success"], &tested["details"]["code"]), (&json!(false), &json!(code)), "{tested:#}");
    assert_eq!(tested["connector"], json!({ "status": "ERROR", "statusMessage": tested["message"] }));
    (code.to_owned(), message.to_owned())
}

fn database(url: &str) -> Value {
    json!({ "type": "DATABASE", "connectionConfig": { "url": url, "connect_timeout_seconds": 2 } })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hosts_that_are_dead_or_mute_or_busy_are_told_apart() {
    let app = TestApp::new().await;
    let dead = { TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap() };
    let (code, message) = refusal(&app, database(&format!("postgres://me@{dead}/db"))).await;
    assert_eq!(code, "UPSTREAM_UNAVAILABLE");
    assert!(message.contains(&dead.to_string()) && message.contains("refused"), "{message}");

    let (mute, work) = host(None).await;
    let (code, message) = refusal(&app, database(&format!("postgres://me@{mute}/db"))).await;
    assert_eq!(code, "UPSTREAM_UNAVAILABLE");
    assert!(message.contains(&mute) && message.contains("did not answer within 2 s"), "{message}");
    work.abort();

    let (busy, work) = host(Some(SLOW_DOWN)).await;
    let bucket = json!({ "root": "s3://shop", "endpoint": format!("http://{busy}") });
    let (code, message) = refusal(&app, json!({ "type": "FILE_SYSTEM", "connectionConfig": bucket })).await;
    assert_eq!(code, "RATE_LIMITED");
    assert!(message.contains("asks us to slow down"), "{message}");
    work.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_database_refuses_is_told_apart() {
    let (Some(mine), Some(other)) = (servers::mariadb(), servers::mariadb()) else { return };
    let Some(postgres) = servers::postgres() else { return };
    let user = format!("u{}", &mine.name()[mine.name().len() - 12..]);
    let mut root = MySqlConnection::connect(mine.url()).await.unwrap();
    for host in ["%", "localhost"] {
        let make = format!(
            "CREATE USER '{user}'@'{host}' IDENTIFIED BY 'right'; GRANT SELECT ON {}.* TO '{user}'@'{host}'",
            mine.name()
        );
        root.execute(AssertSqlSafe(make)).await.unwrap();
    }
    let app = TestApp::new().await;
    let signed_in = |url: &str, password: &str| url.replace("root@", &format!("{user}:{password}@"));
    let wrong_password = refusal(&app, database(&signed_in(mine.url(), "canary"))).await;
    let not_allowed = refusal(&app, database(&signed_in(other.url(), "right"))).await;
    let no_database = refusal(&app, database(&postgres.url().replace(postgres.name(), "no_such_database"))).await;
    let authority = app.folder().join("authority.pem");
    std::fs::write(&authority, SOMEBODY_ELSE).unwrap();
    let verified = format!("{}?sslmode=verify-full&sslrootcert={}", postgres.url(), authority.display());
    let bad_certificate = refusal(&app, database(&verified)).await;
    for host in ["%", "localhost"] {
        root.execute(AssertSqlSafe(format!("DROP USER '{user}'@'{host}'"))).await.unwrap();
    }

    let told = [
        (&wrong_password, "UPSTREAM_AUTH", user.as_str()),
        (&not_allowed, "UPSTREAM_AUTH", other.name()),
        (&no_database, "NOT_FOUND", "no_such_database"),
        (&bad_certificate, "UPSTREAM_UNAVAILABLE", "sslmode"),
    ];
    for ((code, message), expected, word) in told {
        assert_eq!(code, expected, "{message}");
        assert!(message.contains(word) && !message.contains("canary"), "{message}");
    }
    let messages: HashSet<&str> = told.iter().map(|((_, message), ..)| message.as_str()).collect();
    assert_eq!(messages.len(), told.len(), "each in words of its own: {messages:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_line_tells_the_same() {
    let Some(postgres) = servers::postgres() else { return };
    let here = Installation::new();
    let dead = { TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap() };
    for (name, url, code, word) in [
        ("dead", format!("postgres://me@{dead}/db"), "UPSTREAM_UNAVAILABLE", dead.to_string()),
        ("lost", postgres.url().replace(postgres.name(), "no_such"), "NOT_FOUND", "database no_such".to_owned()),
    ] {
        here.stdout(&["connectors", "add", name, "--url", &url, "--no-test"]);
        let said = here.run(&["connectors", "test", name, "--json"]);
        assert_eq!(said.status, 1, "{said:?}");
        let result: Value = serde_json::from_str(&said.stdout).unwrap();
        assert_eq!((&result["success"], &result["details"]["code"]), (&json!(false), &json!(code)), "{result:#}");
        assert!(result["message"].as_str().unwrap().contains(&word), "{result:#}");
        let stderr = here.stderr(1, &["connectors", "discover", name]);
        assert!(stderr.starts_with("error: ") && stderr.contains(&word), "{stderr}");
        let stderr = here.stderr(1, &["connectors", "discover", name, "--json"]);
        let error: Value = serde_json::from_str(&stderr).unwrap();
        assert_eq!(error["error"]["code"], code, "{stderr}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_contradicts_a_sync_that_runs_says_what_to_do() {
    let Some(database) = servers::postgres() else { return };
    let mut shop = PgConnection::connect(database.url()).await.unwrap();
    shop.execute("CREATE TABLE t (id int PRIMARY KEY)").await.unwrap();
    shop.execute("BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let app = TestApp::new().await;
    let connector = app.database_connector("Shop", database.url()).await;
    let running = app.start_sync(&connector, None).await;
    let other = "mutation($id: ID!) { syncConnector(input: { connectorId: $id, extractType: INCREMENTAL }) {
        syncLog { id } } }";
    let remove = "mutation($id: ID!) { deleteConnector(input: { id: $id }) { deletedId } }";
    for (mutation, hint) in
        [(other, "wait for its end, or cancel it"), (remove, "cancel the sync first, or wait for its end")]
    {
        let answer = app.try_gql(mutation, json!({ "id": connector })).await;
        let extensions = &answer["errors"][0]["extensions"];
        assert_eq!((&extensions["code"], &extensions["hint"]), (&json!("CONFLICT"), &json!(hint)), "{answer:#}");
    }
    shop.execute("COMMIT").await.unwrap();
    let end = app.sync_end(&running).await;
    assert_eq!(end["status"], "SUCCEEDED", "{end:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_data_source_made_by_hand_reads_nothing_that_the_settings_leave_out() {
    let app = TestApp::new().await;
    let mut connectors = Vec::new();
    let postgres = servers::postgres();
    if let Some(database) = &postgres {
        let mut connection = PgConnection::connect(database.url()).await.unwrap();
        connection.execute("CREATE TABLE wanted (id int); CREATE TABLE other (id int)").await.unwrap();
        connectors.push((database.url().to_owned(), "public", "pg_catalog.pg_authid"));
    }
    let mariadb = servers::mariadb();
    if let Some(database) = &mariadb {
        let mut connection = MySqlConnection::connect(database.url()).await.unwrap();
        connection.execute("CREATE TABLE wanted (id int); CREATE TABLE other (id int)").await.unwrap();
        connectors.push((database.url().to_owned(), database.name(), "mysql.user"));
    }
    let file = app.sqlite_file("shop", "CREATE TABLE wanted (id INTEGER); CREATE TABLE other (id INTEGER);");
    connectors.push((format!("sqlite://{}", file.display()), "", "sqlite_master"));
    for (url, schema, system) in connectors {
        let config = json!({ "url": url, "tables": ["wanted"] });
        let input = json!({ "name": "Chosen", "type": "DATABASE", "connectionConfig": config });
        let id = app.connector(input).await;
        let path = |table: &str| if schema.is_empty() { table.to_owned() } else { format!("{schema}.{table}") };
        for (place, words) in [(path("other"), "leaves out"), (system.to_owned(), "belongs to the database system")] {
            let create =
                "mutation($input: CreateDataSourceInput!) { createDataSource(input: $input) { dataSource { id } } }";
            let input = json!({ "connectorId": id, "name": place, "sourceType": "table", "sourcePath": place });
            let made = app.gql(create, json!({ "input": input })).await["createDataSource"]["dataSource"]["id"].take();
            let end = app.sync_and_wait(&id).await;
            let failed = end["sources"].as_array().unwrap().iter().find(|source| source["dataSource"]["id"] == made);
            let message = failed.and_then(|source| source["errorMessage"].as_str()).unwrap_or_default();
            assert!(message.contains(words), "{url} {place}: {end:#}");
            let delete = "mutation($id: ID!) { deleteDataSource(input: { id: $id }) { __typename } }";
            app.gql(delete, json!({ "id": made })).await;
        }
    }
    app.stop().await;
}
