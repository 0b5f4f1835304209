//! `dataweaver connectors show`.

use std::process::ExitCode;

use serde_json::{Value, json};

use crate::cli::output::{Output, printable};
use crate::cli::session::Session;
use crate::cli::shapes;
use crate::services::connectors;

/// The room of a label.
const LABEL: usize = 11;

pub(super) async fn run(session: &Session, key: &str, output: &mut Output) -> anyhow::Result<ExitCode> {
    let row = connectors::by_id_or_slug(session.services(), &session.viewer, key).await?;
    let sources = super::sources_of(session, &row).await?;
    if output.is_json() {
        let mut shape = shapes::connector(&row);
        let sources: Vec<Value> = sources.iter().map(|source| shapes::data_source(&row, source)).collect();
        shape["dataSources"] = Value::Array(sources);
        output.document(&json!({ "connector": shape }))?;
        return Ok(ExitCode::SUCCESS);
    }
    let moment = |at: Option<chrono::DateTime<chrono::Utc>>| {
        at.map_or_else(|| "never".to_owned(), |at| at.format("%Y-%m-%d %H:%M:%S UTC").to_string())
    };
    let schedule = match &row.sync_schedule {
        Some(cron) if row.sync_enabled => format!("{cron} {}, next {}", row.timezone, moment(row.next_sync_at)),
        Some(cron) => format!("{cron} {}, switched off", row.timezone),
        None => "none".to_owned(),
    };
    let status = match &row.status_message {
        Some(message) => format!("{}: {message}", row.status),
        None => row.status.to_string(),
    };
    for (label, value) in [
        ("name", row.name.clone()),
        ("slug", row.slug.clone()),
        ("id", row.id.to_string()),
        ("type", row.connector_type.to_string()),
        ("about", row.description.clone().unwrap_or_default()),
        ("settings", row.connection_config.to_string()),
        ("signs in", row.auth_type.to_string()),
        ("status", status),
        ("schedule", schedule),
        ("last sync", moment(row.last_sync_at)),
    ] {
        if !value.is_empty() {
            output.long_line(&format!("{label:<10} {}", printable(&value)), LABEL)?;
        }
    }
    if sources.is_empty() {
        output.line(format!("\nno data sources are known yet: dataweaver connectors discover {}", row.slug))?;
    } else {
        output.line("")?;
        super::show_sources(&row, &sources, output)?;
    }
    Ok(ExitCode::SUCCESS)
}
