//! Which rows a read selects, in which order, and what its checkpoints say.

use std::time::Duration;

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension};

use super::cursor::{Exact, Position};
use super::moment;
use super::table::{Key, Table, quote};
use crate::sdk::{ConnectorError, Cursor, Extract, ReadRequest};

/// A condition with the values of its parameters.
#[derive(Clone, Debug, Default)]
pub(super) struct Selection {
    conditions: Vec<String>,
    pub(super) parameters: Vec<Value>,
}

impl Selection {
    /// ` WHERE …`, or nothing.
    pub(super) fn clause(&self) -> String {
        if self.conditions.is_empty() { String::new() } else { format!(" WHERE {}", self.conditions.join(" AND ")) }
    }

    fn with(mut self, condition: impl Into<String>, parameters: impl IntoIterator<Item = Value>) -> Self {
        self.conditions.push(condition.into());
        self.parameters.extend(parameters);
        self
    }
}

/// One ordered pass over rows.
#[derive(Debug)]
pub(super) struct Leg {
    pub(super) selection: Selection,
    /// What the rows are ordered by, in SQL; empty for any order.
    pub(super) order: Vec<String>,
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
    pub(super) legs: Vec<Leg>,
    /// All rows of the read, those before a resume included: what the survey looks at and the estimate counts.
    pub(super) whole: Selection,
    /// Whether `whole` is the whole table.
    pub(super) is_everything: bool,
    /// The cursor field in SQL.
    pub(super) cursor: Option<String>,
    /// Where the read starts from; checkpoints go on from here.
    pub(super) start: Position,
    /// Whether rows were read before, so that the lake has these columns with types that stay.
    pub(super) goes_on: bool,
    /// What the user should know before it starts.
    pub(super) warnings: Vec<String>,
}

impl Plan {
    /// Plans a read of `table`.
    ///
    /// # Errors
    /// `Config` where the cursor field is no column; `Data` where a checkpoint cannot be gone on from.
    pub(super) fn of(connection: &Connection, table: &Table, request: &ReadRequest) -> Result<Self, ConnectorError> {
        let position = |cursor: &Cursor| cursor.read::<Position>(&table.name);
        let resume = request.resume.as_ref().map(position).transpose()?;
        let mut warnings = Vec::new();
        if resume.is_some() {
            warnings.push(format!(
                "the read of {} goes on after an interruption; rows that changed before that point meanwhile are not of one \
                 snapshot with the rest",
                table.name
            ));
        }
        let schema_version = schema_version(connection, table)?;
        if let Some(resume) = &resume
            && resume.schema_version != schema_version
            && resume.rowid.is_some()
        {
            return Err(ConnectorError::data(
                &table.name,
                "the schema changed or the file was vacuumed since the checkpoint, and this table has no lasting row \
                 numbers; start anew with a full sync",
            ));
        }
        let mut plan = match &request.extract {
            Extract::Full => Self::full(table, resume)?,
            Extract::Incremental { cursor_field: None, .. } => {
                return Err(ConnectorError::config(
                    "cursorField",
                    "an incremental read of a table needs a column to go by",
                ));
            }
            Extract::Incremental { cursor_field: Some(field), since, lookback } => {
                let since = since.as_ref().map(position).transpose()?;
                Self::incremental(connection, table, field, since, *lookback, resume, &mut warnings)?
            }
        };
        plan.start.schema_version = schema_version;
        plan.goes_on =
            request.resume.is_some() || matches!(&request.extract, Extract::Incremental { since: Some(_), .. });
        plan.warnings = warnings;
        Ok(plan)
    }

    /// Plans a read of all rows whose values come in the types of an incremental read, where that ended.
    ///
    /// # Errors
    /// `Data` where it ended at a checkpoint that cannot be read.
    pub(super) fn of_keys(table: &Table, request: &ReadRequest) -> Result<Self, ConnectorError> {
        let mut plan = Self::full(table, None)?;
        if let Extract::Incremental { since: Some(since), .. } = &request.extract {
            plan.start.kinds = since.read::<Position>(&table.name)?.kinds;
            plan.goes_on = true;
        }
        Ok(plan)
    }

