//! The schedules that fill the queue.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QuerySelect, SqlErr};
use serde_json::json;

use super::{DatabaseStore, unavailable};
use crate::engine::{StoreError, next_fire};
use crate::entity::database::begin_immediate;
use crate::entity::{connector, stored_time, sync_event, sync_log};
use crate::events::Fact;
use crate::services::syncs;
use crate::vocabulary::{SyncEventKind, SyncStatus, SyncTrigger};

impl DatabaseStore {
    pub(super) async fn queue_scheduled(&self) -> Result<usize, StoreError> {
        let now = stored_time(Utc::now());
        let due = connector::Entity::find()
            .filter(connector::Column::NextSyncAt.lte(now))
            .filter(connector::Column::SyncEnabled.eq(true))
            .limit(100)
            .all(&self.context.db)
            .await
            .map_err(unavailable)?;
        let mut queued = 0;
        for row in due {
            queued += usize::from(self.fire(row, now).await.map_err(unavailable)?);
        }
        if queued > 0 {
            self.context.events.grew();
        }
        Ok(queued)
    }

    /// Queues one scheduled sync. Whoever moves `next_sync_at` on fires; all others see that it moved.
    async fn fire(&self, row: connector::Model, now: DateTime<Utc>) -> Result<bool, sea_orm::DbErr> {
        let next = row
            .sync_schedule
            .as_deref()
            .and_then(|cron| next_fire(cron, &row.timezone, now, row.id.as_str()).ok().flatten());
        let transaction = begin_immediate(&self.context.db).await?;
        let moved = connector::Entity::update_many()
            .col_expr(connector::Column::NextSyncAt, Expr::value(next))
            .filter(connector::Column::Id.eq(row.id.clone()))
            .filter(connector::Column::NextSyncAt.eq(row.next_sync_at))
            .exec(&transaction)
            .await?;
        if moved.rows_affected == 0 {
            return Ok(false);
        }
        let live = sync_log::Entity::find()
            .filter(sync_log::Column::ConnectorId.eq(row.id.clone()))
            .filter(sync_log::Column::Status.is_in([SyncStatus::Queued, SyncStatus::Running]))
            .one(&transaction)
            .await?;
        if live.is_some() {
            // The last one still runs: this firing is skipped, and the next one comes.
            transaction.commit().await?;
            return Ok(false);
        }
        let request = json!({ "dataSourceIds": null, "extractType": null });
        let log = match syncs::queued(&row, request, None, SyncTrigger::Scheduled).insert(&transaction).await {
            Ok(log) => log,
            Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => return Ok(false),
            Err(error) => return Err(error),
        };
        let fact = Fact::new(SyncEventKind::State, None, format!("{} is queued by its schedule", row.name));
        let fact = fact.status(SyncStatus::Queued).into_row(log.workspace_id, log.connector_id, log.id);
        sync_event::append(&transaction, vec![fact]).await?;
        transaction.commit().await?;
        Ok(true)
    }
}
