//! A data source as the API shows it.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};
use serde_json::Value;

use super::ahead::ExtractsAhead;
use super::columns::{Column, SchemaVersion};
use crate::entity::{connector, data_source};
use crate::graphql::connectors::Connector;
use crate::graphql::context::ContextExt;
use crate::graphql::extracts::DataExtract;
use crate::graphql::in_place::InPlace;
use crate::graphql::loaders::{CheckpointOf, ExtractsCount, ExtractsOf, SchemaVersionsOf};
use crate::graphql::paging::{Connection, Listed, empty_page, list_cost, page_request};
use crate::graphql::queries::QueryResult;
use crate::graphql::scalars::{BigInt, DateTime};
use crate::services::page::cursor;
use crate::services::sources;
use crate::vocabulary::{ExtractType, SchemaPolicy, WriteMode};

/// Rows of a preview, unless asked otherwise.
const DEFAULT_PREVIEW: i32 = 50;

/// A data source as the API shows it.
pub type DataSource = InPlace<DataSourceRow>;

/// A data source's row, which many answers may share.
#[derive(Clone)]
pub struct DataSourceRow {
    /// What lists show.
    brief: Arc<data_source::Brief>,
    /// All of it, where it was read.
    whole: Option<Arc<data_source::Model>>,
    /// What reads it, where that was read with it: it may be deleted before it is asked for.
    connector: Option<Arc<connector::Model>>,
    /// The extracts of all rows of its list, where they were read with it.
    extracts: Option<Arc<ExtractsAhead>>,
}

/// One readable thing in a connector: a table, file, spreadsheet, document, channel, mailbox or stream.
#[Object(name = "DataSource")]
impl DataSourceRow {
    /// `src_…`
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.brief.id.as_str().into()
    }

    /// The connector that reads it.
    async fn connector(&self, ctx: &Context<'_>) -> Result<Connector> {
        Ok(Connector::of(self.connector_row(ctx).await?))
    }

    /// What people call it.
    async fn name(&self) -> &str {
        &self.brief.name
    }

    /// What it holds.
    async fn description(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(self.whole(ctx).await?.description.clone())
    }

    /// The connector's own word for its kind: table, channel, spreadsheet, …
    async fn source_type(&self) -> &str {
        &self.brief.source_type
    }

    /// Where it lies in the source; unique in the connector.
    async fn source_path(&self) -> &str {
        &self.brief.source_path
    }

    /// Its columns.
    async fn schema(&self, ctx: &Context<'_>) -> Result<Vec<InPlace<Column>>> {
        Ok(Column::list(&self.whole(ctx).await?.columns))
    }

    /// How its columns changed, the oldest version first.
    #[graphql(complexity = "1 + 5 * child_complexity")]
    async fn schema_history(&self, ctx: &Context<'_>) -> Result<Vec<SchemaVersion>> {
        let versions = ctx.loaders()?.load(SchemaVersionsOf(self.brief.id.clone())).await?.unwrap_or_default();
        Ok(versions.into_iter().map(SchemaVersion).collect())
    }

    /// Name to use in SQL without quotes, for example `crm.customers`.
    async fn table_name(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(format!("{}.{}", self.connector_row(ctx).await?.slug, self.brief.slug))
    }

    /// The names of the columns that tell rows apart; empty where none do. A merge keeps one row of each key, the newest;
    /// NULL in a key is a value like any other. A WARNING event tells where rows were left out for that.
    async fn primary_key(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        let whole = self.whole(ctx).await?;
        Ok(sources::primary_key(&whole))
    }

    /// The column whose value says what is new.
    async fn cursor_field(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(self.whole(ctx).await?.cursor_field.clone())
    }

    /// What a sync reads of it; `FULL` after discovery.
    async fn extract_type(&self) -> ExtractType {
        self.brief.extract_type
    }

    /// What the rows do to the lake table; `OVERWRITE` after discovery.
    async fn write_mode(&self) -> WriteMode {
        self.brief.write_mode
    }

    /// What happens when its columns change; `EVOLVE` after discovery.
    async fn schema_policy(&self, ctx: &Context<'_>) -> Result<SchemaPolicy> {
        Ok(self.whole(ctx).await?.schema_policy)
    }

    /// How far before the last cursor the next incremental sync starts again, in seconds: rows of transactions that
    /// commit late may stand there. Unless it was set, 300 where the cursor that discovery proposed or somebody chose is a
    /// time, else 0. From a number nothing can be taken: with such a cursor, a row that is committed after one with a higher
    /// number is missed.
    async fn lookback_seconds(&self, ctx: &Context<'_>) -> Result<i32> {
        Ok(self.whole(ctx).await?.lookback_seconds)
    }

    /// Whether a merge deletes rows that are gone at the source. A `FULL` sync deletes those it did not see. An
    /// `INCREMENTAL` one of a `DATABASE` has the source list its keys when it has read the news, and deletes the rows whose
    /// keys are not among them; of other types of connectors, only a `FULL` one finds deletes.
    async fn detect_deletes(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(self.whole(ctx).await?.detect_deletes)
    }

    /// Rejected rows above which the source fails.
    async fn reject_limit(&self, ctx: &Context<'_>) -> Result<BigInt> {
        Ok(self.whole(ctx).await?.reject_limit.into())
    }

    /// Where the next incremental sync starts, in the connector's own terms; null before the first.
    async fn checkpoint(&self, ctx: &Context<'_>) -> Result<Option<Value>> {
        Ok(ctx.loaders()?.load(CheckpointOf(self.brief.id.clone())).await?)
    }

    /// Rows in the lake table; null before the first sync.
    async fn row_count(&self) -> Option<BigInt> {
        self.brief.row_count.map(BigInt)
    }

    /// Size of the lake table in bytes; null before the first sync.
    async fn byte_size(&self) -> Option<BigInt> {
        self.brief.byte_size.map(BigInt)
    }

    /// Whether it is used at all; true after discovery.
    async fn is_active(&self) -> bool {
        self.brief.is_active
    }

    /// Whether a sync of the connector includes it; true after discovery.
    async fn sync_enabled(&self) -> bool {
        self.brief.sync_enabled
    }

    /// Since when it has not been there at the source; null while it is. Its lake table stays. Syncs of the connector leave
    /// it out until it is found again.
    async fn missing_since(&self) -> Option<DateTime> {
        self.brief.missing_since.map(DateTime)
    }

    /// When its lake table last changed.
    async fn last_updated(&self) -> Option<DateTime> {
        self.brief.last_updated.map(DateTime)
    }

    /// Its extractions, the newest first.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    async fn extracts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many; 50 unless given, at most 500.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many.")] last: Option<i32>,
        #[graphql(desc = "Ahead of this cursor.")] before: Option<String>,
    ) -> Result<Connection<DataExtract>> {
        let (loaders, id) = (ctx.loaders()?.clone(), self.brief.id.clone());
        let window = page_request(first, after, last, before).window()?;
        let page = match self.extracts.as_ref().and_then(|ahead| ahead.page(&id, &window)) {
            Some(page) => page,
            None => loaders.load(ExtractsOf(id.clone(), window)).await?.unwrap_or_else(empty_page),
        };
        Ok(Connection::new(page, DataExtract::of, move || {
            let (loaders, key) = (loaders.clone(), ExtractsCount(id.clone()));
            Box::pin(async move { loaders.load(key).await.map(Option::unwrap_or_default) })
        }))
    }

    /// The first rows of its lake table.
    #[graphql(complexity = "50 + child_complexity")]
    async fn preview(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows at most.", default_with = "Some(DEFAULT_PREVIEW)")] limit: Option<i32>,
    ) -> Result<QueryResult> {
        let limit = limit.unwrap_or(DEFAULT_PREVIEW);
        // Boxed: the future of an object's fields is as large as its largest one.
        let preview = Box::pin(sources::preview(ctx.services(), ctx.viewer()?, &self.brief.id, limit));
        Ok(preview.await?.into())
    }
}

