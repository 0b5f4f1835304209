//! Pulls the pieces of a relation over one or several connections that see the same snapshot.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::columns::Plan;
use super::decode::Decoder;
use super::session;
use super::target::Target;
use super::wire::{Connection, Drained};
use crate::sdk::{ConnectorError, RejectedValue};

/// What comes in, each piece's parts in order.
#[derive(Debug)]
pub(super) enum Part {
    /// The rows that follow have these columns: one that promised no NULL holds some.
    Schema(SchemaRef),
    /// Rows of a piece.
    Rows { piece: usize, batch: RecordBatch, rejected: Vec<RejectedValue> },
    /// All rows of the piece were given.
    Done { piece: usize },
    /// A connection is missing; the others do its work.
    Fewer(ConnectorError),
}

/// What is to be read.
pub(super) struct Job {
    pub(super) relation: String,
    pub(super) schema: SchemaRef,
    pub(super) plans: Vec<Plan>,
    pub(super) batch_bytes: usize,
    /// Set before each connection's first piece, for example `SET LOCAL …`.
    pub(super) settings: String,
    /// The pieces' SELECT statements, by number.
    pub(super) pieces: Mutex<VecDeque<(usize, String)>>,
}

impl Job {
    fn next_piece(&self) -> Option<(usize, String)> {
        self.pieces.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    fn has_pieces(&self) -> bool {
        !self.pieces.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }
}

/// The snapshot that more connections can join, and how many of them.
pub(super) struct Crew {
    pub(super) target: Arc<Target>,
    pub(super) snapshot: String,
    pub(super) extra_connections: usize,
}

/// A running pull. Dropping it stops the connections and what the server does for them.
pub(super) struct Pull {
    parts: mpsc::Receiver<Result<Part, ConnectorError>>,
    schema: SchemaRef,
    /// What comes next, behind a schema that had to be told before.
    held: Option<Part>,
    _connections: JoinSet<()>,
}

impl Pull {
    /// Starts with `first`, whose transaction is open, and with `crew` more connections where there are any.
    pub(super) fn start(job: Job, first: Connection, crew: Option<Crew>) -> Self {
        // One batch may wait here; each connection holds at most one more until it is taken.
        let (sender, parts) = mpsc::channel(1);
        let schema = Arc::clone(&job.schema);
        let job = Arc::new(job);
        let mut connections = JoinSet::new();
        if let Some(crew) = crew {
            for _ in 0..crew.extra_connections {
                let joined = session::join_snapshot(Arc::clone(&crew.target), crew.snapshot.clone());
                connections.spawn(work_after(joined, Arc::clone(&job), sender.clone()));
            }
        }
        connections.spawn(work(first, job, sender));
        Self { parts, schema, held: None, _connections: connections }
    }

    /// The next part; `None` at the end.
    pub(super) async fn next(&mut self) -> Option<Result<Part, ConnectorError>> {
        if let Some(held) = self.held.take() {
            return Some(Ok(held));
        }
        Some(self.parts.recv().await?.and_then(|part| self.under_one_schema(part)))
    }

    /// Each connection finds NULLs for itself; once one was told of, it holds for the rows of all.
    fn under_one_schema(&mut self, part: Part) -> Result<Part, ConnectorError> {
        let Part::Rows { piece, batch, rejected } = part else { return Ok(part) };
        if batch.schema() == self.schema {
            return Ok(Part::Rows { piece, batch, rejected });
        }
        let found = batch.schema();
        let fields = self.schema.fields().iter().zip(found.fields());
        let fields: Vec<_> =
            fields.map(|(told, found)| if found.is_nullable() { found } else { told }).cloned().collect();
        let schema = Arc::new(Schema::new(fields));
        let batch = batch.with_schema(Arc::clone(&schema)).map_err(|error| ConnectorError::Data {
            place: "a batch of rows".into(),
            message: "the rows do not fit the columns".into(),
            cause: Some(error.into()),
        })?;
        let rows = Part::Rows { piece, batch, rejected };
        if schema == self.schema {
            return Ok(rows);
        }
        self.schema = Arc::clone(&schema);
        self.held = Some(rows);
        Ok(Part::Schema(schema))
    }
}

/// Rows of a slow source are given away after this time, though they are few: whoever looks sees them come.
const SLOW_BATCH: Duration = Duration::from_millis(500);

type Sender = mpsc::Sender<Result<Part, ConnectorError>>;

async fn work_after(joining: impl Future<Output = Result<Connection, ConnectorError>>, job: Arc<Job>, sender: Sender) {
    match joining.await {
        Ok(connection) => work(connection, job, sender).await,
        // Where all is taken already, the snapshot may be gone, and nobody is missed.
        Err(error) if job.has_pieces() => {
            sender.send(Ok(Part::Fewer(error))).await.ok();
        }
        Err(_) => {}
    }
}

async fn work(mut connection: Connection, job: Arc<Job>, sender: Sender) {
    match pull_pieces(&mut connection, &job, &sender).await {
        Ok(()) if !sender.is_closed() => connection.close().await,
        Ok(()) => {}
        Err(error) => {
            sender.send(Err(error)).await.ok();
        }
    }
}

async fn pull_pieces(connection: &mut Connection, job: &Job, sender: &Sender) -> Result<(), ConnectorError> {
    let mut decoder = Decoder::new(&job.relation, Arc::clone(&job.schema), &job.plans, job.batch_bytes);
    if !job.settings.is_empty() {
        connection.query(&job.settings, None).await?;
    }
    while let Some((piece, select)) = job.next_piece() {
        connection.start_copy(&format!("COPY ({select}) TO STDOUT (FORMAT binary)"), &job.relation).await?;
        decoder.begin_copy();
        let mut given_at = Instant::now();
        loop {
            let drained = connection.drain(&job.relation, |message| decoder.take(message))?;
            let is_batch = match drained {
                Drained::Paused => true,
                Drained::End => decoder.has_rows(),
                Drained::Empty if decoder.has_rows() => {
                    let patience = SLOW_BATCH.saturating_sub(given_at.elapsed());
                    // Nothing is lost where the wait is cut off: what has come is in the connection's buffer.
                    match timeout(patience, connection.receive()).await {
                        Ok(received) => {
                            received?;
                            continue;
                        }
                        Err(_) => true,
                    }
                }
                Drained::Empty => false,
            };
            if is_batch {
                given_at = Instant::now();
                if !send_rows(piece, &mut decoder, sender).await? {
                    return Ok(());
                }
            }
            match drained {
                Drained::Empty if is_batch => {}
                Drained::Empty => connection.receive().await?,
                Drained::Paused => {}
                Drained::End => break,
            }
        }
        if sender.send(Ok(Part::Done { piece })).await.is_err() {
            return Ok(());
        }
    }
    Ok(())
}

/// Gives a batch away; `false` where nobody takes it any more.
async fn send_rows(piece: usize, decoder: &mut Decoder, sender: &Sender) -> Result<bool, ConnectorError> {
    let batch = decoder.finish()?;
    let part = Part::Rows { piece, batch, rejected: decoder.take_rejections() };
    Ok(sender.send(Ok(part)).await.is_ok())
}
