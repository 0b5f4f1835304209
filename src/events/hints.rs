//! Hints of other processes that the log has grown: PostgreSQL's NOTIFY, which [`append`](crate::entity::sync_event::append)
//! sends with its transaction. A hint that is lost costs only time: the table is looked at all the same.

use std::convert::Infallible;
use std::time::Duration;

use sea_orm::{DatabaseConnection, DbBackend};
use sqlx::postgres::PgListener;
use tokio::sync::Notify;
use tokio::time::sleep;
use tracing::debug;

use crate::entity::sync_event::CHANNEL;

/// How long to wait before a listener connects again that could not.
const PAUSE: Duration = Duration::from_secs(2);

/// Passes hints on for ever. SQLite has none.
pub(super) async fn pass_on(db: &DatabaseConnection, grown: &Notify) -> Infallible {
    if db.get_database_backend() != DbBackend::Postgres {
        return std::future::pending().await;
    }
    loop {
        let Err(error) = listen(db, grown).await;
        debug!(error = %error, "no hints of other processes; trying again");
        sleep(PAUSE).await;
    }
}

async fn listen(db: &DatabaseConnection, grown: &Notify) -> Result<Infallible, sqlx::Error> {
    let mut listener = PgListener::connect_with(db.get_postgres_connection_pool()).await?;
    listener.listen(CHANNEL).await?;
    // What was said before is not known.
    grown.notify_one();
    loop {
        // None after a connection that was lost and made again: what was said meanwhile is not known.
        listener.try_recv().await?;
        grown.notify_one();
    }
}
