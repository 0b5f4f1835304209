//! A workflow as the API shows it, with its runs and tables.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result, SimpleObject};

use super::{File, WorkflowStep};
use crate::entity::{workflow, workflow_run, workflow_step, workflow_table};
use crate::graphql::context::ContextExt;
use crate::graphql::in_place::InPlace;
use crate::graphql::loaders::{FilesOf, LatestRunOf, RunsCount, RunsOf, ScenarioOf, StepsOf, TablesOf};
use crate::graphql::paging::{Connection, Listed, empty_page, list_cost, page_request};
use crate::graphql::scalars::{BigInt, DateTime};
use crate::graphql::scenarios::Scenario;
use crate::services::page::cursor;
use crate::services::workflows;
use crate::vocabulary::{SyncTrigger, WorkflowStatus};

/// A workflow as the API shows it.
pub type Workflow = InPlace<WorkflowRow>;

/// A workflow's row, which many answers may share.
#[derive(Clone)]
pub struct WorkflowRow {
    row: Arc<workflow::Model>,
    /// Its steps, where they were looked at together with the row.
    steps: Option<Arc<Vec<workflow_step::Model>>>,
}

/// A chain of steps that extract, transform, link, analyse and give out.
#[Object(name = "Workflow")]
impl WorkflowRow {
    /// `wfl_…`
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.row.id.as_str().into()
    }

    /// What people call it.
    async fn name(&self) -> &str {
        &self.row.name
    }

    /// Made from the name at creation, unique in the workspace among connectors and workflows, kept on rename; the schema name
    /// of its tables in SQL.
    async fn slug(&self) -> &str {
        &self.row.slug
    }

    /// What it is for.
    async fn description(&self) -> Option<&str> {
        self.row.description.as_deref()
    }

    /// Where it stands: `DRAFT` before its first run and after its steps were changed, then as its newest run.
    async fn status(&self) -> WorkflowStatus {
        self.row.status
    }

    /// Cron, five fields, in `timezone`.
    async fn schedule(&self) -> Option<&str> {
        self.row.schedule.as_deref()
    }

    /// IANA time zone of the schedule.
    async fn timezone(&self) -> &str {
        &self.row.timezone
    }

    /// When the schedule fires next.
    async fn next_run_at(&self) -> Option<DateTime> {
        self.row.next_run_at.map(DateTime)
    }

    /// The scenario that set it up; null where none did.
    async fn scenario(&self, ctx: &Context<'_>) -> Result<Option<Scenario>> {
        let Some(id) = self.row.scenario_id.clone() else { return Ok(None) };
        Ok(ctx.loaders()?.load(ScenarioOf(id)).await?.map(Scenario::of))
    }

    /// Its steps, in their order.
    #[graphql(complexity = "1 + 2 * child_complexity")]
    async fn steps(&self, ctx: &Context<'_>) -> Result<Vec<WorkflowStep>> {
        Ok(self.own_steps(ctx).await?.into_iter().map(WorkflowStep::of).collect())
    }

    /// All of it as YAML, which `updateWorkflow` and `createWorkflow` take.
    #[graphql(complexity = 3)]
    async fn yaml(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(workflows::as_yaml(&self.row, &self.own_steps(ctx).await?)?)
    }

    /// The files that its steps made, in the order of their names.
    #[graphql(complexity = "1 + 2 * child_complexity")]
    async fn files(&self, ctx: &Context<'_>) -> Result<Vec<File>> {
        let files = ctx.loaders()?.load(FilesOf(self.row.id.clone())).await?.unwrap_or_default();
        Ok(files.into_iter().map(File::of).collect())
    }

    /// The lake tables that its steps made, in the order of their names.
    #[graphql(complexity = "1 + 2 * child_complexity")]
    async fn tables(&self, ctx: &Context<'_>) -> Result<Vec<WorkflowTable>> {
        let tables = ctx.loaders()?.load(TablesOf(self.row.id.clone())).await?.unwrap_or_default();
        Ok(tables.into_iter().map(|table| WorkflowTable::of(table, &self.row.slug)).collect())
    }

    /// Its newest run; null before the first.
    async fn latest_run(&self, ctx: &Context<'_>) -> Result<Option<WorkflowRun>> {
        Ok(ctx.loaders()?.load(LatestRunOf(self.row.id.clone())).await?.map(WorkflowRun::of))
    }

    /// Its runs, the newest first.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    async fn runs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many; 50 unless given, at most 500.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many.")] last: Option<i32>,
        #[graphql(desc = "Ahead of this cursor.")] before: Option<String>,
    ) -> Result<Connection<WorkflowRun>> {
        let window = page_request(first, after, last, before).window()?;
        let (loaders, id) = (ctx.loaders()?.clone(), self.row.id.clone());
        let page = loaders.load(RunsOf(id.clone(), window)).await?.unwrap_or_else(empty_page);
        Ok(Connection::new(page, WorkflowRun::of, move || {
            let (loaders, id) = (loaders.clone(), id.clone());
            Box::pin(async move { Ok::<_, Arc<_>>(loaders.load(RunsCount(id)).await?.unwrap_or_default()) })
        }))
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        self.row.created_at.into()
    }

    /// When it was last changed; its runs are no changes.
    async fn updated_at(&self) -> DateTime {
        self.row.updated_at.into()
    }
}

