//! Reading a data source: what is asked, and the stream that answers.

use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use chrono::{DateTime, Utc};
use futures::stream::BoxStream;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::{CatalogSource, ConnectorError, EventLevel};

/// Where a read stands, in the connector's own words: it vouches for every row before it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(pub Value);

impl Cursor {
    /// What a connector keeps of where it stands: plain data, of which every part can be written as JSON.
    pub fn of<T: Serialize>(position: &T) -> Self {
        Self(serde_json::to_value(position).expect("a position is plain data"))
    }

    /// Reads what [`of`](Self::of) wrote for the data source called `place`.
    ///
    /// # Errors
    /// `Data` where it is something else, such as the checkpoint of another type of connector.
    pub fn read<T: DeserializeOwned>(&self, place: &str) -> Result<T, ConnectorError> {
        T::deserialize(&self.0).map_err(|cause| ConnectorError::Data {
            place: place.to_owned(),
            message: "the checkpoint cannot be read; sync it in full".into(),
            cause: Some(cause.into()),
        })
    }
}

/// The data source to read, as `discover` described it.
#[derive(Clone, Debug)]
pub struct SourceRef {
    /// What people call it.
    pub name: String,
    /// [`CatalogSource::source_type`](super::CatalogSource).
    pub source_type: String,
    /// [`CatalogSource::source_path`](super::CatalogSource).
    pub source_path: String,
    /// [`CatalogSource::details`](super::CatalogSource).
    pub details: Value,
}

impl From<&CatalogSource> for SourceRef {
    fn from(source: &CatalogSource) -> Self {
        Self {
            name: source.name.clone(),
            source_type: source.source_type.clone(),
            source_path: source.source_path.clone(),
            details: source.details.clone(),
        }
    }
}

/// How much of a data source is asked for.
#[derive(Clone, Debug)]
pub enum Extract {
    /// Every row, out of one snapshot of the source where it has such a thing.
    Full,
    /// The rows whose cursor field is at or after where the last sync ended, less the look-back.
    Incremental {
        /// The source's name of the column that only grows. `None` where the vendor has its own cursor.
        cursor_field: Option<String>,
        /// The last checkpoint of the sync before; `None` asks for everything, as the first part of the chain. Where that read
        /// was cut short and went on, rows that came late meanwhile may lie behind where it went on: the look-back counts from
        /// what was the newest when its first part began.
        since: Option<Cursor>,
        /// How far before `since` to start, for rows that arrive late.
        lookback: Duration,
    },
}

/// One read of one data source.
#[derive(Clone, Debug)]
pub struct ReadRequest {
    /// What to read.
    pub source: SourceRef,
    /// How much of it.
    pub extract: Extract,
    /// The source's names of the columns that identify a row; empty where there is none.
    pub primary_key: Vec<String>,
    /// The last checkpoint of this same read, cut short before: go on right after it.
    pub resume: Option<Cursor>,
    /// About how large a batch should be in memory.
    pub batch_bytes: usize,
    /// The most that the read may hold in memory at once, its parallel parts together.
    pub memory_bytes: usize,
    /// Fires when the read must stop; a read notices within a second.
    pub cancel: CancellationToken,
}

/// How much there is to read, as far as is known.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Estimate {
    /// Rows of the whole read, those before a resume included.
    pub rows: Option<u64>,
    /// Bytes of the whole read, in the unit that `Batch` memory is counted in.
    pub bytes: Option<u64>,
    /// How much of the whole is done, 0 to 1, for sources that know their position better than
    /// their row count (a file's byte offset).
    pub fraction: Option<f64>,
}

/// A value that the lake cannot hold; it was read as NULL.
#[derive(Clone, Debug, PartialEq)]
pub struct RejectedValue {
    /// The source's name of the column.
    pub column: String,
    /// Why, for example `NaN has no decimal`.
    pub reason: String,
    /// How many such values since the last report.
    pub count: u64,
}

/// A row that cannot be converted; it goes to `<table>_rejected`.
#[derive(Clone, Debug, PartialEq)]
pub struct RejectedRow {
    /// Where it stands: a line number, a key.
    pub position: String,
    /// Why it cannot be converted.
    pub reason: String,
    /// The row as it came, as text.
    pub row: String,
}

/// One step of a read.
///
/// A read starts with `Schema`, ends by the end of its stream, and its last event before the end is a `Checkpoint`
/// if it has any to give. Events are cheap; batches are about [`ReadRequest::batch_bytes`] large.
#[derive(Clone, Debug)]
pub enum ReadEvent {
    /// The columns of the batches that follow, with the source's names. Again where they change in the middle.
    Schema(SchemaRef),
    /// An incremental read cannot tell what is new: what follows is everything, also what the last sync read. Comes
    /// before `Schema`, if at all.
    Whole,
    /// The same, and what follows is all that the data source has now: rows of before that do not come again are gone
    /// there, as from a mailbox that was made anew. They go from a table that is overwritten, too, whether it has a key or
    /// not. Comes before `Schema`, if at all.
    Anew,
    /// Rows.
    Batch(RecordBatch),
    /// All rows before this are vouched for by the cursor: resuming from it gives exactly the others.
    Checkpoint(Cursor),
    /// A better estimate than before.
    Estimate(Estimate),
    /// The read waits for something outside, until about the given time.
    Waiting { reason: String, until: Option<DateTime<Utc>> },
    /// Values that became NULL.
    RejectedValue(RejectedValue),
    /// Rows that could not be converted.
    RejectedRows(Vec<RejectedRow>),
    /// A word for the sync's log.
    Log { level: EventLevel, message: String },
}

/// The stream of a read. Dropping it stops the read and gives back what it holds.
pub type ReadStream = BoxStream<'static, Result<ReadEvent, ConnectorError>>;
