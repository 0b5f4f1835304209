//! An incremental read: the rows at or after a cursor, in the cursor's order, out of one snapshot.
//!
//! With a key, rows come in the order of (cursor, key), so each batch ends at a place to go on from. Without one, such
//! a place is where the cursor's value changes. Rows without a cursor come at the end of
//! every sync, all of them; the engine drops those that it has.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use async_stream::try_stream;

use super::cursor::Position;
use super::log;
use super::order::Order;
use super::pull::{Job, Part, Pull};
use super::session::{Opening, Session};
use super::target::Target;
use crate::sdk::{ConnectorError, Cursor, Estimate, EventLevel, ReadEvent, ReadRequest, ReadStream, counted};

const WITH_CURSOR: usize = 0;
const WITHOUT_CURSOR: usize = 1;
/// The row with the greatest cursor, before all others.
const NEWEST: usize = 2;

/// Reads what is new since a checkpoint; everything, in order, where there is none.
pub(super) fn read(
    target: Arc<Target>,
    request: ReadRequest,
    cursor_field: Option<String>,
    since: Option<Cursor>,
    lookback: Duration,
) -> ReadStream {
    Box::pin(try_stream! {
        let field = cursor_field.ok_or_else(|| {
            ConnectorError::config("cursorField", "is missing; name a column that grows with every change, or read the table in full")
        })?;
        let since = since.as_ref().map(Position::read).transpose()?;
        let resume = request.resume.as_ref().map(Position::read).transpose()?;
        let mut opening = Opening::of(&target, &request.source, None);
        if let Some(waiting) = opening.waits_for().await {
            yield waiting;
        }
        let mut session = opening.session().await?;
        let order = Order::of(&session, &target, field, &request.primary_key)?;
        let is_of_another = since.as_ref().is_some_and(|since| !order.is_of(since));
        if is_of_another {
            if resume.is_none() {
                yield log(EventLevel::Warning, order.tell_of_another());
            }
            yield ReadEvent::Whole;
        }
        let since = since.filter(|_| !is_of_another);
        yield ReadEvent::Schema(Arc::clone(&session.schema));
        let (start, end_before) = match resume {
            Some(position @ Position::Incremental { complete: true, .. }) => {
                yield ReadEvent::Checkpoint(position.checkpoint());
                return;
            }
            Some(position) => (order.after(&position)?, Some(position)),
            None => (order.since(since.as_ref(), lookback), None),
        };
        if start.is_none() && since.is_some() && end_before.is_none() {
            yield log(EventLevel::Info, format!("the last checkpoint holds no value of {}: everything is read", order.field));
        }
        if end_before.is_none() {
            let rows = order.planned_rows(&mut session, start.as_deref()).await?;
            yield ReadEvent::Estimate(Estimate { rows, ..Estimate::default() });
        }
        let goes_on = end_before.is_some();
        // A checkpoint of an earlier version may not say it: then the rows from there on are read again.
        let mut newest = match &end_before {
            Some(Position::Incremental { newest, cursor, .. }) => newest.clone().or_else(|| cursor.clone()),
            _ => None,
        };
        // Where no row comes, the place to stand at stays the one before.
        let mut place = match end_before.or(since) {
            Some(Position::Incremental { cursor, key, .. }) => (cursor, key),
            _ => (None, Vec::new()),
        };
        let mut pull = start_pull(session, &order, start.as_deref(), goes_on, &request);
        let mut last: Option<RecordBatch> = None;
        let mut without_cursor = 0;
        let mut odd = 0;
        while let Some(part) = pull.next().await {
            match part? {
                Part::Schema(schema) => yield ReadEvent::Schema(schema),
                // It comes again in its place, and what is wrong with it is told there.
                Part::Rows { piece: NEWEST, batch, .. } => newest = order.last_cursor(&batch),
                Part::Done { piece: NEWEST } => {}
                Part::Rows { piece: WITH_CURSOR, batch, rejected } => {
                    odd += order.without_place(&batch);
                    if let Some(last) = &last && let Some(boundary) = order.boundary(last, &batch) {
                        place = (Some(boundary), Vec::new());
                        yield ReadEvent::Checkpoint(order.position(&place, newest.as_ref(), false));
                    }
                    match order.last_change(&batch) {
                        Some((rows, boundary)) => {
                            place = (Some(boundary), Vec::new());
                            yield ReadEvent::Batch(part_of(&batch, 0, rows)?);
                            yield ReadEvent::Checkpoint(order.position(&place, newest.as_ref(), false));
                            yield ReadEvent::Batch(part_of(&batch, rows, batch.num_rows() - rows)?);
                        }
                        None => yield ReadEvent::Batch(batch.clone()),
                    }
                    for values in rejected {
                        yield ReadEvent::RejectedValue(values);
                    }
                    if let Some(reached) = order.reached(&batch) {
                        place = reached;
                        yield ReadEvent::Checkpoint(order.position(&place, newest.as_ref(), false));
                    }
                    last = Some(batch);
                }
                Part::Rows { batch, rejected, .. } => {
                    without_cursor += batch.num_rows();
                    yield ReadEvent::Batch(batch);
                    for values in rejected {
                        yield ReadEvent::RejectedValue(values);
                    }
                }
                Part::Done { piece: WITH_CURSOR } => {
                    if let Some(cursor) = last.take().as_ref().and_then(|last| order.last_cursor(last)) {
                        let key = if order.pages_by_key { place.1 } else { Vec::new() };
                        place = (Some(cursor), key);
                    }
                }
                Part::Done { .. } => {
                    if without_cursor > 0 {
                        let field = &order.field;
                        let (one, many) = (format!("row has no {field}: it is"), format!("rows have no {field}: they are"));
                        let message = format!("{} read with every sync", counted(without_cursor as u64, &one, &many));
                        yield log(EventLevel::Info, message);
                    }
                    if odd > 0 {
                        let rows = counted(odd as u64, "row has", "rows have");
                        let they = if odd == 1 { "it is" } else { "they are" };
                        let message = format!("{rows} NaN or infinity as {}, which is no place to go on from: {they} read with every sync", order.field);
                        yield log(EventLevel::Warning, message);
                    }
                    // What was read in one sitting ends where it was the newest.
                    let newest = newest.as_ref().filter(|_| goes_on);
                    yield ReadEvent::Checkpoint(order.position(&place, newest, true));
                }
                Part::Fewer(error) => Err(error)?,
            }
        }
    })
}

/// Some rows of a batch, in memory of their own: that of a slice is counted whole.
fn part_of(batch: &RecordBatch, from: usize, rows: usize) -> Result<RecordBatch, ConnectorError> {
    concat_batches(&batch.schema(), [&batch.slice(from, rows)]).map_err(|error| ConnectorError::Data {
        place: "a batch of rows".into(),
        message: "the rows do not fit into memory".into(),
        cause: Some(error.into()),
    })
}

fn start_pull(session: Session, order: &Order, start: Option<&str>, goes_on: bool, request: &ReadRequest) -> Pull {
    let (with_cursor, without_cursor) = order.statements(&session, start);
    let mut pieces = VecDeque::from([(WITH_CURSOR, with_cursor), (WITHOUT_CURSOR, without_cursor)]);
    if !goes_on {
        pieces.push_front((NEWEST, order.newest_statement(&session, start)));
    }
    let job = Job {
        relation: session.relation.sql(),
        schema: session.schema,
        plans: session.plans,
        batch_bytes: request.batch_bytes.min(request.memory_bytes / 4),
        settings: String::new(),
        pieces: Mutex::new(pieces),
    };
    Pull::start(job, session.connection, None)
}
