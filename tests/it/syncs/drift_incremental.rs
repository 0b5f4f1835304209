//! Columns that change at a source that is read incrementally: each kind of change under each schema policy. Rows from
//! before the change, which nobody reads again, stay as they were.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use super::table::lines;
use crate::harness::TestApp;
use crate::servers::{self, TestDatabase};

/// Each table, what its column `v` is, and what is changed. Of the three rows the first one is never read again.
const CHANGES: [(&str, &str, &str); 6] = [
    (
        "added",
        "int",
        "ALTER TABLE added ADD COLUMN w text; UPDATE added SET w = 'x' WHERE id = 2;
         INSERT INTO added VALUES (3, '2026-01-03Z', 3, 'y')",
    ),
    (
        "widened",
        "smallint",
        "ALTER TABLE widened ALTER COLUMN v TYPE bigint; UPDATE widened SET v = 5000000000 WHERE id = 2;
         INSERT INTO widened VALUES (3, '2026-01-03Z', 3)",
    ),
    ("dropped", "int", "ALTER TABLE dropped DROP COLUMN v; INSERT INTO dropped VALUES (3, '2026-01-03Z')"),
    ("renamed", "int", "ALTER TABLE renamed RENAME COLUMN v TO w; INSERT INTO renamed VALUES (3, '2026-01-03Z', 3)"),
    (
        "incompatible",
        "int",
        "ALTER TABLE incompatible ALTER COLUMN v TYPE date USING date '2026-01-01' + v;
         INSERT INTO incompatible VALUES (3, '2026-01-03Z', '2026-01-04')",
    ),
    ("same", "int", "INSERT INTO same VALUES (3, '2026-01-03Z', 3)"),
];

struct Shop {
    app: TestApp,
    connector: String,
    /// The data sources by the names of their tables.
    sources: BTreeMap<String, String>,
    connection: PgConnection,
    _database: TestDatabase,
}

impl Shop {
    /// All tables, synced once under this policy.
    async fn under(policy: &str) -> Option<Self> {
        let database = servers::postgres()?;
        let mut connection = PgConnection::connect(database.url()).await.unwrap();
        for (table, of_type, _) in CHANGES {
            let fill = format!(
                "CREATE TABLE {table} (id int PRIMARY KEY, at timestamptz NOT NULL, v {of_type});
                 INSERT INTO {table} VALUES (1, '2026-01-01Z', 1), (2, '2026-01-02Z', 2)"
            );
            connection.execute(AssertSqlSafe(fill)).await.unwrap();
        }
        let app = TestApp::new().await;
        let connector = app.database_connector("Shop", database.url()).await;
        let discover =
            "mutation($id: ID!) { discoverSources(input: { connectorId: $id }) { dataSources { id name } } }";
        let found = app.gql(discover, json!({ "id": connector })).await["discoverSources"]["dataSources"].take();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let sources = found.as_array().unwrap().iter().map(|source| (text(&source["name"]), text(&source["id"])));
        let shop = Self { app, connector, sources: sources.collect(), connection, _database: database };
        shop.set(
            json!({ "extractType": "INCREMENTAL", "writeMode": "MERGE", "primaryKey": ["id"], "cursorField": "at",
            "schemaPolicy": policy }),
        )
        .await;
        assert_eq!(shop.sync().await["status"], "SUCCEEDED");
        Some(shop)
    }

    /// Changes the settings of all data sources.
    async fn set(&self, settings: Value) {
        for source in self.sources.values() {
            let mut settings = settings.clone();
            settings["id"] = json!(source);
            self.app.update_source(settings).await;
        }
    }

    async fn change(&mut self) {
        for (_, _, change) in CHANGES {
            self.connection.execute(change).await.unwrap();
        }
    }

    async fn sync(&self) -> Value {
        self.app.sync_and_wait(&self.connector).await
    }

