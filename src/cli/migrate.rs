//! `dataweaver migrate`: bring the database's tables up to date.

use std::process::ExitCode;

use serde_json::json;

use super::output::Output;
use crate::app;
use crate::config::Config;

pub(super) async fn run(config: &Config, output: &mut Output) -> anyhow::Result<ExitCode> {
    let applied = app::migrate(config).await?;
    if output.is_json() {
        output.document(&json!({ "applied": applied }))?;
    } else if applied.is_empty() {
        output.line("the database is up to date")?;
    } else {
        output.line(format!("applied {}", applied.join(", ")))?;
    }
    Ok(ExitCode::SUCCESS)
}
