//! The order of an incremental read: by the cursor, and by the key where there is one to go on by.

use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::datatypes::DataType;

use super::catalog;
use super::columns::{Column, oid};
use super::cursor::{self, Position};
use super::quote::literal;
use super::session::{self, Session, column};
use super::target::Target;
use crate::sdk::{ConnectorError, Cursor};

/// The columns that give the order.
pub(super) struct Order {
    pub(super) field: String,
    field_index: usize,
    field_oid: u32,
    /// What tells the type from others, and what SQL calls it.
    field_type: (String, String),
    is_nullable: bool,
    key: Vec<(String, usize)>,
    /// Whether (cursor, key) is a place to go on from: no part of it is NULL, and `>` means what ORDER BY means.
    pub(super) pages_by_key: bool,
    /// Whether values whose texts differ are other values to the server too, so that rows can be parted between them.
    parts_by_cursor: bool,
    relation: String,
}

impl Order {
    /// The order of a read by `field` and this key.
    ///
    /// # Errors
    /// `Config` or `Permission` where one of the columns is not there for us.
    pub(super) fn of(
        session: &Session,
        target: &Target,
        field: String,
        primary_key: &[String],
    ) -> Result<Self, ConnectorError> {
        let relation = session.relation.sql();
        let find = |path: &str, name: &str| -> Result<(usize, Column), ConnectorError> {
            let index = session.schema.index_of(name).ok();
            index
                .and_then(|index| Some((index, session.relation.column(name)?.clone())))
                .ok_or_else(|| session::without_column(&session.relation, target, path, name))
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
        let field_type = (cursor.type_mark(), cursor.type_name.clone());
        let parts_by_cursor = may_part(&cursor, session.schema.field(field_index).data_type());
        let is_nullable = !cursor.is_not_null;
        Ok(Self {
            field,
            field_index,
            field_oid,
            field_type,
            is_nullable,
            key,
            pages_by_key,
            parts_by_cursor,
            relation,
        })
    }

    /// Whether a position's values are of the cursor field as it is now: as a text of another type, a value says nothing.
    pub(super) fn is_of(&self, position: &Position) -> bool {
        let Position::Incremental { field, field_type, .. } = position else { return false };
        *field == self.field && field_type.as_ref().is_none_or(|mark| *mark == self.field_type.0)
    }

    /// What to say where the values that were read before are of no use.
    pub(super) fn tell_of_another(&self) -> String {
        format!(
            "{} has another type than when it was last read, {} now: everything is read once",
            self.field, self.field_type.1
        )
    }

    /// The condition for rows that a sync has to read; none where that is all.
    ///
    /// A read of several sittings has not seen in the later ones what was committed meanwhile behind where they began. All
    /// that a look-back is to find was open when the first began, or later: it lies no further than that before the value
    /// which was the newest then, however far the read came.
    pub(super) fn since(&self, since: Option<&Position>, lookback: Duration) -> Option<String> {
        let since = since.filter(|since| self.is_of(since))?;
        let Position::Incremental { cursor: Some(cursor), newest, .. } = since else { return None };
        let reached = self.not_before(cursor, lookback);
        Some(match newest {
            Some(newest) => format!("({reached} OR {})", self.not_before(newest, lookback)),
            None => reached,
        })
    }

    /// The condition for rows that are not before a value, less the look-back.
    fn not_before(&self, value: &str, lookback: Duration) -> String {
        let (value, seconds) = (literal(value), lookback.as_secs());
        let from = match self.field_oid {
            _ if lookback.is_zero() => value,
            oid::TIMESTAMP => format!("{value}::timestamp - make_interval(secs => {seconds})"),
            oid::TIMESTAMPTZ => format!("{value}::timestamptz - make_interval(secs => {seconds})"),
            oid::DATE => format!("{value}::date - {}", seconds.div_ceil(86_400)),
            _ => value,
        };
        format!("{} >= {from}", column(&self.field))
    }

    /// The condition for the rows behind a checkpoint of this very read; none where that is all.
    pub(super) fn after(&self, position: &Position) -> Result<Option<String>, ConnectorError> {
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
                "the checkpoint is of another cursor field, of another type of it or of another key; start the read anew",
            )),
        }
    }

    /// The checkpoint at a place of a read that began when `newest` was the greatest value.
    pub(super) fn position(
        &self,
        place: &(Option<String>, Vec<String>),
        newest: Option<&String>,
        complete: bool,
    ) -> Cursor {
        let (cursor, key) = place.clone();
        let newest = newest.filter(|newest| cursor.as_ref() != Some(*newest)).cloned();
        let (field, field_type) = (self.field.clone(), Some(self.field_type.0.clone()));
        Position::Incremental { field, field_type, cursor, key, newest, complete }.checkpoint()
    }

    /// Cursor and key of a batch's last row, where that is a place to go on from.
    pub(super) fn reached(&self, batch: &RecordBatch) -> Option<(Option<String>, Vec<String>)> {
        if !self.pages_by_key {
            return None;
        }
        let row = batch.num_rows().checked_sub(1)?;
        let cursor = self.text(batch, row)?;
        let key: Option<Vec<_>> = self.key.iter().map(|(_, index)| cursor::text(batch.column(*index), row)).collect();
        Some((Some(cursor), key?))
    }

    /// The last value of `before` where `after` starts with another one: all rows of that value are given then.
    pub(super) fn boundary(&self, before: &RecordBatch, after: &RecordBatch) -> Option<String> {
        if self.pages_by_key || !self.parts_by_cursor {
            return None;
        }
        let value = self.text(before, before.num_rows().checked_sub(1)?)?;
        (self.text(after, 0)? != value).then_some(value)
    }

    /// How many rows of a batch come before those of its last value, and the value these end with.
    pub(super) fn last_change(&self, batch: &RecordBatch) -> Option<(usize, String)> {
        if self.pages_by_key || !self.parts_by_cursor {
            return None;
        }
        let last = self.text(batch, batch.num_rows().checked_sub(1)?);
        let before = (0..batch.num_rows()).rev().find(|row| self.text(batch, *row) != last)?;
        Some((before + 1, self.text(batch, before)?))
    }

    /// The greatest cursor of a batch that is a place to go on from.
    pub(super) fn last_cursor(&self, batch: &RecordBatch) -> Option<String> {
        (0..batch.num_rows()).rev().find_map(|row| self.text(batch, row))
    }

    /// How many rows at the end of a batch have a cursor that is no place to go on from: they sort behind all others.
    pub(super) fn without_place(&self, batch: &RecordBatch) -> usize {
        (0..batch.num_rows()).rev().take_while(|row| self.text(batch, *row).is_none()).count()
    }

    /// A row's cursor, where the next sync can go on from it.
    fn text(&self, batch: &RecordBatch, row: usize) -> Option<String> {
        let text = cursor::text(batch.column(self.field_index), row)?;
        let is_place = self.field_oid != oid::NUMERIC || !matches!(text.as_str(), "NaN" | "Infinity" | "-Infinity");
        is_place.then_some(text)
    }

    /// About how many rows the read gives.
    pub(super) async fn planned_rows(
        &self,
        session: &mut Session,
        start: Option<&str>,
    ) -> Result<Option<u64>, ConnectorError> {
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
    pub(super) fn statements(&self, session: &Session, start: Option<&str>) -> (String, String) {
        let (select, field) = (session.select(), column(&self.field));
        let condition = start.map_or_else(|| format!("{field} IS NOT NULL"), str::to_owned);
        let nulls = if self.is_nullable { format!("{field} IS NULL") } else { "false".to_owned() };
        (format!("{select} WHERE {condition} ORDER BY {}", self.by()), format!("{select} WHERE {nulls}"))
    }

    /// What selects the row with the greatest cursor of those that [`statements`](Self::statements) select.
    pub(super) fn newest_statement(&self, session: &Session, start: Option<&str>) -> String {
        let (select, field) = (session.select(), column(&self.field));
        let and = start.map_or_else(String::new, |start| format!(" AND {start}"));
        format!("{select} WHERE {field} IS NOT NULL{and} ORDER BY {field} DESC LIMIT 1")
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
