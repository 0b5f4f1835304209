//! One step at work: within its time, until it is asked to stop.

use std::time::Duration;

use futures::FutureExt;
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use tracing::error;

use super::Lease;
use crate::entity::{workflow, workflow_step};
use crate::services::workflows::config::StepConfig;
use crate::services::workflows::names::Names;
use crate::services::workflows::placeholders::Statement;
use crate::services::workflows::{find, steps};
use crate::services::{Role, ServiceError, Services, Viewer, with_causes};
use crate::vocabulary::StepStatus;

/// How long a step that is asked to stop may take for that.
const FAREWELL: Duration = Duration::from_secs(1);

/// What the log calls whoever runs workflows.
const WORKFLOWS: &str = "workflows";

/// A step with all that it works with.
pub(in crate::services::workflows) struct Job {
    pub(in crate::services::workflows) services: Services,
    /// Whoever runs workflows: they see what belongs to the workspace, and may sync.
    pub(in crate::services::workflows) viewer: Viewer,
    pub(in crate::services::workflows) lease: Lease,
    pub(in crate::services::workflows) workflow: workflow::Model,
    pub(in crate::services::workflows) step: workflow_step::Model,
    /// Fires when the run is to stop.
    cancel: CancellationToken,
    /// Fires when the step is to stop, for whatever reason.
    pub(in crate::services::workflows) stop: CancellationToken,
}

/// What a step has made.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::services::workflows) struct Made {
    /// How many rows.
    pub(in crate::services::workflows) rows: Option<i64>,
    /// What it keeps of its work.
    pub(in crate::services::workflows) result: Option<Value>,
}

/// How a step ended.
pub(super) enum Ended {
    Made(Made),
    Failed(String),
    Cancelled,
}

impl Ended {
    pub(super) fn status(&self) -> StepStatus {
        match self {
            Self::Made(_) => StepStatus::Succeeded,
            Self::Failed(_) => StepStatus::Failed,
            Self::Cancelled => StepStatus::Cancelled,
        }
    }
}

impl Job {
    pub(super) fn new(
        services: &Services,
        lease: &Lease,
        workflow: &workflow::Model,
        step: workflow_step::Model,
        cancel: &CancellationToken,
    ) -> Self {
        let viewer =
            Viewer { workspace_id: workflow.workspace_id.clone(), role: Role::Editor, name: WORKFLOWS.to_owned() };
        Self {
            services: services.clone(),
            viewer,
            lease: lease.clone(),
            workflow: workflow.clone(),
            step,
            cancel: cancel.clone(),
            stop: CancellationToken::new(),
        }
    }

    /// Does the step.
    pub(super) async fn run(self) -> Ended {
        let limit = self.services.context.workflows.settings().step();
        let mut work = std::pin::pin!(self.work());
        let made = tokio::select! {
            made = &mut work => made,
            () = self.cancel.cancelled() => {
                self.stop.cancel();
                // It has time to stop what it began elsewhere; what becomes of that is not waited for.
                drop(tokio::time::timeout(FAREWELL, work).await);
                return Ended::Cancelled;
            }
            () = tokio::time::sleep(limit) => {
                self.stop.cancel();
                drop(tokio::time::timeout(FAREWELL, work).await);
                return Ended::Failed(format!("the step was stopped after {} s (workflows.step_seconds)", limit.as_secs()));
            }
        };
        match made {
            Ok(made) => Ended::Made(made),
            Err(error) => Ended::Failed(self.words(&error)),
        }
    }

    async fn work(&self) -> Result<Made, ServiceError> {
        let config = StepConfig::read(self.step.kind, &self.step.config, "config")?;
        match &config {
            StepConfig::Extract(extract) => steps::extract::run(self, extract).boxed(),
            StepConfig::Transform(transform) => steps::transform::run(self, transform).boxed(),
            StepConfig::Link(link) => steps::link::run(self, link).boxed(),
            StepConfig::Analyse(analyse) => steps::analyse::run(self, analyse).boxed(),
            StepConfig::Output(output) => steps::output::run(self, output).boxed(),
        }
        .await
    }

    /// What people are told of a failure; what is our own fault is in the log.
    fn words(&self, error: &ServiceError) -> String {
        if error.code() == "INTERNAL" {
            let (step, workflow) = (&self.step.name, &self.workflow.name);
            error!(run.id = %self.lease.run_id, error = %with_causes(error), "step {step} of {workflow} failed inside");
        }
        match error.hint() {
            Some(hint) => format!("{}; {hint}", error.public_message()),
            None => error.public_message(),
        }
    }

    /// What the placeholders of this workflow name.
    pub(in crate::services::workflows) async fn names(&self) -> Result<Names, ServiceError> {
        let all = find::steps(&self.services, &self.workflow.id).await?;
        let tables = all.iter().filter_map(|step| match StepConfig::read(step.kind, &step.config, "config") {
            Ok(StepConfig::Transform(transform)) => Some((transform.table, step.name.clone())),
            _ => None,
        });
        let scenario = self.workflow.scenario_id.as_deref();
        Names::of(&self.services, &self.viewer, scenario, &self.workflow.slug, tables.collect()).await
    }

    /// A statement of this step with the names of the tables in place of the placeholders.
    pub(in crate::services::workflows) async fn filled(&self, sql: &str) -> Result<String, ServiceError> {
        let names = self.names().await?;
        Statement::read("sql", sql)?.filled(
            |name| names.source("sql", name).map(|source| source.table_name.clone()),
            |name| names.reference("sql", name),
        )
    }
}
