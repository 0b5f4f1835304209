//! `dataweaver workflows create`.

use std::io::Read;
use std::process::ExitCode;
use std::{fs, io};

use anyhow::Context;
use clap::Args;
use serde_json::json;

use crate::cli::output::{Output, printable};
use crate::cli::session::Session;
use crate::cli::shapes;
use crate::services::workflows;

/// `workflows create`
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(in crate::cli) struct Create {
    /// A file of YAML, or - for stdin
    #[arg(value_name = "FILE")]
    file: String,
}

const EXAMPLE: &str = "Example of a file:
  name: Big orders
  schedule: 0 6 * * 1-5
  timezone: Europe/Berlin
  steps:
    - name: read
      kind: EXTRACT
      config: { sources: [orders] }
    - name: pick
      kind: TRANSFORM
      config:
        table: big
        sql: SELECT * FROM {{ source('orders') }} WHERE total > 100
    - name: file
      kind: OUTPUT
      config:
        file: big-orders
        format: xlsx
        sql: SELECT * FROM {{ ref('big') }}";

impl Create {
    pub(super) async fn run(self, session: &Session, output: &mut Output) -> anyhow::Result<ExitCode> {
        let text = self.text()?;
        let template = workflows::of_yaml(&text)?;
        let row = workflows::create(session.services(), &session.viewer, template, None).await?;
        if output.is_json() {
            output.document(&json!({ "workflow": shapes::workflow(&row) }))?;
        } else {
            output.line(printable(&format!("made {}: dataweaver workflows run {}", row.name, row.slug)))?;
        }
        Ok(ExitCode::SUCCESS)
    }

    fn text(&self) -> anyhow::Result<String> {
        if self.file == "-" {
            let mut text = String::new();
            io::stdin().lock().read_to_string(&mut text).context("the workflow cannot be read from stdin")?;
            return Ok(text);
        }
        fs::read_to_string(&self.file).with_context(|| format!("the file {} cannot be read", self.file))
    }
}
