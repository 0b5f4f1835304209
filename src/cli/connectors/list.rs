//! `dataweaver connectors list`.

use std::process::ExitCode;

use serde_json::{Value, json};

use crate::cli::columns::Columns;
use crate::cli::output::Output;
use crate::cli::session::Session;
use crate::cli::shapes;
use crate::entity::connector;
use crate::services::batch;
use crate::services::connectors::{self, ConnectorFilter};
use crate::services::page::{MAX_PAGE, PageRequest, cursor};

pub(super) async fn run(session: &Session, output: &mut Output) -> anyhow::Result<ExitCode> {
    let rows = all(session).await?;
    if output.is_json() {
        let connectors: Vec<Value> = rows.iter().map(shapes::connector).collect();
        output.document(&json!({ "connectors": connectors }))?;
        return Ok(ExitCode::SUCCESS);
    }
    if rows.is_empty() {
        output.line("there are no connectors yet; dataweaver connectors add --help shows how to add one")?;
        return Ok(ExitCode::SUCCESS);
    }
    let ids: Vec<_> = rows.iter().map(|row| row.id.clone()).collect();
    let counts = batch::sources_count(session.services(), &session.viewer.workspace_id, &ids).await?;
    let mut columns = Columns::new(&["connector", "name", "type", "status", "sources", "last sync"]).right(4);
    for row in &rows {
        columns.row([
            row.slug.clone(),
            row.name.clone(),
            row.connector_type.to_string(),
            row.status.to_string(),
            counts.get(&row.id).copied().unwrap_or_default().to_string(),
            row.last_sync_at.map_or_else(|| "never".to_owned(), |at| at.format("%Y-%m-%d %H:%M UTC").to_string()),
        ]);
    }
    output.table(&columns)?;
    Ok(ExitCode::SUCCESS)
}

/// All connectors of the workspace.
pub(in crate::cli) async fn all(session: &Session) -> anyhow::Result<Vec<connector::Model>> {
    let mut all: Vec<connector::Model> = Vec::new();
    loop {
        let after = all.last().map(|row| cursor(row.id.as_str()));
        let request = PageRequest { first: Some(MAX_PAGE), after, ..PageRequest::default() };
        let filter = ConnectorFilter::default();
        let page = connectors::list(session.services(), &session.viewer, &filter, &request).await?;
        all.extend(page.items);
        if !page.has_next {
            return Ok(all);
        }
    }
}
