//! `dataweaver workflows create`.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::text::WorkflowFile;
use crate::cli::output::{Output, printable};
use crate::cli::session::Session;
use crate::cli::shapes;
use crate::services::workflows;

/// `workflows create`
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(in crate::cli) struct Create {
    #[command(flatten)]
    file: WorkflowFile,
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
        let template = workflows::of_yaml(&self.file.read()?)?;
        let row = workflows::create(session.services(), &session.viewer, template, None).await?;
        if output.is_json() {
            output.document(&json!({ "workflow": shapes::workflow(&row) }))?;
        } else {
            output.line(printable(&format!("made {}: dataweaver workflows run {}", row.name, row.slug)))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
