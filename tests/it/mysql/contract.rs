//! The contract suite for MariaDB and MySQL.

use dataweaver::connectors::database::Database;
use dataweaver::sdk::testing::{Fixture, contract};
use dataweaver::sdk::{AuthType, ConnectorFactory, Settings};
use serde_json::json;

use super::Source;

#[tokio::test]
async fn mariadb_keeps_the_contract() {
    let Some(source) = Source::with(
        "CREATE TABLE many (id INT PRIMARY KEY, word VARCHAR(20), at DATETIME(6)); INSERT INTO many SELECT seq, IF(seq % 3, CONCAT('row ', seq), NULL), NOW(6) FROM seq_1_to_5000;
        CREATE TABLE by_code (code VARCHAR(20) PRIMARY KEY, n INT); INSERT INTO by_code SELECT CONCAT('row ', id), id FROM many;
        CREATE VIEW some AS SELECT * FROM many WHERE id < 10",
    )
    .await
    else {
        return;
    };
    let user = format!("c{}", &source.name()[source.name().len() - 12..]);
    let grants = ["%", "localhost"].map(|host| {
        format!(
            "CREATE USER '{user}'@'{host}' IDENTIFIED BY 'canary-password'; GRANT SELECT ON {}.* TO '{user}'@'{host}'",
            source.name()
        )
    });
    source.run(&grants.join("; ")).await;
    let url = source.url().replace("root@", "");
    let settings = |url: &str, password: &str| Settings {
        connection: json!({ "url": url, "connect_timeout_seconds": 2 }),
        auth_type: AuthType::UsernamePassword,
        auth: json!({ "username": user, "password": password }),
    };
    let mut broken = Vec::new();
    for table in ["many", "by_code"] {
        let dead = settings("mysql://127.0.0.1:1/db", "canary-password");
        let fixture = Fixture::new(settings(&url, "canary-password"), source.path(table), dead)
            .refused(settings(&url, "canary-wrong"))
            .secret("canary-password")
            .secret("canary-wrong");
        broken.extend(contract(&ConnectorFactory::of::<Database>(), &fixture).await.err());
    }
    source.run(&format!("DROP USER '{user}'@'%'; DROP USER '{user}'@'localhost'")).await;
    assert!(broken.is_empty(), "{broken:?}");
}
