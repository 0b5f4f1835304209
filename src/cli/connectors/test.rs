//! `dataweaver connectors test`.

use std::process::ExitCode;

use serde_json::json;

use crate::cli::failure::Failed;
use crate::cli::output::{Output, printable};
use crate::cli::session::Session;
use crate::services::connectors;

pub(super) async fn run(session: &Session, key: &str, output: &mut Output) -> anyhow::Result<ExitCode> {
    let row = connectors::by_id_or_slug(session.services(), &session.viewer, key).await?;
    let result = connectors::test(session.services(), &session.viewer, &row.id).await?;
    if output.is_json() {
        output.document(&json!({
            "connectorId": row.id, "success": result.success, "message": result.message, "details": result.details,
        }))?;
    }
    if !result.success {
        return Err(Failed::new(format!("{} cannot be read", row.name)).because([result.message]).into());
    }
    if !output.is_json() {
        output.line(printable(&result.message))?;
    }
    Ok(ExitCode::SUCCESS)
}
