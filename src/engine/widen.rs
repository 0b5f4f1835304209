//! Gives columns of a lake table a wider type, when the source's have grown and the rows must stay.
//!
//! The table is read, cast and replaced in one commit of its own, under the next sequence and with the cursor it had:
//! a crash leaves either the old table or the new one.

use arrow::array::{ArrayRef, RecordBatch};
use arrow::error::ArrowError;
use futures::StreamExt;
use serde_json::json;

use super::commit::stand;
use super::conform::Conform;
use super::extract::{Attempt, Position};
use super::{NewCheckpoint, RejectedFiles, SourceError};
use crate::events::Fact;
use crate::lake::{Commit, CommitMode, LakeError, TableSnapshot, same_type};
use crate::sdk::types;
use crate::vocabulary::SyncEventKind;

impl Attempt<'_> {
    /// Rewrites the table if a column has another type in it than in `conform`; returns the table's sequence.
    pub(super) async fn widen(
        &self,
        snapshot: &TableSnapshot,
        conform: &Conform,
        position: &Position,
    ) -> Result<Option<i64>, SourceError> {
        let sequence = position.sequence;
        let differs = |name: &str| {
            let wanted = conform.schema.field_with_name(name).ok().map(|field| field.data_type());
            let has = snapshot.schema.field_with_name(name).ok().map(|field| field.data_type());
            wanted.zip(has).is_some_and(|(wanted, has)| wanted != has && !same_type(wanted, has))
        };
        if !snapshot.schema.fields().iter().any(|field| differs(field.name())) {
            return Ok(sequence);
        }
        self.meter.phase("rewriting");
        let files = self.rewritten(conform).await?;
        let last = position.point.checkpoint.as_ref();
        let checkpoint = NewCheckpoint {
            cursor: last.and_then(|last| last.cursor.clone()),
            finished: last.is_some_and(|last| last.finished),
            of_this_sync: last.is_some_and(|last| last.of_this_sync),
            extract_type: last.map_or(self.source.extract_type, |last| last.extract_type),
            cursor_field: last.and_then(|last| last.cursor_field.clone()),
            since: last.and_then(|last| last.since.clone()),
            base_version: last.and_then(|last| last.base_version),
            rejected: RejectedFiles { none_before: position.none_rejected, ..RejectedFiles::default() },
            rows_read: 0,
            bytes: 0,
            added: 0,
            updated: 0,
            deleted: 0,
            columns: conform.columns.clone(),
            changes: conform.changes.clone(),
        };
        let next = self.store.prepare_commit(self.lease, &self.source.id, checkpoint).await?;
        let commit = Commit {
            app_id: self.source.id.to_string(),
            sequence: next,
            expected_sequence: sequence,
            mode: CommitMode::Overwrite,
            schema: conform.schema.clone(),
            added: files,
            statistics_columns: conform.lake_names(&self.source.primary_key),
            details: serde_json::Map::new(),
        };
        let committed = self.table.commit(commit).await?;
        let message = format!("{}: the lake table was rewritten for its wider columns", self.source.name);
        let fact = Fact::new(SyncEventKind::Log, Some(&self.source.id), message)
            .details(json!({ "tableVersion": committed.version }));
        self.store.committed(self.lease, &self.source.id, stand(next, &committed), vec![fact]).await?;
        Ok(Some(next))
    }

    async fn rewritten(&self, conform: &Conform) -> Result<Vec<crate::lake::StagedFile>, SourceError> {
        let mut rows = self.table.read_all(None).await?;
        let mut writer = self.table.writer(conform.schema.clone(), self.writer_options_for(conform))?;
        while let Some(batch) = rows.next().await {
            let batch = batch.map_err(|cause| LakeError::storage("read", self.source.name.clone(), cause))?;
            writer.write(cast(&batch, conform)?).await?;
            if self.cancel.is_cancelled() {
                writer.abort().await;
                return Err(SourceError::Cancelled);
            }
        }
        Ok(writer.close().await?)
    }
}

/// Rows of the table in the columns and types of `conform`.
pub(super) fn cast(batch: &RecordBatch, conform: &Conform) -> Result<RecordBatch, ArrowError> {
    let column = |field: &arrow::datatypes::FieldRef| -> Result<ArrayRef, ArrowError> {
        match batch.column_by_name(field.name()) {
            Some(array) => types::convert(&types::to_lake(array)?, field.data_type()),
            None => Ok(arrow::array::new_null_array(field.data_type(), batch.num_rows())),
        }
    };
    let arrays = conform.schema.fields().iter().map(column).collect::<Result<Vec<_>, _>>()?;
    RecordBatch::try_new(conform.schema.clone(), arrays)
}
