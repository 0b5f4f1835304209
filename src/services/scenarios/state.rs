//! Where a scenario stands in a workspace: its pack, the steps of its set-up, and what its last validation found.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::entity::scenario;
use crate::scenario::Pack;
use crate::vocabulary::{ScenarioStatus, StepStatus};

/// A scenario in a workspace.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Its pack's name.
    pub id: String,
    /// All that makes it; `None` where the pack of one that was set up is gone.
    pub pack: Option<Arc<Pack>>,
    /// Where it stands.
    pub status: ScenarioStatus,
    /// How many times as large as usual its demo world is.
    pub size_factor: f64,
    /// The steps of what was last done to it, in their order.
    pub steps: Vec<Step>,
    /// What its last validation found.
    pub validation: Option<Validation>,
    /// Rises with every change.
    pub version: i64,
}

/// A step of a set-up or a tear-down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// What it does, in a word.
    pub name: String,
    /// Where it stands.
    pub status: StepStatus,
    /// What came of it, or why it failed and what to do.
    pub detail: Option<String>,
    /// When it began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub completed_at: Option<DateTime<Utc>>,
}

/// What a validation found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Validation {
    /// Whether every check passed.
    pub passed: bool,
    /// The checks, in their order.
    pub checks: Vec<Check>,
    /// When it ended.
    pub at: DateTime<Utc>,
}

/// One thing that a validation looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// What was looked at.
    pub name: String,
    /// Whether it is as it should be.
    pub passed: bool,
    /// What was expected, and what was found.
    pub detail: String,
}

impl Scenario {
    /// Of a pack and its row, one of which is there.
    pub(super) fn of(id: &str, pack: Option<Arc<Pack>>, row: Option<&scenario::Model>) -> Self {
        let read = |value: &Value| Vec::deserialize(value).unwrap_or_default();
        Self {
            id: id.to_owned(),
            pack,
            status: row.map_or(ScenarioStatus::NotSetUp, |row| row.status),
            size_factor: row.map_or(1.0, |row| row.size_factor),
            steps: row.map(|row| read(&row.steps)).unwrap_or_default(),
            validation: row.and_then(|row| Validation::deserialize(row.validation.as_ref()?).ok()),
            version: row.map_or(0, |row| row.version),
        }
    }

    /// What people call it.
    pub fn name(&self) -> &str {
        self.pack.as_ref().map_or(&self.id, |pack| &pack.name)
    }

    /// Whether something is being done to it.
    pub fn is_under_way(&self) -> bool {
        is_under_way(self.status)
    }

    /// The step that failed.
    pub fn failed_step(&self) -> Option<&Step> {
        self.steps.iter().find(|step| step.status == StepStatus::Failed)
    }
}

/// Whether something is being done to a scenario in this state.
pub(super) fn is_under_way(status: ScenarioStatus) -> bool {
    matches!(status, ScenarioStatus::SettingUp | ScenarioStatus::TearingDown)
}

impl Step {
    /// One that has not begun.
    pub(super) fn pending(name: &str) -> Self {
        Self { name: name.to_owned(), status: StepStatus::Pending, detail: None, started_at: None, completed_at: None }
    }
}

impl Validation {
    /// Of what was looked at, now.
    pub(super) fn of(checks: Vec<Check>, at: DateTime<Utc>) -> Self {
        Self { passed: checks.iter().all(|check| check.passed), checks, at }
    }

    /// The checks that did not pass.
    pub fn failed(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(|check| !check.passed)
    }
}

impl Check {
    /// One that came to this.
    pub(super) fn new(name: impl Into<String>, passed: bool, detail: impl Into<String>) -> Self {
        Self { name: name.into(), passed, detail: detail.into() }
    }
}
