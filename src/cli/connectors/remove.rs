//! `dataweaver connectors remove`.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use crate::cli::output::{Output, printable};
use crate::cli::session::Session;
use crate::services::connectors;

/// `connectors remove`
#[derive(Debug, Args)]
pub(in crate::cli) struct Remove {
    /// The connector's slug or id
    connector: String,
    /// Delete the files of its lake tables too; otherwise they stay, for other programs
    #[arg(long)]
    drop_data: bool,
}

impl Remove {
    pub(super) async fn run(self, session: &Session, output: &mut Output) -> anyhow::Result<ExitCode> {
        let row = connectors::by_id_or_slug(session.services(), &session.viewer, &self.connector).await?;
        connectors::delete(session.services(), &session.viewer, &row.id, self.drop_data).await?;
        if output.is_json() {
            output.document(&json!({ "deletedId": row.id }))?;
        } else {
            let tables = if self.drop_data { "and its lake tables" } else { "(the files of its lake tables stay)" };
            output.line(printable(&format!("removed {} {tables}", row.name)))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
