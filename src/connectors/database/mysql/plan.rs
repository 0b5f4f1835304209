//! Which rows a read selects, in which order, and what its checkpoints say.

use std::time::Duration;

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};

use super::cursor::{Exact, Parameter, Position};
use super::kind::Kind;
use super::table::{Column, Table, quote};
use crate::sdk::{ConnectorError, Cursor, Extract, ReadRequest};

/// A condition with the values of its parameters.
#[derive(Clone, Debug, Default)]
pub(super) struct Selection {
    conditions: Vec<String>,
    pub(super) parameters: Vec<Parameter>,
}

impl Selection {
    /// ` WHERE …`, or nothing.
    fn clause(&self) -> String {
        if self.conditions.is_empty() { String::new() } else { format!(" WHERE {}", self.conditions.join(" AND ")) }
    }

    fn with(mut self, condition: impl Into<String>, parameters: impl IntoIterator<Item = Parameter>) -> Self {
        self.conditions.push(condition.into());
        self.parameters.extend(parameters);
        self
    }
}

/// A column that rows are ordered by.
#[derive(Clone, Debug)]
pub(super) struct Part {
    quoted: String,
    /// What its values are compared by.
    compared: String,
    placeholder: String,
    /// Where its value stands in a row, and what it is there.
    pub(super) at: usize,
    pub(super) kind: Kind,
}

/// One ordered pass over rows.
#[derive(Debug)]
pub(super) struct Leg {
    pub(super) selection: Selection,
    order: Vec<String>,
    pub(super) kind: LegKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LegKind {
    /// Every row.
    Full,
    /// The rows with a cursor.
    WithCursor,
    /// The rows whose cursor is NULL.
    WithoutCursor,
}

/// The whole read.
#[derive(Debug)]
pub(super) struct Plan {
    /// The expressions that every row gives: the table's columns, then what keys need besides.
    selected: Vec<String>,
    table: String,
    pub(super) key: Vec<Part>,
    pub(super) cursor: Option<Part>,
    pub(super) legs: Vec<Leg>,
    /// Whether the whole table is read, so that its size is the read's.
    pub(super) is_everything: bool,
    /// Whether a cursor was given that says nothing any more, so that what is read is not what is new since.
    pub(super) is_of_another: bool,
    /// Where the read starts from; checkpoints go on from here.
    pub(super) start: Position,
    /// What the user should know before it starts.
    pub(super) warnings: Vec<String>,
}

impl Plan {
    /// Plans a read of `table`.
    ///
    /// # Errors
    /// `Config` where the cursor field is no column; `Data` where a checkpoint cannot be gone on from.
    pub(super) fn of(table: &Table, request: &ReadRequest) -> Result<Self, ConnectorError> {
        let position = |cursor: &Cursor| cursor.read::<Position>(&table.path());
        let resume = request.resume.as_ref().map(position).transpose()?;
        let mut selected: Vec<String> = table.columns.iter().map(|column| quote(&column.name)).collect();
        if selected.is_empty() {
            selected.push("*".into());
        }
        let key = table.key.iter().map(|&index| part(table, index, &mut selected)).collect();
        let mut plan = Self {
            selected,
            table: table.quoted(),
            key,
            cursor: None,
            legs: Vec::new(),
            is_everything: true,
            is_of_another: false,
            start: Position::default(),
            warnings: Vec::new(),
        };
        if resume.is_some() {
            plan.warnings.push(format!(
                "the read of {} goes on after an interruption; rows that changed before that point meanwhile are not of one \
                 snapshot with the rest",
                table.path()
            ));
        }
        match &request.extract {
            Extract::Full => plan.full(resume)?,
            Extract::Incremental { cursor_field: None, .. } => {
                return Err(ConnectorError::config(
                    "cursorField",
                    "an incremental read of a table needs a column to go by",
                ));
            }
            Extract::Incremental { cursor_field: Some(field), since, lookback } => {
                let since = since.as_ref().map(position).transpose()?;
                plan.incremental(table, field, since, *lookback, resume)?;
            }
        }
        Ok(plan)
    }

    /// The statement of one leg.
    pub(super) fn sql(&self, leg: &Leg) -> String {
        let order = if leg.order.is_empty() { String::new() } else { format!(" ORDER BY {}", leg.order.join(", ")) };
        format!("SELECT {} FROM {}{}{order}", self.selected.join(", "), self.table, leg.selection.clause())
    }

