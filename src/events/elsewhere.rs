//! How far syncs are that other processes run: as of their heartbeats, since gauges are not stored.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};

use super::{EventLog, SourceProgress, SyncEvent};
use crate::entity::ids::{DataSourceId, SyncLogId};
use crate::entity::{sync_log, sync_log_source};
use crate::vocabulary::SyncStatus;

/// What was told of the data sources that other processes read.
#[derive(Default)]
pub(super) struct Elsewhere(HashMap<(SyncLogId, DataSourceId), Shown>);

#[derive(PartialEq, Eq)]
struct Shown {
    written_at: DateTime<Utc>,
    /// Nothing is heard of who reads it.
    is_silent: bool,
}

impl EventLog {
    /// Tells a gauge of each data source that another process reads, where its row was written since the last look or its
    /// process has fallen silent.
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
        let is_own = |sync: &sync_log::Model| own.contains(&sync.id) || self.gauges.has(&sync.id);
        let rows = rows.into_iter().filter_map(|(row, sync)| Some((row, sync.filter(|sync| !is_own(sync))?)));
        let rows: Vec<(sync_log_source::Model, sync_log::Model)> = rows.collect();
        let syncs: Vec<&sync_log::Model> = rows.iter().map(|(_, sync)| sync).collect();
        let silent = self.silent(&syncs).await?;
        let before = std::mem::take(&mut told.0);
        for (row, sync) in rows {
            let key = (row.sync_log_id.clone(), row.data_source_id.clone());
            let written_at = row.updated_at;
            let shown = Shown { written_at, is_silent: silent.contains(&sync.id) };
            if before.get(&key) != Some(&shown) {
                let progress = SourceProgress::from(row);
                let progress = if shown.is_silent { progress.of_nobody() } else { progress };
                self.tell_live(SyncEvent {
                    cursor: self.told(),
                    ..SyncEvent::gauge(sync.workspace_id, sync.connector_id, sync.id, progress, written_at)
                });
            }
            told.0.insert(key, shown);
        }
        Ok(())
    }
}
