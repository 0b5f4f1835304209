//! `dataweaver workflows show`.

use std::process::ExitCode;

use serde_json::{Value, json};

use crate::cli::columns::Columns;
use crate::cli::output::{Output, count, printable};
use crate::cli::session::Session;
use crate::cli::shapes;
use crate::entity::{file, workflow, workflow_step, workflow_table};
use crate::services::workflows::{self, WorkflowState};

/// The room of a label.
const LABEL: usize = 11;

pub(super) async fn run(session: &Session, key: &str, output: &mut Output) -> anyhow::Result<ExitCode> {
    let services = session.services();
    let row = workflows::by_id_or_slug(services, &session.viewer, key).await?;
    let state = workflows::state(services, &session.viewer, &row.id).await?;
    let (tables, files) = (workflows::tables(services, &row.id).await?, workflows::files(services, &row.id).await?);
    if output.is_json() {
        let mut shape = shapes::workflow_state(&state);
        shape["tables"] = tables.iter().map(|table| shapes::workflow_table(&row, table)).collect::<Vec<Value>>().into();
        shape["files"] = files.iter().map(shapes::file).collect::<Vec<Value>>().into();
        output.document(&json!({ "workflow": shape }))?;
        return Ok(ExitCode::SUCCESS);
    }
    facts(&state, output)?;
    output.line("")?;
    output.table(&table_of_steps(&state.steps))?;
    show_made(&row, &tables, &files, output)?;
    Ok(ExitCode::SUCCESS)
}

fn facts(state: &WorkflowState, output: &mut Output) -> anyhow::Result<()> {
    let row = &state.workflow;
    let moment = |at: Option<chrono::DateTime<chrono::Utc>>| {
        at.map_or_else(|| "never".to_owned(), |at| at.format("%Y-%m-%d %H:%M:%S UTC").to_string())
    };
    let schedule = match &row.schedule {
        Some(cron) => format!("{cron} {}, next {}", row.timezone, moment(row.next_run_at)),
        None => "none".to_owned(),
    };
    let last = state.run.as_ref().map_or_else(
        || "never".to_owned(),
        |run| format!("{}, began {}, ended {}", run.id, moment(run.started_at), moment(run.completed_at)),
    );
    let reason = state.run.as_ref().and_then(|run| run.error_message.clone()).unwrap_or_default();
    for (label, value) in [
        ("name", row.name.clone()),
        ("slug", row.slug.clone()),
        ("id", row.id.to_string()),
        ("about", row.description.clone().unwrap_or_default()),
        ("scenario", row.scenario_id.clone().unwrap_or_default()),
        ("status", row.status.to_string()),
        ("schedule", schedule),
        ("last run", last),
        ("because", reason),
    ] {
        if !value.is_empty() {
            output.long_line(&format!("{label:<10} {}", printable(&value)), LABEL)?;
        }
    }
    Ok(())
}

/// The steps as a table for people.
pub(super) fn table_of_steps(steps: &[workflow_step::Model]) -> Columns {
    let mut columns =
        Columns::new(&["step", "kind", "status", "rows", "seconds", "after", "because"]).right(3).right(4);
    for step in steps {
        let took = step.started_at.zip(step.completed_at).map(|(from, to)| (to - from).as_seconds_f64());
        columns.row([
            step.name.clone(),
            step.kind.to_string(),
            step.status.to_string(),
            step.rows.and_then(|rows| u64::try_from(rows).ok()).map(count).unwrap_or_default(),
            took.map(|seconds| format!("{seconds:.1}")).unwrap_or_default(),
            workflows::dependencies(step).collect::<Vec<_>>().join(", "),
            step.error_message.clone().unwrap_or_default(),
        ]);
    }
    columns
}

fn show_made(
    row: &workflow::Model,
    tables: &[workflow_table::Model],
    files: &[file::Model],
    output: &mut Output,
) -> anyhow::Result<()> {
    let number =
        |number: Option<i64>| number.and_then(|number| u64::try_from(number).ok()).map(count).unwrap_or_default();
    if !tables.is_empty() {
        output.line("")?;
        let mut columns = Columns::new(&["table in SQL", "rows", "made"]).right(1);
        for table in tables {
            columns.row([
                format!("{}.{}", row.slug, table.name),
                number(table.row_count),
                table.updated_at.format("%Y-%m-%d %H:%M UTC").to_string(),
            ]);
        }
        output.table(&columns)?;
    }
    if !files.is_empty() {
        output.line("")?;
        output.table(&super::files::table_of(files))?;
    }
    Ok(())
}
