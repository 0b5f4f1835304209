//! `dataweaver workflows update`.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::text::WorkflowFile;
use crate::cli::output::{Output, printable};
use crate::cli::session::Session;
use crate::cli::shapes;
use crate::services::workflows;

/// `workflows update`
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(in crate::cli) struct Update {
    /// The workflow's slug or id
    workflow: String,
    #[command(flatten)]
    file: WorkflowFile,
}

const EXAMPLE: &str = "Example:
  dataweaver workflows export big_orders > big-orders.yaml
  dataweaver workflows update big_orders big-orders.yaml";

impl Update {
    pub(super) async fn run(self, session: &Session, output: &mut Output) -> anyhow::Result<ExitCode> {
        let template = workflows::of_yaml(&self.file.read()?)?;
        let row = workflows::by_id_or_slug(session.services(), &session.viewer, &self.workflow).await?;
        let row = workflows::update(session.services(), &session.viewer, &row.id, template.into()).await?;
        if output.is_json() {
            output.document(&json!({ "workflow": shapes::workflow(&row) }))?;
        } else {
            output.line(printable(&format!("changed {}: dataweaver workflows run {}", row.name, row.slug)))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
