//! Workbooks as Excel's API shows them: sheets, tables, and ranges of cells.

use chrono::{NaiveDate, NaiveDateTime};
use serde_json::{Value, json};

use super::query::Query;
use super::reply::Reply;
use crate::demo::{Book, Cell};

/// The most cells of one answer.
const MOST_CELLS: usize = 200_000;

/// A workbook.
pub(super) struct Workbook {
    sheets: Vec<Sheet>,
}

struct Sheet {
    id: String,
    name: String,
    corner: (usize, usize),
    rows: Vec<Vec<Cell>>,
    table: Option<Table>,
}

struct Table {
    id: String,
    name: String,
    /// The row of its names, in the sheet's rows.
    row: usize,
}

/// A rectangle: row, column, rows, columns; counted from 0.
type Area = (usize, usize, usize, usize);

impl Workbook {
    pub(super) fn of(book: &Book) -> Self {
        let sheet = |(place, sheet): (usize, &crate::demo::Sheet)| Sheet {
            id: format!("{{00000000-0001-0000-{place:04}-000000000000}}"),
            name: sheet.name.to_owned(),
            corner: sheet.corner,
            rows: sheet.rows.clone(),
            table: sheet.table.map(|(name, row)| Table {
                id: format!("{{A5BDC1F0-0000-4000-8000-{place:012}}}"),
                name: name.to_owned(),
                row,
            }),
        };
        Self { sheets: book.sheets.iter().enumerate().map(sheet).collect() }
    }

    /// Appends a row to the table of that name.
    pub(super) fn append(&mut self, table: &str, row: Vec<Cell>) {
        let is_meant = |sheet: &&mut Sheet| sheet.table.as_ref().is_some_and(|found| found.name == table);
        if let Some(sheet) = self.sheets.iter_mut().find(is_meant) {
            sheet.rows.push(row);
        }
    }

    /// What stands at a path below `workbook`.
    pub(super) fn answer(&self, path: &[&str], query: &Query) -> Result<Value, Reply> {
        match path {
            ["worksheets"] => {
                let sheets = self.sheets.iter().enumerate().map(|(position, sheet)| {
                    json!({ "id": sheet.id, "name": sheet.name, "position": position, "visibility": "Visible" })
                });
                Ok(json!({ "value": sheets.map(|sheet| query.select(&sheet)).collect::<Vec<_>>() }))
            }
            ["worksheets", sheet] => {
                let sheet = self.sheet(sheet)?;
                Ok(json!({ "id": sheet.id, "name": sheet.name, "visibility": "Visible" }))
            }
            ["worksheets", sheet, rest @ ..] => self.sheet(sheet)?.answer(rest, query),
            ["tables"] => {
                let tables: Vec<Value> =
                    self.sheets.iter().filter_map(|sheet| sheet.table.as_ref()).map(shown).collect();
                Ok(json!({ "value": tables.iter().map(|table| query.select(table)).collect::<Vec<_>>() }))
            }
            ["tables", table, rest @ ..] => {
                let sheet = self
                    .sheets
                    .iter()
                    .find(|sheet| sheet.table.as_ref().is_some_and(|found| found.id == *table || found.name == *table));
                sheet.ok_or_else(|| Reply::not_found("ItemNotFound"))?.table_answer(rest, query)
            }
            _ => Err(Reply::error(400, "BadRequest", "Resource not found for the segment.")),
        }
    }

    fn sheet(&self, name: &str) -> Result<&Sheet, Reply> {
        let found = self.sheets.iter().find(|sheet| sheet.id == name || sheet.name == name);
        found.ok_or_else(|| Reply::not_found("ItemNotFound"))
    }
}

fn shown(table: &Table) -> Value {
    json!({
        "id": table.id, "name": table.name, "showHeaders": true, "showTotals": false, "style": "TableStyleMedium2",
    })
}

impl Sheet {
    fn answer(&self, path: &[&str], query: &Query) -> Result<Value, Reply> {
        match path {
            ["tables"] => Ok(json!({ "value": self.table.iter().map(shown).collect::<Vec<_>>() })),
            [used] if used.starts_with("usedRange") => self.range(self.used(), query),
            [range] if range.starts_with("range(") => {
                let address = range.trim_start_matches("range(address='").trim_end_matches("')");
                let area = area(address).ok_or_else(|| {
                    Reply::error(
                        400,
                        "InvalidArgument",
                        "The argument is invalid or missing or has an incorrect format.",
                    )
                })?;
                self.range(area, query)
            }
            _ => Err(Reply::error(400, "BadRequest", "Resource not found for the segment.")),
        }
    }

    fn table_answer(&self, path: &[&str], query: &Query) -> Result<Value, Reply> {
        let Some(table) = &self.table else { return Err(Reply::not_found("ItemNotFound")) };
        let names = &self.rows[table.row];
        let (row, column) = (self.corner.0 + table.row, self.corner.1);
        let below = self.rows.len() - table.row - 1;
        match path {
            [] => Ok(shown(table)),
            ["worksheet"] => Ok(query.select(&json!({ "id": self.id, "name": self.name }))),
            ["columns"] => {
                let columns = names.iter().enumerate().map(|(place, name)| {
                    query.select(&json!({ "id": (place + 1).to_string(), "name": value(name), "index": place }))
                });
                Ok(json!({ "value": columns.collect::<Vec<_>>() }))
            }
            ["rows"] => {
                let top = query.number("$top")?.unwrap_or(100);
                let skip = query.number("$skip")?.unwrap_or_default();
                let rows = self.rows[table.row + 1..].iter().enumerate().skip(skip).take(top).map(|(index, row)| {
                    let values: Vec<Value> =
                        (0..names.len()).map(|place| row.get(place).map_or(json!(""), value)).collect();
                    json!({ "index": index, "values": [values] })
                });
                Ok(json!({ "value": rows.collect::<Vec<_>>() }))
            }
            ["dataBodyRange"] => self.range((row + 1, column, below.max(1), names.len()), query),
            ["headerRowRange"] => self.range((row, column, 1, names.len()), query),
            ["range"] => self.range((row, column, below + 1, names.len()), query),
            _ => Err(Reply::error(400, "BadRequest", "Resource not found for the segment.")),
        }
    }

