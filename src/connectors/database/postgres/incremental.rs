//! An incremental read: the rows at or after a cursor, in the cursor's order, out of one snapshot.
//!
//! With a key, rows come in the order of (cursor, key), so each batch ends at a place to go on from. Without one, such
//! a place is where the cursor's value changes. Rows without a cursor come at the end of
//! every sync, all of them; the engine drops those that it has.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arrow::array::RecordBatch;
use async_stream::try_stream;

use super::columns::{Column, oid};
use super::cursor::{self, Position};
use super::log;
use super::pull::{Job, Part, Pull};
use super::quote::literal;
use super::session::{Session, column};
use super::target::Target;
use crate::sdk::{ConnectorError, Cursor, Estimate, EventLevel, ReadEvent, ReadRequest, ReadStream};

const WITH_CURSOR: usize = 0;
const WITHOUT_CURSOR: usize = 1;

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
        let session = Session::open(&target, &request.source).await?;
        let order = Order::of(&session, field, &request.primary_key)?;
        yield ReadEvent::Schema(Arc::clone(&session.schema));
        let (start, end_before) = match resume {
            Some(position @ Position::Incremental { complete: true, .. }) => {
                yield ReadEvent::Checkpoint(position.checkpoint());
                return;
            }
            Some(position) => (order.after(&position)?, Some(position)),
            None => (order.since(since.as_ref(), lookback), None),
        };
        if start.is_none() {
            yield ReadEvent::Estimate(Estimate { rows: session.relation.rows, ..Estimate::default() });
            if since.is_some() && end_before.is_none() {
                yield log(EventLevel::Info, format!("the last checkpoint holds no value of {}: everything is read", order.field));
            }
        }
        // Where no row comes, the place to stand at stays the one before.
        let mut place = match end_before.or_else(|| since.filter(|since| order.is_of(since))) {
            Some(Position::Incremental { cursor, key, .. }) => (cursor, key),
            _ => (None, Vec::new()),
        };
        let mut pull = start_pull(session, &order, start, &request);
        let mut last: Option<RecordBatch> = None;
        let mut without_cursor = 0;
        while let Some(part) = pull.next().await {
            match part? {
                Part::Rows { piece: WITH_CURSOR, batch, rejected } => {
                    if let Some(last) = &last && let Some(boundary) = order.boundary(last, &batch) {
                        place = (Some(boundary), Vec::new());
                        yield ReadEvent::Checkpoint(order.position(&place, false));
                    }
                    match order.last_change(&batch) {
                        Some((rows, boundary)) => {
                            place = (Some(boundary), Vec::new());
                            yield ReadEvent::Batch(batch.slice(0, rows));
                            yield ReadEvent::Checkpoint(order.position(&place, false));
                            yield ReadEvent::Batch(batch.slice(rows, batch.num_rows() - rows));
                        }
                        None => yield ReadEvent::Batch(batch.clone()),
                    }
                    for values in rejected {
                        yield ReadEvent::RejectedValue(values);
                    }
                    if let Some(reached) = order.reached(&batch) {
                        place = reached;
                        yield ReadEvent::Checkpoint(order.position(&place, false));
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
                        let message = format!("{without_cursor} rows have no {}: they are read with every sync", order.field);
                        yield log(EventLevel::Info, message);
                    }
                    yield ReadEvent::Checkpoint(order.position(&place, true));
                }
                Part::Fewer(error) => Err(error)?,
            }
        }
    })
}

/// The columns that give the order.
struct Order {
    field: String,
    field_index: usize,
    field_oid: u32,
    is_nullable: bool,
    key: Vec<(String, usize)>,
    /// Whether (cursor, key) is a place to go on from: no part of it is NULL, and `>` means what ORDER BY means.
    pages_by_key: bool,
    relation: String,
}

impl Order {
    fn of(session: &Session, field: String, primary_key: &[String]) -> Result<Self, ConnectorError> {
        let relation = session.relation.sql();
        let find = |path: &str, name: &str| -> Result<(usize, Column), ConnectorError> {
            let index = session.schema.index_of(name).ok();
            index.and_then(|index| Some((index, session.relation.column(name)?.clone()))).ok_or_else(|| {
                ConnectorError::config(path, format!("names the column {name}, which {relation} does not have"))
            })
        };
        let (field_index, cursor) = find("cursorField", &field)?;
        if cursor.element.is_some() {
            return Err(ConnectorError::config(
                "cursorField",
                format!("{field} is an array, which has no order to read by"),
            ));
        }
        let mut key = Vec::with_capacity(primary_key.len());
        // The operators of types that came with an extension may be hidden by the search path.
        let is_builtin =
            |column: &Column| column.element.is_none() && (column.base.is_enum || column.base.oid < 10_000);
        let mut pages_by_key = !primary_key.is_empty() && is_builtin(&cursor);
        for name in primary_key {
            let (index, part) = find("primaryKey", name)?;
            pages_by_key &= part.is_not_null && is_builtin(&part);
            key.push((name.clone(), index));
        }
        let field_oid = cursor.base.oid;
        Ok(Self { field, field_index, field_oid, is_nullable: !cursor.is_not_null, key, pages_by_key, relation })
    }

