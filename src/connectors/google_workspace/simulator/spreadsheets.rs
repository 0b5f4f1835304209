//! Sheets v4: spreadsheets with the data of their grids, and values of ranges.

use std::sync::Arc;

use serde_json::{Value, json};

use super::account::{Account, Content, File};
use super::range::{Range, letters, parse};
use super::refusal::Refusal;
use super::serve::{Answer, Asked};
use crate::demo::{DeskSheet, Look, WorkValue};

/// Columns of a new tab.
const COLUMNS: usize = 26;
/// Rows below the last one that is filled.
const ROOM: usize = 40;

type Tabs = [(i64, Arc<DeskSheet>)];

fn opened<'a>(account: &'a Account, id: &str) -> Result<(&'a File, &'a Tabs), Refusal> {
    let file = account.files.get(id).ok_or_else(|| Refusal::not_found("Requested entity was not found."))?;
    match &file.content {
        Content::Sheets(sheets) => Ok((file, sheets)),
        _ => Err(Refusal::invalid("This operation is not supported for this document")),
    }
}

fn size(sheet: &DeskSheet) -> (usize, usize) {
    let columns = sheet.rows.iter().map(Vec::len).max().unwrap_or_default();
    (sheet.rows.len() + ROOM, columns.max(COLUMNS))
}

pub(super) fn get(account: &Account, id: &str, asked: &Asked) -> Answer {
    let (file, tabs) = opened(account, id)?;
    let ranges = asked.all("ranges");
    let ranges = ranges.iter().map(|text| ranged(tabs, text)).collect::<Result<Vec<_>, _>>()?;
    let fields = asked.text("fields");
    let with_data = fields.map_or(asked.flag("includeGridData"), |fields| fields.contains("data") || fields == "*");
    let mut sheets = Vec::new();
    for (index, (id, sheet)) in tabs.iter().enumerate() {
        let of_sheet: Vec<_> = ranges.iter().filter(|range| range.tab == sheet.title).collect();
        if !ranges.is_empty() && of_sheet.is_empty() {
            continue;
        }
        let (rows, columns) = size(sheet);
        let mut grid = json!({ "rowCount": rows, "columnCount": columns });
        if sheet.frozen_rows > 0 {
            grid["frozenRowCount"] = json!(sheet.frozen_rows);
        }
        let mut properties = json!({
            "sheetId": id, "title": sheet.title, "index": index, "sheetType": "GRID", "gridProperties": grid,
        });
        if sheet.is_hidden {
            properties["hidden"] = json!(true);
        }
        let mut answer = json!({ "properties": properties });
        if !sheet.merged.is_empty() {
            let merge = |merged: &crate::demo::Merged| {
                json!({
                    "sheetId": id, "startRowIndex": merged.rows.0, "endRowIndex": merged.rows.1,
                    "startColumnIndex": merged.columns.0, "endColumnIndex": merged.columns.1,
                })
            };
            answer["merges"] = sheet.merged.iter().map(merge).collect();
        }
        if with_data {
            let whole = Range { tab: sheet.title.to_string(), rows: (0, None), columns: (0, None) };
            let data = if of_sheet.is_empty() { vec![&whole] } else { of_sheet };
            answer["data"] = data.into_iter().map(|range| grid_data(sheet, range)).collect();
        }
        sheets.push(answer);
    }
    Ok(json!({
        "spreadsheetId": file.id, "sheets": sheets,
        "properties": { "title": file.name, "locale": "en_GB", "timeZone": "Europe/Berlin", "autoRecalc": "ON_CHANGE" },
        "spreadsheetUrl": format!("https://docs.google.com/spreadsheets/d/{}/edit", file.id),
    }))
}

pub(super) fn values(account: &Account, id: &str, range: &str, asked: &Asked) -> Answer {
    let (_, tabs) = opened(account, id)?;
    value_range(tabs, range, asked)
}

pub(super) fn values_of_many(account: &Account, id: &str, asked: &Asked) -> Answer {
    let (file, tabs) = opened(account, id)?;
    let ranges = asked.all("ranges").into_iter().map(|range| value_range(tabs, range, asked));
    Ok(json!({ "spreadsheetId": file.id, "valueRanges": ranges.collect::<Result<Vec<_>, _>>()? }))
}

/// A range that a spreadsheet has.
fn ranged(tabs: &Tabs, text: &str) -> Result<Range, Refusal> {
    let names: Vec<&str> = tabs.iter().map(|(_, sheet)| sheet.title.as_ref()).collect();
    let range = parse(text, &names).ok_or_else(|| Refusal::invalid(format!("Unable to parse range: {text}")))?;
    let sheet = sheet_of(tabs, &range);
    let (rows, columns) = size(sheet);
    let is_beyond = |side: (usize, Option<usize>), most: usize| side.0 >= most || side.1.is_some_and(|end| end > most);
    if is_beyond(range.rows, rows) || is_beyond(range.columns, columns) {
        let message = format!("Range ({text}) exceeds grid limits. Max rows: {rows}, max columns: {columns}");
        return Err(Refusal::invalid(message));
    }
    Ok(range)
}

fn sheet_of<'a>(tabs: &'a Tabs, range: &Range) -> &'a DeskSheet {
    let found = tabs.iter().find(|(_, sheet)| sheet.title == range.tab);
    found.map(|(_, sheet)| &**sheet).expect("a range is of a tab that is there")
}

