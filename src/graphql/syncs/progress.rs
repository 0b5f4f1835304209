//! How far one data source is in one sync, as the API shows it.

use async_graphql::{Context, Object, Result};

use crate::events;
use crate::graphql::context::ContextExt;
use crate::graphql::in_place::InPlace;
use crate::graphql::scalars::BigInt;
use crate::graphql::sources::DataSource;
use crate::vocabulary::SyncStatus;

/// The progress of a data source as the API shows it.
pub type SourceProgress = InPlace<SourceProgressFields>;

/// The figures of one data source.
#[derive(Clone)]
pub struct SourceProgressFields(events::SourceProgress);

impl SourceProgress {
    /// The progress as the API shows it.
    pub(super) fn of(progress: events::SourceProgress) -> Self {
        Self(SourceProgressFields(progress))
    }
}

/// How far one data source is in one sync.
#[Object(name = "SourceProgress")]
impl SourceProgressFields {
    /// The data source.
    async fn data_source(&self, ctx: &Context<'_>) -> Result<DataSource> {
        Ok(DataSource::of(ctx.loaders()?.require(self.0.data_source_id.clone()).await?))
    }

    /// Where it stands.
    async fn status(&self) -> SyncStatus {
        self.0.status
    }

    /// What it is doing, in a word: `queued`, `connecting`, `reading`, `writing`, `rewriting`, `merging`, `committing`, `comparing keys` or `done`.
    async fn phase(&self) -> &str {
        &self.0.phase
    }

    /// Rows read.
    async fn rows(&self) -> BigInt {
        self.0.rows.into()
    }

    /// Bytes read, as they are in memory.
    async fn bytes(&self) -> BigInt {
        self.0.bytes.into()
    }

    /// Rows among them that could not be converted: they went to the table `<table>_rejected`.
    async fn rejected(&self) -> BigInt {
        self.0.rejected.into()
    }

    /// Rows a second over the last seconds; as of the last heartbeat, once a second, where another process runs the sync.
    async fn rows_per_second(&self) -> Option<f64> {
        self.0.rows_per_second
    }

    /// Rows to expect in all, as far as the source can tell.
    async fn estimated_rows(&self) -> Option<BigInt> {
        self.0.estimated_rows.map(BigInt::from)
    }

    /// Known within 2 s of the start wherever the source can estimate; 100 only at the end. It does not fall as long as one process reads; one that goes on where another has died begins with what that wrote down last, about a second before.
    async fn percent(&self) -> Option<f64> {
        self.0.percent
    }

    /// Seconds until the end, at the present rate; as of the last heartbeat, once a second, where another process runs the sync.
    async fn eta_seconds(&self) -> Option<f64> {
        self.0.eta_seconds
    }

    /// What it waits for, if it waits.
    async fn waiting_reason(&self) -> Option<&str> {
        self.0.waiting_reason.as_deref()
    }

    /// Why it failed.
    async fn error_message(&self) -> Option<&str> {
        self.0.error_message.as_deref()
    }
}
