//! Anything by its id, as Relay asks for it.

use async_graphql::{Context, ID, Interface, Object, Result};

use super::connectors::Connector;
use super::context::ContextExt;
use super::extracts::DataExtract;
use super::loaders::{Loaders, ScenarioOf};
use super::scenarios::Scenario;
use super::sources::DataSource;
use super::syncs::SyncLog;
use super::workflows::{File, Workflow, WorkflowStep};
use crate::entity::ids::{
    self, ConnectorId, DataExtractId, DataSourceId, FileId, SyncLogId, WorkflowId, WorkflowStepId,
};
use crate::services::ServiceError;

/// A thing that can be asked for by its id.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "Unique among all things; its prefix tells the kind."))]
pub enum Node {
    /// A configured connection to a system.
    Connector(Connector),
    /// A readable thing in a connector.
    DataSource(DataSource),
    /// One extraction of a data source.
    DataExtract(DataExtract),
    /// The record of one sync.
    SyncLog(SyncLog),
    /// A chain of steps.
    Workflow(Workflow),
    /// One step of a workflow.
    WorkflowStep(WorkflowStep),
    /// A file that a workflow made.
    File(File),
    /// A ready-made demonstration.
    Scenario(Scenario),
}

/// Fields of the query root that are of no domain.
#[derive(Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// The thing with this id; null where there is none in the workspace.
    async fn node(&self, ctx: &Context<'_>, #[graphql(desc = "The id of any thing.")] id: ID) -> Result<Option<Node>> {
        find(ctx.loaders()?, &id).await
    }

    /// The things with these ids, in their order; null for each that is not in the workspace.
    #[graphql(complexity = "1 + ids.len().div_ceil(10) * child_complexity")]
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Ids of any things, at most 500.", validator(max_items = 500))] ids: Vec<ID>,
    ) -> Result<Vec<Option<Node>>> {
        let loaders = ctx.loaders()?;
        futures::future::try_join_all(ids.iter().map(|id| find(loaders, id))).await
    }
}

async fn find(loaders: &Loaders, id: &str) -> Result<Option<Node>> {
    // A scenario's id is the name of its pack, which has no such form.
    if !ids::is_any(id)
        && let Some(scenario) = loaders.load(ScenarioOf(id.to_owned())).await?
    {
        return Ok(Some(Scenario::of(scenario).into()));
    }
    Ok(match ids::parts(id).0 {
        ConnectorId::PREFIX => loaders.load(read::<ConnectorId>(id)?).await?.map(|row| Connector::of(row).into()),
        DataSourceId::PREFIX => loaders.load(read::<DataSourceId>(id)?).await?.map(|row| DataSource::of(row).into()),
        DataExtractId::PREFIX => loaders.load(read::<DataExtractId>(id)?).await?.map(|row| DataExtract::of(row).into()),
        SyncLogId::PREFIX => loaders.load(read::<SyncLogId>(id)?).await?.map(|row| SyncLog::of(row).into()),
        WorkflowId::PREFIX => loaders.load(read::<WorkflowId>(id)?).await?.map(|row| Workflow::of(row).into()),
        WorkflowStepId::PREFIX => {
            loaders.load(read::<WorkflowStepId>(id)?).await?.map(|row| WorkflowStep::of(row).into())
        }
        FileId::PREFIX => loaders.load(read::<FileId>(id)?).await?.map(|row| File::of(row).into()),
        _ => {
            let known = [
                ConnectorId::PREFIX,
                DataSourceId::PREFIX,
                DataExtractId::PREFIX,
                SyncLogId::PREFIX,
                WorkflowId::PREFIX,
                WorkflowStepId::PREFIX,
                FileId::PREFIX,
            ];
            let message = format!("an id starts with one of {}", known.join(", "));
            return Err(ServiceError::bad_input("id", message).into());
        }
    })
}

fn read<T: std::str::FromStr<Err = crate::entity::ids::IdError>>(id: &str) -> Result<T, ServiceError> {
    id.parse().map_err(|error: T::Err| ServiceError::bad_input("id", error.to_string()))
}
