//! How far syncs are that other processes run: as of their heartbeats, since gauges are not stored.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};

use super::{EventLog, SourceProgress, SyncEvent};
use crate::entity::ids::{DataSourceId, SyncLogId};
use crate::entity::{sync_log, sync_log_source};
use crate::vocabulary::SyncStatus;

/// What was told of the data sources that other processes read, and when their rows were written.
#[derive(Default)]
pub(super) struct Elsewhere(HashMap<(SyncLogId, DataSourceId), DateTime<Utc>>);

impl EventLog {
    /// Tells a gauge of each data source that another process reads and whose row was written since the last look.
    pub(super) async fn look_elsewhere(&self, told: &mut Elsewhere) -> Result<(), DbErr> {
        if self.bus.receiver_count() == 0 {
            return Ok(());
        }
        // Before and after: a sync of this process may end meanwhile.
        let own = self.gauges.syncs();
        let rows = sync_log_source::Entity::find()
            .find_also_related(sync_log::Entity)
            .filter(sync_log::Column::Status.eq(SyncStatus::Running))
            .filter(sync_log::Column::LeaseExpiresAt.is_not_null())
            .filter(sync_log_source::Column::Status.eq(SyncStatus::Running))
            .all(&self.db)
            .await?;
        let before = std::mem::take(&mut told.0);
        for (row, sync) in rows {
            let is_own = |sync: &sync_log::Model| own.contains(&sync.id) || self.gauges.has(&sync.id);
            let Some(sync) = sync.filter(|sync| !is_own(sync)) else { continue };
            let key = (row.sync_log_id.clone(), row.data_source_id.clone());
            let written_at = row.updated_at;
            if before.get(&key) != Some(&written_at) {
                let progress = SourceProgress::from(row);
                self.tell_live(SyncEvent {
                    cursor: self.told(),
                    ..SyncEvent::gauge(sync.workspace_id, sync.connector_id, sync.id, progress, written_at)
                });
            }
            told.0.insert(key, written_at);
        }
        Ok(())
    }
}
