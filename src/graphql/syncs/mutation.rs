//! What can be done with syncs.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};

use super::SyncLog;
use crate::entity::ids::{ConnectorId, DataSourceId, SyncLogId};
use crate::graphql::context::ContextExt;
use crate::services::syncs::{self, SyncRequest};
use crate::vocabulary::{ExtractType, SyncTrigger};

/// A connector to be synced. One that was never discovered is discovered first.
#[derive(InputObject)]
pub struct SyncConnectorInput {
    /// The connector.
    connector_id: ConnectorId,
    /// The data sources to sync; without, all active, sync-enabled ones.
    data_source_ids: Option<Vec<DataSourceId>>,
    /// What to read, in place of each data source's own setting.
    extract_type: Option<ExtractType>,
}

/// A sync to be stopped.
#[derive(InputObject)]
pub struct CancelSyncInput {
    /// The sync.
    sync_log_id: SyncLogId,
}

/// The sync that was asked for.
#[derive(SimpleObject)]
pub struct SyncConnectorPayload {
    /// Its record; follow it by the `syncLog` subscription.
    sync_log: SyncLog,
}

/// The sync that was asked to stop.
#[derive(SimpleObject)]
pub struct CancelSyncPayload {
    /// Its record. It is `CANCELLED` within two seconds; within ten where the process that runs it has died.
    sync_log: SyncLog,
}

/// The syncs' part of the mutation root.
#[derive(Default)]
pub struct SyncMutation;

#[Object]
impl SyncMutation {
    /// Syncs a connector. Returns at once; an equal sync that already waits or runs is joined, another is a conflict.
    async fn sync_connector(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to sync.")] input: SyncConnectorInput,
    ) -> Result<SyncConnectorPayload> {
        let SyncConnectorInput { connector_id, data_source_ids, extract_type } = input;
        let trigger = SyncTrigger::Manual;
        let request = SyncRequest { connector_id, data_source_ids, extract_type, trigger, config: None };
        let sync_log = syncs::start(ctx.services(), ctx.viewer()?, request).await?;
        Ok(SyncConnectorPayload { sync_log: SyncLog::of(sync_log) })
    }

    /// Stops a sync. What it committed stays readable.
    async fn cancel_sync(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The sync.")] input: CancelSyncInput,
    ) -> Result<CancelSyncPayload> {
        let sync_log = syncs::cancel(ctx.services(), ctx.viewer()?, &input.sync_log_id).await?;
        Ok(CancelSyncPayload { sync_log: SyncLog::of(sync_log) })
    }
}
