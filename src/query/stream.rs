//! The rows of a running query, which stops when they are dropped or its time is over.

use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::execution::SendableRecordBatchStream;
use futures::{FutureExt, Stream, StreamExt};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use tokio::time::{Instant, Sleep, sleep_until, timeout_at};
use tokio_util::task::AbortOnDropHandle;

use super::QueryError;
use super::stop::Stop;

/// Batches that are computed ahead of the reader.
const AHEAD: usize = 2;

/// Until when a query may run.
#[derive(Clone, Copy, Debug)]
pub(super) struct TimeLimit {
    end: Instant,
    limit: Duration,
    setting: &'static str,
}

impl TimeLimit {
    /// `setting` is what the user is told to raise.
    pub(super) fn new(started: Instant, limit: Duration, setting: &'static str) -> Self {
        Self { end: started + limit, limit, setting }
    }

    pub(super) fn end(&self) -> Instant {
        self.end
    }

    pub(super) fn seconds(&self) -> u64 {
        self.limit.as_secs()
    }

    fn over(&self) -> QueryError {
        QueryError::TimedOut { seconds: self.seconds(), setting: self.setting }
    }
}

/// Where what does not fit into memory may be kept, and how much of it.
#[derive(Clone, Debug)]
pub(super) struct Spill {
    pub(super) folder: PathBuf,
    pub(super) bytes: u64,
}

/// What the computing side sends.
enum Message {
    Batch(Result<RecordBatch, QueryError>),
    /// The last word; without it the rows are not complete.
    End,
}

/// How many rows a query has given so far.
#[derive(Clone, Debug, Default)]
pub struct RowCount(Arc<AtomicU64>);

impl RowCount {
    /// The rows so far.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn add(&self, rows: usize) {
        self.0.fetch_add(rows as u64, Ordering::Relaxed);
    }
}

/// Record batches of a query. Dropping it stops the query and frees its place.
pub struct RowStream {
    schema: SchemaRef,
    messages: mpsc::Receiver<Message>,
    time: TimeLimit,
    alarm: Pin<Box<Sleep>>,
    ended: bool,
    given: RowCount,
    spill: Spill,
    stop: Stop,
    _computing: AbortOnDropHandle<()>,
}

impl Drop for RowStream {
    fn drop(&mut self) {
        self.stop.now();
    }
}

impl RowStream {
    /// Computes on `threads` what `opening` opens, and waits until the columns are known.
    ///
    /// The place is kept until the computing has really ended, which may be a moment after this was dropped.
    pub(super) async fn start(
        threads: &Handle,
        opening: impl Future<Output = Result<SendableRecordBatchStream, QueryError>> + Send + 'static,
        place: OwnedSemaphorePermit,
        time: TimeLimit,
        stop: Stop,
        spill: Spill,
    ) -> Result<Self, QueryError> {
        let (opened, columns) = oneshot::channel();
        let (sender, mut messages) = mpsc::channel(AHEAD);
        let computing = AbortOnDropHandle::new(threads.spawn(async move {
            let _place = place;
            let after_panic = sender.clone();
            // Arrow panics where an array becomes too long. Nothing of the query is used any more then.
            let computed = AssertUnwindSafe(compute(opening, opened, sender)).catch_unwind().await;
            if let Some(error) = computed.err().and_then(|panic| QueryError::of_panic(panic.as_ref())) {
                after_panic.send(Message::Batch(Err(error))).await.ok();
            }
        }));
        let schema = match timeout_at(time.end(), columns).await {
            Err(_) => {
                stop.now();
                return Err(time.over());
            }
            Ok(Err(_)) => match messages.recv().await {
                Some(Message::Batch(Err(error))) => return Err(error),
                _ => return Err(stopped()),
            },
            Ok(Ok(opened)) => opened?,
        };
        let alarm = Box::pin(sleep_until(time.end()));
        Ok(Self {
            schema,
            messages,
            time,
            alarm,
            ended: false,
            given: RowCount::default(),
            spill,
            stop,
            _computing: computing,
        })
    }

    /// The columns. Names may repeat.
    pub fn schema(&self) -> SchemaRef {
        SchemaRef::clone(&self.schema)
    }

    /// Counts the rows on their way, also for whoever does not hold the stream.
    pub fn row_count(&self) -> RowCount {
        self.given.clone()
    }

    /// Where a download may keep what does not fit into memory.
    pub(super) fn spill_folder(&self) -> &Path {
        &self.spill.folder
    }

    /// How much a download may keep there.
    pub(super) fn spill_bytes(&self) -> u64 {
        self.spill.bytes
    }
}

async fn compute(
    opening: impl Future<Output = Result<SendableRecordBatchStream, QueryError>>,
    opened: oneshot::Sender<Result<SchemaRef, QueryError>>,
    sender: mpsc::Sender<Message>,
) {
    let mut batches = match opening.await {
        Ok(batches) => batches,
        Err(error) => {
            // Nobody listens any more if this fails.
            opened.send(Err(error)).ok();
            return;
        }
    };
    if opened.send(Ok(batches.schema())).is_err() {
        return;
    }
    while let Some(batch) = batches.next().await {
        let failed = batch.is_err();
        let message = Message::Batch(batch.map_err(QueryError::from));
        if sender.send(message).await.is_err() || failed {
            return;
        }
    }
    sender.send(Message::End).await.ok();
}

fn stopped() -> QueryError {
    QueryError::internal("the query's task ended before its rows did")
}

impl Stream for RowStream {
    type Item = Result<RecordBatch, QueryError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.ended {
            return Poll::Ready(None);
        }
        if self.alarm.as_mut().poll(context).is_ready() {
            self.ended = true;
            self.messages.close();
            self.stop.now();
            return Poll::Ready(Some(Err(self.time.over())));
        }
        let Poll::Ready(message) = self.messages.poll_recv(context) else { return Poll::Pending };
        let item = match message {
            Some(Message::Batch(Ok(batch))) => {
                self.given.add(batch.num_rows());
                return Poll::Ready(Some(Ok(batch)));
            }
            Some(Message::Batch(Err(error))) => Some(Err(error)),
            Some(Message::End) => None,
            None => Some(Err(stopped())),
        };
        self.ended = true;
        Poll::Ready(item)
    }
}

impl std::fmt::Debug for RowStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RowStream").field("schema", &self.schema).finish_non_exhaustive()
    }
}