    fn full(table: &Table, resume: Option<Position>) -> Result<Self, ConnectorError> {
        let start = resume.unwrap_or_default();
        let order = table.key.quoted();
        let selection = after_key(Selection::default(), table, &start, &[])?;
        let leg = Leg { selection, order, kind: LegKind::Full };
        let legs = if start.end { Vec::new() } else { vec![leg] };
        Ok(Self {
            legs,
            whole: Selection::default(),
            is_everything: true,
            cursor: None,
            start,
            goes_on: false,
            warnings: Vec::new(),
        })
    }

    fn incremental(
        connection: &Connection,
        table: &Table,
        field: &str,
        since: Option<Position>,
        lookback: Duration,
        resume: Option<Position>,
        warnings: &mut Vec<String>,
    ) -> Result<Self, ConnectorError> {
        let field = column_of(table, field)?;
        let cursor = match table.key {
            // Without a key, rows are told apart by the cursor alone, byte for byte.
            Key::None => format!("{} COLLATE BINARY", quote(&field)),
            _ => quote(&field),
        };
        let kinds = since.as_ref().map(|since| since.kinds.clone()).unwrap_or_default();
        let since = since.filter(|since| match &since.field {
            Some(before) if *before != field => {
                warnings.push(format!("the cursor field changed from {before} to {field}; everything is read once"));
                false
            }
            _ => true,
        });
        let floors = since.map(Position::floors).unwrap_or_default();
        let from = look_back(&floors, lookback, &field, warnings)?;
        let mut floor = vec![format!("{cursor} >= ?"); from.len()].join(" OR ");
        if floors.iter().any(|floor| floor.class() > 0) && has_numbers(connection, table, &cursor)? {
            // Numbers sort before every text, so those that are new would never be read.
            floor = format!("{floor} OR {cursor} < ''");
        }
        let is_everything = from.is_empty();
        let (all_with_cursor, whole) = if is_everything {
            (Selection::default().with(format!("{cursor} IS NOT NULL"), []), Selection::default())
        } else {
            let all_with_cursor = Selection::default().with(format!("({floor})"), from.clone());
            (all_with_cursor, Selection::default().with(format!("({floor} OR {cursor} IS NULL)"), from))
        };
        let first = floors.first().cloned();
        let mut start = resume.unwrap_or(Position { cursor: first, kinds, ..Position::default() });
        let is_resumed = start.field.is_some();
        if !is_resumed {
            start.newest = newest(connection, table, &field, &cursor, &all_with_cursor)?;
        } else if start.newest.is_none() {
            // A checkpoint of an earlier version does not say it: then the rows from there on are read again.
            start.newest.clone_from(&start.cursor);
        }
        start.field = Some(field);

        let mut order = vec![cursor.clone()];
        order.extend(table.key.quoted());
        let mut legs = Vec::new();
        if !start.end && !start.without_cursor {
            let selection = match &start.cursor {
                Some(at) if is_resumed => after_key(Selection::default(), table, &start, &[(&cursor, at)])?,
                _ => all_with_cursor,
            };
            legs.push(Leg { selection, order, kind: LegKind::WithCursor });
        }
        if !start.end {
            let nulls = Selection::default().with(format!("{cursor} IS NULL"), []);
            let selection = if start.without_cursor { after_key(nulls, table, &start, &[])? } else { nulls };
            legs.push(Leg { selection, order: table.key.quoted(), kind: LegKind::WithoutCursor });
        }
        Ok(Self { legs, whole, is_everything, cursor: Some(cursor), start, goes_on: false, warnings: Vec::new() })
    }
}

/// Rows behind a position in the order of `before` and the key.
fn after_key(
    selection: Selection,
    table: &Table,
    position: &Position,
    before: &[(&str, &Exact)],
) -> Result<Selection, ConnectorError> {
    let mut names: Vec<String> = before.iter().map(|(name, _)| (*name).to_owned()).collect();
    let mut values = before.iter().map(|(_, value)| value.to_value()).collect::<Result<Vec<_>, _>>()?;
    let key = table.key.quoted();
    match (position.rowid, &position.key) {
        (Some(rowid), _) if matches!(table.key, Key::Rowid { .. }) => {
            names.extend(key);
            values.push(Value::Integer(rowid));
        }
        (None, Some(parts)) if parts.len() == key.len() => {
            names.extend(key);
            for part in parts {
                values.push(part.to_value()?);
            }
        }
        (None, None) => {}
        _ => {
            let message = "the checkpoint is of another primary key; start anew with a full sync";
            return Err(ConnectorError::data(&table.name, message));
        }
    }
    let marks = vec!["?"; values.len()].join(", ");
    Ok(match names.as_slice() {
        [] => selection,
        [name] => selection.with(format!("{name} > ?"), values),
        names => selection.with(format!("({}) > ({marks})", names.join(", ")), values),
    })
}

