//! One attempt to extract a data source: read, fit to the table, make durable, commit.

mod keep;
mod keys;
mod read;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tokio_util::sync::CancellationToken;

use super::conform::Conform;
use super::progress::Meter;
use super::rejects::Rejects;
use super::resume::{Scope, Strategy, Task, since};
use super::sink::Sink;
use super::worker::Store;
use super::{EngineSettings, Extracted, Lease, ResumePoint, SourceError, SourcePlan, TableStand};
use crate::lake::{LakeTable, WriterOptions};
use crate::sdk::{Cursor, DynConnector, Extract};

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

/// Where an attempt begins to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// After the last checkpoint.
    Checkpoint,
    /// Where this sync began, whatever checkpoints it has.
    Sync,
    /// At the beginning of the source, for a table that is to hold nothing but what is read: rows that are there could not be
    /// told from those that come. After what is staged of that read.
    Source,
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
    /// Rows that this read has given, before it was cut short too.
    pub(super) rows: u64,
    bytes: u64,
    extracted: Extracted,
}

impl Attempt<'_> {
    /// Runs the attempt to its end.
    pub(super) async fn run(mut self, start: Start) -> Result<Extracted, Failure> {
        let mut may_begin_anew = false;
        self.work(start, &mut may_begin_anew).await.map_err(|error| Failure { error, may_begin_anew })
    }

    async fn work(&mut self, start: Start, may_begin_anew: &mut bool) -> Result<Extracted, SourceError> {
        let snapshot = self.watched(self.table.snapshot()).await??;
        let sequence = match &snapshot {
            Some(snapshot) => self.watched(snapshot.sequence(self.source.id.as_str())).await??,
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
        let is_renewal = start == Start::Source;
        self.since = if is_renewal { None } else { since(self.source, &point) };
        let task = if is_renewal { Task::renewal(self.source, &point) } else { Task::of(self.source, &point) };
        let Task { extract, resume, scope } = task;
        let resume = resume.filter(|_| start != Start::Sync);
        if resume.is_some() {
            self.meter.resume_at(point.rows, point.bytes);
        }
        // Rows that this very sync has added are no news of an earlier one, unless they are read again.
        let mine = point.checkpoint.as_ref().filter(|last| last.of_this_sync && start != Start::Sync);
        // Where the table was there before a read of everything, as after a reset, what does not come again is gone.
        let is_anew = self.since.is_none() && mine.is_none() && snapshot.is_some();
        let strategy = match () {
            () if is_renewal => Strategy::Renew,
            () if is_anew => Strategy::anew(self.source)?,
            () => Strategy::of(self.source, scope)?,
        };
        let is_news = matches!(extract, Extract::Incremental { .. });
        *may_begin_anew = resume.is_some() && (strategy != Strategy::Append || is_news);
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
    fn committed(&mut self, sequence: Option<i64>, more: Extracted) {
        self.sequence = sequence;
        self.none_rejected = more.rejected == 0 && (self.none_rejected || self.strategy.replaces());
        self.extracted.added += more.added;
        self.extracted.updated += more.updated;
        self.extracted.deleted += more.deleted;
        self.extracted.rejected += more.rejected;
    }
}
