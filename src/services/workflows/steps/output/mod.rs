//! OUTPUT: writes the rows of a statement, or a report, into a file that can be downloaded.
//!
//! A step has one file. It keeps its id from run to run, so that a link to it stays good, and gets new bytes in the
//! transaction in which the step's row says so.

mod chart;
mod html;
mod report;

use chrono::Utc;
use futures::StreamExt;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set};
use serde_json::json;

use super::stoppable;
use crate::entity::ids::FileId;
use crate::entity::{file, stored_time};
use crate::query::{self, ExportFormat};
use crate::services::workflows::config::{Format, Output};
use crate::services::workflows::files::{Writing, Written};
use crate::services::workflows::run::{Job, Made};
use crate::services::{ServiceError, queries};

/// The media type of a report.
const HTML: &str = "text/html; charset=utf-8";

/// Writes the file.
pub(in crate::services::workflows) async fn run(job: &Job, output: &Output) -> Result<Made, ServiceError> {
    let (written, rows) = stoppable(job, write(job, output)).await?;
    let bytes = written.bytes;
    let content_type = output.format.of_rows().map_or(HTML, ExportFormat::content_type);
    let id = record(job, &output.file_name(), content_type, written).await?;
    Ok(Made { rows, result: Some(json!({ "fileId": id, "file": output.file_name(), "bytes": bytes })) })
}

async fn write(job: &Job, output: &Output) -> Result<(Written, Option<i64>), ServiceError> {
    let workshop = &job.services.context.workflows;
    let most = workshop.settings().file_bytes();
    let begun = workshop.files().begin(&job.workflow.id, output.format.ending(), most).await;
    let mut writing =
        begun.map_err(|cause| ServiceError::Internal { what: "the file could not be written", cause: cause.into() })?;
    let rows = match (output.format.of_rows(), &output.sql) {
        (Some(format), Some(sql)) => Some(write_rows(job, format, sql, &mut writing).await?),
        _ => {
            debug_assert_eq!(output.format, Format::Html, "all other formats have a statement");
            let report = report::made(job, output).await?;
            writing.write(report.as_bytes()).await?;
            None
        }
    };
    Ok((writing.finish().await?, rows))
}

/// Writes the rows of a statement as they come.
async fn write_rows(job: &Job, format: ExportFormat, sql: &str, writing: &mut Writing) -> Result<i64, ServiceError> {
    let sql = job.filled(sql).await?;
    let rows = queries::rows(&job.services, &job.viewer, &sql).await?;
    let count = rows.row_count();
    let mut bytes = std::pin::pin!(query::export(rows, format));
    while let Some(chunk) = bytes.next().await {
        writing.write(&chunk?).await?;
    }
    Ok(i64::try_from(count.get()).unwrap_or(i64::MAX))
}

/// Records the file, and removes the one before.
async fn record(job: &Job, name: &str, content_type: &str, written: Written) -> Result<FileId, ServiceError> {
    let guarded = job.lease.guarded(&job.services).await?;
    let of_step = file::Column::WorkflowStepId.eq(job.step.id.clone());
    let before = file::Entity::find().filter(of_step).one(&*guarded).await?;
    let id = before.as_ref().map_or_else(FileId::generate, |before| before.id.clone());
    let row = file::ActiveModel {
        id: Set(id.clone()),
        workspace_id: Set(job.workflow.workspace_id.clone()),
        workflow_id: Set(Some(job.workflow.id.clone())),
        workflow_step_id: Set(Some(job.step.id.clone())),
        name: Set(name.to_owned()),
        content_type: Set(content_type.to_owned()),
        byte_size: Set(i64::try_from(written.bytes).unwrap_or(i64::MAX)),
        path: Set(written.path),
        created_at: Set(stored_time(Utc::now())),
    };
    match &before {
        Some(_) => row.update(&*guarded).await?,
        None => row.insert(&*guarded).await?,
    };
    guarded.commit(&job.services).await?;
    if let Some(before) = before {
        job.services.context.workflows.files().remove(&before.path).await;
    }
    Ok(id)
}
