//! `dataweaver workflows`: one file a verb.

mod create;
mod export;
mod files;
mod follow;
mod list;
mod run;
mod show;
mod text;
mod update;

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::json;

use super::Global;
use super::interrupt::LeavesAtOnce;
use super::output::{Output, printable};
use super::session::Session;
use super::shapes;
use crate::config::Config;
use crate::services::workflows;

#[derive(Debug, Subcommand)]
pub(super) enum Workflows {
    /// List all workflows
    List,
    /// Show a workflow: its steps, tables and files, and where it stands
    Show(One),
    /// Make a workflow from a file of YAML
    Create(create::Create),
    /// Print a workflow as the YAML that makes it
    Export(One),
    /// Put what a file of YAML says in place of a workflow; steps that are as before keep what they made
    Update(update::Update),
    /// Run a workflow and follow it to its end
    Run(One),
    /// Run a workflow again from a step that failed, or from any other
    Retry(run::Retry),
    /// Stop a workflow that runs
    Cancel(One),
    /// Delete a workflow with its files and tables
    Delete(One),
    /// List the files that a workflow made, or save them
    Files(files::Files),
}

#[derive(Debug, Args)]
pub(super) struct One {
    /// The workflow's slug or id
    workflow: String,
}

impl Workflows {
    pub(super) async fn run(self, config: Config, global: &Global, output: &mut Output) -> anyhow::Result<ExitCode> {
        // Whoever runs one works on it, unless a server does.
        let runs = matches!(self, Self::Run(_) | Self::Retry(_));
        let session = if runs { Session::start(config).await? } else { Session::open(config).await? };
        let done = match self {
            Self::List => list::run(&session, output).await,
            Self::Show(one) => show::run(&session, &one.workflow, output).await,
            Self::Create(verb) => verb.run(&session, output).await,
            Self::Export(one) => export::run(&session, &one.workflow, output).await,
            Self::Update(verb) => verb.run(&session, output).await,
            Self::Run(one) => run::run(&session, &one.workflow, global, output).await,
            Self::Retry(verb) => verb.run(&session, global, output).await,
            Self::Cancel(one) => cancel(&session, &one.workflow, output).await,
            Self::Delete(one) => delete(&session, &one.workflow, output).await,
            Self::Files(verb) => verb.run(&session, output).await,
        };
        let _leaves_at_once = LeavesAtOnce::new();
        session.close().await;
        done
    }
}

async fn cancel(session: &Session, key: &str, output: &mut Output) -> anyhow::Result<ExitCode> {
    let row = workflows::by_id_or_slug(session.services(), &session.viewer, key).await?;
    let row = workflows::cancel(session.services(), &session.viewer, &row.id).await?;
    if output.is_json() {
        output.document(&json!({ "workflow": shapes::workflow(&row) }))?;
    } else {
        output.line(printable(&format!("{} is asked to stop, if it runs", row.name)))?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn delete(session: &Session, key: &str, output: &mut Output) -> anyhow::Result<ExitCode> {
    let row = workflows::by_id_or_slug(session.services(), &session.viewer, key).await?;
    workflows::delete(session.services(), &session.viewer, &row.id).await?;
    if output.is_json() {
        output.document(&json!({ "deletedId": row.id }))?;
    } else {
        output.line(printable(&format!("deleted {} with its files and tables", row.name)))?;
    }
    Ok(ExitCode::SUCCESS)
}
