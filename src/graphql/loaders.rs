//! Loaders: the rows of an edge, asked for one by one, are read by one statement for all of them.
//!
//! The requests of a workspace share them, so that what many ask for at the same time is read once. They keep nothing:
//! whoever asks is given rows of a statement that begins afterwards. Since one statement serves many, what can be wrong with
//! a key is found out before it is asked for.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use super::together::{Load, LoadError, Together};
use crate::entity::ids::{ConnectorId, DataExtractId, DataSourceId, SyncLogId, WorkspaceId};
use crate::entity::{connector, data_extract, data_source, schema_version, sync_log};
use crate::events::{SourceProgress, SyncEvent};
use crate::services::batch::EventWindow;
use crate::services::page::{Page, Window};
use crate::services::{ServiceError, Services, batch};
use crate::vocabulary::{SyncEventKind, SyncStatus};

/// The loaders of all workspaces.
#[derive(Default)]
pub(super) struct AllLoaders(Mutex<HashMap<WorkspaceId, Loaders>>);

impl AllLoaders {
    /// Those of a workspace.
    pub(super) fn of(&self, services: &Services, workspace: &WorkspaceId) -> Loaders {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(loaders) = all.get(workspace) {
            return loaders.clone();
        }
        let loaders = Loaders::new(Workspace { services: services.clone(), id: workspace.clone() });
        all.entry(workspace.clone()).or_insert(loaders).clone()
    }
}

/// The loaders of one workspace. Cheap to clone.
#[derive(Clone)]
pub(super) struct Loaders(Together<Workspace>);

/// Reads rows of one workspace.
pub(super) struct Workspace {
    services: Services,
    id: WorkspaceId,
}

impl Loaders {
    fn new(workspace: Workspace) -> Self {
        Self(Together::new(workspace))
    }

    /// What belongs to `key`, if there is anything.
    pub(super) async fn load<K>(&self, key: K) -> Result<Option<<Workspace as Load<K>>::Value>, LoadError>
    where
        K: Send + Sync + Hash + Eq + Clone + 'static,
        Workspace: Load<K>,
    {
        self.0.load(key).await
    }

    /// What belongs to `key`, which a foreign key promises to be there.
    pub(super) async fn require<K>(&self, key: K) -> Result<<Workspace as Load<K>>::Value, LoadError>
    where
        K: Send + Sync + Hash + Eq + Clone + ToString + 'static,
        Workspace: Load<K>,
    {
        let id = key.to_string();
        self.0.load(key).await?.ok_or_else(|| Arc::new(ServiceError::not_found("row with the id", id)))
    }
}

/// The newest sync of a connector.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct LatestSyncOf(pub(super) ConnectorId);

/// How far each data source is in a sync.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct ProgressOf(pub(super) SyncLogId);

/// How the columns of a data source changed.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct SchemaVersionsOf(pub(super) DataSourceId);

/// The newest committed checkpoint of a data source.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct CheckpointOf(pub(super) DataSourceId);

/// A page of a connector's data sources, in brief.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct SourcesOf(pub(super) ConnectorId, pub(super) Window);

/// A page of a connector's syncs.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct SyncsOf(pub(super) ConnectorId, pub(super) Option<Vec<SyncStatus>>, pub(super) Window);

/// A page of a data source's extracts.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct ExtractsOf(pub(super) DataSourceId, pub(super) Window);

/// A page of a sync's facts of these kinds.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct EventsOf(pub(super) SyncLogId, pub(super) Option<Vec<SyncEventKind>>, pub(super) EventWindow);

/// How many stored facts of these kinds a sync has.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct EventsCount(pub(super) SyncLogId, pub(super) Option<Vec<SyncEventKind>>);

/// How many data sources a connector has.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct SourcesCount(pub(super) ConnectorId);

/// How many syncs of these statuses a connector has.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct SyncsCount(pub(super) ConnectorId, pub(super) Option<Vec<SyncStatus>>);

/// How many extracts a data source has.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct ExtractsCount(pub(super) DataSourceId);

/// Loads rows by what names them: one statement of [`batch`] for all keys.
macro_rules! load_by {
    ($( $key:ty as $id:expr => $value:ty, $batch:path; )+) => {$(
        impl Load<$key> for Workspace {
            type Value = $value;

            async fn load(&self, keys: &[$key]) -> Result<HashMap<$key, $value>, LoadError> {
                let id = $id;
                let ids: Vec<_> = keys.iter().map(id).collect();
                let mut found = $batch(&self.services, &self.id, &ids).await?;
                Ok(keys.iter().filter_map(|key| Some((key.clone(), found.remove(&id(key))?.into()))).collect())
            }
        }
    )+};
}

