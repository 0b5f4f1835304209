//! A sync log as the API shows it.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};
use serde_json::Value;

use super::events::SyncEvent;
use super::progress::SourceProgress;
use crate::entity::sync_log;
use crate::events;
use crate::graphql::connectors::Connector;
use crate::graphql::context::ContextExt;
use crate::graphql::in_place::InPlace;
use crate::graphql::loaders::{EventsCount, EventsOf, ProgressOf};
use crate::graphql::paging::{Connection, Listed, distinct, empty_page, list_cost};
use crate::graphql::scalars::{BigInt, DateTime};
use crate::services::batch::EventWindow;
use crate::services::page::cursor;
use crate::vocabulary::{ExtractType, SyncEventKind, SyncStatus, SyncTrigger};

/// A sync log as the API shows it.
pub type SyncLog = InPlace<SyncLogRow>;

/// A sync log's row, which many answers may share.
#[derive(Clone)]
pub struct SyncLogRow {
    row: Arc<sync_log::Model>,
    /// How far its data sources are, where that was looked at together with the row.
    progress: Option<Vec<events::SourceProgress>>,
}

/// The record of one sync of a connector.
#[Object(name = "SyncLog")]
impl SyncLogRow {
    /// `log_…`
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.row.id.as_str().into()
    }

    /// What is synced.
    async fn connector(&self, ctx: &Context<'_>) -> Result<Connector> {
        Ok(Connector::of(ctx.loaders()?.require(self.row.connector_id.clone()).await?))
    }

    /// What it reads: what was asked for, or else `INCREMENTAL` where of all its data sources only what is new is read, and
    /// `FULL` otherwise.
    async fn sync_type(&self) -> ExtractType {
        self.row.sync_type
    }

    /// Who asked for it.
    async fn trigger(&self) -> SyncTrigger {
        self.row.trigger_kind
    }

    /// Where it stands.
    async fn status(&self) -> SyncStatus {
        self.row.status
    }

    /// Rows read so far. Under `OVERWRITE` all of them count as added and none as updated or deleted.
    async fn records_processed(&self, ctx: &Context<'_>) -> Result<BigInt> {
        if self.row.status.is_final() {
            return Ok(self.row.records_processed.into());
        }
        Ok(self.progress(ctx).await?.iter().map(|source| source.rows).sum::<u64>().into())
    }

    /// Rows added to lake tables; counted at the end.
    async fn records_added(&self) -> BigInt {
        self.row.records_added.into()
    }

    /// Rows changed in lake tables; counted at the end.
    async fn records_updated(&self) -> BigInt {
        self.row.records_updated.into()
    }

    /// Rows deleted from lake tables; counted at the end.
    async fn records_deleted(&self) -> BigInt {
        self.row.records_deleted.into()
    }

    /// Rows among those read that could not be converted: each went to the table `<table>_rejected` of its data source.
    async fn records_rejected(&self, ctx: &Context<'_>) -> Result<BigInt> {
        Ok(self.progress(ctx).await?.iter().map(|source| source.rejected).sum::<u64>().into())
    }

    /// Bytes read so far.
    async fn bytes_processed(&self, ctx: &Context<'_>) -> Result<BigInt> {
        if self.row.status.is_final() {
            return Ok(self.row.bytes_processed.into());
        }
        Ok(self.progress(ctx).await?.iter().map(|source| source.bytes).sum::<u64>().into())
    }

    /// How far each data source is, in the order in which they were planned.
    #[graphql(complexity = "1 + 5 * child_complexity")]
    async fn sources(&self, ctx: &Context<'_>) -> Result<Vec<SourceProgress>> {
        Ok(self.progress(ctx).await?.into_iter().map(SourceProgress::of).collect())
    }

    /// Why it failed, in words.
    async fn error_message(&self) -> Option<&str> {
        self.row.error_message.as_deref()
    }

    /// Why it failed, in facts.
    async fn error_details(&self) -> Option<&Value> {
        self.row.error_details.as_ref()
    }

    /// How many processes have begun to run it: 0 while it waits, one more with each that went on with it. Retries do not count.
    async fn attempt(&self) -> i32 {
        self.row.attempt
    }

    /// When it was asked for.
    async fn queued_at(&self) -> DateTime {
        self.row.queued_at.into()
    }

    /// When it began.
    async fn started_at(&self) -> Option<DateTime> {
        self.row.started_at.map(DateTime)
    }

    /// When it ended, well or not.
    async fn completed_at(&self) -> Option<DateTime> {
        self.row.completed_at.map(DateTime)
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
        let (loaders, id, kinds) = (ctx.loaders()?.clone(), self.row.id.clone(), distinct(kinds));
        let window = EventWindow::of(first, after.as_deref())?;
        let page = loaders.load(EventsOf(id.clone(), kinds.clone(), window)).await?.unwrap_or_else(empty_page);
        Ok(Connection::new(page, SyncEvent::from, move || {
            let (loaders, key) = (loaders.clone(), EventsCount(id.clone(), kinds.clone()));
            Box::pin(async move { loaders.load(key).await.map(Option::unwrap_or_default) })
        }))
    }
}

impl SyncLog {
    /// The sync of a row.
    pub(in crate::graphql) fn of(row: impl Into<Arc<sync_log::Model>>) -> Self {
        Self(SyncLogRow { row: row.into(), progress: None })
    }

    /// The same as it was when its data sources were so far.
    pub(super) fn with_progress(row: sync_log::Model, progress: Vec<events::SourceProgress>) -> Self {
        Self(SyncLogRow { row: row.into(), progress: Some(progress) })
    }
}

impl SyncLogRow {
    /// How far each data source is.
    async fn progress(&self, ctx: &Context<'_>) -> Result<Vec<events::SourceProgress>> {
        if let Some(progress) = &self.progress {
            return Ok(progress.clone());
        }
        Ok(ctx.loaders()?.load(ProgressOf(self.row.id.clone())).await?.unwrap_or_default())
    }
}

impl Listed for SyncLogRow {
    fn cursor(&self) -> String {
        cursor(self.row.id.as_str())
    }
}
