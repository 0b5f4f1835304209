//! How the cells of a sheet make a table: where its names stand, which columns it has, and what they hold.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use serde::{Deserialize, Serialize};

use super::address::letters;
use super::cell::Cell;
use super::format::Format;
use crate::sdk::names::unique;
use crate::sdk::types::{SOURCE_TYPE, field, local_timestamp};

/// Rows among which the names are looked for.
pub(super) const LOOKED_AT: usize = 40;

/// What all values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ColumnKind {
    Integer,
    Number,
    Percent,
    Currency,
    Flag,
    Date,
    Moment,
    Text,
}

/// A column of the table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct SheetColumn {
    pub(super) name: String,
    /// Its place in the area that is read.
    pub(super) place: usize,
    pub(super) kind: ColumnKind,
}

/// The columns as Arrow has them.
pub(super) fn schema(columns: &[SheetColumn]) -> SchemaRef {
    let fields: Vec<Field> = columns
        .iter()
        .map(|column| {
            let (data_type, source_type) = match column.kind {
                ColumnKind::Integer => (DataType::Int64, "number"),
                ColumnKind::Number => (DataType::Float64, "number"),
                ColumnKind::Percent => (DataType::Float64, "percent"),
                ColumnKind::Currency => (DataType::Float64, "currency"),
                ColumnKind::Flag => (DataType::Boolean, "boolean"),
                ColumnKind::Date => (DataType::Date32, "date"),
                ColumnKind::Moment => (local_timestamp(), "date and time"),
                ColumnKind::Text => (DataType::Utf8, "text"),
            };
            field(&column.name, data_type, true, &[(SOURCE_TYPE, source_type)])
        })
        .collect();
    Arc::new(Schema::new(fields))
}

/// Where the names stand, counted in rows from the first; `None` where there are none.
///
/// It is the first row that is about as wide as the widest, and of texts alone, while something else is in the rows below it, or
/// at least something. Titles above it are narrower.
pub(super) fn header(rows: &[Vec<Cell>]) -> Option<usize> {
    let width = |row: &Vec<Cell>| row.iter().filter(|cell| !cell.is_empty()).count();
    let widest = rows.iter().map(width).max().unwrap_or_default();
    let place = rows.iter().position(|row| width(row) > 0 && width(row) * 2 >= widest + widest % 2)?;
    let names = &rows[place];
    let is_text = |cell: &Cell| matches!(cell, Cell::Empty | Cell::Text(_));
    let mut seen = HashSet::new();
    let differ = names.iter().filter_map(Cell::text).all(|name| seen.insert(name.to_lowercase()));
    let is_followed = rows[place + 1..].iter().any(|row| width(row) > 0);
    (names.iter().all(is_text) && is_followed && (differ || width(names) > 3)).then_some(place)
}

/// What was seen of one column.
#[derive(Clone, Debug, Default)]
pub(super) struct Evidence {
    numbers: u64,
    fractions: u64,
    percents: u64,
    currencies: u64,
    flags: u64,
    dates: u64,
    moments: u64,
    texts: u64,
}

impl Evidence {
    pub(super) fn see(&mut self, cell: &Cell) {
        match cell {
            Cell::Empty | Cell::Error(_) => {}
            Cell::Number(value, format) => {
                self.numbers += 1;
                // What a double does not hold exactly is no whole number.
                self.fractions += u64::from(value.fract() != 0. || value.abs() > 9_007_199_254_740_992.);
                self.percents += u64::from(*format == Format::Percent);
                self.currencies += u64::from(*format == Format::Currency);
            }
            Cell::Flag(_) => self.flags += 1,
            Cell::Date(_) => self.dates += 1,
            Cell::Moment(_) => self.moments += 1,
            Cell::Text(_) | Cell::Time(_) => self.texts += 1,
        }
    }

    fn kind(&self) -> ColumnKind {
        let days = self.dates + self.moments;
        match (self.numbers > 0, self.flags > 0, days > 0, self.texts > 0) {
            (true, false, false, false) if self.percents * 2 > self.numbers => ColumnKind::Percent,
            (true, false, false, false) if self.currencies * 2 > self.numbers => ColumnKind::Currency,
            (true, false, false, false) if self.fractions + self.percents + self.currencies > 0 => ColumnKind::Number,
            (true, false, false, false) => ColumnKind::Integer,
            (false, true, false, false) => ColumnKind::Flag,
            (false, false, true, false) if self.moments > 0 => ColumnKind::Moment,
            (false, false, true, false) => ColumnKind::Date,
            _ => ColumnKind::Text,
        }
    }

