//! A look at a spreadsheet: its tabs, and of each the header, the columns and the formats of their cells.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;

use super::super::api::Api;
use super::super::config::{Service, SheetOptions};
use super::cell::{Cell, Format};
use super::evidence::Evidence;
use super::header::{self, Sample};
use super::merges::Merge;
use super::rows::field_of;
use super::{a1, values};
use crate::sdk::ConnectorError;
use crate::sdk::http::segment;

/// Tabs whose beginnings come in one answer.
const TABS_AT_ONCE: usize = 10;
/// Columns that are looked at where a tab does not say how many it has.
const UNKNOWN_COLUMNS: usize = 702;

const FIELDS: &str = "spreadsheetId,properties(title,locale,timeZone),sheets(properties(sheetId,title,index,sheetType,hidden,\
    gridProperties(rowCount,columnCount,frozenRowCount)),merges)";
const CELLS: &str = "sheets(properties(sheetId,title),data(startRow,startColumn,rowData(values(effectiveValue,\
    effectiveFormat(numberFormat)))))";

/// A spreadsheet as it was looked at.
#[derive(Debug)]
pub(in super::super) struct Spreadsheet {
    pub(in super::super) title: String,
    /// What changes with it; none where Drive does not say.
    pub(in super::super) version: Option<String>,
    pub(in super::super) tabs: Vec<Tab>,
}

/// A tab as it was looked at.
#[derive(Debug)]
pub(in super::super) struct Tab {
    pub(in super::super) id: i64,
    pub(in super::super) title: String,
    /// How large its grid is: rows and columns. None where it does not say.
    pub(super) grid: Option<(usize, usize)>,
    /// The first row of data.
    pub(super) first_row: usize,
    /// What was seen in each column at the beginning of the tab.
    pub(super) columns: Vec<TabColumn>,
    /// Of its data.
    pub(super) merges: Vec<Merge>,
    /// Rows of data, as far as was looked; none where there may be more.
    pub(in super::super) rows: Option<u64>,
}

/// A column as it was looked at.
#[derive(Clone, Debug, Default)]
pub(super) struct TabColumn {
    pub(super) name: Option<String>,
    pub(super) evidence: Evidence,
}

impl Tab {
    /// Its columns, as far as they can be told from its beginning.
    pub(in super::super) fn schema(&self) -> SchemaRef {
        let kept = kept(&self.columns);
        let fields = kept.iter().map(|(index, name)| field_of(name, self.columns[*index].evidence.kind()));
        Arc::new(Schema::new(fields.collect::<Vec<_>>()))
    }
}

/// The columns that have a name or values, by their places, with unique names.
pub(super) fn kept(columns: &[TabColumn]) -> Vec<(usize, String)> {
    let kept: Vec<usize> = (0..columns.len())
        .filter(|index| columns[*index].name.is_some() || !columns[*index].evidence.is_empty())
        .collect();
    let names = header::unique(kept.iter().map(|index| (*index, columns[*index].name.clone())));
    kept.into_iter().zip(names).collect()
}

/// Spreadsheets that were looked at already, shared by all reads of a connector: ten tabs are looked at once.
#[derive(Clone, Default)]
pub(in super::super) struct Library(Arc<Mutex<HashMap<String, Shelf>>>);

/// A place for a spreadsheet; whoever looks at it holds it.
type Shelf = Arc<Mutex<Option<Arc<Spreadsheet>>>>;

impl Library {
    /// The spreadsheet as it is in this version; looked at anew where the version is not known.
    pub(in super::super) async fn look(
        &self,
        api: &Api,
        options: &SheetOptions,
        id: &str,
        version: Option<String>,
    ) -> Result<Arc<Spreadsheet>, ConnectorError> {
        let shelf = Arc::clone(self.0.lock().await.entry(id.to_owned()).or_default());
        let mut looked = shelf.lock().await;
        if let Some(known) = looked.as_ref().filter(|known| version.is_some() && known.version == version) {
            return Ok(Arc::clone(known));
        }
        let spreadsheet = Arc::new(look(api, options, id, version).await?);
        *looked = Some(Arc::clone(&spreadsheet));
        Ok(spreadsheet)
    }
}

impl fmt::Debug for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("spreadsheets that were looked at")
    }
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    properties: Value,
    #[serde(default)]
    sheets: Vec<Value>,
}

async fn look(
    api: &Api,
    options: &SheetOptions,
    id: &str,
    version: Option<String>,
) -> Result<Spreadsheet, ConnectorError> {
    let path = format!("v4/spreadsheets/{}", segment(id));
    let answer: Answer = api.get(Service::Sheets, &path, &[("fields", FIELDS)]).await?;
    let sheets: Vec<&Value> = answer.sheets.iter().filter(|sheet| is_read(&sheet["properties"], options)).collect();
    let mut tabs = Vec::with_capacity(sheets.len());
    for some in sheets.chunks(TABS_AT_ONCE) {
        let samples = samples(api, options, id, some).await?;
        tabs.extend(some.iter().zip(samples).map(|(sheet, sample)| tab(sheet, sample, options)));
    }
    let title = answer.properties["title"].as_str().unwrap_or(id).to_owned();
    Ok(Spreadsheet { title, version, tabs })
}

