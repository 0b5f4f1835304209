//! One attempt to extract a data source: read, fit to the table, make durable, commit.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use futures::StreamExt;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::commit::Change;
use super::conform::Conform;
use super::progress::Meter;
use super::rejects::Rejects;
use super::resume::{Scope, Strategy, Task, since};
use super::sink::{Sink, Written};
use super::worker::Store;
use super::{
    EngineSettings, Extracted, Lease, RejectedFiles, ResumePoint, SourceError, SourcePlan, StagedChunk,
    StoredCheckpoint, TableStand,
};
use crate::events::Fact;
use crate::lake::{LakeTable, TableSnapshot, WriterOptions};
use crate::sdk::{Cursor, DynConnector, Extract, ReadEvent, ReadRequest, ReadStream, SourceRef};
use crate::vocabulary::{EventLevel, SyncEventKind};

/// How long a source that gives checkpoints may be silent during a shutdown before its next one.
const LAST_WORD: Duration = Duration::from_secs(1);

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
    /// An attempt has told what is kept in another form.
    pub(super) mapping_is_told: &'a AtomicBool,
    pub(super) cancel: &'a CancellationToken,
    pub(super) shutdown: &'a CancellationToken,
    pub(super) memory_bytes: usize,
    pub(super) spill_folder: &'a Path,
    /// The cursor at which the sync before this one ended.
    pub(super) since: Option<Cursor>,
    /// The table's version when this sync came to it; none where there was no table.
    pub(super) base_version: Option<i64>,
}

/// How an attempt ended early.
pub(super) struct Failure {
    pub(super) error: SourceError,
    /// Whether it was to go on from a checkpoint of this sync and can as well begin from the start, since no row that it
    /// reads again is added again.
    pub(super) may_begin_anew: bool,
}

/// How far the attempt is.
pub(super) struct Position {
    pub(super) sequence: Option<i64>,
    pub(super) point: ResumePoint,
    pub(super) strategy: Strategy,
    /// Which rows the read gives.
    pub(super) scope: Scope,
    /// Whether it is known that the table of rejected rows holds none.
    pub(super) none_rejected: bool,
    rows: u64,
    bytes: u64,
    extracted: Extracted,
}

