//! One attempt to extract a data source: read, fit to the table, make durable, commit.

use std::sync::Arc;
use std::time::Duration;

use arrow::datatypes::Schema;
use futures::StreamExt;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::commit::{Change, Effect};
use super::conform::{Conform, Known};
use super::progress::Meter;
use super::resume::{Strategy, task};
use super::sink::{Sink, Written};
use super::worker::Store;
use super::{EngineSettings, Lease, ResumePoint, SourceError, SourcePlan, StagedChunk, TableStand};
use crate::events::Fact;
use crate::lake::{LakeTable, TableSnapshot, WriterOptions};
use crate::sdk::{Cursor, DynConnector, Extract, ReadEvent, ReadRequest, ReadStream, SourceRef, types};
use crate::vocabulary::{EventLevel, SyncEventKind};

/// Rows of this many bytes travel together.
const BATCH_BYTES: usize = 2 * 1024 * 1024;

/// Everything that one attempt works with.
pub(super) struct Attempt<'a> {
    pub(super) store: &'a dyn Store,
    pub(super) settings: &'a EngineSettings,
    pub(super) lease: &'a Lease,
    pub(super) source: &'a SourcePlan,
    pub(super) connector: &'a Arc<dyn DynConnector>,
    pub(super) table: LakeTable,
    pub(super) rejected_table: LakeTable,
    pub(super) meter: &'a Meter,
    pub(super) cancel: &'a CancellationToken,
    pub(super) memory_bytes: usize,
}

/// What an attempt did, those before it in the same sync included.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Extracted {
    pub(super) added: u64,
    pub(super) updated: u64,
    pub(super) deleted: u64,
    pub(super) rejected: u64,
}

/// How far the attempt is.
struct Position {
    sequence: Option<i64>,
    point: ResumePoint,
    rows: u64,
    bytes: u64,
    extracted: Extracted,
}

