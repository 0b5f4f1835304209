//! Loaders: the rows of an edge, asked for one by one, are read by one statement for all of them.
//!
//! The requests of a workspace share them, so that what many ask for at the same time is read once. They keep nothing:
//! whoever asks is given rows of a statement that begins afterwards. Since one statement serves many, what can be wrong with
//! a key is found out before it is asked for.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use super::sources::ExtractPages;
use super::together::{Load, LoadError, Together};
use crate::entity::ids::{
    ConnectorId, ConversationId, DataExtractId, DataSourceId, FileId, SyncLogId, WorkflowId, WorkflowStepId,
    WorkspaceId,
};
use crate::entity::{
    answer, connector, data_extract, data_source, file, schema_version, sync_log, workflow, workflow_run,
    workflow_step, workflow_table,
};
use crate::events::{SourceProgress, SyncEvent};
use crate::services::asks::Answer;
use crate::services::batch::EventWindow;
use crate::services::connectors::{self, ConnectorFilter};
use crate::services::page::{Page, Window};
use crate::services::{ServiceError, Services, batch, scenarios};
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

/// A page of the workspace's connectors. A search would have to be checked before.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct ConnectorsOf(pub(super) ConnectorFilter, pub(super) Window);

/// A page of a connector's data sources, in brief.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct SourcesOf(pub(super) ConnectorId, pub(super) Window);

/// A page of a connector's syncs.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct SyncsOf(pub(super) ConnectorId, pub(super) Option<Vec<SyncStatus>>, pub(super) Window);

/// A page of a data source's extracts.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct ExtractsOf(pub(super) DataSourceId, pub(super) Window);

/// A page of the extracts of each of these data sources.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct ExtractsOfEach(pub(super) Arc<[DataSourceId]>, pub(super) Window);

/// A page of a conversation's answers.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct AnswersOf(pub(super) ConversationId, pub(super) Window);

/// How many answers a conversation keeps.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct AnswersCount(pub(super) ConversationId);

/// The steps of a workflow.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct StepsOf(pub(super) WorkflowId);

/// The files of a workflow.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct FilesOf(pub(super) WorkflowId);

/// The files of a step of a workflow.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct FilesOfStep(pub(super) WorkflowStepId);

/// The tables that a workflow has made.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct TablesOf(pub(super) WorkflowId);

/// The newest run of a workflow.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct LatestRunOf(pub(super) WorkflowId);

/// A page of a workflow's runs.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct RunsOf(pub(super) WorkflowId, pub(super) Window);

/// How many runs a workflow has.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct RunsCount(pub(super) WorkflowId);

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

/// A scenario as it stands.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct ScenarioOf(pub(super) String);

/// The connectors that a scenario has made.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct ConnectorsOfScenario(pub(super) String);

/// The data sources that a scenario uses, with their connectors.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct SourcesOfScenario(pub(super) String);

/// The workflow that a scenario has made.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct WorkflowOfScenario(pub(super) String);

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
    ScenarioOf as |key: &ScenarioOf| key.0.clone() => Arc<scenarios::Scenario>, scenarios::by_ids;
    ConnectorsOfScenario as |key: &ConnectorsOfScenario| key.0.clone() => Vec<connector::Model>, scenarios::connectors_of;
    SourcesOfScenario as |key: &SourcesOfScenario| key.0.clone() => Vec<(data_source::Model, connector::Model)>, scenarios::sources_of;
    WorkflowOfScenario as |key: &WorkflowOfScenario| key.0.clone() => Arc<workflow::Model>, scenarios::workflows_of;
    WorkflowId as |key: &WorkflowId| key.clone() => Arc<workflow::Model>, batch::workflows;
    WorkflowStepId as |key: &WorkflowStepId| key.clone() => Arc<workflow_step::Model>, batch::workflow_steps;
    FileId as |key: &FileId| key.clone() => Arc<file::Model>, batch::files;
    StepsOf as |key: &StepsOf| key.0.clone() => Vec<workflow_step::Model>, batch::steps_of;
    FilesOf as |key: &FilesOf| key.0.clone() => Vec<file::Model>, batch::files_of;
    FilesOfStep as |key: &FilesOfStep| key.0.clone() => Vec<file::Model>, batch::files_of_steps;
    TablesOf as |key: &TablesOf| key.0.clone() => Vec<workflow_table::Model>, batch::tables_of;
    LatestRunOf as |key: &LatestRunOf| key.0.clone() => Arc<workflow_run::Model>, batch::latest_runs;
    RunsCount as |key: &RunsCount| key.0.clone() => u64, batch::runs_count;
    AnswersCount as |key: &AnswersCount| key.0.clone() => u64, batch::answers_count;
}

impl Load<ConnectorsOf> for Workspace {
    type Value = Page<Arc<connector::Model>>;

    async fn load(&self, keys: &[ConnectorsOf]) -> Result<HashMap<ConnectorsOf, Self::Value>, LoadError> {
        let mut pages = HashMap::new();
        for key in keys {
            let ConnectorsOf(filter, window) = key;
            let page = connectors::windowed(&self.services, &self.id, filter, window).await?;
            pages.insert(key.clone(), page.map(Arc::new));
        }
        Ok(pages)
    }
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

impl Load<ExtractsOfEach> for Workspace {
    type Value = Arc<ExtractPages>;

    async fn load(&self, keys: &[ExtractsOfEach]) -> Result<HashMap<ExtractsOfEach, Self::Value>, LoadError> {
        let mut all = HashMap::new();
        for (window, lists) in grouped(keys, |ExtractsOfEach(ids, window)| (window.clone(), Arc::clone(ids))) {
            let ids: HashSet<&DataSourceId> = lists.iter().flat_map(|ids| ids.iter()).collect();
            let ids: Vec<_> = ids.into_iter().cloned().collect();
            let found = batch::extracts_of(&self.services, &self.id, &ids, &window).await?;
            let found: ExtractPages = found.into_iter().map(|(id, rows)| (id, rows.map(Arc::new))).collect();
            for ids in lists {
                let pages = ids.iter().filter_map(|id| Some((id.clone(), found.get(id)?.clone()))).collect();
                all.insert(ExtractsOfEach(ids, window.clone()), Arc::new(pages));
            }
        }
        Ok(all)
    }
}

impl Load<AnswersOf> for Workspace {
    type Value = Page<Arc<Answer>>;

    async fn load(&self, keys: &[AnswersOf]) -> Result<HashMap<AnswersOf, Self::Value>, LoadError> {
        let mut pages = HashMap::new();
        for (page, ids) in grouped(keys, |AnswersOf(id, page)| (page.clone(), id.clone())) {
            let found = batch::answers_of(&self.services, &self.id, &ids, &page).await?;
            let answers = |(id, rows): (ConversationId, Page<answer::Model>)| {
                (AnswersOf(id, page.clone()), rows.map(|row| Arc::new(Answer::from(row))))
            };
            pages.extend(found.into_iter().map(answers));
        }
        Ok(pages)
    }
}

impl Load<RunsOf> for Workspace {
    type Value = Page<Arc<workflow_run::Model>>;

    async fn load(&self, keys: &[RunsOf]) -> Result<HashMap<RunsOf, Self::Value>, LoadError> {
        let mut pages = HashMap::new();
        for (page, ids) in grouped(keys, |RunsOf(id, page)| (page.clone(), id.clone())) {
            let found = batch::runs_of(&self.services, &self.id, &ids, &page).await?;
            pages.extend(found.into_iter().map(|(id, rows)| (RunsOf(id, page.clone()), rows.map(Arc::new))));
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
