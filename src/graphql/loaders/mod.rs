//! Loaders: the rows of an edge, asked for one by one, are read by one statement for all of them.
//!
//! The requests of a workspace share them, so that what many ask for at the same time is read once. They keep nothing:
//! whoever asks is given rows of a statement that begins afterwards. Since one statement serves many, what can be wrong with
//! a key is found out before it is asked for.

mod keys;
mod pages;

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

pub(super) use self::keys::{
    AnswersCount, AnswersOf, CheckpointOf, ConnectorsOf, ConnectorsOfScenario, EventsCount, EventsOf, ExtractsCount,
    ExtractsOf, ExtractsOfEach, FilesOf, FilesOfStep, LatestRunOf, LatestSyncOf, ProgressOf, RunsCount, RunsOf,
    ScenarioOf, SchemaVersionsOf, SourcesCount, SourcesOf, SourcesOfScenario, StepsOf, SyncsCount, SyncsOf, TablesOf,
    WorkflowOfScenario,
};
use super::together::{Load, LoadError, Together};
use crate::entity::ids::{
    ConnectorId, DataExtractId, DataSourceId, FileId, SyncLogId, WorkflowId, WorkflowStepId, WorkspaceId,
};
use crate::entity::{
    connector, data_extract, data_source, file, schema_version, sync_log, workflow, workflow_run, workflow_step,
    workflow_table,
};
use crate::events::SourceProgress;
use crate::services::{ServiceError, Services, batch, scenarios};

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
