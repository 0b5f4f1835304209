//! `dataweaver scenarios teardown`.

use std::process::ExitCode;

use serde_json::json;

use super::document;
use crate::cli::Global;
use crate::cli::interrupt::LeavesAtOnce;
use crate::cli::output::Output;
use crate::cli::session::Session;
use crate::services::scenarios;

pub(super) async fn run(session: &Session, id: &str, global: &Global, output: &mut Output) -> anyhow::Result<ExitCode> {
    let scenario = {
        let _leaves_at_once = LeavesAtOnce::new();
        scenarios::tear_down(session.services(), &session.viewer, id).await?
    };
    if output.is_json() {
        output.document(&json!({ "scenario": document(&scenario) }))?;
    } else if !global.quiet {
        output.line(format!("nothing is left of {}", scenario.name()))?;
    }
    Ok(ExitCode::SUCCESS)
}
