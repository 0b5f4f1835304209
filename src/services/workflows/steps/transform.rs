//! TRANSFORM: the rows of a statement become a lake table, in one commit. Until then, and where the step fails, readers have
//! the version before.

use std::sync::Arc;

use chrono::Utc;
use futures::StreamExt;
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, Set};
use serde_json::{Map, Value, json};

use super::stoppable;
use crate::engine::Column;
use crate::entity::{stored_time, workflow_table};
use crate::lake::{Commit, CommitMode, Committed, LakeError, LakeTable, StagedFile, WriterOptions};
use crate::query::RowStream;
use crate::services::workflows::config::Transform;
use crate::services::workflows::run::{Job, Made};
use crate::services::workflows::shape::Shape;
use crate::services::{ServiceError, queries};

/// How often the statement is run again where another commit came first: that of an owner of the run that was frozen.
const ATTEMPTS: usize = 3;

/// Makes the table.
pub(in crate::services::workflows) async fn run(job: &Job, transform: &Transform) -> Result<Made, ServiceError> {
    let sql = job.filled(&transform.sql).await?;
    for attempt in 1.. {
        match make(job, &transform.table, &sql).await {
            Err(ServiceError::Lake(LakeError::LeaseLost { .. })) if attempt < ATTEMPTS => {}
            made => return made,
        }
    }
    unreachable!("the last attempt is returned")
}

async fn make(job: &Job, name: &str, sql: &str) -> Result<Made, ServiceError> {
    let row = table_row(job, name).await?;
    let table = job.services.lake().table(&row.lake_path);
    let before = match table.snapshot().await? {
        Some(snapshot) => snapshot.sequence(job.workflow.id.as_str()).await?,
        None => None,
    };
    let rows = queries::rows(&job.services, &job.viewer, sql).await?;
    let shape = Shape::of(&rows.schema());
    let written = stoppable(job, write(job, &table, &shape, rows)).await?;
    let commit = Commit {
        app_id: job.workflow.id.to_string(),
        sequence: row.sequence,
        expected_sequence: before,
        mode: CommitMode::Overwrite,
        schema: Arc::clone(&shape.schema),
        added: written.clone(),
        statistics_columns: Vec::new(),
        details: details(job),
    };
    match table.commit(commit).await {
        Ok(committed) => record(job, name, &shape.columns, committed).await,
        Err(error) => {
            // Where it is not certain that nothing was committed, upkeep finds out what is left.
            if !error.is_transient() {
                table.discard(&written).await;
            }
            Err(error.into())
        }
    }
}

/// The table's row, with a number for the commit that nobody else gets.
async fn table_row(job: &Job, name: &str) -> Result<workflow_table::Model, ServiceError> {
    let guarded = job.lease.guarded(&job.services).await?;
    let key = (job.workflow.id.clone(), name.to_owned());
    let row = match workflow_table::Entity::find_by_id(key).one(&*guarded).await? {
        Some(known) => {
            let sequence = known.sequence + 1;
            let mut change = known.into_active_model();
            change.sequence = Set(sequence);
            change.update(&*guarded).await?
        }
        None => {
            let row = workflow_table::ActiveModel {
                workflow_id: Set(job.workflow.id.clone()),
                name: Set(name.to_owned()),
                workspace_id: Set(job.workflow.workspace_id.clone()),
                // By the ids: another table of this name may be on its way out.
                lake_path: Set(format!("{}/{name}_{}", job.workflow.id, job.step.id)),
                sequence: Set(1),
                table_version: Set(None),
                row_count: Set(None),
                byte_size: Set(None),
                columns: Set(json!([])),
                updated_at: Set(stored_time(Utc::now())),
            };
            row.insert(&*guarded).await?
        }
    };
    guarded.commit(&job.services).await?;
    Ok(row)
}

fn details(job: &Job) -> Map<String, Value> {
    let words = [
        ("workflowId", job.workflow.id.to_string()),
        ("runId", job.lease.run_id.to_string()),
        ("step", job.step.name.clone()),
    ];
    words.into_iter().map(|(key, word)| (key.to_owned(), Value::String(word))).collect()
}

/// Writes the rows to files that are not part of the table yet. Memory is bounded by a few batches and a row group.
async fn write(
    job: &Job,
    table: &LakeTable,
    shape: &Shape,
    mut rows: RowStream,
) -> Result<Vec<StagedFile>, ServiceError> {
    let target_file_bytes = job.services.engine.settings().file_bytes();
    let options = WriterOptions { target_file_bytes, ..WriterOptions::default() };
    let mut writer = table.writer(Arc::clone(&shape.schema), options)?;
    while let Some(batch) = rows.next().await {
        let written = match batch.and_then(|batch| Ok(shape.fitted(&batch)?)) {
            Ok(batch) => writer.write(batch).await.map_err(ServiceError::from),
            Err(error) => Err(error.into()),
        };
        if let Err(error) = written {
            writer.abort().await;
            return Err(error);
        }
    }
    Ok(writer.close().await?)
}

/// Records what the table holds now.
async fn record(job: &Job, name: &str, columns: &[Column], committed: Committed) -> Result<Made, ServiceError> {
    let guarded = job.lease.guarded(&job.services).await?;
    let key = (job.workflow.id.clone(), name.to_owned());
    let row = workflow_table::Entity::find_by_id(key).one(&*guarded).await?;
    let mut change = row.ok_or_else(|| ServiceError::not_found("workflow table", name))?.into_active_model();
    change.table_version = Set(Some(committed.version));
    change.row_count = Set(committed.rows);
    change.byte_size = Set(Some(committed.bytes));
    change.columns = Set(json!(columns));
    change.updated_at = Set(stored_time(Utc::now()));
    change.update(&*guarded).await?;
    guarded.commit(&job.services).await?;
    let table_name = format!("{}.{name}", job.workflow.slug);
    Ok(Made {
        rows: committed.rows,
        result: Some(json!({ "table": table_name, "version": committed.version, "bytes": committed.bytes })),
    })
}
