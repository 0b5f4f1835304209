//! `dataweaver workflows export`.

use std::process::ExitCode;

use serde_json::json;

use crate::cli::output::{Output, printable};
use crate::cli::session::Session;
use crate::services::workflows;

pub(super) async fn run(session: &Session, key: &str, output: &mut Output) -> anyhow::Result<ExitCode> {
    let services = session.services();
    let row = workflows::by_id_or_slug(services, &session.viewer, key).await?;
    let state = workflows::state(services, &session.viewer, &row.id).await?;
    let yaml = workflows::as_yaml(&state.workflow, &state.steps)?;
    if output.is_json() {
        output.document(&json!({ "yaml": yaml, "updatedAt": state.workflow.updated_at }))?;
    } else if output.is_terminal() {
        for line in yaml.lines() {
            output.line(printable(line))?;
        }
    } else {
        output.bytes(yaml.as_bytes())?;
    }
    Ok(ExitCode::SUCCESS)
}
