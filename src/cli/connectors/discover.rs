//! `dataweaver connectors discover`.

use std::process::ExitCode;

use serde_json::{Value, json};

use crate::cli::output::{Output, printable};
use crate::cli::session::Session;
use crate::cli::shapes;
use crate::services::{connectors, sources};

pub(super) async fn run(session: &Session, key: &str, output: &mut Output) -> anyhow::Result<ExitCode> {
    let row = connectors::by_id_or_slug(session.services(), &session.viewer, key).await?;
    let sources = sources::discover(session.services(), &session.viewer, &row.id).await?;
    if output.is_json() {
        let sources: Vec<Value> = sources.iter().map(|source| shapes::data_source(&row, source)).collect();
        output.document(&json!({ "dataSources": sources }))?;
    } else if sources.is_empty() {
        output.line(printable(&format!("{} has nothing to read", row.name)))?;
    } else {
        super::show_sources(&row, &sources, output)?;
    }
    Ok(ExitCode::SUCCESS)
}
