//! One read of the contract suite, with everything that it gave.

use std::time::{Duration, Instant};

use arrow::array::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use futures::StreamExt;
use tokio_util::sync::CancellationToken;

use crate::sdk::types::{lake_type, to_lake, type_name};
use crate::sdk::{ConnectorError, Cursor, DynConnector, ReadEvent, ReadRequest, ReadStream};

/// How far to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Until {
    End,
    /// The stream is dropped at its n-th checkpoint.
    Checkpoint(usize),
    /// The read is cancelled before it is polled.
    CancelledAtOnce,
    /// The read is cancelled when its first batch is there.
    CancelledAfterBatch,
}

/// What a read gave.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// The columns of each `Schema` event, in words.
    pub(super) columns: Vec<String>,
    /// Rows and rejected rows as texts, in the order in which they came.
    pub(super) rows: Vec<String>,
    /// Checkpoints, each with the number of rows before it.
    pub(super) checkpoints: Vec<(usize, Cursor)>,
    /// What users might get to see.
    pub(super) shown: Vec<String>,
    /// What the order of events should not be.
    pub(super) problems: Vec<String>,
    pub(super) error: Option<ConnectorError>,
    /// The stream came to its end.
    pub(super) ended: bool,
    /// From the cancel to the end.
    pub(super) after_cancel: Duration,
}

impl Reading {
    pub(super) fn sorted_rows(&self) -> Vec<String> {
        let mut rows = self.rows.clone();
        rows.sort_unstable();
        rows
    }
}

/// Reads as far as it is asked to.
pub(super) async fn read(connector: &dyn DynConnector, request: ReadRequest, until: Until) -> Reading {
    let cancel = request.cancel.clone();
    take(connector.read(request), &cancel, until).await
}

/// Lists the keys.
pub(super) async fn read_keys(connector: &dyn DynConnector, request: ReadRequest) -> Reading {
    let cancel = request.cancel.clone();
    take(connector.read_keys(request), &cancel, Until::End).await
}

async fn take(mut events: ReadStream, cancel: &CancellationToken, until: Until) -> Reading {
    let mut reading = Reading::default();
    let mut cancelled: Option<Instant> = None;
    let mut schema = None;
    let mut last_is_checkpoint = true;
    if until == Until::CancelledAtOnce {
        cancel.cancel();
        cancelled = Some(Instant::now());
    }
    while let Some(event) = events.next().await {
        let event = match event {
            Ok(event) => event,
            Err(error) => {
                reading.error = Some(error);
                continue;
            }
        };
        last_is_checkpoint = matches!(event, ReadEvent::Checkpoint(_));
        match event {
            ReadEvent::Whole | ReadEvent::Anew if schema.is_some() => {
                reading.problems.push("says that it reads everything before it tells the columns".into());
            }
            ReadEvent::Whole | ReadEvent::Anew => {}
            ReadEvent::Schema(columns_now) => {
                reading
                    .columns
                    .push(columns(columns_now.fields().iter().map(|field| (field.name(), field.data_type()))));
                schema = Some(columns_now);
            }
            ReadEvent::Batch(batch) => {
                if schema.as_ref() != Some(&batch.schema()) {
                    reading.problems.push("gives each batch under the schema that came before it".into());
                }
                match row_texts(&batch) {
                    Ok(rows) => reading.rows.extend(rows),
                    Err(error) => reading.problems.push(format!("gives batches that the lake can hold: {error}")),
                }
                if until == Until::CancelledAfterBatch && cancelled.is_none() {
                    cancel.cancel();
                    cancelled = Some(Instant::now());
                }
            }
            ReadEvent::Checkpoint(cursor) => {
                reading.shown.push(cursor.0.to_string());
                reading.checkpoints.push((reading.rows.len(), cursor));
                if until == Until::Checkpoint(reading.checkpoints.len()) {
                    return reading;
                }
            }
            ReadEvent::Estimate(estimate) => {
                if estimate.fraction.is_some_and(|fraction| !(0. ..=1.).contains(&fraction)) {
                    reading.problems.push(format!("estimates a fraction between 0 and 1: {estimate:?}"));
                }
            }
            ReadEvent::RejectedRows(rows) => {
                reading.rows.extend(
                    rows.into_iter().map(|row| format!("rejected {}: {} {}", row.position, row.reason, row.row)),
                );
            }
            ReadEvent::RejectedValue(value) => reading.shown.push(format!("{value:?}")),
            ReadEvent::Waiting { reason, .. } => reading.shown.push(reason),
            ReadEvent::Log { message, .. } => reading.shown.push(message),
        }
    }
    reading.ended = true;
    reading.after_cancel = cancelled.map(|cancelled| cancelled.elapsed()).unwrap_or_default();
    if schema.is_none() && reading.error.is_none() {
        reading.problems.push("begins with a schema".into());
    }
    if !reading.checkpoints.is_empty() && !last_is_checkpoint && reading.error.is_none() {
        reading.problems.push("ends with a checkpoint".into());
    }
    reading
}

/// Each row as `column=value`, what is NULL left out, so that a column which is added later makes no difference.
fn row_texts(batch: &RecordBatch) -> Result<Vec<String>, arrow::error::ArrowError> {
    let kept = batch.columns().iter().map(to_lake).collect::<Result<Vec<_>, _>>()?;
    let options = FormatOptions::default();
    let formatters =
        kept.iter().map(|column| ArrayFormatter::try_new(column, &options)).collect::<Result<Vec<_>, _>>()?;
    let schema = batch.schema();
    let mut rows = Vec::with_capacity(batch.num_rows());
    for row in 0..batch.num_rows() {
        let mut text = String::new();
        for ((field, column), formatter) in schema.fields().iter().zip(&kept).zip(&formatters) {
            if column.is_valid(row) {
                text.push_str(&format!("{}={} ", field.name(), formatter.value(row).try_to_string()?));
            }
        }
        rows.push(text);
    }
    Ok(rows)
}

/// Names and lake types in words.
pub(super) fn columns<'a>(columns: impl Iterator<Item = (&'a String, &'a arrow::datatypes::DataType)>) -> String {
    columns
        .map(|(name, data_type)| format!("{name} {}", type_name(&lake_type(data_type))))
        .collect::<Vec<_>>()
        .join(", ")
}
