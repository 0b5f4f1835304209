//! A connector as the API shows it.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};
use serde_json::Value;

use crate::entity::connector;
use crate::graphql::context::ContextExt;
use crate::graphql::in_place::InPlace;
use crate::graphql::loaders::{LatestSyncOf, ScenarioOf, SourcesCount, SourcesOf, SyncsCount, SyncsOf};
use crate::graphql::paging::{Connection, Listed, distinct, empty_page, list_cost, page_request};
use crate::graphql::scalars::DateTime;
use crate::graphql::scenarios::Scenario;
use crate::graphql::sources::{DataSource, ExtractsAhead};
use crate::graphql::syncs::SyncLog;
use crate::services::page::cursor;
use crate::vocabulary::{AuthType, ConnectorStatus, ConnectorType, SyncStatus};

/// A connector as the API shows it.
pub type Connector = InPlace<ConnectorRow>;

/// A connector's row, which many answers may share.
#[derive(Clone)]
pub struct ConnectorRow(Arc<connector::Model>);

/// A configured connection to a system.
#[Object(name = "Connector")]
impl ConnectorRow {
    /// `con_…`
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.as_str().into()
    }

    /// What people call it.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Made from the name at creation, unique in the workspace, kept on rename; the schema name in SQL.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// What it is for.
    async fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    /// The system it connects to.
    #[graphql(name = "type")]
    async fn connector_type(&self) -> ConnectorType {
        self.0.connector_type
    }

    /// What it is doing now.
    async fn status(&self) -> ConnectorStatus {
        self.0.status
    }

    /// Why it is in that status, in words.
    async fn status_message(&self) -> Option<&str> {
        self.0.status_message.as_deref()
    }

    /// How it proves who it is.
    async fn auth_type(&self) -> AuthType {
        self.0.auth_type
    }

    /// Where and what it reads. Never holds a secret.
    async fn connection_config(&self) -> &Value {
        &self.0.connection_config
    }

    /// Whether it talks to its simulator over a demo world instead of the vendor.
    async fn demo_mode(&self) -> bool {
        self.0.demo_mode
    }

    /// Whether the schedule fires; a manual sync always may.
    async fn sync_enabled(&self) -> bool {
        self.0.sync_enabled
    }

    /// Cron, five fields, in `timezone`.
    async fn sync_schedule(&self) -> Option<&str> {
        self.0.sync_schedule.as_deref()
    }

    /// IANA time zone of the schedule, for example `Europe/Berlin`.
    async fn timezone(&self) -> &str {
        &self.0.timezone
    }

    /// When its last sync ended.
    async fn last_sync_at(&self) -> Option<DateTime> {
        self.0.last_sync_at.map(DateTime)
    }

    /// When the schedule fires next.
    async fn next_sync_at(&self) -> Option<DateTime> {
        self.0.next_sync_at.map(DateTime)
    }

    /// What can be read through it, the oldest first.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    async fn data_sources(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many; 50 unless given, at most 500.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many.")] last: Option<i32>,
        #[graphql(desc = "Ahead of this cursor.")] before: Option<String>,
    ) -> Result<Connection<DataSource>> {
        let (loaders, id) = (ctx.loaders()?.clone(), self.0.id.clone());
        let window = page_request(first, after, last, before).window()?;
        let page = loaders.load(SourcesOf(id.clone(), window)).await?.unwrap_or_else(empty_page);
        let extracts = ExtractsAhead::of(ctx, &page.items).await?;
        let of_this = |row| DataSource::in_brief(row, Arc::clone(&self.0), extracts.clone());
        Ok(Connection::new(page, of_this, move || {
            let (loaders, key) = (loaders.clone(), SourcesCount(id.clone()));
            Box::pin(async move { loaders.load(key).await.map(Option::unwrap_or_default) })
        }))
    }

    /// Its syncs, the newest first.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    async fn sync_logs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many; 50 unless given, at most 500.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many.")] last: Option<i32>,
        #[graphql(desc = "Ahead of this cursor.")] before: Option<String>,
        #[graphql(desc = "Only those in one of these statuses.")] status: Option<Vec<SyncStatus>>,
    ) -> Result<Connection<SyncLog>> {
        let (loaders, id, status) = (ctx.loaders()?.clone(), self.0.id.clone(), distinct(status));
        let window = page_request(first, after, last, before).window()?;
        let page = loaders.load(SyncsOf(id.clone(), status.clone(), window)).await?.unwrap_or_else(empty_page);
        Ok(Connection::new(page, SyncLog::of, move || {
            let (loaders, key) = (loaders.clone(), SyncsCount(id.clone(), status.clone()));
            Box::pin(async move { loaders.load(key).await.map(Option::unwrap_or_default) })
        }))
    }

    /// Its newest sync; null before the first.
    async fn latest_sync(&self, ctx: &Context<'_>) -> Result<Option<SyncLog>> {
        Ok(ctx.loaders()?.load(LatestSyncOf(self.0.id.clone())).await?.map(SyncLog::of))
    }

    /// The scenario that has made it; null where somebody else did.
    async fn scenario(&self, ctx: &Context<'_>) -> Result<Option<Scenario>> {
        let Some(id) = self.0.scenario_id.clone() else { return Ok(None) };
        Ok(ctx.loaders()?.load(ScenarioOf(id)).await?.map(Scenario::of))
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When it was last changed.
    async fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }
}

impl Connector {
    /// The connector of a row.
    pub(in crate::graphql) fn of(row: impl Into<Arc<connector::Model>>) -> Self {
        Self(ConnectorRow(row.into()))
    }
}

impl Listed for ConnectorRow {
    fn cursor(&self) -> String {
        cursor(self.0.id.as_str())
    }
}