/// Whether numbers stand among the texts of a column.
fn has_numbers(connection: &Connection, table: &Table, cursor: &str) -> Result<bool, ConnectorError> {
    let sql = format!("SELECT EXISTS (SELECT 1 FROM {} WHERE {cursor} < '')", quote(&table.name));
    connection.query_row(&sql, [], |row| row.get(0)).map_err(|error| unreadable(table, error))
}

/// The greatest cursor of the selected rows.
fn newest(
    connection: &Connection,
    table: &Table,
    field: &str,
    cursor: &str,
    selection: &Selection,
) -> Result<Option<Exact>, ConnectorError> {
    let (field, name, clause) = (quote(field), quote(&table.name), selection.clause());
    let sql = format!("SELECT {field} FROM {name}{clause} ORDER BY {cursor} DESC LIMIT 1");
    let parameters = rusqlite::params_from_iter(&selection.parameters);
    let found = connection.query_row(&sql, parameters, |row| Ok(Exact::of(row.get_ref(0)?))).optional();
    Ok(found.map_err(|error| unreadable(table, error))?.flatten())
}

fn unreadable(table: &Table, error: rusqlite::Error) -> ConnectorError {
    ConnectorError::Data {
        place: table.name.clone(),
        message: "the cursor field cannot be read".into(),
        cause: Some(error.into()),
    }
}

/// The column's own spelling of the cursor field.
fn column_of(table: &Table, field: &str) -> Result<String, ConnectorError> {
    let exact = table.columns.iter().find(|column| column.name == field);
    let found = exact.or_else(|| table.columns.iter().find(|column| column.name.eq_ignore_ascii_case(field)));
    found.map(|column| column.name.clone()).ok_or_else(|| {
        let known: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        ConnectorError::config(
            "cursorField",
            format!("{} has no column {field} (known: {})", table.name, known.join(", ")),
        )
    })
}

/// Text in ISO-8601 is put back in time; of other values nobody knows what a second is.
fn look_back(
    floors: &[Exact],
    lookback: Duration,
    field: &str,
    warnings: &mut Vec<String>,
) -> Result<Vec<Value>, ConnectorError> {
    if lookback.is_zero() {
        return floors.iter().map(Exact::to_value).collect();
    }
    let earlier = |floor: &Exact| match floor {
        Exact::Text(text) => moment::put_back(text, lookback).map(Value::Text),
        _ => None,
    };
    let earlier: Option<Vec<_>> = floors.iter().map(earlier).collect();
    if let Some(earlier) = earlier {
        return Ok(earlier);
    }
    warnings.push(format!("{field} does not hold dates in ISO-8601, so the look-back has no effect"));
    floors.iter().map(Exact::to_value).collect()
}

/// The schema's version, for tables whose row numbers VACUUM would change: those with no index at all.
fn schema_version(connection: &Connection, table: &Table) -> Result<Option<i64>, ConnectorError> {
    if !matches!(table.key, Key::Rowid { lasting: false, .. }) {
        return Ok(None);
    }
    let failed = |error: rusqlite::Error| ConnectorError::Data {
        place: table.name.clone(),
        message: "the schema cannot be read".into(),
        cause: Some(error.into()),
    };
    let indexes: i64 = connection
        .query_row("SELECT count(*) FROM pragma_index_list(?1)", [&table.name], |row| row.get(0))
        .map_err(failed)?;
    if indexes > 0 {
        return Ok(None);
    }
    connection.query_row("PRAGMA schema_version", [], |row| row.get(0)).map(Some).map_err(failed)
}
