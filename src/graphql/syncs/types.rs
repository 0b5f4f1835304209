//! A sync log as the API shows it.

use async_graphql::{Context, ID, Object, Result};
use serde_json::Value;

use super::events::SyncEvent;
use super::progress::SourceProgress;
use crate::entity::sync_log;
use crate::graphql::connectors::Connector;
use crate::graphql::context::ContextExt;
use crate::graphql::loaders::{EventsCount, EventsOf, ProgressOf};
use crate::graphql::paging::{Connection, Listed, empty_page, list_cost, page_request};
use crate::graphql::scalars::{BigInt, DateTime};
use crate::services::page::cursor;
use crate::vocabulary::{ExtractType, SyncEventKind, SyncStatus, SyncTrigger};

/// A sync log's row.
#[derive(Clone)]
pub struct SyncLog(pub sync_log::Model);

/// The record of one sync of a connector.
#[Object]
impl SyncLog {
    /// `log_…`
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.as_str().into()
    }

    /// What is synced.
    async fn connector(&self, ctx: &Context<'_>) -> Result<Connector> {
        Ok(Connector(ctx.loaders()?.require(self.0.connector_id.clone()).await?))
    }

    /// What it reads.
    async fn sync_type(&self) -> ExtractType {
        self.0.sync_type
    }

    /// Who asked for it.
    async fn trigger(&self) -> SyncTrigger {
        self.0.trigger_kind
    }

    /// Where it stands.
    async fn status(&self) -> SyncStatus {
        self.0.status
    }

    /// Rows read. Under `OVERWRITE` all of them count as added and none as updated or deleted.
    async fn records_processed(&self) -> BigInt {
        self.0.records_processed.into()
    }

    /// Rows added to lake tables.
    async fn records_added(&self) -> BigInt {
        self.0.records_added.into()
    }

    /// Rows changed in lake tables.
    async fn records_updated(&self) -> BigInt {
        self.0.records_updated.into()
    }

    /// Rows deleted from lake tables.
    async fn records_deleted(&self) -> BigInt {
        self.0.records_deleted.into()
    }

    /// Rows among those read that could not be converted: each went to the table `<table>_rejected` of its data source.
    async fn records_rejected(&self, ctx: &Context<'_>) -> Result<BigInt> {
        let progress = ctx.loaders()?.load(ProgressOf(self.0.id.clone())).await?.unwrap_or_default();
        Ok(progress.iter().map(|source| source.rejected).sum::<u64>().into())
    }

    /// Bytes read.
    async fn bytes_processed(&self) -> BigInt {
        self.0.bytes_processed.into()
    }

    /// How far each data source is, in the order in which they were planned.
    #[graphql(complexity = "1 + 5 * child_complexity")]
    async fn sources(&self, ctx: &Context<'_>) -> Result<Vec<SourceProgress>> {
        let progress = ctx.loaders()?.load(ProgressOf(self.0.id.clone())).await?.unwrap_or_default();
        Ok(progress.into_iter().map(SourceProgress).collect())
    }

    /// Why it failed, in words.
    async fn error_message(&self) -> Option<&str> {
        self.0.error_message.as_deref()
    }

    /// Why it failed, in facts.
    async fn error_details(&self) -> Option<&Value> {
        self.0.error_details.as_ref()
    }

    /// How often it was tried again.
    async fn attempt(&self) -> i32 {
        self.0.attempt
    }

    /// When it was asked for.
    async fn queued_at(&self) -> DateTime {
        self.0.queued_at.into()
    }

    /// When it began.
    async fn started_at(&self) -> Option<DateTime> {
        self.0.started_at.map(DateTime)
    }

    /// When it ended, well or not.
    async fn completed_at(&self) -> Option<DateTime> {
        self.0.completed_at.map(DateTime)
    }

    /// Its stored events, in the order in which they happened.
    #[graphql(complexity = "list_cost(first, None, child_complexity)")]
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many; 50 unless given, at most 500.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor of an event.")] after: Option<String>,
        #[graphql(desc = "Only those of these kinds.")] kinds: Option<Vec<SyncEventKind>>,
    ) -> Result<Connection<SyncEvent>> {
        let (loaders, id) = (ctx.loaders()?.clone(), self.0.id.clone());
        let request = page_request(first, after, None, None);
        let page = loaders.load(EventsOf(id.clone(), kinds.clone(), request)).await?.unwrap_or_else(empty_page);
        Ok(Connection::new(page, SyncEvent::from, move || {
            let (loaders, key) = (loaders.clone(), EventsCount(id.clone(), kinds.clone()));
            Box::pin(async move { loaders.load(key).await.map(Option::unwrap_or_default) })
        }))
    }
}

impl Listed for SyncLog {
    fn cursor(&self) -> String {
        cursor(self.0.id.as_str())
    }
}
