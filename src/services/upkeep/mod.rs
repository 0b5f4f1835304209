//! Upkeep: small lake files become large ones, and what nobody needs any more is let go.
//!
//! It runs in rounds beside the syncs and never stands in their way: tables that are being synced are left for the
//! next round, and a compaction that loses against a commit gives way. Every process that runs syncs does it; two at
//! once do no harm.

mod records;
mod settings;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

pub use settings::RetentionSettings;

use super::asks::conversations;
use super::{Context, ServiceError, connectors, drops, sync_store, syncs, workflows};
use crate::engine::rejected_path;
use crate::entity::ids::{ConnectorId, DataSourceId, WorkflowId};
use crate::entity::{data_source, sync_log_source, workflow, workflow_table};
use crate::lake::{Maintained, Retention, WriterOptions};
use crate::vocabulary::WorkflowStatus;

/// A table without new versions is looked at so often, since its old ones expire.
const QUIET_TABLE: Duration = Duration::from_hours(24);

/// What a round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// What it did to lake tables, all together.
    pub tables: Maintained,
    /// Events that were older than their retention.
    pub events: u64,
    /// Records of syncs that were older than theirs.
    pub sync_logs: u64,
    /// Conversations in which nothing was asked for as long as they are kept.
    pub conversations: u64,
    /// Records of workflow runs that were older than those of syncs may be.
    pub workflow_runs: u64,
    /// Files of workflows that a crash left.
    pub files: u64,
    /// Tables of removed data sources and workflows that were left.
    pub dropped_tables: u64,
}

/// Keeps house until it is stopped.
pub struct Upkeep {
    context: Arc<Context>,
    settings: RetentionSettings,
    file_bytes: usize,
    /// When a table was last looked at, by its path, and at which version.
    seen: HashMap<String, (i64, Instant)>,
}

impl Upkeep {
    /// Over what the services share; `file_bytes` is how large lake files become.
    pub fn new(context: Arc<Context>, settings: RetentionSettings, file_bytes: usize) -> Self {
        Self { context, settings, file_bytes, seen: HashMap::new() }
    }

