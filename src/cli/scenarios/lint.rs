//! `dataweaver scenarios lint`: what is wrong with a pack, all of it at once.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use crate::cli::failure::Failed;
use crate::cli::output::Output;
use crate::scenario::read_file;

/// `scenarios lint`
#[derive(Debug, Args)]
pub(in crate::cli) struct Lint {
    /// The pack, a YAML file
    pack: PathBuf,
}

impl Lint {
    pub(super) fn run(self, output: &mut Output) -> anyhow::Result<ExitCode> {
        let path = self.pack.display();
        match read_file(&self.pack) {
            Ok(pack) if output.is_json() => {
                output.document(&json!({ "id": pack.id, "problems": [] }))?;
                Ok(ExitCode::SUCCESS)
            }
            Ok(pack) => {
                output.line(format!("{path} is sound: the scenario {}", pack.id))?;
                Ok(ExitCode::SUCCESS)
            }
            Err(fault) if output.is_json() => {
                output.document(&json!({ "id": null, "problems": fault.problems() }))?;
                Ok(ExitCode::FAILURE)
            }
            Err(fault) => Err(Failed::new(format!("{path} is no scenario pack")).because(fault.problems()).into()),
        }
    }
}
