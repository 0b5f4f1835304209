//! The stream of a source, event by event.

use std::pin::pin;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::StreamExt;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{Attempt, Position};
use crate::engine::SourceError;
use crate::engine::resume::{Scope, Strategy};
use crate::engine::sink::Sink;
use crate::events::Fact;
use crate::lake::TableSnapshot;
use crate::sdk::{Cursor, Extract, ReadEvent, ReadRequest, ReadStream, SourceRef};
use crate::vocabulary::{EventLevel, SyncEventKind};

/// How long a source that gives checkpoints may be silent during a shutdown before its next one.
const LAST_WORD: Duration = Duration::from_secs(1);

/// Rows of this many bytes travel together.
const BATCH_BYTES: usize = 2 * 1024 * 1024;

impl Attempt<'_> {
    /// Reads to the end of the stream; returns the last cursor.
    pub(super) async fn read(
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
        let mut stream = self.connector.read(self.request(extract, resume.clone(), cancel));
        let mut cursor = resume;
        let mut last_word = Duration::ZERO;
        while let Some(event) = self.next(&mut stream, last_word).await? {
            match event {
                ReadEvent::Whole | ReadEvent::Anew => {
                    position.strategy = match event {
                        // It replaces the table already.
                        _ if position.strategy == Strategy::Renew => Strategy::Renew,
                        ReadEvent::Anew => Strategy::anew(self.source)?,
                        // That was known before.
                        _ if position.scope == Scope::Whole => position.strategy,
                        _ => Strategy::of(self.source, Scope::Whole)?,
                    };
                    position.scope = Scope::Whole;
                    cursor_field = None;
                    is_incremental = true;
                }
                ReadEvent::Schema(schema) => {
                    let is_first = sink.conform.is_none();
                    let conform = self.fit(snapshot, &schema, position, sink).await?;
                    if is_first && is_incremental && position.strategy == Strategy::Append {
                        sink.boundary = self.boundary(&conform, cursor_field.as_slice()).await?;
                    }
                    self.watched(sink.reshape(conform)).await??;
                }
                ReadEvent::Batch(batch) => {
                    self.meter.phase("reading");
                    self.watched(sink.write(&batch)).await??;
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
                ReadEvent::Waiting { reason, until } => self.wait_for(reason, until).await?,
                ReadEvent::RejectedValue(value) => sink.rejects.add_value(value),
                ReadEvent::RejectedRows(rows) => {
                    position.rows += rows.len() as u64;
                    sink.reject(rows)?;
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

    /// What is asked of the connector.
    pub(super) fn request(&self, extract: Extract, resume: Option<Cursor>, cancel: CancellationToken) -> ReadRequest {
        ReadRequest {
            source: SourceRef {
                name: self.source.name.clone(),
                source_type: self.source.source_type.clone(),
                source_path: self.source.source_path.clone(),
                details: self.source.details.clone(),
            },
            extract,
            primary_key: self.source.primary_key.clone(),
            resume,
            batch_bytes: BATCH_BYTES.min(self.memory_bytes / 4),
            memory_bytes: self.memory_bytes / 2,
            cancel,
        }
    }

    /// Tells what the source waits for.
    pub(super) async fn wait_for(&self, reason: String, until: Option<DateTime<Utc>>) -> Result<(), SourceError> {
        let fact =
            Fact::new(SyncEventKind::Waiting, Some(&self.source.id), reason.clone()).details(json!({ "until": until }));
        self.meter.waiting(reason);
        Ok(self.store.record(self.lease, vec![fact]).await?)
    }

    /// The next event of the source; says so when it is silent for long. At a shutdown it is waited for no longer than
    /// for `last_word`.
    pub(super) async fn next(
        &self,
        stream: &mut ReadStream,
        last_word: Duration,
    ) -> Result<Option<ReadEvent>, SourceError> {
        let stall = self.settings.stall();
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
                        self.tell_of_stall(reason).await?;
                    }
                },
            }
        }
    }

    /// Waits for work of the lake; says so where that takes long.
    pub(in crate::engine) async fn watched<T>(&self, work: impl Future<Output = T>) -> Result<T, SourceError> {
        let stall = self.settings.stall();
        let mut waited = Duration::ZERO;
        let mut work = pin!(work);
        loop {
            match tokio::time::timeout(stall, work.as_mut()).await {
                Ok(done) => {
                    self.meter.answered();
                    return Ok(done);
                }
                Err(_) => {
                    waited += stall;
                    self.tell_of_stall(format!("waiting for the lake for {} s", waited.as_secs())).await?;
                }
            }
        }
    }

    /// Says what is waited for: by a fact once, and then by gauges.
    async fn tell_of_stall(&self, reason: String) -> Result<(), SourceError> {
        // Where the source said itself what it waits for, that is the better reason.
        if self.meter.stalled(reason.clone()) {
            let fact = Fact::new(SyncEventKind::Waiting, Some(&self.source.id), reason);
            self.store.record(self.lease, vec![fact.level(EventLevel::Warning)]).await?;
        }
        Ok(())
    }

    async fn shut_down_for(&self, long: Duration) {
        self.shutdown.cancelled().await;
        tokio::time::sleep(long).await;
    }
}
