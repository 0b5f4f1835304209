//! The contract suite for PostgreSQL.

use dataweaver::connectors::database::Database;
use dataweaver::sdk::testing::{Fixture, contract};
use dataweaver::sdk::{AuthType, ConnectorFactory, Settings};
use serde_json::json;

use super::reading::Source;

#[tokio::test]
async fn postgres_keeps_the_contract() {
    let Some(source) = Source::with("CREATE TABLE many (id int PRIMARY KEY, word text, at timestamptz); INSERT INTO many SELECT n, CASE WHEN n % 3 > 0 THEN 'row ' || n END, to_timestamp(n) FROM generate_series(1, 110000) n; ANALYZE many;
        CREATE VIEW few AS SELECT * FROM many WHERE id < 10").await
    else {
        return;
    };
    let role = format!("{}_reader", source.name());
    source
        .run(&format!("CREATE ROLE {role} LOGIN PASSWORD 'canary-password'; GRANT SELECT ON many, few TO {role}"))
        .await;
    let mut url = url::Url::parse(source.url()).unwrap();
    url.set_username("").unwrap();
    let settings = |url: &str, password: &str| Settings {
        connection: json!({ "url": url, "connect_timeout_seconds": 2 }),
        auth_type: AuthType::UsernamePassword,
        auth: json!({ "username": role, "password": password }),
    };
    let dead = settings("postgres://127.0.0.1:1/db", "canary-password");
    let mut no_database = url.clone();
    no_database.set_path("no_such_database");
    let mut fixture = Fixture::new(settings(url.as_str(), "canary-password"), "public.many", dead)
        .refused(settings(no_database.as_str(), "canary-password"))
        .secret("canary-password");
    fixture.batch_bytes = 256 << 10;
    let kept = contract(&ConnectorFactory::of::<Database>(), &fixture).await;
    source.run(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await;
    kept.unwrap();
}