impl DataSource {
    /// The data source of a row.
    pub(in crate::graphql) fn of(row: impl Into<Arc<data_source::Model>>) -> Self {
        Self(DataSourceRow::of(row.into(), None))
    }

    /// The data source of a row and of its connector's.
    pub(in crate::graphql) fn with(row: data_source::Model, connector: connector::Model) -> Self {
        Self(DataSourceRow::of(row.into(), Some(connector.into())))
    }

    /// The data source of a connector's list.
    pub(in crate::graphql) fn in_brief(
        row: Arc<data_source::Brief>,
        connector: Arc<connector::Model>,
        extracts: Option<Arc<ExtractsAhead>>,
    ) -> Self {
        Self(DataSourceRow { brief: row, whole: None, connector: Some(connector), extracts })
    }
}

impl DataSourceRow {
    fn of(whole: Arc<data_source::Model>, connector: Option<Arc<connector::Model>>) -> Self {
        let brief = Arc::new(data_source::Brief::from(&*whole));
        Self { brief, whole: Some(whole), connector, extracts: None }
    }

    /// What reads it.
    async fn connector_row(&self, ctx: &Context<'_>) -> Result<Arc<connector::Model>> {
        match &self.connector {
            Some(connector) => Ok(Arc::clone(connector)),
            None => Ok(ctx.loaders()?.require(self.brief.connector_id.clone()).await?),
        }
    }

    /// All of the row: where only the brief was read, it is read for all who ask at once.
    async fn whole(&self, ctx: &Context<'_>) -> Result<Arc<data_source::Model>> {
        match &self.whole {
            Some(whole) => Ok(Arc::clone(whole)),
            None => Ok(ctx.loaders()?.require(self.brief.id.clone()).await?),
        }
    }
}

impl Listed for DataSourceRow {
    fn cursor(&self) -> String {
        cursor(self.brief.id.as_str())
    }
}
