//! `dataweaver scenarios setup`: sets a scenario up and follows it to its end.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::{document, watch};
use crate::cli::Global;
use crate::cli::output::Output;
use crate::cli::progress::Progress;
use crate::cli::session::Session;
use crate::services::scenarios;

/// `scenarios setup`
#[derive(Debug, Args)]
pub(in crate::cli) struct SetUp {
    /// The scenario's id, for example customer_intelligence
    scenario: String,
    /// How many times as large as usual its world is [default: as before, or 1]
    #[arg(long, value_name = "TIMES")]
    size_factor: Option<f64>,
}

impl SetUp {
    pub(super) async fn run(self, session: &Session, global: &Global, output: &mut Output) -> anyhow::Result<ExitCode> {
        scenarios::set_up(session.services(), &session.viewer, &self.scenario, self.size_factor).await?;
        let ended = watch(session, &self.scenario, Progress::of(global, false)).await?;
        if output.is_json() {
            output.document(&json!({ "scenario": document(&ended.scenario) }))?;
        } else if ended.is_ready() {
            let name = ended.scenario.name();
            output.line(format!("{name} is ready, after {:.1} s", ended.seconds))?;
            output.long_line(&format!("  dataweaver ask \"…\" --scenario {} asks it", self.scenario), 4)?;
        }
        ended.into_result().map(|_| ExitCode::SUCCESS)
    }
}
