//! A step of a workflow as the API shows it.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};
use serde_json::Value;

use super::File;
use crate::entity::workflow_step;
use crate::graphql::context::ContextExt;
use crate::graphql::in_place::InPlace;
use crate::graphql::loaders::FilesOfStep;
use crate::graphql::scalars::{BigInt, DateTime};
use crate::services::workflows;
use crate::vocabulary::{StepKind, StepStatus};

/// A step as the API shows it.
pub type WorkflowStep = InPlace<WorkflowStepRow>;

/// A step's row, which many answers may share.
#[derive(Clone)]
pub struct WorkflowStepRow(Arc<workflow_step::Model>);

/// One step of a workflow: what it does, and where it stands in the newest run.
#[Object(name = "WorkflowStep")]
impl WorkflowStepRow {
    /// `wfs_…`
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.as_str().into()
    }

    /// Its name; unique in the workflow.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What it does.
    async fn kind(&self) -> StepKind {
        self.0.kind
    }

    /// The names of the steps that must have succeeded before it: those that it was given, and those that make what it names.
    async fn depends_on(&self) -> Vec<&str> {
        workflows::dependencies(&self.0).collect()
    }

    /// How it does it.
    async fn config(&self) -> &Value {
        &self.0.config
    }

    /// Where it stands.
    async fn status(&self) -> StepStatus {
        self.0.status
    }

    /// Rows that it read or made; null where it counts none.
    async fn rows(&self) -> Option<BigInt> {
        self.0.rows.map(BigInt)
    }

    /// What it keeps of its work: the answer of an ANALYSE step, with its first rows; the syncs of an EXTRACT step; the table of
    /// a TRANSFORM step; the file of an OUTPUT step.
    async fn result(&self) -> Option<&Value> {
        self.0.result.as_ref()
    }

    /// Why it failed, or was skipped.
    async fn error_message(&self) -> Option<&str> {
        self.0.error_message.as_deref()
    }

    /// When it began.
    async fn started_at(&self) -> Option<DateTime> {
        self.0.started_at.map(DateTime)
    }

    /// When it ended, well or not.
    async fn completed_at(&self) -> Option<DateTime> {
        self.0.completed_at.map(DateTime)
    }

    /// The files that it made.
    #[graphql(complexity = "1 + child_complexity")]
    async fn files(&self, ctx: &Context<'_>) -> Result<Vec<File>> {
        let files = ctx.loaders()?.load(FilesOfStep(self.0.id.clone())).await?.unwrap_or_default();
        Ok(files.into_iter().map(File::of).collect())
    }
}

impl WorkflowStep {
    /// The step of a row.
    pub(in crate::graphql) fn of(row: impl Into<Arc<workflow_step::Model>>) -> Self {
        Self(WorkflowStepRow(row.into()))
    }
}