impl WorkflowRow {
    async fn own_steps(&self, ctx: &Context<'_>) -> Result<Vec<workflow_step::Model>> {
        Ok(match &self.steps {
            Some(steps) => steps.as_ref().clone(),
            None => ctx.loaders()?.load(StepsOf(self.row.id.clone())).await?.unwrap_or_default(),
        })
    }
}

impl Workflow {
    /// The workflow of a row.
    pub(in crate::graphql) fn of(row: impl Into<Arc<workflow::Model>>) -> Self {
        Self(WorkflowRow { row: row.into(), steps: None })
    }

    /// The same as it was when its steps were so.
    pub(super) fn with_steps(row: workflow::Model, steps: Vec<workflow_step::Model>) -> Self {
        Self(WorkflowRow { row: row.into(), steps: Some(Arc::new(steps)) })
    }
}

impl Listed for WorkflowRow {
    fn cursor(&self) -> String {
        cursor(self.row.id.as_str())
    }
}

/// A run as the API shows it.
pub type WorkflowRun = InPlace<WorkflowRunRow>;

/// A run's row, which many answers may share.
#[derive(Clone)]
pub struct WorkflowRunRow(Arc<workflow_run::Model>);

/// One run of a workflow.
#[Object(name = "WorkflowRun")]
impl WorkflowRunRow {
    /// `run_…`
    async fn id(&self) -> ID {
        self.0.id.as_str().into()
    }

    /// Who asked for it.
    async fn trigger(&self) -> SyncTrigger {
        self.0.trigger_kind
    }

    /// The step that it began with; null where the whole workflow was run.
    async fn from_step(&self) -> Option<&str> {
        self.0.from_step.as_deref()
    }

    /// Where it stands. One that waits for a process is `RUNNING`, too.
    async fn status(&self) -> WorkflowStatus {
        self.0.status
    }

    /// Why it failed, or was skipped.
    async fn error_message(&self) -> Option<&str> {
        self.0.error_message.as_deref()
    }

    /// How many processes have begun to run it: 0 while it waits, one more with each that took it over.
    async fn attempt(&self) -> i32 {
        self.0.attempt
    }

    /// When it was asked for.
    async fn queued_at(&self) -> DateTime {
        self.0.queued_at.into()
    }

    /// When it began.
    async fn started_at(&self) -> Option<DateTime> {
        self.0.started_at.map(DateTime)
    }

    /// When it ended, well or not.
    async fn completed_at(&self) -> Option<DateTime> {
        self.0.completed_at.map(DateTime)
    }
}

impl WorkflowRun {
    /// The run of a row.
    fn of(row: Arc<workflow_run::Model>) -> Self {
        Self(WorkflowRunRow(row))
    }
}

impl Listed for WorkflowRunRow {
    fn cursor(&self) -> String {
        cursor(self.0.id.as_str())
    }
}

/// A lake table that a step of a workflow made.
#[derive(SimpleObject)]
pub struct WorkflowTable {
    /// Its name behind the workflow's slug; what `ref` names it by.
    name: String,
    /// Its name in SQL, for example `churn.scores`.
    table_name: String,
    /// Rows in it.
    row_count: Option<BigInt>,
    /// Bytes of its files.
    byte_size: Option<BigInt>,
    /// The lake table's version.
    table_version: Option<BigInt>,
    /// When its rows were last made.
    updated_at: DateTime,
}

impl WorkflowTable {
    fn of(row: workflow_table::Model, slug: &str) -> Self {
        Self {
            table_name: format!("{slug}.{}", row.name),
            name: row.name,
            row_count: row.row_count.map(BigInt),
            byte_size: row.byte_size.map(BigInt),
            table_version: row.table_version.map(BigInt),
            updated_at: row.updated_at.into(),
        }
    }
}
