//! `dataweaver workflows update`.

use std::process::ExitCode;

use chrono::{DateTime, Utc};
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
    /// Only if it was last changed at this time, the updatedAt of show --json and export --json
    #[arg(long, value_name = "TIME")]
    if_updated_at: Option<DateTime<Utc>>,
}

const EXAMPLE: &str = "Example:
  dataweaver workflows export big_orders > big-orders.yaml
  dataweaver workflows update big_orders big-orders.yaml
  dataweaver workflows update big_orders big-orders.yaml --if-updated-at 2026-11-28T08:30:00.123456Z";

impl Update {
    pub(super) async fn run(self, session: &Session, output: &mut Output) -> anyhow::Result<ExitCode> {
        let template = workflows::of_yaml(&self.file.read()?)?;
        let row = workflows::by_id_or_slug(session.services(), &session.viewer, &self.workflow).await?;
        let (services, read) = (session.services(), self.if_updated_at);
        let row = workflows::update(services, &session.viewer, &row.id, read, template.into()).await?;
        if output.is_json() {
            output.document(&json!({ "workflow": shapes::workflow(&row) }))?;
        } else {
            output.line(printable(&format!("changed {}: dataweaver workflows run {}", row.name, row.slug)))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
