//! `dataweaver connectors lint`: which components a manifest uses, and what of it is not run.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;

use crate::cli::columns::Columns;
use crate::cli::output::Output;
use crate::connectors::api::lint_manifest;

/// `connectors lint`
#[derive(Debug, Args)]
pub(in crate::cli) struct Lint {
    /// The manifest, a YAML or JSON file
    manifest: PathBuf,
}

impl Lint {
    pub(super) fn run(self, output: &mut Output) -> anyhow::Result<ExitCode> {
        let path = self.manifest.display();
        let source =
            fs::read_to_string(&self.manifest).with_context(|| format!("the manifest {path} cannot be read"))?;
        let report = lint_manifest(&source);
        let status = if report.refused.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
        if output.is_json() {
            output.document(&report)?;
            return Ok(status);
        }
        let mut columns = Columns::new(&["component", "lines"]);
        for (component, lines) in &report.components {
            let lines: Vec<String> = lines.iter().map(u64::to_string).collect();
            columns.row([component.clone(), lines.join(", ")]);
        }
        output.table(&columns)?;
        for finding in &report.refused {
            output.line(format!("{path}:{}: {}", finding.line, finding.message))?;
        }
        if report.refused.is_empty() {
            output.line("all of it is run")?;
        }
        Ok(status)
    }
}
