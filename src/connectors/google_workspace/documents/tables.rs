//! Tables within documents that are tables of data: their first row names what stands below.

use std::collections::BTreeMap;

use arrow::datatypes::{Schema, SchemaRef};
use serde_json::Value;

use super::super::sheets::typed::{Cell, Evidence, Format, Kind, ReadColumn, cell_of_text, field_of, unique};
use super::structure;

/// A table of data.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) struct DataTable {
    /// Which of the document's tables it is, counted from 1 as in `table_number` of its cells.
    pub(in super::super) number: u64,
    columns: Vec<ReadColumn>,
    rows: Vec<Vec<Cell>>,
}

/// The texts of a table's cells, by row and column.
type Grid = BTreeMap<(u64, u64), String>;

/// The tables of a document whose first row holds names.
pub(in super::super) fn tables(document: &Value) -> Vec<DataTable> {
    let mut grids: BTreeMap<u64, Grid> = BTreeMap::new();
    for paragraph in structure::paragraphs(document) {
        let place = |key: &str| paragraph[key].as_u64();
        let (Some(table), Some(row), Some(column)) = (place("table_number"), place("table_row"), place("table_column"))
        else {
            continue;
        };
        let text = paragraph["text"].as_str().unwrap_or_default();
        let grid = grids.entry(table).or_default();
        // A cell that covers several rows says the same of each.
        for covered in row..row + place("row_span").unwrap_or(1) {
            let cell = grid.entry((covered, column)).or_default();
            if !cell.is_empty() {
                cell.push('\n');
            }
            cell.push_str(text);
        }
    }
    grids.into_iter().filter_map(|(number, grid)| DataTable::of(number, &grid)).collect()
}

impl DataTable {
    /// The table, if every column has a name and there are rows below.
    fn of(number: u64, grid: &Grid) -> Option<Self> {
        let last_row = grid.keys().map(|(row, _)| *row).max()?;
        let width = grid.keys().map(|(_, column)| *column).max()?;
        let names: Vec<Option<String>> = (1..=width).map(|column| grid.get(&(1, column)).cloned()).collect();
        let is_name = |name: &Option<String>| {
            name.as_ref().is_some_and(|name| matches!(cell_of_text(name), (Cell::Text(_), _)) && !name.contains('\n'))
        };
        if last_row < 2 || !names.iter().all(is_name) {
            return None;
        }
        let names = unique(names.into_iter().enumerate());
        let texts = |row: u64| (1..=width).map(move |column| grid.get(&(row, column)).map_or("", String::as_str));
        let mut evidence = vec![Evidence::default(); names.len()];
        let mut formats = vec![Format::default(); names.len()];
        for row in 2..=last_row {
            for (place, text) in texts(row).enumerate() {
                let (cell, format) = cell_of_text(text);
                evidence[place].add(&cell, format);
                if format != Format::default() {
                    formats[place] = format;
                }
            }
        }
        let columns: Vec<ReadColumn> = names
            .into_iter()
            .enumerate()
            .map(|(index, name)| ReadColumn { index, name, kind: evidence[index].kind(), format: formats[index] })
            .collect();
        let cell = |(place, text): (usize, &str)| match (columns[place].kind, cell_of_text(text).0) {
            (_, Cell::Empty) => Cell::Empty,
            // Texts stay as they are written, numbers among them too.
            (Kind::Text, _) => Cell::Text(text.to_owned()),
            (_, cell) => cell,
        };
        let rows = (2..=last_row)
            .map(|row| texts(row).enumerate().map(cell).collect::<Vec<_>>())
            .filter(|row| row.iter().any(|cell| *cell != Cell::Empty))
            .collect();
        Some(Self { number, columns, rows })
    }

    pub(in super::super) fn schema(&self) -> SchemaRef {
        let fields = self.columns.iter().map(|column| field_of(&column.name, column.kind));
        Schema::new(fields.collect::<Vec<_>>()).into()
    }

    /// Its columns with the types that hold all of their values.
    pub(super) fn columns(&self) -> &[ReadColumn] {
        &self.columns
    }

    pub(in super::super) fn rows(&self) -> &[Vec<Cell>] {
        &self.rows
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document(tables: &[&[&[&str]]]) -> Value {
        let paragraph =
            |text: &&str| json!({"paragraph": {"elements": [{"textRun": {"content": format!("{text}\n")}}]}});
        let cell = |text: &&str| json!({"content": [paragraph(text)]});
        let row = |row: &&[&str]| json!({"tableCells": row.iter().map(cell).collect::<Vec<_>>()});
        let table = |rows: &&[&[&str]]| json!({"table": {"tableRows": rows.iter().map(row).collect::<Vec<_>>()}});
        json!({"body": {"content": tables.iter().map(table).collect::<Vec<_>>()}})
    }

    #[test]
    fn types_hold_all_values_of_a_column() {
        let found = tables(&document(&[&[
            &["id", "title", "cost", "due", "room", "note"],
            &["1", "One", "12", "2025-03-01", "007", ""],
            &["2", "2", "12.5", "", "12", "late"],
            &["", "", "", "", "", ""],
        ]]));
        let [table] = &found[..] else { panic!("{found:#?}") };
        let kinds: Vec<_> = table.columns.iter().map(|column| (column.name.as_str(), column.kind)).collect();
        let expected = [
            ("id", Kind::Integer),
            ("title", Kind::Text),
            ("cost", Kind::Float),
            ("due", Kind::Date),
            ("room", Kind::Text),
            ("note", Kind::Text),
        ];
        assert_eq!(kinds, expected);
        assert_eq!(table.rows.len(), 2, "blank rows are left out");
        assert_eq!((&table.rows[0][4], &table.rows[1][4]), (&Cell::Text("007".into()), &Cell::Text("12".into())));
        assert_eq!((&table.rows[0][0], &table.rows[1][1]), (&Cell::Number(1.), &Cell::Text("2".into())));
    }

    #[test]
    fn only_tables_whose_first_row_holds_names_count_and_numbers_stay() {
        let layout: &[&[&str]] = &[&["Left", ""], &["more", "x"]];
        let numbers: &[&[&str]] = &[&["1", "2"], &["3", "4"]];
        let names_alone: &[&[&str]] = &[&["a", "b"]];
        let data: &[&[&str]] = &[&["a", "b"], &["3", "4"]];
        let found = tables(&document(&[layout, numbers, names_alone, data]));
        assert_eq!(found.iter().map(|table| table.number).collect::<Vec<_>>(), [4]);
    }
}