    /// A table's columns behind the id and the cursor, with their types, and then its rows.
    async fn table(&self, name: &str) -> (Vec<String>, Vec<String>) {
        let ask = "query($sql: String!) { sql(query: $sql) { columns { name type } } }";
        let data = self.app.gql(ask, json!({ "sql": format!("SELECT * FROM shop.{name} LIMIT 0") })).await;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let columns = data["sql"]["columns"].as_array().unwrap().iter();
        let columns: Vec<(String, String)> =
            columns.map(|column| (text(&column["name"]), text(&column["type"]))).collect();
        let shown: Vec<&(String, String)> = columns.iter().filter(|(name, _)| name != "at").collect();
        let names = shown.iter().map(|(name, _)| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
        let rows = lines(&self.app, &format!("SELECT {names} FROM shop.{name} ORDER BY id")).await;
        (shown.iter().skip(1).map(|(name, data_type)| format!("{name} {data_type}")).collect(), rows)
    }

    async fn assert_table(&self, name: &str, columns: &[&str], rows: &[&str]) {
        let (found_columns, found_rows) = self.table(name).await;
        assert_eq!(found_columns, columns, "{name}");
        assert_eq!(found_rows, rows, "{name}");
    }

    /// How many rows of a table were rejected.
    async fn rejected(&self, name: &str) -> String {
        lines(&self.app, &format!("SELECT count(*) FROM shop.{name}_rejected")).await.remove(0)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn evolve_takes_what_comes_and_leaves_what_was() {
    let Some(mut shop) = Shop::under("EVOLVE").await else { return };
    shop.change().await;
    let end = shop.sync().await;
    assert_eq!(end["status"], "SUCCEEDED", "{end:#}");
    shop.assert_table("added", &["v integer", "w text"], &["1|1|null", "2|2|x", "3|3|y"]).await;
    shop.assert_table("widened", &["v bigint"], &["1|1", "2|5000000000", "3|3"]).await;
    shop.assert_table("dropped", &["v integer"], &["1|1", "2|null", "3|null"]).await;
    shop.assert_table("renamed", &["v integer", "w integer"], &["1|1|null", "2|null|2", "3|null|3"]).await;
    shop.assert_table("incompatible", &["v text"], &["1|1", "2|2026-01-03", "3|2026-01-04"]).await;
    shop.assert_table("same", &["v integer"], &["1|1", "2|2", "3|3"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn freeze_fails_what_has_changed_by_name_and_nothing_else_until_it_is_allowed() {
    let Some(mut shop) = Shop::under("FREEZE").await else { return };
    shop.change().await;
    let end = shop.sync().await;
    assert_eq!(end["status"], "PARTIAL", "{end:#}");
    let ask = "query($id: ID!) { syncLog(id: $id) { sources { status errorMessage dataSource { name } } } }";
    let log = shop.app.gql(ask, json!({ "id": end["id"] })).await;
    let told: BTreeMap<&str, &str> = log["syncLog"]["sources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|source| (source["dataSource"]["name"].as_str().unwrap(), source["errorMessage"].as_str().unwrap_or("")))
        .collect();
    for (table, words) in [
        ("added", "added w text"),
        ("widened", "widened v from smallint to bigint"),
        ("dropped", "removed v integer"),
        ("renamed", "added w integer"),
        ("renamed", "removed v integer"),
        ("incompatible", "changed v from integer to date"),
    ] {
        assert!(told[table].contains(words) && told[table].contains("schemaPolicy is FREEZE"), "{table}: {told:#?}");
        assert_eq!(shop.table(table).await.1, ["1|1", "2|2"], "{table}");
    }
    assert_eq!(told["same"], "");
    shop.assert_table("same", &["v integer"], &["1|1", "2|2", "3|3"]).await;
    // Nothing that came meanwhile is lost.
    shop.set(json!({ "schemaPolicy": "EVOLVE" })).await;
    let end = shop.sync().await;
    assert_eq!(end["status"], "SUCCEEDED", "{end:#}");
    shop.assert_table("widened", &["v bigint"], &["1|1", "2|5000000000", "3|3"]).await;
    shop.assert_table("incompatible", &["v text"], &["1|1", "2|2026-01-03", "3|2026-01-04"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn discard_keeps_the_columns_and_rejects_what_does_not_fit_them() {
    let Some(mut shop) = Shop::under("DISCARD").await else { return };
    shop.change().await;
    let end = shop.sync().await;
    assert_eq!(end["status"], "SUCCEEDED", "{end:#}");
    shop.assert_table("added", &["v integer"], &["1|1", "2|2", "3|3"]).await;
    shop.assert_table("widened", &["v smallint"], &["1|1", "2|2", "3|3"]).await;
    assert_eq!(shop.rejected("widened").await, "1");
    shop.assert_table("dropped", &["v integer"], &["1|1", "2|null", "3|null"]).await;
    shop.assert_table("renamed", &["v integer"], &["1|1", "2|null", "3|null"]).await;
    shop.assert_table("incompatible", &["v integer"], &["1|1", "2|2"]).await;
    assert_eq!(shop.rejected("incompatible").await, "2");
    shop.assert_table("same", &["v integer"], &["1|1", "2|2", "3|3"]).await;
}
