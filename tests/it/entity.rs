//! The entities and the migrated tables say the same, on SQLite and on PostgreSQL.

mod append;
mod constraints;
mod drift;
mod rows;
mod writers;

use std::future::Future;

use dataweaver::entity::database;
use sea_orm::DatabaseConnection;

use crate::servers;

/// An empty SQLite file; it goes with the folder.
async fn sqlite() -> (DatabaseConnection, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("dataweaver.db").display());
    (database::connect(&url).await.unwrap(), folder)
}

/// Runs `check` on an empty, migrated SQLite file and on an empty, migrated PostgreSQL database.
async fn on_both<Checked: Future<Output = ()>>(check: impl Fn(DatabaseConnection) -> Checked) {
    let (db, _folder) = sqlite().await;
    database::migrate(&db).await.unwrap();
    check(db.clone()).await;
    db.close().await.unwrap();

    let Some(server) = servers::postgres() else { return };
    let db = database::connect(server.url()).await.unwrap();
    database::migrate(&db).await.unwrap();
    check(db.clone()).await;
    db.close().await.unwrap();
}
