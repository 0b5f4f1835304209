//! Owners that are late to prolong their leases, though they live.

use std::time::{Duration, Instant};

use chrono::Utc;
use dataweaver::entity::stored_time;
use sea_orm::EntityTrait;
use sea_orm::sea_query::Expr;

use crate::harness::TestApp;

/// Longer than between two looks at the queue, whoever else is at work.
const LATE: Duration = Duration::from_secs(3);

/// Has all leases of a table lie in the past for a while, however often they are prolonged: `expires_at` is their end.
pub async fn be_late<E: EntityTrait>(app: &TestApp, expires_at: E::Column) {
    let began = Instant::now();
    while began.elapsed() < LATE {
        let past = stored_time(Utc::now() - Duration::from_secs(3600));
        E::update_many().col_expr(expires_at, Expr::value(past)).exec(app.services().db()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