impl Attempt<'_> {
    /// Runs the attempt to its end; `anew` reads from the start of this sync, whatever checkpoints it has.
    pub(super) async fn run(mut self, anew: bool) -> Result<Extracted, Failure> {
        let mut may_begin_anew = false;
        self.work(anew, &mut may_begin_anew).await.map_err(|error| Failure { error, may_begin_anew })
    }

    async fn work(&mut self, anew: bool, may_begin_anew: &mut bool) -> Result<Extracted, SourceError> {
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
        if let Some((sequence, last)) = sequence.zip(point.checkpoint.as_ref()) {
            self.make_up_for_rejected(sequence, last.rejected.clone()).await?;
        }
        let extracted = point.extracted;
        if point.checkpoint.as_ref().is_some_and(|last| last.of_this_sync && last.finished) {
            self.meter.resume_at(point.rows, point.bytes);
            return Ok(extracted);
        }
        self.since = since(self.source, &point);
        let Task { extract, resume, scope } = Task::of(self.source, &point);
        let resume = resume.filter(|_| !anew);
        if resume.is_some() {
            self.meter.resume_at(point.rows, point.bytes);
        }
        let strategy = Strategy::of(self.source, scope)?;
        let is_news = matches!(extract, Extract::Incremental { .. });
        *may_begin_anew = resume.is_some() && (strategy != Strategy::Append || is_news);
        // Rows that this very sync has added are no news of an earlier one, unless they are read again.
        let mine = point.checkpoint.as_ref().filter(|last| last.of_this_sync && !anew);
        self.base_version = match mine {
            Some(last) => last.base_version,
            None => snapshot.as_ref().map(|snapshot| snapshot.version),
        };
        let (rows, bytes) = if resume.is_some() { (point.rows, point.bytes) } else { (0, 0) };
        // What the last checkpoint left to be made up for is made up for.
        let none_rejected = point.checkpoint.as_ref().is_some_and(|last| last.rejected.leave_none());
        let mut position = Position { sequence, rows, bytes, point, strategy, scope, none_rejected, extracted };
        let tables = (self.table.clone(), self.rejected_table.clone());
        let rejects = Rejects::after(extracted.rejected);
        let options = self.writer_options();
        let mut sink = Sink::new(self.source, self.lease, tables, self.settings, options, rejects);
        let read = self.read(extract, resume, snapshot.as_ref(), &mut position, &mut sink).await;
        match read {
            Ok(cursor) => self.complete(snapshot.as_ref(), position, sink, cursor).await,
            Err(error) => {
                sink.abort().await;
                Err(error)
            }
        }
    }

    /// Reads to the end of the stream; returns the last cursor.
    async fn read(
        &self,
        extract: Extract,
        resume: Option<Cursor>,
        snapshot: Option<&TableSnapshot>,
        position: &mut Position,
        sink: &mut Sink<'_>,
    ) -> Result<Option<Cursor>, SourceError> {
        let mut is_incremental = matches!(extract, Extract::Incremental { .. });
        let mut cursor_field = self.source.cursor_field.clone();
        let cancel = self.cancel.child_token();
        // However the read ends, its connector hears of it.
        let _ends = cancel.clone().drop_guard();
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
            cancel,
        });
        let mut cursor = resume;
        let mut last_word = Duration::ZERO;
        while let Some(event) = self.next(&mut stream, last_word).await? {
            match event {
                ReadEvent::Whole => {
                    position.scope = Scope::Whole;
                    position.strategy = Strategy::of(self.source, Scope::Whole)?;
                    cursor_field = None;
                    is_incremental = true;
                }
                ReadEvent::Schema(schema) => {
                    let is_first = sink.conform.is_none();
                    let conform = self.fit(snapshot, &schema, position, sink).await?;
                    if is_first && is_incremental && position.strategy == Strategy::Append {
                        sink.boundary = self.boundary(&conform, cursor_field.as_slice()).await?;
                    }
                    sink.reshape(conform).await?;
                }
                ReadEvent::Batch(batch) => {
                    self.meter.phase("reading");
                    sink.write(&batch).await?;
                    position.rows += batch.num_rows() as u64;
                    position.bytes += batch.get_array_memory_size() as u64;
                    self.meter.read(position.rows, position.bytes);
                    self.meter.rejected(sink.rejects.count, sink.rejects.first.as_deref());
                }
                ReadEvent::Checkpoint(next) => {
                    cursor = Some(next);
                    last_word = LAST_WORD;
                    let is_shutdown = self.shutdown.is_cancelled();
                    if sink.is_due() || (is_shutdown && sink.has_news()) {
                        self.checkpoint(position, sink, cursor.clone()).await?;
                    }
                    if is_shutdown {
                        return Err(SourceError::Interrupted);
                    }
                }
                ReadEvent::Estimate(estimate) => self.meter.estimate(estimate),
                ReadEvent::Waiting { reason, until } => {
                    let fact = Fact::new(SyncEventKind::Waiting, Some(&self.source.id), reason.clone())
                        .details(json!({ "until": until }));
                    self.meter.waiting(reason);
                    self.store.record(self.lease, vec![fact]).await?;
                }
                ReadEvent::RejectedValue(value) => sink.rejects.add_value(value),
                ReadEvent::RejectedRows(rows) => {
                    position.rows += rows.len() as u64;
                    sink.rejects.add(rows, self.source)?;
                    self.meter.read(position.rows, position.bytes);
                    self.meter.rejected(sink.rejects.count, sink.rejects.first.as_deref());
                }
                ReadEvent::Log { level, message } => {
                    let fact = Fact::new(SyncEventKind::Log, Some(&self.source.id), message).level(level);
                    self.store.record(self.lease, vec![fact]).await?;
                }
            }
        }
        Ok(cursor)
    }

    /// The next event of the source; says so when it is silent for long. At a shutdown it is waited for no longer than
    /// for `last_word`.
    async fn next(&self, stream: &mut ReadStream, last_word: Duration) -> Result<Option<ReadEvent>, SourceError> {
        let stall = Duration::from_secs(self.settings.stall_seconds.max(1));
        let mut silent = Duration::ZERO;
        loop {
            tokio::select! {
                biased;
                () = self.cancel.cancelled() => return Err(SourceError::Cancelled),
                () = self.shut_down_for(last_word) => return Err(SourceError::Interrupted),
                event = tokio::time::timeout(stall, stream.next()) => match event {
                    Ok(event) => return Ok(event.transpose()?),
                    Err(_) => {
                        silent += stall;
                        let reason = format!("no answer from {} for {} s", self.source.name, silent.as_secs());
                        // Where the source said itself what it waits for, that is the better reason.
                        if self.meter.stalled(reason.clone()) {
                            let fact = Fact::new(SyncEventKind::Waiting, Some(&self.source.id), reason);
                            self.store.record(self.lease, vec![fact.level(EventLevel::Warning)]).await?;
                        }
                    }
                },
            }
        }
    }

    async fn shut_down_for(&self, long: Duration) {
        self.shutdown.cancelled().await;
        tokio::time::sleep(long).await;
    }

    /// Makes what was read so far durable, with its cursor.
    async fn checkpoint(
        &self,
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
        if position.strategy.is_at_end() {
            let chunk = chunk(position, written, cursor);
            self.store.stage(self.lease, &self.source.id, chunk.clone()).await?;
            position.point.staged.push(chunk);
            return Ok(());
        }
        let Some(conform) = sink.conform.as_ref().filter(|conform| !conform.schema.fields().is_empty()) else {
            return Ok(());
        };
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
    async fn complete(
        &self,
        snapshot: Option<&TableSnapshot>,
        mut position: Position,
        mut sink: Sink<'_>,
        cursor: Option<Cursor>,
    ) -> Result<Extracted, SourceError> {
        let facts = sink.rejects.facts(self.source);
        if !facts.is_empty() {
            self.store.record(self.lease, facts).await?;
        }
        self.meter.complete(position.rows, position.bytes);
        self.meter.phase("committing");
        let written = sink.take().await?;
        let Some(mut conform) = sink.conform.take() else {
            return Err(arrow::error::ArrowError::SchemaError("the read told no columns".into()).into());
        };
        let strategy = position.strategy;
        let mut last = change(written, cursor, true);
        if conform.schema.fields().is_empty() {
            let Some(snapshot) = snapshot.filter(|_| strategy == Strategy::Replace) else {
                let message = format!("{} has no columns: nothing to keep", self.source.name);
                let fact = Fact::new(SyncEventKind::Log, Some(&self.source.id), message);
                self.store.record(self.lease, vec![fact]).await?;
                return Ok(position.extracted);
            };
            // A source that was emptied, its columns included: the table keeps them, without rows.
            conform.schema = Arc::clone(&snapshot.schema);
            conform.columns.clone_from(&self.source.columns);
            conform.changes.clear();
        }
        let is_news = !last.files.is_empty()
            || last.rejected_rows > 0
            || !position.point.staged.is_empty()
            || !conform.changes.is_empty();
        if !is_news && snapshot.is_some() && self.stands_at(&position, last.cursor.as_ref()) {
            return Ok(position.extracted);
        }
        if strategy.is_at_end() {
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
        if self.cancel.is_cancelled() {
            return Err(SourceError::Cancelled);
        }
        let (sequence, effect) = self.commit(&position, &conform, last).await?;
        position.committed(sequence, effect);
        Ok(position.extracted)
    }

    /// Whether the cursor is stored already, so that a sync without news needs no commit.
    fn stands_at(&self, position: &Position, cursor: Option<&Cursor>) -> bool {
        // What is read whole says by its rows what the table is to hold, and not by its cursor.
        if position.strategy.is_at_end() {
            return false;
        }
        let stored = position.point.checkpoint.as_ref();
        cursor.is_none() || stored.is_some_and(|stored| stored.cursor.as_ref() == cursor && stored.finished)
    }

    /// How files of this table are written, once its columns are known.
    pub(super) fn writer_options_for(&self, conform: &Conform) -> WriterOptions {
        let statistics_columns = conform.lake_names(&self.source.primary_key);
        WriterOptions { statistics_columns, ..self.writer_options() }
    }

    fn writer_options(&self) -> WriterOptions {
        WriterOptions {
            target_file_bytes: self.settings.file_bytes(),
            buffer_bytes: self.memory_bytes / 2,
            ..WriterOptions::default()
        }
    }
}

impl Position {
    fn committed(&mut self, sequence: i64, more: Extracted) {
        self.sequence = Some(sequence);
        self.none_rejected = more.rejected == 0 && (self.none_rejected || self.strategy == Strategy::Replace);
        self.extracted.added += more.added;
        self.extracted.updated += more.updated;
        self.extracted.deleted += more.deleted;
        self.extracted.rejected += more.rejected;
    }
}

fn chunk(position: &Position, written: Written, cursor: Option<Cursor>) -> StagedChunk {
    StagedChunk {
        number: position.point.staged.last().map_or(0, |last| last.number + 1),
        files: written.files,
        rejected: written.rejected,
        rejected_rows: written.rejected_rows,
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
        cursor,
        finished,
        rows: written.rows,
        bytes: written.bytes,
    }
}
