//! Syncs as they are asked for.

use async_graphql::{Context, Object, Result};

use super::SyncLog;
use super::days::SyncDay;
use crate::entity::ids::{ConnectorId, SyncLogId};
use crate::graphql::context::ContextExt;
use crate::graphql::paging::{Connection, distinct, list_cost, page_request};
use crate::services::syncs::{self, SyncFilter};
use crate::vocabulary::SyncStatus;

/// The syncs' part of the query root.
#[derive(Default)]
pub struct SyncQuery;

#[Object]
impl SyncQuery {
    /// The sync log with this id; null where there is none in the workspace.
    async fn sync_log(
        &self, ctx: &Context<'_>, #[graphql(desc = "`log_…`")] id: SyncLogId
    ) -> Result<Option<SyncLog>> {
        Ok(ctx.loaders()?.load(id).await?.map(SyncLog::of))
    }

    /// The syncs of the workspace, the newest first.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "each is an argument of the field")]
    async fn sync_logs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many; 50 unless given, at most 500.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many.")] last: Option<i32>,
        #[graphql(desc = "Ahead of this cursor.")] before: Option<String>,
        #[graphql(desc = "Only those of this connector.")] connector_id: Option<ConnectorId>,
        #[graphql(desc = "Only those in one of these statuses.")] status: Option<Vec<SyncStatus>>,
    ) -> Result<Connection<SyncLog>> {
        let (services, viewer) = (ctx.services().clone(), ctx.viewer()?.clone());
        let filter = SyncFilter { connector_id, status: distinct(status) };
        let request = page_request(first, after, last, before);
        let page = syncs::list(&services, &viewer, &filter, &request).await?;
        Ok(Connection::new(page, SyncLog::of, move || {
            let (services, viewer, filter) = (services.clone(), viewer.clone(), filter.clone());
            Box::pin(async move { syncs::count(&services, &viewer, &filter).await })
        }))
    }

    /// What the syncs did on each of the last days, today the last; a day without any is there with zeros. Syncs count on the
    /// day on which they end, as long as their logs are kept.
    #[graphql(complexity = "1 + usize::try_from(days).unwrap_or(0) * child_complexity")]
    async fn sync_days(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "So many days, 1 to 366.", default = 14)] days: i32,
        #[graphql(
            desc = "IANA time zone in which a day begins and ends, for example `Europe/Berlin`.",
            default = "UTC"
        )]
        timezone: String,
    ) -> Result<Vec<SyncDay>> {
        let days = syncs::days(ctx.services(), ctx.viewer()?, days, &timezone).await?;
        Ok(days.into_iter().map(SyncDay::from).collect())
    }
}