/// The rows of a range, without what is blank at their ends.
fn cut<'a>(sheet: &'a DeskSheet, range: &Range) -> Vec<&'a [(WorkValue, Look)]> {
    let end = range.rows.1.unwrap_or(usize::MAX).min(sheet.rows.len());
    let mut rows: Vec<_> = sheet
        .rows
        .get(range.rows.0..end)
        .unwrap_or_default()
        .iter()
        .map(|row| {
            let end = range.columns.1.unwrap_or(usize::MAX).min(row.len());
            let row = row.get(range.columns.0..end).unwrap_or_default();
            let filled = row.iter().rposition(|(value, _)| *value != WorkValue::Empty).map_or(0, |last| last + 1);
            &row[..filled]
        })
        .collect();
    while rows.last().is_some_and(|row| row.is_empty()) {
        rows.pop();
    }
    rows
}

fn value_range(tabs: &Tabs, text: &str, asked: &Asked) -> Answer {
    let range = ranged(tabs, text)?;
    let sheet = sheet_of(tabs, &range);
    let is_formatted = match asked.text("valueRenderOption").unwrap_or("FORMATTED_VALUE") {
        "FORMATTED_VALUE" => true,
        "UNFORMATTED_VALUE" => false,
        other => return Err(Refusal::invalid(format!("Invalid value at 'value_render_option', \"{other}\""))),
    };
    let is_serial = asked.text("dateTimeRenderOption") != Some("FORMATTED_STRING");
    let cell = |(value, look): &(WorkValue, Look)| match value {
        WorkValue::Number(number) if !is_formatted && (is_serial || !is_moment(*look)) => number_json(*number),
        WorkValue::Flag(flag) if !is_formatted => json!(flag),
        _ => json!(shown(value, *look)),
    };
    let values: Vec<Vec<Value>> = cut(sheet, &range).iter().map(|row| row.iter().map(cell).collect()).collect();
    let (rows, columns) = size(sheet);
    let (last_row, last_column) = (range.rows.1.unwrap_or(rows), range.columns.1.unwrap_or(columns));
    let first = (letters(range.columns.0), range.rows.0 + 1);
    let name =
        format!("'{}'!{}{}:{}{last_row}", sheet.title.replace('\'', "''"), first.0, first.1, letters(last_column - 1));
    let mut answer = json!({ "range": name, "majorDimension": "ROWS" });
    if !values.is_empty() {
        answer["values"] = json!(values);
    }
    Ok(answer)
}

fn grid_data(sheet: &DeskSheet, range: &Range) -> Value {
    let rows = cut(sheet, range);
    let rows: Vec<Value> = rows
        .iter()
        .map(|row| {
            let cells: Vec<Value> = row.iter().map(|(value, look)| grid_cell(value, *look)).collect();
            if cells.is_empty() { json!({}) } else { json!({ "values": cells }) }
        })
        .collect();
    let mut data = json!({ "rowData": rows });
    // What is 0 is left out.
    for (key, start) in [("startRow", range.rows.0), ("startColumn", range.columns.0)] {
        if start > 0 {
            data[key] = json!(start);
        }
    }
    data
}

fn grid_cell(value: &WorkValue, look: Look) -> Value {
    let effective = match value {
        WorkValue::Empty => return json!({}),
        WorkValue::Number(number) => json!({ "numberValue": number_json(*number) }),
        WorkValue::Flag(flag) => json!({ "boolValue": flag }),
        WorkValue::Text(text) => json!({ "stringValue": text }),
        WorkValue::NotAvailable => {
            json!({ "errorValue": { "type": "N_A", "message": "Did not find value in VLOOKUP evaluation." } })
        }
    };
    let mut cell = json!({
        "effectiveValue": effective, "userEnteredValue": effective, "formattedValue": shown(value, look),
        "effectiveFormat": { "horizontalAlignment": "LEFT" },
    });
    let format = match look {
        Look::Plain => return cell,
        Look::Decimals => ("NUMBER", "#,##0.00"),
        Look::Euros => ("CURRENCY", "#,##0.00\\ [$€]"),
        Look::Percent => ("PERCENT", "0.0%"),
        Look::Date => ("DATE", "yyyy-mm-dd"),
        Look::DateTime => ("DATE_TIME", "yyyy-mm-dd hh:mm:ss"),
        Look::Time => ("TIME", "hh:mm"),
    };
    cell["effectiveFormat"]["numberFormat"] = json!({ "type": format.0, "pattern": format.1 });
    cell
}

fn is_moment(look: Look) -> bool {
    matches!(look, Look::Date | Look::DateTime | Look::Time)
}

/// Whole numbers are written without decimals.
fn number_json(number: f64) -> Value {
    if number.fract() == 0. && number.abs() < 9e15 { json!(number as i64) } else { json!(number) }
}

/// As it is shown in a cell.
fn shown(value: &WorkValue, look: Look) -> String {
    let number = match value {
        WorkValue::Empty => return String::new(),
        WorkValue::Flag(flag) => return if *flag { "TRUE" } else { "FALSE" }.to_owned(),
        WorkValue::Text(text) => return text.clone(),
        WorkValue::NotAvailable => return "#N/A".to_owned(),
        WorkValue::Number(number) => *number,
    };
    let moment = || {
        let beginning =
            chrono::NaiveDate::from_ymd_opt(1899, 12, 30).unwrap_or_default().and_time(chrono::NaiveTime::MIN);
        beginning + chrono::TimeDelta::milliseconds((number * 86_400_000.).round() as i64)
    };
    match look {
        Look::Plain => number.to_string(),
        Look::Decimals => format!("{number:.2}"),
        Look::Euros => format!("{number:.2} €"),
        Look::Percent => format!("{:.1}%", number * 100.),
        Look::Date => moment().format("%Y-%m-%d").to_string(),
        Look::DateTime => moment().format("%Y-%m-%d %H:%M:%S").to_string(),
        Look::Time => moment().format("%H:%M").to_string(),
    }
}