    /// The statement of the greatest cursor among the rows that are read, with its parameters.
    pub(super) fn newest(&self) -> Option<(String, &[Parameter])> {
        let cursor = self.cursor.as_ref()?;
        let selection = &self.legs.iter().find(|leg| leg.kind == LegKind::WithCursor)?.selection;
        let (compared, table, clause) = (&cursor.compared, &self.table, selection.clause());
        let sql = format!("SELECT {compared} FROM {table}{clause} ORDER BY {} DESC LIMIT 1", cursor.quoted);
        Some((sql, selection.parameters.as_slice()))
    }

    fn full(&mut self, resume: Option<Position>) -> Result<(), ConnectorError> {
        self.start = resume.unwrap_or_default();
        if !self.start.end {
            let selection = self.behind(Selection::default(), None)?;
            let order = self.key_order();
            self.legs.push(Leg { selection, order, kind: LegKind::Full });
        }
        Ok(())
    }

    fn incremental(
        &mut self,
        table: &Table,
        field: &str,
        since: Option<Position>,
        lookback: Duration,
        resume: Option<Position>,
    ) -> Result<(), ConnectorError> {
        let index = cursor_column(table, field)?;
        let column = &table.columns[index];
        let cursor = part(table, index, &mut self.selected);
        let field = column.name.clone();
        let reason = since.as_ref().and_then(|since| of_another(since, column));
        self.is_of_another = reason.is_some();
        if resume.is_none() {
            self.warnings.extend(reason);
        }
        let since = since.filter(|_| !self.is_of_another);
        if let Some(resume) = &resume
            && of_another_type(resume, column).is_some()
        {
            let message = "the checkpoint is of another type of the cursor field; start the read anew";
            return Err(ConnectorError::data(&self.table, message));
        }
        let floors = since.map(Position::floors).unwrap_or_default();
        self.is_everything = floors.is_empty();
        let is_resumed = resume.is_some();
        self.start = resume.unwrap_or_else(|| Position { cursor: floors.first().cloned(), ..Position::default() });
        self.start.field = Some(field);
        self.start.field_type = Some(column.declared.clone());
        if is_resumed && self.start.newest.is_none() {
            // A checkpoint of an earlier version does not say it: then the rows from there on are read again.
            self.start.newest.clone_from(&self.start.cursor);
        }

        if !self.start.end && !self.start.without_cursor {
            let selection = match &self.start.cursor {
                Some(at) if is_resumed => self.behind(Selection::default(), Some((&cursor, at)))?,
                _ if floors.is_empty() => Selection::default().with(format!("{} IS NOT NULL", cursor.quoted), []),
                _ => {
                    let from = self.look_back(&floors, lookback, column)?;
                    let floor = format!("{} >= {}", cursor.compared, cursor.placeholder);
                    Selection::default().with(format!("({})", vec![floor; from.len()].join(" OR ")), from)
                }
            };
            let mut order = vec![cursor.quoted.clone()];
            order.extend(self.key_order());
            self.legs.push(Leg { selection, order, kind: LegKind::WithCursor });
        }
        if !self.start.end && !column.not_null {
            let nulls = Selection::default().with(format!("{} IS NULL", cursor.quoted), []);
            let selection = if self.start.without_cursor { self.behind(nulls, None)? } else { nulls };
            let order = self.key_order();
            self.legs.push(Leg { selection, order, kind: LegKind::WithoutCursor });
        }
        self.cursor = Some(cursor);
        Ok(())
    }

    fn key_order(&self) -> Vec<String> {
        self.key.iter().map(|part| part.quoted.clone()).collect()
    }

    /// Rows behind the start in the order of the cursor, if one is given, and the key.
    fn behind(&self, selection: Selection, cursor: Option<(&Part, &Exact)>) -> Result<Selection, ConnectorError> {
        let mut parts: Vec<&Part> = Vec::new();
        let mut values = Vec::new();
        if let Some((part, value)) = cursor {
            parts.push(part);
            values.push(value.parameter()?);
        }
        match &self.start.key {
            None => {}
            Some(key) if key.len() == self.key.len() => {
                parts.extend(&self.key);
                for value in key {
                    values.push(value.parameter()?);
                }
            }
            Some(_) => {
                let message = "the checkpoint is of another primary key; start anew with a full sync";
                return Err(ConnectorError::data(&self.table, message));
            }
        }
        let Some((condition, parameters)) = greater(&parts, &values) else { return Ok(selection) };
        Ok(selection.with(condition, parameters))
    }