    /// All that holds a value.
    fn used(&self) -> Area {
        let width = self.rows.iter().map(Vec::len).max().unwrap_or_default();
        (self.corner.0, self.corner.1, self.rows.len().max(1), width.max(1))
    }

    fn cell(&self, row: usize, column: usize) -> &Cell {
        let row = row.checked_sub(self.corner.0).and_then(|row| self.rows.get(row));
        let column = column.checked_sub(self.corner.1);
        row.zip(column).and_then(|(row, column)| row.get(column)).unwrap_or(&Cell::Empty)
    }

    fn range(&self, area: Area, query: &Query) -> Result<Value, Reply> {
        let (row, column, rows, columns) = area;
        let asks_for_cells = query.get("$select").is_none_or(|select| {
            ["values", "numberFormat", "text", "valueTypes"].iter().any(|part| select.contains(part))
        });
        if asks_for_cells && rows * columns > MOST_CELLS {
            let message = "The response payload size has exceeded the limit.";
            return Err(Reply::error(413, "ResponsePayloadSizeLimitExceeded", message));
        }
        let is_plain = self.name.chars().all(char::is_alphanumeric);
        let name = if is_plain { self.name.clone() } else { format!("'{}'", self.name.replace('\'', "''")) };
        let (first, last) = (letters(column), letters(column + columns - 1));
        let address = format!("{name}!{first}{}:{last}{}", row + 1, row + rows);
        let each = |of: &dyn Fn(&Cell) -> Value| -> Value {
            let rows = (row..row + rows)
                .map(|row| Value::Array((column..column + columns).map(|column| of(self.cell(row, column))).collect()));
            Value::Array(rows.collect())
        };
        let mut range = json!({
            "address": address, "addressLocal": address, "rowCount": rows, "columnCount": columns, "rowIndex": row,
            "columnIndex": column, "cellCount": rows * columns, "hidden": false,
        });
        if asks_for_cells {
            range["values"] = each(&value);
            range["numberFormat"] = each(&|cell| json!(format(cell)));
            range["valueTypes"] = each(&|cell| json!(value_type(cell)));
            range["text"] = each(&|cell| match value(cell) {
                Value::String(text) => json!(text),
                other => json!(other.to_string()),
            });
        }
        Ok(query.select(&range))
    }
}

fn value(cell: &Cell) -> Value {
    match cell {
        Cell::Empty => json!(""),
        Cell::Text(text) => json!(text),
        Cell::Number(number, _) if number.fract() == 0. => json!(*number as i64),
        Cell::Number(number, _) => json!(number),
        Cell::Flag(flag) => json!(flag),
        Cell::Day(day, _) => json!(day.signed_duration_since(beginning()).num_days()),
        Cell::Moment(moment, _) => {
            let since = moment.signed_duration_since(NaiveDateTime::from(beginning()));
            json!(since.num_seconds() as f64 / 86_400.)
        }
        Cell::Error(error) => json!(error),
    }
}

/// The day that Excel counts as 0, for days after February 1900.
fn beginning() -> NaiveDate {
    NaiveDate::from_ymd_opt(1899, 12, 30).unwrap_or_default()
}

fn format(cell: &Cell) -> &'static str {
    match cell {
        Cell::Number(_, format) | Cell::Day(_, format) | Cell::Moment(_, format) => format,
        _ => "General",
    }
}

fn value_type(cell: &Cell) -> &'static str {
    match cell {
        Cell::Empty => "Empty",
        Cell::Text(_) => "String",
        Cell::Number(..) | Cell::Day(..) | Cell::Moment(..) => "Double",
        Cell::Flag(_) => "Boolean",
        Cell::Error(_) => "Error",
    }
}

fn letters(column: usize) -> String {
    let mut left = column + 1;
    let mut text = String::new();
    while left > 0 {
        text.insert(0, char::from(b'A' + u8::try_from((left - 1) % 26).unwrap_or_default()));
        left = (left - 1) / 26;
    }
    text
}

fn area(address: &str) -> Option<Area> {
    let cells = address.rsplit('!').next()?;
    let (first, last) = cells.split_once(':').unwrap_or((cells, cells));
    let place = |text: &str| {
        let text = text.replace('$', "");
        let digits = text.find(|sign: char| sign.is_ascii_digit())?;
        let column = text[..digits].bytes().try_fold(0, |sum: usize, letter| {
            letter.is_ascii_uppercase().then(|| sum * 26 + usize::from(letter - b'A') + 1)
        })?;
        Some((text[digits..].parse::<usize>().ok()?.checked_sub(1)?, column.checked_sub(1)?))
    };
    let ((row, column), (last_row, last_column)) = (place(first)?, place(last)?);
    Some((row, column, (last_row + 1).checked_sub(row)?, (last_column + 1).checked_sub(column)?))
}
