//! The system catalogue: which relations there are, with their columns, keys and sizes.
//!
//! However many tables there are, it takes one round trip of four statements, and waits for nobody's lock.

mod hold;
mod statements;

use std::collections::HashMap;

use super::columns::{BaseType, Column, Locale, oid};
use super::quote;
use super::wire::{Connection, Rows};
use crate::sdk::ConnectorError;

pub(super) use hold::{Size, hold, planned_rows};
pub(super) use statements::{LISTED, named};

/// What a relation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Table,
    PartitionedTable,
    View,
    MaterializedView,
    ForeignTable,
}

impl Kind {
    /// Our word for it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Table | Self::PartitionedTable => "table",
            Self::View => "view",
            Self::MaterializedView => "materialized_view",
            Self::ForeignTable => "foreign_table",
        }
    }
}

/// A table or view as the catalogue describes it.
#[derive(Clone, Debug)]
pub(super) struct Relation {
    pub(super) oid: u32,
    pub(super) schema: String,
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) description: Option<String>,
    /// At the last count, its parts and heirs together.
    pub(super) rows: Option<u64>,
    /// At the last count, without values that are stored apart.
    pub(super) bytes: u64,
    /// Whether rows were only ever inserted, since the statistics were reset.
    pub(super) is_only_inserted: bool,
    pub(super) may_select: bool,
    pub(super) may_use_schema: bool,
    /// Whether the whole of it may be read, where its rows stand included.
    pub(super) may_select_whole: bool,
    /// Whether tables inherit from it, which may hold the same key and the same place again.
    pub(super) has_heirs: bool,
    /// Those that may be read, in order.
    pub(super) columns: Vec<Column>,
    /// Columns of the primary key, or else of a unique index without NULLs.
    pub(super) key: Vec<String>,
}

impl Relation {
    /// `"schema"."table"`.
    pub(super) fn sql(&self) -> String {
        format!("{}.{}", quote::identifier(&self.schema), quote::identifier(&self.name))
    }

    /// One of its columns.
    pub(super) fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// What was found, and what holds for all of it.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) relations: Vec<Relation>,
    pub(super) locale: Locale,
}

/// Runs `before`, then looks for the relations that `filter` lets through.
///
/// # Errors
/// What the server says, or `Protocol` where its catalogue is not PostgreSQL's.
pub(super) async fn load(connection: &mut Connection, before: &str, filter: &str) -> Result<Found, ConnectorError> {
    let sql = statements::all(before, filter, version(connection));
    let mut results = connection.query(&sql, None).await?;
    let strange = || ConnectorError::Protocol {
        message: format!("{} does not have PostgreSQL's system catalogue", connection.endpoint()),
        cause: None,
    };
    let (Some(keys), Some(columns), Some(relations)) = (results.pop(), results.pop(), results.pop()) else {
        return Err(strange());
    };
    let relations = assemble(relations, columns, keys).ok_or_else(strange)?;
    let has_money = |column: &Column| {
        column.base.oid == oid::MONEY || column.element.as_ref().is_some_and(|item| item.oid == oid::MONEY)
    };
    let mut locale = Locale { money_scale: 2, has_unknown_encoding: connection.server_encoding == "SQL_ASCII" };
    if relations.iter().flat_map(|relation| &relation.columns).any(has_money) {
        let answer = connection.query("SELECT scale(1::money::numeric)", None).await?;
        locale.money_scale = answer.first().and_then(|rows| number(rows.first()?, 0)).unwrap_or(2);
    }
    Ok(Found { relations, locale })
}

/// The server's major version; 0 where it says none.
pub(super) fn version(connection: &Connection) -> u32 {
    let digits: String = connection.server_version.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(0)
}

fn assemble(relations: Rows, columns: Rows, keys: Rows) -> Option<Vec<Relation>> {
    let mut columns_of: HashMap<u32, Vec<Column>> = HashMap::new();
    for row in columns {
        let (relation, column) = read_column(&row)?;
        columns_of.entry(relation).or_default().push(column);
    }
    let mut keys_of: HashMap<u32, Vec<(u32, Vec<String>)>> = HashMap::new();
    for row in keys {
        let indexes = keys_of.entry(number(&row, 0)?).or_default();
        let (index, column) = (number(&row, 1)?, text(&row, 2)?);
        match indexes.last_mut() {
            Some((last, key)) if *last == index => key.push(column),
            _ => indexes.push((index, vec![column])),
        }
    }
    let mut found = Vec::with_capacity(relations.len());
    for row in relations {
        let mut relation = read_relation(&row)?;
        relation.columns = columns_of.remove(&relation.oid).unwrap_or_default();
        let is_not_null = |name: &String| relation.column(name).is_some_and(|column| column.is_not_null);
        let mut keys = keys_of.remove(&relation.oid).unwrap_or_default().into_iter().map(|(_, key)| key);
        let key = keys.find(|key| key.iter().all(is_not_null)).unwrap_or_default();
        if !relation.has_heirs {
            relation.key = key;
        }
        found.push(relation);
    }
    Some(found)
}

fn read_relation(row: &[Option<String>]) -> Option<Relation> {
    let kind = match text(row, 3)?.as_str() {
        "r" => Kind::Table,
        "p" => Kind::PartitionedTable,
        "v" => Kind::View,
        "m" => Kind::MaterializedView,
        _ => Kind::ForeignTable,
    };
    Some(Relation {
        oid: number(row, 0)?,
        schema: text(row, 1)?,
        name: text(row, 2)?,
        kind,
        description: text(row, 4),
        rows: number(row, 5).map(|rows: f64| rows as u64),
        bytes: number(row, 6).unwrap_or(0),
        is_only_inserted: flag(row, 7),
        may_select: flag(row, 8),
        may_use_schema: flag(row, 9),
        may_select_whole: flag(row, 10),
        has_heirs: flag(row, 11),
        columns: Vec::new(),
        key: Vec::new(),
    })
}

fn read_column(row: &[Option<String>]) -> Option<(u32, Column)> {
    let element = number(row, 7).map(|oid| BaseType { oid, is_enum: flag(row, 8) });
    let column = Column {
        name: text(row, 1)?,
        type_name: text(row, 2)?,
        base: BaseType { oid: number(row, 3)?, is_enum: flag(row, 4) },
        element,
        modifier: number(row, 5)?,
        dimensions: number(row, 6)?,
        is_not_null: flag(row, 9),
        description: text(row, 10),
        is_generated_number: flag(row, 11),
        is_deterministic: flag(row, 12),
    };
    Some((number(row, 0)?, column))
}

fn text(row: &[Option<String>], index: usize) -> Option<String> {
    row.get(index)?.clone()
}

fn number<T: std::str::FromStr>(row: &[Option<String>], index: usize) -> Option<T> {
    row.get(index)?.as_deref()?.parse().ok()
}

fn flag(row: &[Option<String>], index: usize) -> bool {
    row.get(index).is_some_and(|value| value.as_deref() == Some("t"))
}
