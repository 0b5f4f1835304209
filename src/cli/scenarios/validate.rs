//! `dataweaver scenarios validate`: one check after another, and whether all passed.

use std::process::ExitCode;

use console::style;
use serde_json::json;

use super::validation_document;
use crate::cli::failure::Failed;
use crate::cli::interrupt::LeavesAtOnce;
use crate::cli::output::{Output, printable};
use crate::cli::session::Session;
use crate::services::scenarios::{self, Validation};

pub(super) async fn run(session: &Session, id: &str, output: &mut Output) -> anyhow::Result<ExitCode> {
    let validation = {
        let _leaves_at_once = LeavesAtOnce::new();
        scenarios::validate(session.services(), &session.viewer, id).await?
    };
    if output.is_json() {
        output.document(&json!({ "validation": validation_document(&validation) }))?;
        return Ok(if validation.passed { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    show(&validation, output)?;
    if validation.passed {
        return Ok(ExitCode::SUCCESS);
    }
    let (failed, all) = (validation.failed().count(), validation.checks.len());
    let failed = Failed::new(format!("{failed} of {all} checks failed"));
    Err(failed.hint(format!("dataweaver scenarios setup {id} repairs what is missing")).into())
}

fn show(validation: &Validation, output: &mut Output) -> anyhow::Result<()> {
    for check in &validation.checks {
        let sign = if check.passed { style("✓").green() } else { style("✗").red() };
        output.long_line(&format!("{sign} {}", style(printable(&check.name)).bold()), 2)?;
        output.long_line(&format!("  {}", printable(&check.detail)), 2)?;
    }
    if validation.passed {
        output.line(format!("all {} checks passed", validation.checks.len()))?;
    }
    Ok(())
}
