//! Workflows: chains of steps that extract, transform, link, analyse and give out.
//!
//! A workflow is made from a template, by the API or by a file of YAML. Its run is a row of `workflow_runs`, which is the
//! queue: whichever process runs syncs claims it by a lease and works its steps off, each as soon as those before it have
//! succeeded.

mod cancel;
mod check;
mod config;
mod create;
mod files;
mod find;
mod follow;
mod kept;
mod names;
mod origins;
mod parts;
mod placeholders;
mod run;
mod settings;
mod shape;
mod start;
mod steps;
mod update;
mod upkeep;
mod workshop;
mod written;

pub use cancel::cancel;
pub use create::create;
pub use files::{Download, download};
pub use find::{by_id_or_slug, count, files, get, latest_run, list, of_scenario, steps, tables};
pub use follow::{WorkflowState, follow, state, until_the_end};
pub(super) use origins::origins;
pub(super) use parts::{StepParts, parts};
pub(super) use placeholders::Statement;
pub use run::Runner;
pub use settings::WorkflowSettings;
pub(super) use shape::Shape;
pub use start::start;
pub use update::{WorkflowChanges, delete, update};
pub(super) use upkeep::{expire_runs, sweep_files};
pub use workshop::Workshop;
pub use written::{as_yaml, of_yaml, placed_in};

use names::Names;

use super::{ServiceError, Services, Viewer};
use crate::entity::workflow_step;

/// The names of the steps that must have succeeded before a step.
pub fn dependencies(step: &workflow_step::Model) -> impl Iterator<Item = &str> {
    step.depends_on.as_array().into_iter().flatten().filter_map(|name| name.as_str())
}

/// A statement about a scenario, with the names of the tables in place of `{{ source('…') }}` and `{{ ref('…') }}`: those of
/// its connectors' data sources, or else of any in the workspace, and of its workflow's tables. `field` is the statement's path
/// in what somebody gave.
///
/// # Errors
/// `BadInput` where a placeholder names nothing.
pub async fn filled(
    services: &Services,
    viewer: &Viewer,
    scenario_id: &str,
    field: &str,
    sql: &str,
) -> Result<String, ServiceError> {
    let names = Names::of_scenario(services, viewer, scenario_id).await?;
    Statement::read(field, sql)?.filled(
        |name| names.source(field, name).map(|source| source.table_name.clone()),
        |name| names.reference(field, name),
    )
}
