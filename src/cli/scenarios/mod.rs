//! `dataweaver scenarios`: one file a verb.

mod lint;
mod list;
mod set_up;
mod shape;
mod tear_down;
mod validate;
mod watch;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::Global;
use super::output::Output;
use super::session::Session;
use crate::config::Config;

pub(super) use shape::{document, validation as validation_document};
pub(super) use watch::watch;

#[derive(Debug, Subcommand)]
pub(super) enum Scenarios {
    /// List all scenarios and where each stands
    List,
    /// Set a scenario up, or repair what is missing of one, and follow it to its end
    Setup(set_up::SetUp),
    /// Look whether a scenario that is set up is right
    Validate(One),
    /// Remove all that a scenario has made
    Teardown(One),
    /// Say what is wrong with a scenario pack
    Lint(lint::Lint),
}

#[derive(Debug, Args)]
pub(super) struct One {
    /// The scenario's id, for example customer_intelligence
    scenario: String,
}

impl Scenarios {
    pub(super) async fn run(self, config: Config, global: &Global, output: &mut Output) -> anyhow::Result<ExitCode> {
        if let Self::Lint(verb) = self {
            return verb.run(&config, output).await;
        }
        let session = match self {
            Self::List => Session::open(config).await?,
            _ => Session::start(config).await?,
        };
        let done = match self {
            Self::List => list::run(&session, output).await,
            Self::Setup(verb) => verb.run(&session, global, output).await,
            Self::Validate(one) => validate::run(&session, &one.scenario, output).await,
            Self::Teardown(one) => tear_down::run(&session, &one.scenario, global, output).await,
            Self::Lint(_) => unreachable!("it was done without opening anything"),
        };
        session.close().await;
        done
    }
}
