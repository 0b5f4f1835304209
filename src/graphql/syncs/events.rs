//! A sync event as the API shows it.

use std::sync::Arc;

use async_graphql::{ID, Object};
use serde_json::Value;

use super::progress::SourceProgress;
use crate::events;
use crate::graphql::in_place::InPlace;
use crate::graphql::paging::Listed;
use crate::graphql::scalars::DateTime;
use crate::vocabulary::{SyncEventKind, SyncStatus};

/// A sync event as the API shows it.
pub type SyncEvent = InPlace<SyncEventFields>;

/// An event from the log or from the bus.
#[derive(Clone)]
pub struct SyncEventFields(Arc<events::SyncEvent>);

impl SyncEvent {
    /// The event as the API shows it.
    pub(super) fn of(event: Arc<events::SyncEvent>) -> Self {
        Self(SyncEventFields(event))
    }
}

impl From<events::SyncEvent> for SyncEvent {
    fn from(event: events::SyncEvent) -> Self {
        Self::of(Arc::new(event))
    }
}

/// One fact of a sync, or a gauge that tells how far it is.
#[Object(name = "SyncEvent")]
impl SyncEventFields {
    /// `evt_…`; null on a gauge, which is not stored.
    async fn id(&self) -> Option<ID> {
        self.0.id.as_ref().map(|id| id.as_str().into())
    }

    /// Give it back as `after` to go on from here; a gauge carries the last fact's.
    async fn cursor(&self) -> String {
        self.0.cursor.to_string()
    }

    /// What it tells.
    async fn kind(&self) -> SyncEventKind {
        self.0.kind
    }

    /// How much it matters: `INFO`, `WARNING` or `ERROR`.
    async fn level(&self) -> &str {
        self.0.level.as_str()
    }

    /// One sentence for people.
    async fn message(&self) -> &str {
        &self.0.message
    }

    /// When it happened.
    async fn at(&self) -> DateTime {
        self.0.at.into()
    }

    /// The connector that is synced.
    async fn connector_id(&self) -> ID {
        self.0.connector_id.as_str().into()
    }

    /// The sync.
    async fn sync_log_id(&self) -> ID {
        self.0.sync_log_id.as_str().into()
    }

    /// The data source it is about; null for the sync as a whole.
    async fn data_source_id(&self) -> Option<ID> {
        self.0.data_source_id.as_ref().map(|id| id.as_str().into())
    }

    /// The new status, on `STATE`.
    async fn status(&self) -> Option<SyncStatus> {
        self.0.status
    }

    /// How far the data source is.
    async fn progress(&self) -> Option<SourceProgress> {
        self.0.progress.clone().map(SourceProgress::of)
    }

    /// The fact, for machines.
    async fn details(&self) -> Option<&Value> {
        self.0.details.as_ref()
    }
}

impl Listed for SyncEventFields {
    fn cursor(&self) -> String {
        self.0.cursor.to_string()
    }
}
