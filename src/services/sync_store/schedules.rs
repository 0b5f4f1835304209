//! The schedules that fill the queue.
//!
//! No firing goes by in silence: one that finds its connector at work is a fact of the sync that runs, and one that is
//! skipped because nobody was there for it leaves a cancelled sync.

use chrono::{DateTime, SecondsFormat, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, Set, SqlErr};
use serde_json::json;

use super::{DatabaseStore, unavailable};
use crate::engine::{MissedFirings, StoreError, is_missed, next_fire};
use crate::entity::database::begin_immediate;
use crate::entity::{connector, stored_time, sync_event, sync_log};
use crate::events::Fact;
use crate::services::syncs;
use crate::vocabulary::{EventLevel, ExtractType, SyncEventKind, SyncStatus, SyncTrigger};

impl DatabaseStore {
    pub(super) async fn queue_scheduled(&self, missed: MissedFirings) -> Result<usize, StoreError> {
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
            queued += usize::from(self.fire(&row, now, missed).await.map_err(unavailable)?);
        }
        Ok(queued)
    }

    /// Queues one scheduled sync, or tells why not. Whoever moves `next_sync_at` on fires; all others see that it moved.
    async fn fire(&self, row: &connector::Model, now: DateTime<Utc>, missed: MissedFirings) -> Result<bool, DbErr> {
        let Some(due) = row.next_sync_at else { return Ok(false) };
        let next = row
            .sync_schedule
            .as_deref()
            .and_then(|cron| next_fire(cron, &row.timezone, now, row.id.as_str()).ok().flatten());
        let transaction = begin_immediate(&self.context.db).await?;
        let moved = connector::Entity::update_many()
            .col_expr(connector::Column::NextSyncAt, Expr::value(next))
            .filter(connector::Column::Id.eq(row.id.clone()))
            .filter(connector::Column::NextSyncAt.eq(due))
            .exec(&transaction)
            .await?;
        if moved.rows_affected == 0 {
            return Ok(false);
        }
        let firing = Firing { due, is_missed: is_missed(due, now) };
        let sync_type = syncs::usual_type(&transaction, row).await?;
        let (log, fact) = match syncs::live(&transaction, &row.id).await? {
            Some(live) => (live, firing.finds_it_busy(row)),
            None if firing.is_missed && missed == MissedFirings::Skip => {
                (firing.skipped(row, sync_type, now).insert(&transaction).await?, firing.is_skipped(row))
            }
            None => match queued(row, sync_type).insert(&transaction).await {
                Ok(log) => (log, firing.queues(row)),
                // Somebody queued one in this very moment: the next look finds it.
                Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => {
                    return Ok(false);
                }
                Err(error) => return Err(error),
            },
        };
        let is_queued = fact.status == Some(SyncStatus::Queued);
        let fact = fact.into_row(log.workspace_id, log.connector_id, log.id);
        sync_event::append(&transaction, vec![fact]).await?;
        transaction.commit().await?;
        self.context.events.grew();
        Ok(is_queued)
    }
}

/// A schedule's time that has come.
struct Firing {
    due: DateTime<Utc>,
    is_missed: bool,
}

impl Firing {
    fn queues(&self, row: &connector::Model) -> Fact {
        let words = if self.is_missed { format!(", late: it was due at {}", self.due()) } else { String::new() };
        self.fact(SyncEventKind::State, format!("{} is queued by its schedule{words}", row.name))
            .status(SyncStatus::Queued)
    }

    fn finds_it_busy(&self, row: &connector::Model) -> Fact {
        let message = format!(
            "the schedule of {} was due at {} and is skipped, since this sync has not ended",
            row.name,
            self.due()
        );
        self.fact(SyncEventKind::Log, message).level(EventLevel::Warning)
    }

    fn is_skipped(&self, row: &connector::Model) -> Fact {
        self.fact(SyncEventKind::State, self.missed_words(row)).level(EventLevel::Warning).status(SyncStatus::Cancelled)
    }

    /// The record of a sync that there will not be.
    fn skipped(&self, row: &connector::Model, sync_type: ExtractType, now: DateTime<Utc>) -> sync_log::ActiveModel {
        sync_log::ActiveModel {
            status: Set(SyncStatus::Cancelled),
            error_message: Set(Some(self.missed_words(row))),
            completed_at: Set(Some(now)),
            ..queued(row, sync_type)
        }
    }

    fn missed_words(&self, row: &connector::Model) -> String {
        format!(
            "the schedule of {} was due at {} while no process ran syncs, and is skipped (engine.missed_firings is skip)",
            row.name,
            self.due()
        )
    }

    fn fact(&self, kind: SyncEventKind, message: String) -> Fact {
        Fact::new(kind, None, message).details(json!({ "dueAt": self.due(), "missed": self.is_missed }))
    }

    fn due(&self) -> String {
        self.due.to_rfc3339_opts(SecondsFormat::Secs, true)
    }
}

fn queued(row: &connector::Model, sync_type: ExtractType) -> sync_log::ActiveModel {
    let request = json!({ "dataSourceIds": null, "extractType": null });
    syncs::queued(row, request, sync_type, SyncTrigger::Scheduled)
}
