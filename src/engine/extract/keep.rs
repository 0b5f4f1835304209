//! What was read becomes durable: at a checkpoint, and at the end.

use std::sync::Arc;

use super::{Attempt, Position};
use crate::engine::commit::Change;
use crate::engine::conform::Conform;
use crate::engine::sink::{Sink, Written};
use crate::engine::{Extracted, RejectedFiles, SourceError, StagedChunk, StagedColumns, StoredCheckpoint};
use crate::events::Fact;
use crate::lake::{StoredSchema, TableSnapshot};
use crate::sdk::Cursor;
use crate::vocabulary::SyncEventKind;

impl Attempt<'_> {
    /// Makes what was read so far durable, with its cursor.
    pub(super) async fn checkpoint(
        &self,
        position: &mut Position,
        sink: &mut Sink<'_>,
        cursor: Option<Cursor>,
    ) -> Result<(), SourceError> {
        let facts = sink.facts();
        if !facts.is_empty() {
            self.store.record(self.lease, facts).await?;
        }
        let has_columns = sink.conform.as_ref().is_some_and(|conform| !conform.schema.fields().is_empty());
        if !has_columns && !position.strategy.is_at_end() {
            // There is no table yet that rejected rows could be kept beside: they wait.
            return Ok(());
        }
        self.meter.phase("writing");
        let written = self.watched(sink.take()).await??;
        if position.strategy.is_at_end() {
            let columns = sink.conform.as_ref().map(|conform| self.staged_columns(conform)).transpose()?.flatten();
            // A long load has thousands of chunks, and mostly one list of columns.
            let columns = columns.filter(|columns| position.point.staged_columns() != Some(columns));
            let chunk = chunk(position, written, columns, cursor);
            self.store.stage(self.lease, &self.source.id, chunk.clone()).await?;
            position.point.staged.push(chunk);
            return Ok(());
        }
        let Some(conform) = &sink.conform else { return Ok(()) };
        let change = change(written, cursor.clone(), false);
        let (sequence, effect) = self.commit(position, conform, change).await?;
        position.committed(sequence, effect);
        position.point.checkpoint = Some(StoredCheckpoint {
            cursor,
            finished: false,
            extract_type: self.source.extract_type,
            cursor_field: self.source.cursor_field.clone(),
            since: self.since.clone(),
            base_version: self.base_version,
            rejected: RejectedFiles::default(),
            of_this_sync: true,
        });
        Ok(())
    }

    /// The read is complete: commits what is left.
    pub(super) async fn complete(
        &self,
        snapshot: Option<&TableSnapshot>,
        mut position: Position,
        mut sink: Sink<'_>,
        cursor: Option<Cursor>,
    ) -> Result<Extracted, SourceError> {
        let facts = sink.facts();
        if !facts.is_empty() {
            self.store.record(self.lease, facts).await?;
        }
        let has_columns = sink.conform.as_ref().is_some_and(|conform| !conform.schema.fields().is_empty());
        if sink.rejects.count > 0 {
            let keeps_rows = sink.keeps_rows() || position.point.staged.iter().any(|chunk| !chunk.files.is_empty());
            let empties = position.strategy.replaces() && snapshot.is_some_and(|snapshot| snapshot.files > 0);
            let (rejected, mut first) = (sink.rejects.count, || sink.rejects.first.take().unwrap_or_default());
            if !has_columns {
                return Err(SourceError::NothingReadable { rejected, first: first() });
            }
            if empties && !keeps_rows {
                return Err(SourceError::NothingToReplace { rejected, first: first() });
            }
        }
        self.meter.complete(position.rows, position.bytes);
        self.meter.phase("committing");
        let written = self.watched(sink.take()).await??;
        let Some(mut conform) = sink.conform.take() else {
            return Err(arrow::error::ArrowError::SchemaError("the read told no columns".into()).into());
        };
        let strategy = position.strategy;
        let compares_keys = self.compares_keys(&position, snapshot);
        // Where keys are compared, the read is complete with them.
        let mut last = change(written, cursor.clone(), !compares_keys);
        if conform.schema.fields().is_empty() {
            let Some(snapshot) = snapshot.filter(|_| strategy.replaces()) else {
                let message = format!("{} has no columns: nothing to keep", self.source.name);
                let fact = Fact::new(SyncEventKind::Log, Some(&self.source.id), message);
                self.store.record(self.lease, vec![fact]).await?;
                return Ok(position.extracted);
            };
            // A source that was emptied, its columns included: the table keeps them, without rows.
            conform.schema = Arc::clone(&snapshot.schema);
            conform.columns = self.known_columns(&position).to_vec();
            conform.changes.clear();
        }
        let is_news = !last.files.is_empty()
            || last.rejected_rows > 0
            || !position.point.staged.is_empty()
            || !conform.changes.is_empty();
        let is_new = is_news || snapshot.is_none() || !self.stands_at(&position, cursor.as_ref(), !compares_keys);
        if is_new && strategy.is_at_end() {
            // Their rejected rows are counted already.
            for chunk in position.point.staged.drain(..).rev() {
                position.extracted.rejected -= chunk.rejected_rows.min(position.extracted.rejected);
                last.files.splice(0..0, chunk.files);
                last.rejected.splice(0..0, chunk.rejected);
                last.rejected_rows += chunk.rejected_rows;
                last.rows += chunk.rows;
                last.bytes += chunk.bytes;
            }
        }
        if is_new {
            if self.cancel.is_cancelled() {
                return Err(SourceError::Cancelled);
            }
            let (sequence, effect) = self.commit(&position, &conform, last).await?;
            position.committed(sequence, effect);
        }
        if compares_keys {
            self.delete_gone(&mut position, &conform, cursor).await?;
        } else {
            self.tell_of_deletes_unseen(&position).await?;
        }
        Ok(position.extracted)
    }

    /// What whoever goes on with the load is to know of its columns.
    fn staged_columns(&self, conform: &Conform) -> Result<Option<StagedColumns>, SourceError> {
        if conform.schema.fields().is_empty() {
            return Ok(None);
        }
        let schema = StoredSchema::of(self.table.name(), &conform.schema)?;
        Ok(Some(StagedColumns { columns: conform.columns.clone(), schema, changes: conform.changes.clone() }))
    }

    /// Whether the cursor is stored already, so that a sync without news needs no commit; as the end of its read where that
    /// is to be said.
    fn stands_at(&self, position: &Position, cursor: Option<&Cursor>, as_the_end: bool) -> bool {
        // What is read whole says by its rows what the table is to hold, and not by its cursor.
        if position.strategy.is_at_end() {
            return false;
        }
        let stored = position.point.checkpoint.as_ref();
        cursor.is_none()
            || stored.is_some_and(|stored| stored.cursor.as_ref() == cursor && (stored.finished || !as_the_end))
    }
}

fn chunk(position: &Position, written: Written, columns: Option<StagedColumns>, cursor: Option<Cursor>) -> StagedChunk {
    StagedChunk {
        number: position.point.staged.last().map_or(0, |last| last.number + 1),
        files: written.files,
        rejected: written.rejected,
        rejected_rows: written.rejected_rows,
        columns,
        cursor,
        rows: written.rows,
        bytes: written.bytes,
    }
}

fn change(written: Written, cursor: Option<Cursor>, finished: bool) -> Change {
    Change {
        files: written.files,
        rejected: written.rejected,
        rejected_rows: written.rejected_rows,
        nulled_key: written.nulled_key,
        cursor,
        finished,
        rows: written.rows,
        bytes: written.bytes,
    }
}
