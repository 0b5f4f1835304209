//! `dataweaver workflows list`.

use std::process::ExitCode;

use serde_json::{Value, json};

use crate::cli::columns::Columns;
use crate::cli::output::Output;
use crate::cli::session::Session;
use crate::cli::shapes;
use crate::entity::workflow;
use crate::services::batch;
use crate::services::page::{MAX_PAGE, PageRequest, cursor};
use crate::services::workflows;

pub(super) async fn run(session: &Session, output: &mut Output) -> anyhow::Result<ExitCode> {
    let rows = all(session).await?;
    if output.is_json() {
        let workflows: Vec<Value> = rows.iter().map(shapes::workflow).collect();
        output.document(&json!({ "workflows": workflows }))?;
        return Ok(ExitCode::SUCCESS);
    }
    if rows.is_empty() {
        output.line("there are no workflows yet; dataweaver workflows create --help shows how to make one")?;
        return Ok(ExitCode::SUCCESS);
    }
    let ids: Vec<_> = rows.iter().map(|row| row.id.clone()).collect();
    let runs = batch::latest_runs(session.services(), &session.viewer.workspace_id, &ids).await?;
    let mut columns = Columns::new(&["workflow", "name", "status", "schedule", "last run"]);
    for row in &rows {
        let last = runs.get(&row.id).map(|run| run.started_at.unwrap_or(run.queued_at));
        columns.row([
            row.slug.clone(),
            row.name.clone(),
            row.status.to_string(),
            row.schedule.as_ref().map_or_else(String::new, |cron| format!("{cron} {}", row.timezone)),
            last.map_or_else(|| "never".to_owned(), |at| at.format("%Y-%m-%d %H:%M UTC").to_string()),
        ]);
    }
    output.table(&columns)?;
    Ok(ExitCode::SUCCESS)
}

/// All workflows of the workspace.
async fn all(session: &Session) -> anyhow::Result<Vec<workflow::Model>> {
    let mut all: Vec<workflow::Model> = Vec::new();
    loop {
        let after = all.last().map(|row| cursor(row.id.as_str()));
        let request = PageRequest { first: Some(MAX_PAGE), after, ..PageRequest::default() };
        let page = workflows::list(session.services(), &session.viewer, &request).await?;
        all.extend(page.items);
        if !page.has_next {
            return Ok(all);
        }
    }
}
