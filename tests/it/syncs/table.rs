//! One table of a real PostgreSQL, connected, with short words to change it, sync it and look at its lake table.

use dataweaver::config::Config;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::harness::TestApp;
use crate::servers::{self, TestDatabase};

/// The table `t` of a database of its own, as the connector `shop` reads it.
pub struct Table {
    pub app: TestApp,
    pub connector: String,
    pub source: String,
    connection: PgConnection,
    database: TestDatabase,
}

impl Table {
    /// Made by these statements; `None` where there is no PostgreSQL.
    pub async fn with(statements: &str) -> Option<Self> {
        Self::in_app(statements, |_| {}).await
    }

    /// The same with other settings of the product.
    pub async fn in_app(statements: &str, change: impl FnOnce(&mut Config)) -> Option<Self> {
        let database = servers::postgres()?;
        let mut connection = PgConnection::connect(database.url()).await.unwrap();
        connection.execute(AssertSqlSafe(statements.to_owned())).await.unwrap();
        let app = TestApp::with(change).await;
        let connector = app.database_connector("Shop", database.url()).await;
        let source = app.only_source(&connector).await;
        Some(Self { app, connector, source, connection, database })
    }

    /// Runs statements at the source.
    pub async fn run(&mut self, statements: &str) {
        self.connection.execute(AssertSqlSafe(statements.to_owned())).await.unwrap();
    }

    /// Another connection to the source.
    pub async fn connect(&self) -> PgConnection {
        PgConnection::connect(self.database.url()).await.unwrap()
    }

    /// Changes the data source's settings.
    pub async fn set(&self, mut settings: Value) {
        settings["id"] = json!(self.source);
        self.app.update_source(settings).await;
    }

    /// Syncs; fails unless it succeeds. Gives rows read, added, updated and deleted.
    pub async fn sync(&self) -> [i64; 4] {
        let log = self.app.sync_and_wait(&self.connector).await;
        assert_eq!(log["status"], "SUCCEEDED", "{log:#}");
        counts(&log)
    }

    /// Syncs; gives the message with which it fails.
    pub async fn failure(&self) -> String {
        let log = self.app.sync_and_wait(&self.connector).await;
        assert_eq!(log["status"], "FAILED", "{log:#}");
        log["errorMessage"].as_str().expect("a message").to_owned()
    }

    /// The rows of a statement over the lake, a line each, with `|` between the values.
    pub async fn lake(&self, sql: &str) -> Vec<String> {
        lines(&self.app, sql).await
    }

    /// The columns of the lake table with their types.
    pub async fn columns(&self) -> Vec<String> {
        self.lake("SELECT * FROM shop.t LIMIT 0").await;
        let data =
            self.app.gql("{ sql(query: \"SELECT * FROM shop.t LIMIT 0\") { columns { name type } } }", json!({})).await;
        let columns = data["sql"]["columns"].as_array().unwrap();
        let told =
            |column: &Value| format!("{} {}", column["name"].as_str().unwrap(), column["type"].as_str().unwrap());
        columns.iter().map(told).collect()
    }

    /// The changes that the newest schema of the registry tells, and its number.
    pub async fn newest_schema(&self) -> (i64, Vec<String>) {
        let ask = "query($id: ID!) { dataSource(id: $id) { schemaHistory { version changes } } }";
        let data = self.app.gql(ask, json!({ "id": self.source })).await;
        let newest = data["dataSource"]["schemaHistory"].as_array().unwrap().last().unwrap().clone();
        let changes = newest["changes"].as_array().unwrap().iter().map(|change| change.as_str().unwrap().to_owned());
        (newest["version"].as_i64().unwrap(), changes.collect())
    }
}

/// The rows of a statement, a line each, with `|` between the values.
pub async fn lines(app: &TestApp, sql: &str) -> Vec<String> {
    let data = app.gql("query($sql: String!) { sql(query: $sql) { rows } }", json!({ "sql": sql })).await;
    let rows = data["sql"]["rows"].as_array().unwrap();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    rows.iter().map(|row| row.as_array().unwrap().iter().map(text).collect::<Vec<_>>().join("|")).collect()
}

/// Rows read, added, updated and deleted by a sync.
pub fn counts(log: &Value) -> [i64; 4] {
    ["recordsProcessed", "recordsAdded", "recordsUpdated", "recordsDeleted"].map(|name| log[name].as_i64().unwrap())
}

/// Discovers the sources, has them read incrementally, and gives their names.
pub async fn incremental(app: &TestApp, connector: &str) -> Vec<String> {
    let discover = "mutation($id: ID!) { discoverSources(input: { connectorId: $id }) { dataSources { id name } } }";
    let data = app.gql(discover, json!({ "id": connector })).await;
    let mut names = Vec::new();
    for source in data["discoverSources"]["dataSources"].as_array().unwrap() {
        names.push(source["name"].as_str().unwrap().to_owned());
        app.update_source(json!({ "id": source["id"], "extractType": "INCREMENTAL", "writeMode": "MERGE" })).await;
    }
    names
}

/// Syncs; fails unless it succeeds. Gives rows read, added, updated and deleted.
pub async fn sync(app: &TestApp, connector: &str) -> [i64; 4] {
    let log = app.sync_and_wait(connector).await;
    assert_eq!(log["status"], "SUCCEEDED", "{log:#}");
    counts(&log)
}
