//! A scenario as the API shows it.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result, SimpleObject};

use crate::graphql::connectors::Connector;
use crate::graphql::context::ContextExt;
use crate::graphql::in_place::InPlace;
use crate::graphql::loaders::{ConnectorsOfScenario, SourcesOfScenario, WorkflowOfScenario};
use crate::graphql::scalars::DateTime;
use crate::graphql::sources::DataSource;
use crate::graphql::workflows::Workflow;
use crate::scenario::{BrokenPack, Pack};
use crate::services::scenarios;
use crate::vocabulary::{ScenarioStatus, StepStatus};

/// What is said of a scenario whose pack is gone.
const GONE: &str = "The pack of this scenario is gone. It can be torn down, and no more.";

/// A scenario as the API shows it.
pub type Scenario = InPlace<ScenarioParts>;

/// A scenario in a workspace, which many answers may share.
#[derive(Clone)]
pub struct ScenarioParts(Arc<scenarios::Scenario>);

/// A ready-made demonstration: connectors over a made-up world, a workflow, questions, and checks of what must come out.
#[Object(name = "Scenario")]
impl ScenarioParts {
    /// The name of its pack, for example `customer_intelligence`.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.as_str().into()
    }

    /// What people call it.
    async fn name(&self) -> &str {
        self.0.name()
    }

    /// What it is for.
    async fn description(&self) -> &str {
        self.pack().map_or(GONE, |pack| &pack.description)
    }

    /// Where it belongs, for example `Sales and support`.
    async fn category(&self) -> &str {
        self.pack().map_or("", |pack| &pack.category)
    }

    /// Where it stands in this workspace.
    async fn status(&self) -> ScenarioStatus {
        self.0.status
    }

    /// How many times as large as usual its demo world is.
    async fn size_factor(&self) -> f64 {
        self.0.size_factor
    }

    /// The steps of what was last done to it, in their order; none where it is not set up.
    async fn steps(&self) -> Vec<ScenarioStep> {
        self.0.steps.iter().map(ScenarioStep::from).collect()
    }

    /// The connectors that it has made, the oldest first.
    async fn connectors(&self, ctx: &Context<'_>) -> Result<Vec<Connector>> {
        let rows = ctx.loaders()?.load(ConnectorsOfScenario(self.0.id.clone())).await?.unwrap_or_default();
        Ok(rows.into_iter().map(Connector::of).collect())
    }

    /// The data sources that it uses, the oldest first.
    async fn data_sources(&self, ctx: &Context<'_>) -> Result<Vec<DataSource>> {
        let rows = ctx.loaders()?.load(SourcesOfScenario(self.0.id.clone())).await?.unwrap_or_default();
        Ok(rows.into_iter().map(|(row, connector)| DataSource::with(row, connector)).collect())
    }

    /// Questions that it answers.
    async fn sample_queries(&self) -> &[String] {
        self.pack().map_or(&[], |pack| &pack.sample_questions)
    }

    /// What somebody who sets it up gets out of it.
    async fn expected_outcomes(&self) -> &[String] {
        self.pack().map_or(&[], |pack| &pack.expected_outcomes)
    }

    /// The workflow that it has made.
    async fn workflow(&self, ctx: &Context<'_>) -> Result<Option<Workflow>> {
        Ok(ctx.loaders()?.load(WorkflowOfScenario(self.0.id.clone())).await?.map(Workflow::of))
    }

    /// What its last validation found; null before the first.
    async fn validation(&self) -> Option<ScenarioValidation> {
        self.0.validation.as_ref().map(ScenarioValidation::from)
    }
}

impl Scenario {
    /// The scenario as it stands.
    pub(in crate::graphql) fn of(scenario: impl Into<Arc<scenarios::Scenario>>) -> Self {
        Self(ScenarioParts(scenario.into()))
    }
}

impl ScenarioParts {
    fn pack(&self) -> Option<&Pack> {
        self.0.pack.as_deref()
    }
}

/// A step of a scenario's set-up or tear-down.
#[derive(SimpleObject)]
pub struct ScenarioStep {
    /// What it does, in a word: `connectors`, `test`, `discover`, `sync`, `workflow`, `run`, `validate`.
    name: String,
    /// Where it stands.
    status: StepStatus,
    /// What came of it, or why it failed and what to do.
    detail: Option<String>,
    /// When it began.
    started_at: Option<DateTime>,
    /// When it ended.
    completed_at: Option<DateTime>,
}

impl From<&scenarios::Step> for ScenarioStep {
    fn from(step: &scenarios::Step) -> Self {
        Self {
            name: step.name.clone(),
            status: step.status,
            detail: step.detail.clone(),
            started_at: step.started_at.map(DateTime),
            completed_at: step.completed_at.map(DateTime),
        }
    }
}

/// What a validation found.
#[derive(SimpleObject)]
pub struct ScenarioValidation {
    /// Whether every check passed.
    passed: bool,
    /// The checks: connections, data sources, the workflow, and results compared with what is true in the demo world.
    checks: Vec<ScenarioCheck>,
    /// When it ended.
    at: DateTime,
}

/// One thing that a validation looked at.
#[derive(SimpleObject)]
pub struct ScenarioCheck {
    /// What was looked at.
    name: String,
    /// Whether it is as it should be.
    passed: bool,
    /// What was expected, and what was found.
    detail: String,
}

impl From<&scenarios::Validation> for ScenarioValidation {
    fn from(validation: &scenarios::Validation) -> Self {
        let checks = validation.checks.iter().map(|check| ScenarioCheck {
            name: check.name.clone(),
            passed: check.passed,
            detail: check.detail.clone(),
        });
        Self { passed: validation.passed, checks: checks.collect(), at: validation.at.into() }
    }
}

/// A file in the folder of scenario packs that cannot be used.
#[derive(SimpleObject)]
pub struct BrokenScenario {
    /// The file.
    file: String,
    /// What is wrong with it, each with its place.
    problems: Vec<String>,
}

impl From<BrokenPack> for BrokenScenario {
    fn from(broken: BrokenPack) -> Self {
        Self { problems: broken.fault.problems(), file: broken.file }
    }
}
