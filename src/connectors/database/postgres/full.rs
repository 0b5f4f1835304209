//! A full read: all rows of one snapshot, by ranges of the key or of the pages where that is quicker.
//!
//! Ranges of an integer key are read in the key's order, so that after every batch it is known exactly which keys are
//! still to come, and a read that was cut short goes on with these; so are few but huge rows in the order of any key.
//! Pages and streams have no such place to stand at: rows move between pages once the snapshot is gone. Their only
//! checkpoint is the end.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use async_stream::try_stream;

use super::cursor::{self, Position, Span, merged};
use super::pieces::PIECE_ROWS;
use super::pull::{Crew, Job, Part, Pull};
use super::session::{Opening, Session};
use super::target::Target;
use super::way::{self, Left, Way};
use super::{catalog, log};
use crate::sdk::{ConnectorError, Estimate, EventLevel, ReadEvent, ReadRequest, ReadStream};

/// The least memory that makes another connection worth its while.
const MEMORY_PER_CONNECTION: usize = 4 * 1024 * 1024;

/// Reads all rows, or those that a checkpoint left.
pub(super) fn read(target: Arc<Target>, parallelism: usize, request: ReadRequest) -> ReadStream {
    rows(target, parallelism, request, None)
}

/// Reads the columns of the key alone, of all rows; the one checkpoint is the end.
pub(super) fn read_keys(target: Arc<Target>, parallelism: usize, request: ReadRequest) -> ReadStream {
    let key = request.primary_key.clone();
    rows(target, parallelism, ReadRequest { resume: None, ..request }, Some(key))
}

/// Reads all columns, or `key` alone.
fn rows(target: Arc<Target>, parallelism: usize, request: ReadRequest, key: Option<Vec<String>>) -> ReadStream {
    Box::pin(try_stream! {
        let left = match request.resume.as_ref().map(Position::read).transpose()? {
            None => None,
            Some(Position::Full { key, remaining }) => Some(Left::Spans { key, spans: remaining }),
            Some(Position::Ordered { key, after }) => Some(Left::Behind { key, after }),
            Some(Position::Incremental { .. }) => Err(foreign_checkpoint())?,
        };
        let mut opening = Opening::of(&target, &request.source, key.as_deref());
        if let Some(waiting) = opening.waits_for().await {
            yield waiting;
        }
        let mut session = opening.session().await?;
        yield ReadEvent::Schema(Arc::clone(&session.schema));
        let rows = session.size.rows;
        if rows.is_some() {
            yield ReadEvent::Estimate(Estimate { rows, ..Estimate::default() });
        }
        if let Some(Left::Spans { key, spans }) = &left && spans.is_empty() {
            yield end(key.clone());
            return;
        }
        let is_resumed = left.is_some();
        let way = way::choose(&mut session, left, parallelism).await?;
        if is_resumed {
            let message = "the load goes on in a new snapshot: rows that changed since it was cut short are of a later time than the others";
            yield log(EventLevel::Warning, message);
        } else if key.is_none() && matches!(way, Way::Pages { .. } | Way::Stream) && rows.is_some_and(|rows| rows >= PIECE_ROWS) {
            let name = session.relation.sql();
            yield log(EventLevel::Info, format!("{name} is not read in the order of an integer key: a load that is cut short starts anew"));
        }
        let mut places = Places::of(&way, &session.schema);
        let mut pull = start(session, &way, &target, parallelism, &request);
        let mut given = 0;
        while let Some(part) = pull.next().await {
            match part? {
                Part::Schema(schema) => yield ReadEvent::Schema(schema),
                Part::Rows { piece, batch, rejected } => {
                    given += batch.num_rows() as u64;
                    let place = places.reached(piece, &batch);
                    yield ReadEvent::Batch(batch);
                    for values in rejected {
                        yield ReadEvent::RejectedValue(values);
                    }
                    if let Some(place) = place.filter(|_| key.is_none()) {
                        yield ReadEvent::Checkpoint(place.checkpoint());
                    }
                }
                Part::Done { piece } => {
                    if let Some(place) = places.done(piece).filter(|_| key.is_none()) {
                        yield ReadEvent::Checkpoint(place.checkpoint());
                    }
                }
                Part::Fewer(error) => yield log(EventLevel::Info, format!("reads with fewer connections: {error}")),
            }
        }
        if !places.spans.is_empty() {
            Err(ConnectorError::Protocol { message: "a connection ended before its rows did".into(), cause: None })?;
        }
        if !is_resumed && rows != Some(given) {
            yield ReadEvent::Estimate(Estimate { rows: Some(given), ..Estimate::default() });
        }
        yield end(places.key);
    })
}