    /// Dates are put back in time; of other values nobody knows what a second is.
    fn look_back(
        &mut self,
        floors: &[Exact],
        lookback: Duration,
        column: &Column,
    ) -> Result<Vec<Parameter>, ConnectorError> {
        if lookback.is_zero() {
            return floors.iter().map(Exact::parameter).collect();
        }
        let earlier = |floor: &Exact| match floor {
            Exact::Text(text) => put_back(text, lookback).map(Parameter::Text),
            _ => None,
        };
        let earlier: Option<Vec<_>> = floors.iter().map(earlier).collect();
        if let Some(earlier) = earlier {
            return Ok(earlier);
        }
        self.warnings.push(format!("{} does not hold dates, so the look-back has no effect", column.name));
        floors.iter().map(Exact::parameter).collect()
    }
}

fn part(table: &Table, index: usize, selected: &mut Vec<String>) -> Part {
    let column = &table.columns[index];
    let quoted = quote(&column.name);
    if column.kind == Kind::Member {
        // Members are ordered by number and compared by name, so the number stands for them.
        let number = format!("CAST({quoted} AS UNSIGNED)");
        selected.push(number.clone());
        return Part { quoted, compared: number, placeholder: "?".into(), at: selected.len() - 1, kind: Kind::Wide };
    }
    Part { compared: quoted.clone(), quoted, placeholder: column.placeholder.clone(), at: index, kind: column.kind }
}

/// `(a, b) > (?, ?)` in the form that the server finds by index.
fn greater(parts: &[&Part], values: &[Parameter]) -> Option<(String, Vec<Parameter>)> {
    let ((part, rest), (value, rest_values)) = (parts.split_first()?, values.split_first()?);
    let (compared, mark) = (&part.compared, &part.placeholder);
    let Some((condition, parameters)) = greater(rest, rest_values) else {
        return Some((format!("{compared} > {mark}"), vec![value.clone()]));
    };
    let mut all = vec![value.clone(); 3];
    all.extend(parameters);
    Some((format!("({compared} >= {mark} AND ({compared} > {mark} OR ({compared} = {mark} AND {condition})))"), all))
}

/// The place of the cursor field.
fn cursor_column(table: &Table, field: &str) -> Result<usize, ConnectorError> {
    let named = |column: &Column| column.name.eq_ignore_ascii_case(field);
    let found = table.columns.iter().position(named).ok_or_else(|| {
        let known: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        ConnectorError::config(
            "cursorField",
            format!("{} has no column {field} (known: {})", table.path(), known.join(", ")),
        )
    })?;
    match table.columns[found].kind {
        Kind::Json | Kind::Geometry => {
            Err(ConnectorError::config("cursorField", format!("{field} has no order that rows could be read in")))
        }
        _ => Ok(found),
    }
}

/// Why the cursor of `since` says nothing of this column, if it does not.
fn of_another(since: &Position, column: &Column) -> Option<String> {
    if let Some(before) = since.field.as_ref().filter(|before| **before != column.name) {
        return Some(format!("the cursor field changed from {before} to {}; everything is read once", column.name));
    }
    let before = of_another_type(since, column)?;
    let (name, now) = (&column.name, &column.declared);
    Some(format!(
        "{name} has another type than when it was last read, {now} in place of {before}: everything is read once"
    ))
}

/// The type that the cursor field had at a position, where it has another one now: of that, its value says nothing.
fn of_another_type<'a>(position: &'a Position, column: &Column) -> Option<&'a String> {
    position.field_type.as_ref().filter(|before| **before != column.declared)
}

/// The text of an earlier moment; `None` where it is no moment, or leaves the calendar.
fn put_back(text: &str, by: Duration) -> Option<String> {
    let by = TimeDelta::from_std(by).ok()?;
    if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        let earlier = date.and_hms_opt(0, 0, 0)?.checked_sub_signed(by)?;
        return Some(earlier.format("%Y-%m-%d").to_string());
    }
    let moment = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").ok()?;
    Some(moment.checked_sub_signed(by)?.format("%Y-%m-%d %H:%M:%S%.6f").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_put_back() {
        let hour = Duration::from_secs(3600);
        assert_eq!(put_back("2024-01-01", hour).as_deref(), Some("2023-12-31"));
        assert_eq!(put_back("2024-01-01 00:30:00.000001", hour).as_deref(), Some("2023-12-31 23:30:00.000001"));
        assert_eq!(put_back("0000-00-00 00:00:00.000000", hour), None);
        assert_eq!(put_back("2024-01-01", Duration::MAX), None);
    }
}
