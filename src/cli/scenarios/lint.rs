//! `dataweaver scenarios lint`: what is wrong with a pack, all of it at once.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use crate::cli::failure::Failed;
use crate::cli::output::Output;
use crate::config::Config;
use crate::scenario::read_file;
use crate::services::scenarios;

/// `scenarios lint`
#[derive(Debug, Args)]
pub(in crate::cli) struct Lint {
    /// The pack, a YAML file
    pack: PathBuf,
}

impl Lint {
    pub(super) async fn run(self, config: &Config, output: &mut Output) -> anyhow::Result<ExitCode> {
        let path = self.pack.display();
        let pack = match read_file(&self.pack) {
            Ok(pack) => pack,
            Err(fault) if output.is_json() => {
                output.document(&json!({ "id": null, "problems": fault.problems(), "questionsAsked": false }))?;
                return Ok(ExitCode::FAILURE);
            }
            Err(fault) => {
                return Err(Failed::new(format!("{path} is no scenario pack")).because(fault.problems()).into());
            }
        };
        let found = scenarios::lint(&pack, &config.query).await?;
        let problems: Vec<String> = found.problems.iter().map(ToString::to_string).collect();
        let is_sound = problems.is_empty();
        if output.is_json() {
            output.document(&json!({ "id": pack.id, "problems": problems, "questionsAsked": found.asked }))?;
            return Ok(if is_sound { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        if is_sound {
            output.line(format!("{path} is sound: the scenario {}", pack.id))?;
            return Ok(ExitCode::SUCCESS);
        }
        let mut failed = Failed::new(format!("{path} cannot be run as it is")).because(problems);
        if !found.asked {
            failed = failed.hint("its questions are asked when every table is made and the model is right");
        }
        Err(failed.into())
    }
}