    /// Rounds until `stop` fires. What fails is logged and tried again in the next one.
    pub async fn run(mut self, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(self.settings.pause()) => {}
            }
            // A round may be long: a shutdown does not wait for it, and whatever it was at can be cut off anywhere.
            let round = tokio::select! {
                () = stop.cancelled() => return,
                round = self.round() => round,
            };
            match round {
                Ok(round) if round != Round::default() => {
                    info!(
                        compacted = round.tables.compacted_files,
                        deleted = round.tables.deleted_files,
                        bytes = round.tables.deleted_bytes,
                        events = round.events,
                        syncs = round.sync_logs,
                        runs = round.workflow_runs,
                        files = round.files,
                        conversations = round.conversations,
                        dropped = round.dropped_tables,
                        "upkeep"
                    );
                }
                Ok(_) => {}
                Err(error) => warn!(error = %super::with_causes(&error), "upkeep failed; trying again"),
            }
        }
    }

    /// One round.
    ///
    /// # Errors
    /// Where our database fails. A table that fails is logged, and the others go on.
    pub async fn round(&mut self) -> Result<Round, ServiceError> {
        connectors::reach::give_up_dead(&self.context).await?;
        records::expire_authorisations(&self.context).await?;
        let mut round = Round {
            events: records::expire_events(&self.context, self.settings.events()).await?,
            sync_logs: records::expire_sync_logs(&self.context, self.settings.sync_logs()).await?,
            conversations: conversations::expire(&self.context, self.settings.conversations()).await?,
            workflow_runs: workflows::expire_runs(&self.context, self.settings.sync_logs()).await?,
            files: workflows::sweep_files(&self.context).await?,
            dropped_tables: drops::work_off(&self.context).await?,
            ..Round::default()
        };
        for table in self.due().await? {
            // The tables before may have taken long.
            if self.is_busy(&table).await? {
                continue;
            }
            match self.maintain(&table).await {
                Ok(done) => {
                    round.tables += done;
                    self.seen.insert(table.lake_path, (table.version, Instant::now()));
                }
                Err(error) => {
                    let error = super::with_causes(&error);
                    warn!(table = table.lake_path, error, "a lake table was not kept up");
                }
            }
        }
        Ok(round)
    }

    /// The tables that changed since they were last looked at, or a day ago.
    async fn due(&mut self) -> Result<Vec<Table>, ServiceError> {
        let mut tables = self.of_sources().await?;
        tables.extend(self.of_workflows().await?);
        let known: HashSet<&str> = tables.iter().map(|table| table.lake_path.as_str()).collect();
        self.seen.retain(|path, _| known.contains(path.as_str()));
        let is_due = |table: &Table| match self.seen.get(&table.lake_path) {
            Some((version, at)) => *version != table.version || at.elapsed() > QUIET_TABLE,
            None => true,
        };
        Ok(tables.into_iter().filter(is_due).collect())
    }

    async fn of_sources(&self) -> Result<Vec<Table>, DbErr> {
        use data_source::Column;
        let rows: Vec<(DataSourceId, ConnectorId, String, i64)> = data_source::Entity::find()
            .filter(Column::TableVersion.is_not_null())
            .select_only()
            .columns([Column::Id, Column::ConnectorId, Column::LakePath, Column::TableVersion])
            .into_tuple()
            .all(&self.context.db)
            .await?;
        let table =
            |(id, connector, lake_path, version)| Table { owner: Owner::Source(id, connector), lake_path, version };
        Ok(rows.into_iter().map(table).collect())
    }

    async fn of_workflows(&self) -> Result<Vec<Table>, DbErr> {
        use workflow_table::Column;
        let rows: Vec<(WorkflowId, String, i64)> = workflow_table::Entity::find()
            .filter(Column::TableVersion.is_not_null())
            .select_only()
            .columns([Column::WorkflowId, Column::LakePath, Column::TableVersion])
            .into_tuple()
            .all(&self.context.db)
            .await?;
        let table = |(id, lake_path, version)| Table { owner: Owner::Workflow(id), lake_path, version };
        Ok(rows.into_iter().map(table).collect())
    }

    /// Whether somebody writes the table, or will: a sync that reads its data source, or a run of its workflow. A sync that has
    /// just begun has no list of its data sources yet.
    async fn is_busy(&self, table: &Table) -> Result<bool, DbErr> {
        let db = &self.context.db;
        let (id, connector) = match &table.owner {
            Owner::Source(id, connector) => (id, connector),
            Owner::Workflow(id) => {
                let row = workflow::Entity::find_by_id(id.clone()).one(db).await?;
                return Ok(row.is_none_or(|row| row.status == WorkflowStatus::Running));
            }
        };
        let Some(live) = syncs::live(db, connector).await? else { return Ok(false) };
        // They come all at once, so that this one has to be looked for after any.
        let any = sync_log_source::Entity::find().filter(sync_log_source::Column::SyncLogId.eq(live.id.clone()));
        if any.one(db).await?.is_none() {
            return Ok(true);
        }
        let part = sync_log_source::Entity::find_by_id((live.id, id.clone())).one(db).await?;
        Ok(part.is_some_and(|part| !part.status.is_final()))
    }

    async fn maintain(&self, table: &Table) -> Result<Maintained, ServiceError> {
        let policy = Retention {
            keep_versions: self.settings.table_versions(),
            keep_orphans: Retention::default().keep_orphans,
            keep_staged: match &table.owner {
                Owner::Source(id, _) => sync_store::staged_paths(&self.context.db, id).await?,
                // A run that is taken over stages anew.
                Owner::Workflow(_) => HashSet::new(),
            },
            compact_from_files: self.settings.compact_from_files,
            writer: WriterOptions { target_file_bytes: self.file_bytes, ..WriterOptions::default() },
        };
        let mut done = self.context.lake.table(&table.lake_path).maintain(&policy).await?;
        if let Owner::Source(..) = table.owner {
            done += self.context.lake.table(&rejected_path(&table.lake_path)).maintain(&policy).await?;
        }
        Ok(done)
    }
}

/// A lake table to look at.
struct Table {
    owner: Owner,
    lake_path: String,
    version: i64,
}

/// Whose table it is.
enum Owner {
    Source(DataSourceId, ConnectorId),
    Workflow(WorkflowId),
}