/// Charts on sheets of their own and connected databases have no cells.
fn is_read(properties: &Value, options: &SheetOptions) -> bool {
    let is_hidden = properties["hidden"].as_bool().unwrap_or_default();
    properties["sheetType"].as_str().is_none_or(|kind| kind == "GRID") && (options.include_hidden || !is_hidden)
}

fn grid(sheet: &Value) -> Option<(usize, usize)> {
    let number = |key: &str| sheet["properties"]["gridProperties"][key].as_u64().and_then(|n| usize::try_from(n).ok());
    number("rowCount").zip(number("columnCount"))
}

fn title(sheet: &Value) -> &str {
    sheet["properties"]["title"].as_str().unwrap_or_default()
}

/// The beginnings of tabs, with the formats of their cells.
async fn samples(
    api: &Api,
    options: &SheetOptions,
    spreadsheet: &str,
    sheets: &[&Value],
) -> Result<Vec<Sample>, ConnectorError> {
    let rows = options.sample_rows as usize;
    let ranges: Vec<String> = sheets
        .iter()
        .map(|sheet| {
            let (most_rows, columns) = grid(sheet).unwrap_or((rows, UNKNOWN_COLUMNS));
            a1::range(title(sheet), 0, rows.min(most_rows), columns)
        })
        .collect();
    let mut asked = vec![("fields", CELLS), ("includeGridData", "true")];
    asked.extend(ranges.iter().map(|range| ("ranges", range.as_str())));
    let path = format!("v4/spreadsheets/{}", segment(spreadsheet));
    let answer: Answer = api.get(Service::Sheets, &path, &asked).await?;
    let mut found: HashMap<i64, Sample> = HashMap::new();
    for sheet in &answer.sheets {
        let Some(id) = sheet["properties"]["sheetId"].as_i64() else { continue };
        for data in sheet["data"].as_array().into_iter().flatten() {
            add(found.entry(id).or_default(), data, rows);
        }
    }
    let mut samples = Vec::with_capacity(sheets.len());
    for (sheet, range) in sheets.iter().zip(&ranges) {
        let id = sheet["properties"]["sheetId"].as_i64().unwrap_or_default();
        let sample = match found.remove(&id) {
            Some(sample) => sample,
            // A server that speaks less of the API than Google's: values will have to do.
            None => without_formats(values::of_range(api, spreadsheet, range, 0).await?, rows),
        };
        samples.push(sample);
    }
    Ok(samples)
}

fn without_formats(values: Vec<Vec<Cell>>, most_rows: usize) -> Sample {
    let row = |row: Vec<Cell>| row.into_iter().map(|cell| (cell, Format::Plain)).collect();
    values.into_iter().take(most_rows).map(row).collect()
}

/// Puts a block of cells where it belongs.
fn add(sample: &mut Sample, data: &Value, most_rows: usize) {
    let start = |key: &str| data[key].as_u64().and_then(|number| usize::try_from(number).ok()).unwrap_or(0);
    let (first_row, first_column) = (start("startRow"), start("startColumn"));
    for (index, row) in data["rowData"].as_array().into_iter().flatten().enumerate() {
        let number = first_row + index;
        if number >= most_rows {
            break;
        }
        if sample.len() <= number {
            sample.resize(number + 1, Vec::new());
        }
        let cells = row["values"].as_array().into_iter().flatten();
        let before = std::iter::repeat_n((Cell::Empty, Format::Plain), first_column);
        sample[number] = before.chain(cells.map(|cell| (Cell::of_grid(cell), Format::of_grid(cell)))).collect();
    }
}

fn tab(sheet: &Value, sample: Sample, options: &SheetOptions) -> Tab {
    let properties = &sheet["properties"];
    let merges: Vec<Merge> = sheet["merges"].as_array().into_iter().flatten().filter_map(Merge::of).collect();
    let frozen = properties["gridProperties"]["frozenRowCount"].as_u64().and_then(|rows| usize::try_from(rows).ok());
    let header = header::find(&sample, &merges, frozen.unwrap_or_default(), options.header);
    let data = sample.get(header.first_row..).unwrap_or_default();
    let width = data.iter().map(Vec::len).max().unwrap_or_default().max(header.names.len());
    let mut columns = vec![TabColumn::default(); width];
    for (column, name) in columns.iter_mut().zip(header.names) {
        column.name = name;
    }
    for (column, (cell, format)) in data.iter().flat_map(|row| row.iter().enumerate()) {
        columns[column].evidence.add(cell, *format);
    }
    let is_all = grid(sheet).is_some_and(|(rows, _)| rows <= options.sample_rows as usize);
    let filled = data.iter().filter(|row| row.iter().any(|(cell, _)| !cell.is_empty())).count();
    Tab {
        id: properties["sheetId"].as_i64().unwrap_or_default(),
        title: title(sheet).to_owned(),
        grid: grid(sheet),
        first_row: header.first_row,
        columns,
        merges: merges.into_iter().filter(|merge| merge.rows.start >= header.first_row).collect(),
        rows: is_all.then_some(filled as u64),
    }
}
