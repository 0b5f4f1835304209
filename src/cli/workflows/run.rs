//! `dataweaver workflows run` and `retry`.

use std::process::ExitCode;

use clap::Args;

use super::follow::follow;
use crate::cli::Global;
use crate::cli::failure::Usage;
use crate::cli::output::Output;
use crate::cli::session::Session;
use crate::services::workflows;
use crate::vocabulary::StepStatus;

/// `workflows retry`
#[derive(Debug, Args)]
pub(in crate::cli) struct Retry {
    /// The workflow's slug or id
    workflow: String,
    /// The step to begin with [default: the first that has not succeeded]
    #[arg(long, value_name = "STEP")]
    from: Option<String>,
}

pub(super) async fn run(
    session: &Session,
    key: &str,
    global: &Global,
    output: &mut Output,
) -> anyhow::Result<ExitCode> {
    let row = workflows::by_id_or_slug(session.services(), &session.viewer, key).await?;
    workflows::start(session.services(), &session.viewer, &row.id, None).await?;
    follow(session, &row, global, output).await
}

impl Retry {
    pub(super) async fn run(self, session: &Session, global: &Global, output: &mut Output) -> anyhow::Result<ExitCode> {
        let row = workflows::by_id_or_slug(session.services(), &session.viewer, &self.workflow).await?;
        let from = match self.from {
            Some(from) => from,
            None => {
                let steps = workflows::steps(session.services(), &row.id).await?;
                let failed = steps.into_iter().find(|step| step.status != StepStatus::Succeeded);
                let usage = || {
                    Usage::new(format!("all steps of {} have succeeded", row.name))
                        .hint("say with --from which step to begin with, or run it as a whole")
                };
                failed.ok_or_else(usage)?.name
            }
        };
        workflows::start(session.services(), &session.viewer, &row.id, Some(&from)).await?;
        follow(session, &row, global, output).await
    }
}
