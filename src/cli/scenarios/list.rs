//! `dataweaver scenarios list`.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::document;
use crate::cli::columns::Columns;
use crate::cli::output::Output;
use crate::cli::session::Session;
use crate::services::scenarios::{self, Scenario};

pub(super) async fn run(session: &Session, output: &mut Output) -> anyhow::Result<ExitCode> {
    let all = scenarios::list(session.services(), &session.viewer).await?;
    let broken = scenarios::broken(session.services());
    if output.is_json() {
        let broken = broken.iter().map(|broken| json!({ "file": broken.file, "problems": broken.fault.problems() }));
        let broken: Vec<Value> = broken.collect();
        let scenarios: Vec<Value> = all.iter().map(document).collect();
        output.document(&json!({ "scenarios": scenarios, "broken": broken }))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut wide = Columns::new(&["scenario", "name", "status", "checks", "category"]);
    let mut narrow = Columns::new(&["scenario", "status", "checks"]);
    for scenario in &all {
        let category = scenario.pack.as_ref().map_or("", |pack| &pack.category);
        let (status, checks) = (scenario.status.to_string(), checks(scenario));
        narrow.row([scenario.id.as_str(), &status, &checks]);
        wide.row([scenario.id.as_str(), scenario.name(), &status, &checks, category]);
    }
    output.table_that_fits(&wide, &narrow)?;
    for broken in &broken {
        output.line(format!("\n{} is no scenario pack:", broken.file))?;
        for problem in broken.fault.problems() {
            output.long_line(&format!("  {problem}"), 4)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// How many checks of the last validation passed.
fn checks(scenario: &Scenario) -> String {
    let Some(validation) = &scenario.validation else { return String::new() };
    let passed = validation.checks.len() - validation.failed().count();
    format!("{passed} of {}", validation.checks.len())
}