    fn is_of(&self, position: &Position) -> bool {
        matches!(position, Position::Incremental { field, .. } if *field == self.field)
    }

    /// The condition for rows that a sync has to read; none where that is all.
    fn since(&self, since: Option<&Position>, lookback: Duration) -> Option<String> {
        let Some(Position::Incremental { cursor: Some(cursor), .. }) = since.filter(|since| self.is_of(since)) else {
            return None;
        };
        let seconds = lookback.as_secs();
        let from = match self.field_oid {
            _ if lookback.is_zero() => literal(cursor),
            oid::TIMESTAMP => format!("{}::timestamp - make_interval(secs => {seconds})", literal(cursor)),
            oid::TIMESTAMPTZ => format!("{}::timestamptz - make_interval(secs => {seconds})", literal(cursor)),
            oid::DATE => format!("{}::date - {}", literal(cursor), seconds.div_ceil(86_400)),
            _ => literal(cursor),
        };
        Some(format!("{} >= {from}", column(&self.field)))
    }

    /// The condition for the rows behind a checkpoint of this very read; none where that is all.
    fn after(&self, position: &Position) -> Result<Option<String>, ConnectorError> {
        let field = column(&self.field);
        match position {
            Position::Incremental { cursor: None, .. } if self.is_of(position) => Ok(None),
            Position::Incremental { cursor: Some(cursor), key, .. } if self.is_of(position) && key.is_empty() => {
                Ok(Some(format!("{field} > {}", literal(cursor))))
            }
            Position::Incremental { cursor: Some(cursor), key, .. }
                if self.is_of(position) && key.len() == self.key.len() =>
            {
                let names: Vec<_> = self.key.iter().map(|(name, _)| column(name)).collect();
                let values: Vec<_> = key.iter().map(|value| literal(value)).collect();
                Ok(Some(format!("({field}, {}) > ({}, {})", names.join(", "), literal(cursor), values.join(", "))))
            }
            _ => Err(ConnectorError::data(
                self.relation.clone(),
                "the checkpoint is of another cursor field or key; start the read anew",
            )),
        }
    }

    fn position(&self, place: &(Option<String>, Vec<String>), complete: bool) -> Cursor {
        let (cursor, key) = place.clone();
        Position::Incremental { field: self.field.clone(), cursor, key, complete }.checkpoint()
    }

    /// Cursor and key of a batch's last row, where that is a place to go on from.
    fn reached(&self, batch: &RecordBatch) -> Option<(Option<String>, Vec<String>)> {
        if !self.pages_by_key {
            return None;
        }
        let row = batch.num_rows().checked_sub(1)?;
        let cursor = cursor::text(batch.column(self.field_index), row)?;
        let key: Option<Vec<_>> = self.key.iter().map(|(_, index)| cursor::text(batch.column(*index), row)).collect();
        Some((Some(cursor), key?))
    }

    /// The last value of `before` where `after` starts with another one: all rows of that value are given then.
    fn boundary(&self, before: &RecordBatch, after: &RecordBatch) -> Option<String> {
        if self.pages_by_key {
            return None;
        }
        let value = cursor::text(before.column(self.field_index), before.num_rows().checked_sub(1)?)?;
        (cursor::text(after.column(self.field_index), 0)? != value).then_some(value)
    }

    /// How many rows of a batch come before those of its last value, and the value these end with.
    fn last_change(&self, batch: &RecordBatch) -> Option<(usize, String)> {
        if self.pages_by_key {
            return None;
        }
        let value = |row: usize| cursor::text(batch.column(self.field_index), row);
        let last = value(batch.num_rows().checked_sub(1)?);
        let before = (0..batch.num_rows()).rev().find(|row| value(*row) != last)?;
        Some((before + 1, value(before)?))
    }

    /// The greatest cursor of a batch that the lake can hold.
    fn last_cursor(&self, batch: &RecordBatch) -> Option<String> {
        (0..batch.num_rows()).rev().find_map(|row| cursor::text(batch.column(self.field_index), row))
    }

    fn by(&self) -> String {
        let names = self.key.iter().map(|(name, _)| name).filter(|name| **name != self.field).map(|name| column(name));
        let all: Vec<_> = std::iter::once(column(&self.field)).chain(names).collect();
        all.join(", ")
    }
}

fn start_pull(session: Session, order: &Order, start: Option<String>, request: &ReadRequest) -> Pull {
    let (select, field) = (session.select(), column(&order.field));
    let condition = start.unwrap_or_else(|| format!("{field} IS NOT NULL"));
    let mut pieces = VecDeque::from([(WITH_CURSOR, format!("{select} WHERE {condition} ORDER BY {}", order.by()))]);
    let nulls = if order.is_nullable { format!("{field} IS NULL") } else { "false".to_owned() };
    pieces.push_back((WITHOUT_CURSOR, format!("{select} WHERE {nulls}")));
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
