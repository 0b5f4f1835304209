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
use arrow::datatypes::DataType;
use async_stream::try_stream;

use super::columns::{Column, oid};
use super::cursor::{self, Position};
use super::pull::{Job, Part, Pull};
use super::quote::literal;
use super::session::{self, Session, column};
use super::target::Target;
use super::{catalog, log};
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
        let mut opening = Box::pin(Session::open(&target, &request.source));
        let mut session = loop {
            match session::opened(&mut opening, &target, &request.source).await {
                Ok(opened) => break opened?,
                Err(waiting) => yield waiting,
            }
        };
        drop(opening);
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
        if start.is_none() && since.is_some() && end_before.is_none() {
            yield log(EventLevel::Info, format!("the last checkpoint holds no value of {}: everything is read", order.field));
        }
        if end_before.is_none() {
            let rows = order.planned_rows(&mut session, start.as_deref()).await?;
            yield ReadEvent::Estimate(Estimate { rows, ..Estimate::default() });
        }
        // Where no row comes, the place to stand at stays the one before.
        let mut place = match end_before.or_else(|| since.filter(|since| order.is_of(since))) {
            Some(Position::Incremental { cursor, key, .. }) => (cursor, key),
            _ => (None, Vec::new()),
        };
        let mut pull = start_pull(session, &order, start.as_deref(), &request);
        let mut last: Option<RecordBatch> = None;
        let mut without_cursor = 0;
        let mut odd = 0;
        while let Some(part) = pull.next().await {
            match part? {
                Part::Schema(schema) => yield ReadEvent::Schema(schema),
                Part::Rows { piece: WITH_CURSOR, batch, rejected } => {
                    odd += order.without_place(&batch);
                    if let Some(last) = &last && let Some(boundary) = order.boundary(last, &batch) {
                        place = (Some(boundary), Vec::new());
                        yield ReadEvent::Checkpoint(order.position(&place, false));
                    }
                    match order.last_change(&batch) {
                        Some((rows, boundary)) => {
                            place = (Some(boundary), Vec::new());
                            yield ReadEvent::Batch(part_of(&batch, 0, rows)?);
                            yield ReadEvent::Checkpoint(order.position(&place, false));
                            yield ReadEvent::Batch(part_of(&batch, rows, batch.num_rows() - rows)?);
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
                    if odd > 0 {
                        let message = format!("{odd} rows have NaN or infinity as {}, which is no place to go on from: they are read with every sync", order.field);
                        yield log(EventLevel::Warning, message);
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
    /// Whether values whose texts differ are other values to the server too, so that rows can be parted between them.
    parts_by_cursor: bool,
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
        let parts_by_cursor = may_part(&cursor, session.schema.field(field_index).data_type());
        let is_nullable = !cursor.is_not_null;
        Ok(Self { field, field_index, field_oid, is_nullable, key, pages_by_key, parts_by_cursor, relation })
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
        let cursor = self.text(batch, row)?;
        let key: Option<Vec<_>> = self.key.iter().map(|(_, index)| cursor::text(batch.column(*index), row)).collect();
        Some((Some(cursor), key?))
    }

    /// The last value of `before` where `after` starts with another one: all rows of that value are given then.
    fn boundary(&self, before: &RecordBatch, after: &RecordBatch) -> Option<String> {
        if self.pages_by_key || !self.parts_by_cursor {
            return None;
        }
        let value = self.text(before, before.num_rows().checked_sub(1)?)?;
        (self.text(after, 0)? != value).then_some(value)
    }

    /// How many rows of a batch come before those of its last value, and the value these end with.
    fn last_change(&self, batch: &RecordBatch) -> Option<(usize, String)> {
        if self.pages_by_key || !self.parts_by_cursor {
            return None;
        }
        let last = self.text(batch, batch.num_rows().checked_sub(1)?);
        let before = (0..batch.num_rows()).rev().find(|row| self.text(batch, *row) != last)?;
        Some((before + 1, self.text(batch, before)?))
    }

    /// The greatest cursor of a batch that is a place to go on from.
    fn last_cursor(&self, batch: &RecordBatch) -> Option<String> {
        (0..batch.num_rows()).rev().find_map(|row| self.text(batch, row))
    }

    /// How many rows at the end of a batch have a cursor that is no place to go on from: they sort behind all others.
    fn without_place(&self, batch: &RecordBatch) -> usize {
        (0..batch.num_rows()).rev().take_while(|row| self.text(batch, *row).is_none()).count()
    }

    /// A row's cursor, where the next sync can go on from it.
    fn text(&self, batch: &RecordBatch, row: usize) -> Option<String> {
        let text = cursor::text(batch.column(self.field_index), row)?;
        let is_place = self.field_oid != oid::NUMERIC || !matches!(text.as_str(), "NaN" | "Infinity" | "-Infinity");
        is_place.then_some(text)
    }

    /// About how many rows the read gives.
    async fn planned_rows(&self, session: &mut Session, start: Option<&str>) -> Result<Option<u64>, ConnectorError> {
        if start.is_none() {
            return Ok(session.size.rows);
        }
        let (with_cursor, without_cursor) = self.statements(session, start);
        let explain = format!("EXPLAIN (FORMAT JSON) {with_cursor}; EXPLAIN (FORMAT JSON) {without_cursor}");
        let relation = session.relation.sql();
        let results = session.connection.query(&explain, Some(&relation)).await?;
        let planned = results.iter().map(|rows| catalog::planned_rows(rows.first()?.first()?.as_deref()));
        let planned: Option<Vec<u64>> = planned.take(if self.is_nullable { 2 } else { 1 }).collect();
        Ok(planned.map(|planned| planned.iter().sum()))
    }

    /// What selects the rows with a cursor, in order, and those without.
    fn statements(&self, session: &Session, start: Option<&str>) -> (String, String) {
        let (select, field) = (session.select(), column(&self.field));
        let condition = start.map_or_else(|| format!("{field} IS NOT NULL"), str::to_owned);
        let nulls = if self.is_nullable { format!("{field} IS NULL") } else { "false".to_owned() };
        (format!("{select} WHERE {condition} ORDER BY {}", self.by()), format!("{select} WHERE {nulls}"))
    }

    fn by(&self) -> String {
        let names = self.key.iter().map(|(name, _)| name).filter(|name| **name != self.field).map(|name| column(name));
        let all: Vec<_> = std::iter::once(column(&self.field)).chain(names).collect();
        all.join(", ")
    }
}

/// Numerics of any scale, intervals and texts of some collations have several texts for one value; floats have two zeros.
fn may_part(cursor: &Column, kept: &DataType) -> bool {
    match cursor.base.oid {
        oid::NUMERIC => matches!(kept, DataType::Decimal128(..)),
        oid::TEXT | oid::VARCHAR | oid::BPCHAR | oid::NAME => cursor.is_deterministic,
        oid::BOOL | oid::INT2 | oid::INT4 | oid::INT8 | oid::OID | oid::UUID | oid::BYTEA => true,
        oid::DATE | oid::TIME | oid::TIMESTAMP | oid::TIMESTAMPTZ | oid::MONEY => true,
        _ => cursor.base.is_enum,
    }
}

/// Some rows of a batch, in memory of their own: that of a slice is counted whole.
fn part_of(batch: &RecordBatch, from: usize, rows: usize) -> Result<RecordBatch, ConnectorError> {
    concat_batches(&batch.schema(), [&batch.slice(from, rows)]).map_err(|error| ConnectorError::Data {
        place: "a batch of rows".into(),
        message: "the rows do not fit into memory".into(),
        cause: Some(error.into()),
    })
}

fn start_pull(session: Session, order: &Order, start: Option<&str>, request: &ReadRequest) -> Pull {
    let (with_cursor, without_cursor) = order.statements(&session, start);
    let job = Job {
        relation: session.relation.sql(),
        schema: session.schema,
        plans: session.plans,
        batch_bytes: request.batch_bytes.min(request.memory_bytes / 4),
        settings: String::new(),
        pieces: Mutex::new(VecDeque::from([(WITH_CURSOR, with_cursor), (WITHOUT_CURSOR, without_cursor)])),
    };
    Pull::start(job, session.connection, None)
}