load_by! {
    ConnectorId as |key: &ConnectorId| key.clone() => Arc<connector::Model>, batch::connectors;
    DataSourceId as |key: &DataSourceId| key.clone() => Arc<data_source::Model>, batch::data_sources;
    DataExtractId as |key: &DataExtractId| key.clone() => Arc<data_extract::Model>, batch::data_extracts;
    SyncLogId as |key: &SyncLogId| key.clone() => Arc<sync_log::Model>, batch::sync_logs;
    LatestSyncOf as |key: &LatestSyncOf| key.0.clone() => Arc<sync_log::Model>, batch::latest_syncs;
    ProgressOf as |key: &ProgressOf| key.0.clone() => Vec<SourceProgress>, batch::progress;
    SchemaVersionsOf as |key: &SchemaVersionsOf| key.0.clone() => Vec<schema_version::Model>, batch::schema_versions;
    CheckpointOf as |key: &CheckpointOf| key.0.clone() => serde_json::Value, batch::checkpoints;
    SourcesCount as |key: &SourcesCount| key.0.clone() => u64, batch::sources_count;
    ExtractsCount as |key: &ExtractsCount| key.0.clone() => u64, batch::extracts_count;
}

impl Load<SourcesOf> for Workspace {
    type Value = Page<Arc<data_source::Brief>>;

    async fn load(&self, keys: &[SourcesOf]) -> Result<HashMap<SourcesOf, Self::Value>, LoadError> {
        let mut pages = HashMap::new();
        for (page, ids) in grouped(keys, |SourcesOf(id, page)| (page.clone(), id.clone())) {
            let found = batch::sources_of(&self.services, &self.id, &ids, &page).await?;
            pages.extend(found.into_iter().map(|(id, rows)| (SourcesOf(id, page.clone()), rows.map(Arc::new))));
        }
        Ok(pages)
    }
}

impl Load<SyncsOf> for Workspace {
    type Value = Page<Arc<sync_log::Model>>;

    async fn load(&self, keys: &[SyncsOf]) -> Result<HashMap<SyncsOf, Self::Value>, LoadError> {
        let mut pages = HashMap::new();
        let groups = grouped(keys, |SyncsOf(id, status, page)| ((status.clone(), page.clone()), id.clone()));
        for ((status, page), ids) in groups {
            let found = batch::syncs_of(&self.services, &self.id, &ids, status.as_deref(), &page).await?;
            pages.extend(
                found.into_iter().map(|(id, rows)| (SyncsOf(id, status.clone(), page.clone()), rows.map(Arc::new))),
            );
        }
        Ok(pages)
    }
}

impl Load<SyncsCount> for Workspace {
    type Value = u64;

    async fn load(&self, keys: &[SyncsCount]) -> Result<HashMap<SyncsCount, u64>, LoadError> {
        let mut counts = HashMap::new();
        for (status, ids) in grouped(keys, |SyncsCount(id, status)| (status.clone(), id.clone())) {
            let found = batch::syncs_count(&self.services, &self.id, &ids, status.as_deref()).await?;
            counts.extend(found.into_iter().map(|(id, count)| (SyncsCount(id, status.clone()), count)));
        }
        Ok(counts)
    }
}

impl Load<ExtractsOf> for Workspace {
    type Value = Page<Arc<data_extract::Model>>;

    async fn load(&self, keys: &[ExtractsOf]) -> Result<HashMap<ExtractsOf, Self::Value>, LoadError> {
        let mut pages = HashMap::new();
        for (page, ids) in grouped(keys, |ExtractsOf(id, page)| (page.clone(), id.clone())) {
            let found = batch::extracts_of(&self.services, &self.id, &ids, &page).await?;
            pages.extend(found.into_iter().map(|(id, rows)| (ExtractsOf(id, page.clone()), rows.map(Arc::new))));
        }
        Ok(pages)
    }
}

impl Load<EventsOf> for Workspace {
    type Value = Page<SyncEvent>;

    async fn load(&self, keys: &[EventsOf]) -> Result<HashMap<EventsOf, Self::Value>, LoadError> {
        let mut pages = HashMap::new();
        let groups = grouped(keys, |EventsOf(id, kinds, page)| ((kinds.clone(), page.clone()), id.clone()));
        for ((kinds, page), ids) in groups {
            let found = batch::events_of(&self.services, &self.id, &ids, kinds.as_deref(), &page).await?;
            pages.extend(found.into_iter().map(|(id, rows)| (EventsOf(id, kinds.clone(), page.clone()), rows)));
        }
        Ok(pages)
    }
}

impl Load<EventsCount> for Workspace {
    type Value = u64;

    async fn load(&self, keys: &[EventsCount]) -> Result<HashMap<EventsCount, u64>, LoadError> {
        let mut counts = HashMap::new();
        for (kinds, ids) in grouped(keys, |EventsCount(id, kinds)| (kinds.clone(), id.clone())) {
            let found = batch::events_count(&self.services, &self.id, &ids, kinds.as_deref()).await?;
            counts.extend(found.into_iter().map(|(id, count)| (EventsCount(id, kinds.clone()), count)));
        }
        Ok(counts)
    }
}

/// The ids of keys that ask for the same part: a query asks it once for each place in which it stands.
fn grouped<K, P: Hash + Eq, I>(keys: &[K], split: impl Fn(&K) -> (P, I)) -> HashMap<P, Vec<I>> {
    let mut groups: HashMap<P, Vec<I>> = HashMap::new();
    for key in keys {
        let (part, id) = split(key);
        groups.entry(part).or_default().push(id);
    }
    groups
}
