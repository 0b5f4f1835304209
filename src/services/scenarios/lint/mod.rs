//! Whether a pack can be set up and asked as it stands, found out without an installation: its data sources are read from its
//! demo world into memory, the statements of its workflow run over them, and its model, checks and questions are tried on what
//! that gives. What needs something that is wrong is not tried, so that each mistake is told once.

mod bench;
mod model;
mod questions;
mod shelf;
mod sources;
mod workflow;

use crate::query::{QueryEngine, QuerySettings};
use crate::scenario::{Pack, Problem};
use crate::services::ServiceError;
use bench::Bench;

/// What looking through a pack came to.
#[derive(Clone, Debug)]
pub struct Lint {
    /// All that is wrong, each with its path in the pack.
    pub problems: Vec<Problem>,
    /// Whether its questions were asked. They are not where a table or something of the model is wrong: whatever they ask for
    /// could be missing for that.
    pub asked: bool,
}

/// Looks through a pack that makes sense, with statements within these limits.
///
/// # Errors
/// Where something of ours fails, so that nothing is known of the pack.
pub async fn lint(pack: &Pack, limits: &QuerySettings) -> Result<Lint, ServiceError> {
    let folder = tempfile::tempdir().map_err(|cause| ServiceError::Internal {
        what: "a folder for temporary files could not be made",
        cause: cause.into(),
    })?;
    let mut bench = Bench::new(QueryEngine::new(limits.clone(), folder.path())?);
    let schemas = sources::read(&mut bench, pack).await;
    let of_workflow = workflow::run(&mut bench, &pack.workflow, &schemas).await?;
    workflow::run_checks(&mut bench, &pack.checks).await?;
    let before = bench.problems.len();
    model::check(&mut bench, &pack.model).await?;
    let is_right = bench.problems.len() == before;
    let bound = model::bound(&bench, &pack.model).filter(|_| is_right);
    if let Some(bound) = &bound {
        let questions: Vec<_> = questions::of(pack).into_iter().chain(of_workflow).collect();
        questions::ask(&mut bench, bound, &questions).await?;
    }
    Ok(Lint { problems: bench.problems, asked: bound.is_some() })
}