/// The checkpoint behind which nothing is left.
fn end(key: Option<String>) -> ReadEvent {
    ReadEvent::Checkpoint(Position::Full { key, remaining: Vec::new() }.checkpoint())
}

fn foreign_checkpoint() -> ConnectorError {
    ConnectorError::data("checkpoint", "it is of an incremental read; start the full read anew")
}

/// Where a read stands, and where it can be gone on from.
struct Places {
    /// What is still to be read of each piece.
    spans: BTreeMap<usize, Span>,
    /// The integer key that the spans are of.
    key: Option<String>,
    /// The columns of the order, where that is what a read goes on by.
    order: Vec<String>,
    /// Where in a batch key or order stand.
    indexes: Vec<usize>,
}

impl Places {
    fn of(way: &Way, schema: &Schema) -> Self {
        let nothing = Span(None, None);
        let (spans, key, order) = match way {
            Way::Key { column, spans, .. } => (spans.clone(), Some(column.clone()), Vec::new()),
            Way::Ordered { columns, .. } => (vec![nothing], None, columns.clone()),
            Way::Pages { first_pages, .. } => (vec![nothing; first_pages.len()], None, Vec::new()),
            Way::Stream => (vec![nothing], None, Vec::new()),
        };
        let names = key.iter().chain(&order);
        let indexes = names.filter_map(|name| schema.index_of(name).ok()).collect();
        Self { spans: spans.into_iter().enumerate().collect(), key, order, indexes }
    }

    /// The place behind a batch, where there is one to go on from.
    fn reached(&mut self, piece: usize, batch: &RecordBatch) -> Option<Position> {
        let row = batch.num_rows().checked_sub(1)?;
        if self.key.is_some() {
            let last = cursor::integer(batch.column(*self.indexes.first()?), row)?;
            self.spans.get_mut(&piece)?.0 = Some(last);
            return Some(self.remaining());
        }
        if self.order.is_empty() {
            return None;
        }
        let after: Option<Vec<_>> = self.indexes.iter().map(|index| cursor::text(batch.column(*index), row)).collect();
        Some(Position::Ordered { key: self.order.clone(), after: after? })
    }

    /// The place behind a piece; the last one is the end.
    fn done(&mut self, piece: usize) -> Option<Position> {
        self.spans.remove(&piece);
        (self.key.is_some() && !self.spans.is_empty()).then(|| self.remaining())
    }

    fn remaining(&self) -> Position {
        Position::Full { key: self.key.clone(), remaining: merged(self.spans.values().copied()) }
    }
}

fn start(session: Session, way: &Way, target: &Arc<Target>, parallelism: usize, request: &ReadRequest) -> Pull {
    let statements = way.statements(&session.select());
    let connections = parallelism.min(request.memory_bytes / MEMORY_PER_CONNECTION).clamp(1, statements.len().max(1));
    let batch_bytes = request.batch_bytes.min(request.memory_bytes / (2 * connections + 2));
    let job = Job {
        relation: session.relation.sql(),
        schema: session.schema,
        plans: session.plans,
        batch_bytes,
        settings: way.settings(catalog::version(&session.connection)).to_owned(),
        pieces: Mutex::new(statements.into_iter().enumerate().collect()),
    };
    let crew = way.snapshot().map(|snapshot| Crew {
        target: Arc::clone(target),
        snapshot: snapshot.to_owned(),
        extra_connections: connections - 1,
    });
    Pull::start(job, session.connection, crew)
}
