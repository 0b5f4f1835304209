//! The main job, from a file to SQL over its lake table.

use std::time::Duration;

use dataweaver::app::App;
use dataweaver::config::Config;
use dataweaver::events::EventFilter;
use dataweaver::sdk::{AuthType, ConnectorType};
use dataweaver::services::connectors::{self, NewConnector};
use dataweaver::services::syncs::{self, SyncRequest};
use dataweaver::services::{Viewer, auth, queries};
use dataweaver::vocabulary::{SyncStatus, SyncTrigger};
use futures::StreamExt;
use serde_json::{Value, json};

async fn app(folder: &std::path::Path) -> (App, Viewer) {
    let mut config = Config::default();
    config.storage.data_dir = folder.join("data");
    let app = App::start(config).await.expect("the app starts");
    (app, auth::authenticate(&[], None).expect("authentication is off"))
}

fn database(url: &str) -> NewConnector {
    NewConnector {
        name: "Shop".into(),
        description: None,
        connector_type: ConnectorType::Database,
        auth_type: AuthType::None,
        auth_config: None,
        connection_config: Some(json!({ "url": url })),
        demo_mode: false,
        sync_enabled: false,
        sync_schedule: None,
        timezone: "UTC".into(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sqlite_table_becomes_a_lake_table_that_sql_can_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.db");
    let source = rusqlite::Connection::open(&file).unwrap();
    source
        .execute_batch(
            "CREATE TABLE orders (id INTEGER PRIMARY KEY, customer TEXT NOT NULL, amount DECIMAL(10,2));
             INSERT INTO orders VALUES (1, 'Ada', '12.50'), (2, 'Grace', NULL), (3, 'Ada', '0.01');",
        )
        .unwrap();
    let (app, viewer) = app(folder.path()).await;
    let services = &app.services;
    let new = database(&format!("sqlite://{}", file.display()));
    let connector = connectors::create(services, &viewer, new).await.unwrap();
    let request = SyncRequest {
        connector_id: connector.id.clone(),
        data_source_ids: None,
        extract_type: None,
        trigger: SyncTrigger::Manual,
        config: None,
    };
    let log = syncs::start(services, &viewer, request).await.unwrap();
    let filter = EventFilter::of_sync(viewer.workspace_id.clone(), log.id.clone());
    let after = dataweaver::events::EventCursor(0);
    let mut events = Box::pin(services.events().subscribe(filter, Some(after)));
    let end = tokio::time::timeout(Duration::from_secs(60), async {
        while let Some(event) = events.next().await {
            let Some(event) = event.unwrap().event() else { continue };
            eprintln!("{} {} {}", event.kind, event.level, event.message);
            if event.data_source_id.is_none() && event.status.is_some_and(SyncStatus::is_final) {
                return event.status;
            }
        }
        None
    });
    assert_eq!(end.await.unwrap(), Some(SyncStatus::Succeeded));
    let statement = "SELECT customer, count(*) AS orders, sum(amount) AS amount FROM shop.orders GROUP BY 1 ORDER BY 1";
    let answer = queries::sql(services, &viewer, statement, 10, 0).await.unwrap();
    let rows: Vec<Value> = answer.rows.into_iter().map(Value::Array).collect();
    assert_eq!(json!(rows), json!([["Ada", 2, "12.51"], ["Grace", 1, null]]));
    app.shut_down().await;
}