    fn is_none(&self) -> bool {
        self.numbers + self.flags + self.dates + self.moments + self.texts == 0
    }
}

/// The columns, by their names, where there are any, and what was seen of them. One without a name and without values is none,
/// but a sheet that is empty has one for all.
pub(super) fn columns(names: &[Option<String>], evidence: &[Evidence], first_column: usize) -> Vec<SheetColumn> {
    let mut taken = HashSet::new();
    let mut columns = Vec::new();
    for (place, seen) in evidence.iter().enumerate() {
        let given = names.get(place).cloned().flatten();
        if given.is_none() && seen.is_none() {
            continue;
        }
        let name = given.unwrap_or_else(|| format!("column_{}", letters(first_column + place).to_lowercase()));
        let name = unique(name, |name| taken.contains(name));
        taken.insert(name.clone());
        columns.push(SheetColumn { name, place, kind: seen.kind() });
    }
    if columns.is_empty() {
        columns.push(SheetColumn { name: "column_a".to_owned(), place: 0, kind: ColumnKind::Text });
    }
    columns
}

/// The names that stand in a row.
pub(super) fn names(row: &[Cell]) -> Vec<Option<String>> {
    row.iter().map(|cell| cell.text().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty())).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(values: &serde_json::Value) -> Vec<Cell> {
        values.as_array().unwrap().iter().map(|value| Cell::of(value, "General", None)).collect()
    }

    #[test]
    fn the_names_are_found_below_a_title() {
        let rows = [
            row(&json!(["Stock of the shop", "", ""])),
            row(&json!(["", "", ""])),
            row(&json!(["SKU", "Name", "Count"])),
            row(&json!(["A-1", "Tent", 5])),
        ];
        assert_eq!(header(&rows), Some(2));
        assert_eq!(header(&rows[3..]), None, "values alone have no names");
        assert_eq!(header(&[row(&json!([1, 2])), row(&json!([3, 4]))]), None);
        assert_eq!(header(&[row(&json!(["a", "b"])), row(&json!(["c", "d"]))]), Some(0));
        assert_eq!(header(&[]), None);
    }

    #[test]
    fn columns_get_the_kind_that_holds_all_their_values() {
        let kind = |values: &[(serde_json::Value, &str)]| {
            let mut evidence = Evidence::default();
            values.iter().for_each(|(value, format)| evidence.see(&Cell::of(value, format, None)));
            evidence.kind()
        };
        assert_eq!(kind(&[(json!(1), "0"), (json!(""), "0"), (json!(2), "0")]), ColumnKind::Integer);
        assert_eq!(kind(&[(json!(1), "0"), (json!(2.5), "0")]), ColumnKind::Number);
        assert_eq!(kind(&[(json!(1), "0%"), (json!(0.5), "0%")]), ColumnKind::Percent);
        assert_eq!(kind(&[(json!(1), "$0"), (json!(3), "$0")]), ColumnKind::Currency);
        assert_eq!(kind(&[(json!(45_000), "d/m/yyyy"), (json!("#N/A"), "d/m/yyyy")]), ColumnKind::Date);
        assert_eq!(kind(&[(json!(45_000), "d/m/yyyy"), (json!(45_000.5), "d/m/yyyy h:mm")]), ColumnKind::Moment);
        assert_eq!(kind(&[(json!(true), "General")]), ColumnKind::Flag);
        assert_eq!(kind(&[(json!(1), "0"), (json!("two"), "0")]), ColumnKind::Text);
        assert_eq!(kind(&[]), ColumnKind::Text);
    }

    #[test]
    fn columns_without_name_and_value_are_none() {
        let mut seen = Evidence::default();
        seen.see(&Cell::Flag(true));
        let evidence = [seen.clone(), Evidence::default(), seen.clone(), seen];
        let names = [Some("a".to_owned()), None, None, Some("a".to_owned())];
        let found: Vec<_> = columns(&names, &evidence, 1).into_iter().map(|column| column.name).collect();
        assert_eq!(found, ["a", "column_d", "a_2"]);
    }
}
