//! A data extract as the API shows it.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};

use crate::entity::data_extract;
use crate::graphql::context::ContextExt;
use crate::graphql::in_place::InPlace;
use crate::graphql::paging::Listed;
use crate::graphql::scalars::{BigInt, DateTime};
use crate::graphql::sources::DataSource;
use crate::graphql::syncs::SyncLog;
use crate::graphql::workflows::Workflow;
use crate::services::page::cursor;
use crate::vocabulary::{ExtractType, SyncStatus};

/// A data extract as the API shows it.
pub type DataExtract = InPlace<DataExtractRow>;

/// A data extract's row, which many answers may share.
#[derive(Clone)]
pub struct DataExtractRow(Arc<data_extract::Model>);

/// One extraction of a data source: what was read, where its rows lie, and how many there are.
#[Object(name = "DataExtract")]
impl DataExtractRow {
    /// `ext_…`
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.as_str().into()
    }

    /// What was extracted.
    async fn data_source(&self, ctx: &Context<'_>) -> Result<DataSource> {
        Ok(DataSource::of(ctx.loaders()?.require(self.0.data_source_id.clone()).await?))
    }

    /// The sync that extracted it, as long as its record is kept.
    async fn sync_log(&self, ctx: &Context<'_>) -> Result<Option<SyncLog>> {
        let Some(id) = self.0.sync_log_id.clone() else { return Ok(None) };
        Ok(ctx.loaders()?.load(id).await?.map(SyncLog::of))
    }

    /// The workflow that asked for it, as long as it exists.
    async fn workflow(&self, ctx: &Context<'_>) -> Result<Option<Workflow>> {
        let Some(id) = self.0.workflow_id.clone() else { return Ok(None) };
        Ok(ctx.loaders()?.load(id).await?.map(Workflow::of))
    }

    /// What was read: all, what is new, or the vendor's changes.
    async fn extract_type(&self) -> ExtractType {
        self.0.extract_type
    }

    /// Where it stands.
    async fn status(&self) -> SyncStatus {
        self.0.status
    }

    /// The format of the data, for example `delta`.
    async fn data_format(&self) -> &str {
        &self.0.data_format
    }

    /// Where the data lies.
    async fn data_file_path(&self) -> Option<&str> {
        self.0.data_file_path.as_deref()
    }

    /// The lake table's version after it.
    async fn table_version(&self) -> Option<BigInt> {
        self.0.table_version.map(BigInt)
    }

    /// Rows extracted.
    async fn row_count(&self) -> Option<BigInt> {
        self.0.row_count.map(BigInt)
    }

    /// Columns extracted.
    async fn column_count(&self) -> Option<i32> {
        self.0.column_count
    }

    /// Bytes extracted.
    async fn byte_size(&self) -> Option<BigInt> {
        self.0.byte_size.map(BigInt)
    }

    /// When reading began.
    async fn started_at(&self) -> Option<DateTime> {
        self.0.started_at.map(DateTime)
    }

    /// When it ended, well or not.
    async fn completed_at(&self) -> Option<DateTime> {
        self.0.completed_at.map(DateTime)
    }

    /// Why it failed.
    async fn error_message(&self) -> Option<&str> {
        self.0.error_message.as_deref()
    }
}

impl DataExtract {
    /// The data extract of a row.
    pub(in crate::graphql) fn of(row: impl Into<Arc<data_extract::Model>>) -> Self {
        Self(DataExtractRow(row.into()))
    }
}

impl Listed for DataExtractRow {
    fn cursor(&self) -> String {
        cursor(self.0.id.as_str())
    }
}
