//! What can be done with data extracts.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use serde_json::Value;

use super::DataExtract;
use crate::entity::ids::DataSourceId;
use crate::graphql::context::ContextExt;
use crate::graphql::syncs::SyncLog;
use crate::services::extracts;
use crate::vocabulary::ExtractType;

/// A data source to be extracted.
#[derive(InputObject)]
pub struct TriggerExtractInput {
    /// The data source.
    data_source_id: DataSourceId,
    /// What to read.
    extract_type: ExtractType,
    /// What is asked for besides the data source's own settings.
    config: Option<Value>,
}

/// The extraction that was asked for.
#[derive(SimpleObject)]
pub struct TriggerExtractPayload {
    /// The extraction.
    extract: DataExtract,
    /// The sync that does it; follow it to see the extraction's progress.
    sync_log: SyncLog,
}

/// The data extracts' part of the mutation root.
#[derive(Default)]
pub struct ExtractMutation;

#[Object]
impl ExtractMutation {
    /// Extracts one data source. Returns at once; follow the sync.
    async fn trigger_extract(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to extract.")] input: TriggerExtractInput,
    ) -> Result<TriggerExtractPayload> {
        let TriggerExtractInput { data_source_id, extract_type, config } = input;
        let (extract, sync_log) =
            extracts::trigger(ctx.services(), ctx.viewer()?, &data_source_id, extract_type, config).await?;
        Ok(TriggerExtractPayload { extract: DataExtract::of(extract), sync_log: SyncLog::of(sync_log) })
    }
}
