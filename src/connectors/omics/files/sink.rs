//! Where the rows of a table go: into batches, with checkpoints between its lines.

use tokio::sync::mpsc;

use super::super::news::News;
use super::version::{Position, Version};
use crate::sdk::rows::{Cell, Rows};
use crate::sdk::{ConnectorError, Estimate, EventLevel, ReadEvent, RejectedRow, Step, counted};

/// Rejected rows are handed on when there are so many.
const MOST_REJECTED: usize = 500;
/// How much of a rejected line is kept, in bytes.
const KEPT: usize = 64 << 10;
/// A line with many rows is handed on in pieces, each so many times as large as a batch.
const OVERFLOW: usize = 4;
/// The most rows of a batch, so that progress shows.
const MOST_ROWS: usize = 65_536;

/// Takes the rows of a table.
pub(super) struct Sink<'a> {
    sender: &'a mpsc::Sender<Step>,
    rows: Rows,
    batch_bytes: usize,
    news: &'a News<Position, Vec<Version>>,
    /// Values that are not of the type that the file declares: how many, and the first in words.
    unlike: (u64, String),
}

impl<'a> Sink<'a> {
    pub(super) fn new(
        sender: &'a mpsc::Sender<Step>,
        rows: Rows,
        batch_bytes: usize,
        news: &'a News<Position, Vec<Version>>,
    ) -> Self {
        Self { sender, rows, batch_bytes, news, unlike: (0, String::new()) }
    }

    /// Adds a row of the line that is being read.
    pub(super) fn add(&mut self, row: Vec<Cell<'_>>) -> Result<(), ConnectorError> {
        self.rows.add(row);
        if self.rows.bytes() < OVERFLOW * self.batch_bytes {
            return Ok(());
        }
        let batch = self.rows.finish()?;
        self.send(vec![ReadEvent::Batch(batch)])
    }

    /// Rejects the line that is being read.
    pub(super) fn reject(&mut self, line: u64, reason: impl Into<String>, raw: &[u8]) {
        let kept = &raw[..raw.len().min(KEPT)];
        let mut row = String::from_utf8_lossy(kept).into_owned();
        if kept.len() < raw.len() {
            row.push('…');
        }
        self.rows.reject(RejectedRow { position: format!("line {line}"), reason: reason.into(), row });
    }

    /// Counts a value that is kept as text, since it is not of the type that the file declares.
    pub(super) fn count_unlike(&mut self, words: impl FnOnce() -> String) {
        self.unlike.0 += 1;
        if self.unlike.0 == 1 {
            self.unlike.1 = words();
        }
    }

    /// The line is read: hands on what there is, if it is enough.
    pub(super) fn mark(&mut self, position: Position, fraction: f64) -> Result<(), ConnectorError> {
        let is_full = self.rows.bytes() >= self.batch_bytes || self.rows.count() >= MOST_ROWS;
        if !is_full && self.rows.rejected() < MOST_REJECTED {
            return Ok(());
        }
        self.flush(position, fraction)
    }

    /// Hands on what there is.
    pub(super) fn flush(&mut self, position: Position, fraction: f64) -> Result<(), ConnectorError> {
        let checkpoint = ReadEvent::Checkpoint(self.news.at(position));
        self.hand_on(checkpoint, fraction)
    }

    fn hand_on(&mut self, checkpoint: ReadEvent, fraction: f64) -> Result<(), ConnectorError> {
        let mut events = self.rows.events()?;
        events.extend([estimate(fraction), checkpoint]);
        self.send(events)
    }

    /// All is read.
    pub(super) fn finish(&mut self) -> Result<(), ConnectorError> {
        if self.unlike.0 > 0 {
            let (count, first) = &self.unlike;
            let values = counted(*count, "value is", "values are");
            self.log(format!("{values} not as the header declares and kept as text; the first: {first}"))?;
        }
        self.hand_on(ReadEvent::Checkpoint(self.news.end()), 1.)
    }

    /// A warning for the sync's log.
    pub(super) fn log(&self, message: String) -> Result<(), ConnectorError> {
        self.send(vec![ReadEvent::Log { level: EventLevel::Warning, message }])
    }

    pub(super) fn send(&self, events: Vec<ReadEvent>) -> Result<(), ConnectorError> {
        self.sender.blocking_send(Ok(events)).map_err(|_| ConnectorError::Cancelled)
    }
}

pub(super) fn estimate(fraction: f64) -> ReadEvent {
    ReadEvent::Estimate(Estimate { fraction: Some(fraction.clamp(0., 1.)), ..Estimate::default() })
}
