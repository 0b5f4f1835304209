//! Where the rows of a read go: batches in, staged files out.

use std::time::{Duration, Instant};

use arrow::array::RecordBatch;

use super::boundary::Boundary;
use super::conform::Conform;
use super::rejects::Rejects;
use super::{EngineSettings, Lease, SourceError, SourcePlan};
use crate::events::Fact;
use crate::lake::{LakeTable, StagedFile, StagedWriter, WriterOptions};
use crate::sdk::RejectedRow;
use crate::vocabulary::{EventLevel, SyncEventKind};

/// What was read since the last checkpoint and is durable now, but not visible yet.
#[derive(Default)]
pub(super) struct Written {
    pub(super) files: Vec<StagedFile>,
    pub(super) rejected: Vec<StagedFile>,
    pub(super) rejected_rows: u64,
    /// See [`Rejects::nulled_key`].
    pub(super) nulled_key: Vec<String>,
    pub(super) rows: u64,
    pub(super) bytes: u64,
}

/// Writes the batches of one read.
pub(super) struct Sink<'a> {
    source: &'a SourcePlan,
    lease: &'a Lease,
    table: LakeTable,
    rejected_table: LakeTable,
    options: WriterOptions,
    pace: Duration,
    pub(super) conform: Option<Conform>,
    pub(super) rejects: Rejects,
    writer: Option<StagedWriter>,
    written: Written,
    since: Instant,
    /// Where rows are only added: what the table has already.
    pub(super) boundary: Option<Boundary>,
}

impl<'a> Sink<'a> {
    pub(super) fn new(
        source: &'a SourcePlan,
        lease: &'a Lease,
        tables: (LakeTable, LakeTable),
        settings: &EngineSettings,
        options: WriterOptions,
        rejects: Rejects,
    ) -> Self {
        let (table, rejected_table) = tables;
        Self {
            source,
            lease,
            table,
            rejected_table,
            options,
            pace: Duration::from_secs(settings.checkpoint_seconds),
            conform: None,
            rejects,
            writer: None,
            written: Written::default(),
            since: Instant::now(),
            boundary: None,
        }
    }

    /// The columns from now on. What was written before keeps its own.
    pub(super) async fn reshape(&mut self, conform: Conform) -> Result<(), SourceError> {
        self.close_writer().await?;
        self.options.statistics_columns = conform.lake_names(&self.source.primary_key);
        self.conform = Some(conform);
        Ok(())
    }

    /// Takes a batch.
    pub(super) async fn write(&mut self, batch: &RecordBatch) -> Result<(), SourceError> {
        let Some(conform) = &self.conform else {
            return Err(arrow::error::ArrowError::SchemaError("rows came before their schema".into()).into());
        };
        let (mut converted, rejected) = conform.apply(batch)?;
        self.rejects.add(rejected, self.source)?;
        if let Some(boundary) = &mut self.boundary {
            converted = boundary.news(converted, conform).await?;
            tokio::task::yield_now().await;
        }
        self.written.rows += batch.num_rows() as u64;
        self.written.bytes += batch.get_array_memory_size() as u64;
        // A file must have a column, and rows of none hold nothing.
        if converted.num_rows() == 0 || converted.num_columns() == 0 {
            return Ok(());
        }
        let writer = match &mut self.writer {
            Some(writer) => writer,
            None => self.writer.insert(self.table.writer(conform.schema.clone(), self.options.clone())?),
        };
        Ok(writer.write(converted).await?)
    }

    /// Takes rows that the connector could not read.
    pub(super) fn reject(&mut self, rows: Vec<RejectedRow>) -> Result<(), SourceError> {
        self.written.rows += rows.len() as u64;
        self.rejects.add(rows, self.source)
    }

    /// Whether enough was read, or enough time has passed, to make it durable at the next chance.
    pub(super) fn is_due(&self) -> bool {
        self.has_news() && self.since.elapsed() >= self.pace
    }

    /// Whether anything was read since the last checkpoint.
    pub(super) fn has_news(&self) -> bool {
        self.written.rows > 0 || self.rejects.are_waiting()
    }

    /// Whether a row was kept since the last checkpoint.
    pub(super) fn keeps_rows(&self) -> bool {
        self.writer.is_some() || !self.written.files.is_empty()
    }

    /// What the source's reader must know of the rows that were not kept, or not as they came, since the last call.
    pub(super) fn facts(&mut self) -> Vec<Fact> {
        let mut facts = self.rejects.facts(self.source);
        if let Some(doubt) = self.boundary.as_mut().and_then(Boundary::doubt) {
            let message = format!("{}: {doubt}", self.source.name);
            facts.push(Fact::new(SyncEventKind::Log, Some(&self.source.id), message).level(EventLevel::Warning));
        }
        facts
    }

    /// Finishes the files: what was read since the last call, durable.
    pub(super) async fn take(&mut self) -> Result<Written, SourceError> {
        self.close_writer().await?;
        let (files, rows) = self.rejects.stage(&self.rejected_table, self.lease).await?;
        self.written.rejected = files;
        self.written.rejected_rows = rows;
        self.written.nulled_key = self.rejects.nulled_key(self.source);
        self.since = Instant::now();
        Ok(std::mem::take(&mut self.written))
    }

    /// Gives up what is not durable.
    pub(super) async fn abort(mut self) {
        if let Some(writer) = self.writer.take() {
            writer.abort().await;
        }
        if !self.written.files.is_empty()
            && let Err(error) = self.table.delete_staged(&self.written.files).await
        {
            tracing::warn!(error = %error, "files of a given-up read stay until the next clean-up");
        }
    }

    async fn close_writer(&mut self) -> Result<(), SourceError> {
        if let Some(writer) = self.writer.take() {
            self.written.files.extend(writer.close().await?);
        }
        Ok(())
    }
}
