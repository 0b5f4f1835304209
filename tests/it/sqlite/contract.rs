//! The contract suite for SQLite.

use dataweaver::connectors::database::Database;
use dataweaver::sdk::testing::{Fixture, contract};
use dataweaver::sdk::{AuthType, ConnectorFactory, Settings};
use serde_json::json;

use super::File;

#[tokio::test]
async fn sqlite_keeps_the_contract() {
    let file = File::with(
        "CREATE TABLE many (id INTEGER PRIMARY KEY, word TEXT, day DATE);
        WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 5000)
        INSERT INTO many SELECT n, 'row ' || n, '2024-01-01' FROM n;
        CREATE TABLE by_code (code TEXT PRIMARY KEY, n INT) WITHOUT ROWID; INSERT INTO by_code SELECT word, id FROM many;
        CREATE VIEW some AS SELECT * FROM many WHERE id < 10",
    );
    let settings = |path: &str| Settings {
        connection: json!({ "url": format!("sqlite://{path}") }),
        auth_type: AuthType::None,
        auth: json!({}),
    };
    for table in ["many", "by_code"] {
        let dead = settings("/no/such/folder/shop.db");
        let fixture = Fixture::new(settings(&file.path()), table, dead).refused(settings("/etc/hostname"));
        contract(&ConnectorFactory::of::<Database>(), &fixture).await.unwrap();
    }
}
