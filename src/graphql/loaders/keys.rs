//! What is asked for: each kind of key is a type of its own, and so is what belongs to it.

use std::sync::Arc;

use crate::entity::ids::{ConnectorId, ConversationId, DataSourceId, SyncLogId, WorkflowId, WorkflowStepId};
use crate::services::batch::EventWindow;
use crate::services::connectors::ConnectorFilter;
use crate::services::page::Window;
use crate::vocabulary::{SyncEventKind, SyncStatus};

/// The newest sync of a connector.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct LatestSyncOf(pub(in crate::graphql) ConnectorId);

/// How far each data source is in a sync.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct ProgressOf(pub(in crate::graphql) SyncLogId);

/// How the columns of a data source changed.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct SchemaVersionsOf(pub(in crate::graphql) DataSourceId);

/// The newest committed checkpoint of a data source.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct CheckpointOf(pub(in crate::graphql) DataSourceId);

/// A page of the workspace's connectors. A search would have to be checked before.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct ConnectorsOf(pub(in crate::graphql) ConnectorFilter, pub(in crate::graphql) Window);

/// A page of a connector's data sources, in brief.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct SourcesOf(pub(in crate::graphql) ConnectorId, pub(in crate::graphql) Window);

/// A page of a connector's syncs.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct SyncsOf(
    pub(in crate::graphql) ConnectorId,
    pub(in crate::graphql) Option<Vec<SyncStatus>>,
    pub(in crate::graphql) Window,
);

/// A page of a data source's extracts.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct ExtractsOf(pub(in crate::graphql) DataSourceId, pub(in crate::graphql) Window);

/// A page of the extracts of each of these data sources.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct ExtractsOfEach(pub(in crate::graphql) Arc<[DataSourceId]>, pub(in crate::graphql) Window);

/// A page of a conversation's answers.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct AnswersOf(pub(in crate::graphql) ConversationId, pub(in crate::graphql) Window);

/// How many answers a conversation keeps.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct AnswersCount(pub(in crate::graphql) ConversationId);

/// The steps of a workflow.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct StepsOf(pub(in crate::graphql) WorkflowId);

/// The files of a workflow.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct FilesOf(pub(in crate::graphql) WorkflowId);

/// The files of a step of a workflow.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct FilesOfStep(pub(in crate::graphql) WorkflowStepId);

/// The tables that a workflow has made.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct TablesOf(pub(in crate::graphql) WorkflowId);

/// The newest run of a workflow.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct LatestRunOf(pub(in crate::graphql) WorkflowId);

/// A page of a workflow's runs.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct RunsOf(pub(in crate::graphql) WorkflowId, pub(in crate::graphql) Window);

/// How many runs a workflow has.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct RunsCount(pub(in crate::graphql) WorkflowId);

/// A page of a sync's facts of these kinds.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct EventsOf(
    pub(in crate::graphql) SyncLogId,
    pub(in crate::graphql) Option<Vec<SyncEventKind>>,
    pub(in crate::graphql) EventWindow,
);

/// How many stored facts of these kinds a sync has.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct EventsCount(
    pub(in crate::graphql) SyncLogId,
    pub(in crate::graphql) Option<Vec<SyncEventKind>>,
);

/// How many data sources a connector has.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct SourcesCount(pub(in crate::graphql) ConnectorId);

/// How many syncs of these statuses a connector has.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct SyncsCount(
    pub(in crate::graphql) ConnectorId,
    pub(in crate::graphql) Option<Vec<SyncStatus>>,
);

/// How many extracts a data source has.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct ExtractsCount(pub(in crate::graphql) DataSourceId);

/// A scenario as it stands.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct ScenarioOf(pub(in crate::graphql) String);

/// The connectors that a scenario has made.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct ConnectorsOfScenario(pub(in crate::graphql) String);

/// The data sources that a scenario uses, with their connectors.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct SourcesOfScenario(pub(in crate::graphql) String);

/// The workflow that a scenario has made.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct WorkflowOfScenario(pub(in crate::graphql) String);