impl Attempt<'_> {
    /// Runs the attempt to its end.
    pub(super) async fn run(&self) -> Result<Extracted, SourceError> {
        let strategy = Strategy::of(self.source)?;
        let snapshot = self.table.snapshot().await?;
        let sequence = match &snapshot {
            Some(snapshot) => snapshot.sequence(self.source.id.as_str()).await?,
            None => None,
        };
        let stand = snapshot.as_ref().zip(sequence).map(|(snapshot, sequence)| TableStand {
            sequence,
            version: snapshot.version,
            rows: snapshot.rows,
            bytes: snapshot.bytes,
        });
        let point = self.store.resume(self.lease, self.source, stand).await?;
        self.meter.resume_at(point.rows, point.bytes);
        let extracted = Extracted { added: point.added, updated: point.updated, deleted: point.deleted, rejected: 0 };
        if point.checkpoint.as_ref().is_some_and(|last| last.of_this_sync && last.finished) {
            return Ok(extracted);
        }
        let mut position = Position { sequence, rows: point.rows, bytes: point.bytes, point, extracted };
        let tables = (self.table.clone(), self.rejected_table.clone());
        let mut sink = Sink::new(self.source, self.lease, tables, self.settings, self.memory_bytes);
        let read = self.read(strategy, snapshot.as_ref(), &mut position, &mut sink).await;
        match read {
            Ok(cursor) => self.complete(strategy, snapshot.as_ref(), position, sink, cursor).await,
            Err(error) => {
                sink.abort().await;
                Err(error)
            }
        }
    }

    /// Reads to the end of the stream; returns the last cursor.
    async fn read(
        &self,
        strategy: Strategy,
        snapshot: Option<&TableSnapshot>,
        position: &mut Position,
        sink: &mut Sink<'_>,
    ) -> Result<Option<Cursor>, SourceError> {
        let (extract, resume) = task(self.source, strategy, &position.point);
        if strategy == Strategy::Append && snapshot.is_some() && matches!(extract, Extract::Incremental { .. }) {
            sink.boundary_cursor.clone_from(&self.source.cursor_field);
        }
        let mut stream = self.connector.read(ReadRequest {
            source: SourceRef {
                name: self.source.name.clone(),
                source_type: self.source.source_type.clone(),
                source_path: self.source.source_path.clone(),
                details: self.source.details.clone(),
            },
            extract,
            primary_key: self.source.primary_key.clone(),
            resume: resume.clone(),
            batch_bytes: BATCH_BYTES.min(self.memory_bytes / 4),
            memory_bytes: self.memory_bytes / 2,
            cancel: self.cancel.child_token(),
        });
        let mut cursor = resume;
        while let Some(event) = self.next(&mut stream).await? {
            match event {
                ReadEvent::Schema(schema) => {
                    let conform = self.plan(strategy, snapshot, &schema, sink.conform.as_ref()).await?;
                    if let Some(snapshot) = snapshot.filter(|_| strategy != Strategy::Replace && sink.conform.is_none())
                    {
                        position.sequence = self.widen(snapshot, &conform, position.sequence, &position.point).await?;
                    }
                    sink.reshape(conform).await?;
                }
                ReadEvent::Batch(batch) => {
                    self.meter.phase("reading");
                    sink.write(&batch).await?;
                    position.rows += batch.num_rows() as u64;
                    position.bytes += batch.get_array_memory_size() as u64;
                    self.meter.read(position.rows, position.bytes);
                }
                ReadEvent::Checkpoint(next) => {
                    cursor = Some(next);
                    if sink.is_due() {
                        self.checkpoint(strategy, position, sink, cursor.clone()).await?;
                    }
                }
                ReadEvent::Estimate(estimate) => self.meter.estimate(estimate),
                ReadEvent::Waiting { reason, until } => {
                    let fact = Fact::new(SyncEventKind::Waiting, Some(&self.source.id), reason.clone())
                        .details(json!({ "until": until }));
                    self.meter.waiting(Some(reason));
                    self.store.record(self.lease, vec![fact]).await?;
                }
                ReadEvent::RejectedValue(value) => sink.rejects.add_value(value),
                ReadEvent::RejectedRows(rows) => {
                    position.rows += rows.len() as u64;
                    sink.rejects.add(rows, self.source)?;
                    self.meter.read(position.rows, position.bytes);
                }
                ReadEvent::Log { level, message } => {
                    let fact = Fact::new(SyncEventKind::Log, Some(&self.source.id), message).level(level);
                    self.store.record(self.lease, vec![fact]).await?;
                }
            }
        }
        Ok(cursor)
    }

    /// The next event of the source; says so when it is silent for long.
    async fn next(&self, stream: &mut ReadStream) -> Result<Option<ReadEvent>, SourceError> {
        let stall = Duration::from_secs(self.settings.stall_seconds.max(1));
        let mut silent = Duration::ZERO;
        loop {
            tokio::select! {
                biased;
                () = self.cancel.cancelled() => return Err(SourceError::Cancelled),
                event = tokio::time::timeout(stall, stream.next()) => match event {
                    Ok(event) => return Ok(event.transpose()?),
                    Err(_) => {
                        silent += stall;
                        let reason = format!("no answer from {} for {} s", self.source.name, silent.as_secs());
                        self.meter.waiting(Some(reason.clone()));
                        let fact = Fact::new(SyncEventKind::Waiting, Some(&self.source.id), reason);
                        self.store.record(self.lease, vec![fact.level(EventLevel::Warning)]).await?;
                    }
                },
            }
        }
    }

    /// Fits the source's schema to the table; tells what changed and what is kept in another form.
    async fn plan(
        &self,
        strategy: Strategy,
        snapshot: Option<&TableSnapshot>,
        schema: &Schema,
        before: Option<&Conform>,
    ) -> Result<Conform, SourceError> {
        let known = match before {
            // A change in the middle of a read: what was written a moment ago is what is known.
            Some(before) => Known { columns: &before.columns, table: Some(&before.schema), replaced: false },
            None => Known {
                columns: &self.source.columns,
                table: snapshot.map(|snapshot| snapshot.schema.as_ref()),
                replaced: strategy == Strategy::Replace,
            },
        };
        let mut conform = Conform::plan(&known, schema, self.source.schema_policy)?;
        let mut facts: Vec<Fact> = conform
            .changes
            .iter()
            .map(|change| {
                Fact::new(SyncEventKind::SchemaChange, Some(&self.source.id), format!("{}: {change}", self.source.name))
                    .details(json!({ "change": change, "policy": self.source.schema_policy }))
            })
            .collect();
        let notes: Vec<String> = schema.fields().iter().filter_map(|field| types::mapping_note(field)).collect();
        if before.is_none() && !notes.is_empty() {
            let message = format!("{}: {}", self.source.name, notes.join("; "));
            facts.push(
                Fact::new(SyncEventKind::Log, Some(&self.source.id), message).details(json!({ "mapped": notes })),
            );
        }
        if !facts.is_empty() {
            self.store.record(self.lease, facts).await?;
        }
        if let Some(before) = before {
            let earlier = before.changes.clone();
            conform.changes.splice(0..0, earlier);
        }
        Ok(conform)
    }

    /// Makes what was read so far durable, with its cursor.
    async fn checkpoint(
        &self,
        strategy: Strategy,
        position: &mut Position,
        sink: &mut Sink<'_>,
        cursor: Option<Cursor>,
    ) -> Result<(), SourceError> {
        let facts = sink.rejects.facts(self.source);
        if !facts.is_empty() {
            self.store.record(self.lease, facts).await?;
        }
        self.meter.phase("writing");
        let written = sink.take().await?;
        if strategy.is_at_end() {
            let chunk = chunk(position, written, cursor);
            self.store.stage(self.lease, &self.source.id, chunk.clone()).await?;
            position.point.staged.push(chunk);
            return Ok(());
        }
        let Some(conform) = &sink.conform else { return Ok(()) };
        let (sequence, effect) =
            self.commit(position.sequence, strategy, conform, change(written, cursor, false)).await?;
        position.committed(sequence, effect);
        Ok(())
    }

    /// The read is complete: commits what is left.
    async fn complete(
        &self,
        strategy: Strategy,
        snapshot: Option<&TableSnapshot>,
        mut position: Position,
        mut sink: Sink<'_>,
        cursor: Option<Cursor>,
    ) -> Result<Extracted, SourceError> {
        let facts = sink.rejects.facts(self.source);
        if !facts.is_empty() {
            self.store.record(self.lease, facts).await?;
        }
        self.meter.phase("committing");
        let written = sink.take().await?;
        position.extracted.rejected = sink.rejects.count;
        let Some(conform) = sink.conform.take() else {
            return Err(arrow::error::ArrowError::SchemaError("the read told no columns".into()).into());
        };
        if conform.schema.fields().is_empty() {
            let message = format!("{} has no columns: nothing to keep", self.source.name);
            self.store.record(self.lease, vec![Fact::new(SyncEventKind::Log, Some(&self.source.id), message)]).await?;
            return Ok(position.extracted);
        }
        let mut last = change(written, cursor, true);
        if strategy.is_at_end() {
            for chunk in position.point.staged.drain(..).rev() {
                last.files.splice(0..0, chunk.files);
                last.rejected.splice(0..0, chunk.rejected);
                last.rows += chunk.rows;
                last.bytes += chunk.bytes;
            }
        } else if last.rows == 0 && snapshot.is_some() && self.stands_at(&position, last.cursor.as_ref()) {
            return Ok(position.extracted);
        }
        if self.cancel.is_cancelled() {
            return Err(SourceError::Cancelled);
        }
        let (sequence, effect) = self.commit(position.sequence, strategy, &conform, last).await?;
        position.committed(sequence, effect);
        Ok(position.extracted)
    }

    /// Whether the cursor is stored already, so that a sync without news needs no commit.
    fn stands_at(&self, position: &Position, cursor: Option<&Cursor>) -> bool {
        let stored = position.point.checkpoint.as_ref();
        cursor.is_none() || stored.is_some_and(|stored| stored.cursor.as_ref() == cursor && stored.finished)
    }

    /// How files of this table are written.
    pub(super) fn writer_options(&self) -> WriterOptions {
        WriterOptions {
            target_file_bytes: self.settings.file_mib.max(1) * 1024 * 1024,
            buffer_bytes: self.memory_bytes / 2,
            ..WriterOptions::default()
        }
    }
}

impl Position {
    fn committed(&mut self, sequence: i64, effect: Effect) {
        self.sequence = Some(sequence);
        self.extracted.added += effect.added;
        self.extracted.updated += effect.updated;
        self.extracted.deleted += effect.deleted;
    }
}

fn chunk(position: &Position, written: Written, cursor: Option<Cursor>) -> StagedChunk {
    StagedChunk {
        number: position.point.staged.last().map_or(0, |last| last.number + 1),
        files: written.files,
        rejected: written.rejected,
        cursor,
        rows: written.rows,
        bytes: written.bytes,
    }
}

fn change(written: Written, cursor: Option<Cursor>, finished: bool) -> Change {
    Change {
        files: written.files,
        rejected: written.rejected,
        cursor,
        finished,
        rows: written.rows,
        bytes: written.bytes,
    }
}
