//! The cells of a table or worksheet, some rows at a time.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::api::Api;
use super::address::Area;
use super::cell::Cell;
use super::{Part, Sheet};
use crate::sdk::{ConnectorError, ErrorClass};

/// Rows of a table in one answer, where its cells cannot be asked for by address.
const TABLE_ROWS: usize = 500;

/// The cells of a sheet, below its names where it is a table.
pub(super) struct Grid<'a> {
    api: &'a Api,
    sheet: &'a Sheet,
    way: Way,
    /// Of a table: the names of its columns.
    pub(super) names: Option<Vec<Option<String>>>,
    /// Rows of one answer.
    pub(super) step: usize,
    session: Option<String>,
}

enum Way {
    /// By addresses in a worksheet.
    Range { worksheet: String, area: Area },
    /// A table's rows by their number, without the formats of their numbers.
    Rows,
    /// There is nothing.
    Nothing,
}

#[derive(Deserialize)]
struct Range {
    #[serde(default)]
    address: String,
    #[serde(default)]
    values: Vec<Vec<Value>>,
    #[serde(default, rename = "numberFormat")]
    formats: Vec<Vec<Value>>,
    #[serde(default, rename = "valueTypes")]
    types: Vec<Vec<Value>>,
}

#[derive(Deserialize)]
struct Named {
    value: Vec<NamedThing>,
}

#[derive(Deserialize)]
struct NamedThing {
    #[serde(default)]
    name: String,
    #[serde(default)]
    values: Value,
}

impl<'a> Grid<'a> {
    /// Looks where the cells are.
    pub(super) async fn open(api: &'a Api, sheet: &'a Sheet, cells: usize) -> Result<Self, ConnectorError> {
        let mut grid = Self { api, sheet, way: Way::Nothing, names: None, step: 1, session: None };
        let range = match &sheet.part {
            Part::Worksheet(id) => {
                let path = format!("{}/usedRange(valuesOnly=true)?$select=address", sheet.place());
                Some((grid.get::<Range>(&path).await?, id.clone()))
            }
            Part::Table(_) => {
                grid.names = Some(grid.table_names().await?);
                grid.table_range().await?
            }
        };
        grid.way = match range {
            None => Way::Rows,
            Some((range, worksheet)) => match Area::parse(&range.address) {
                Some(area) => Way::Range { worksheet, area },
                None => Way::Nothing,
            },
        };
        let width = grid.width().max(1);
        grid.step = match grid.way {
            Way::Rows => TABLE_ROWS,
            _ => (cells / width).max(1),
        };
        if grid.rows().is_some_and(|rows| rows > grid.step) {
            grid.session = grid.begin_session().await?;
        }
        Ok(grid)
    }

    /// How many rows there are, where it is known before.
    pub(super) fn rows(&self) -> Option<usize> {
        match &self.way {
            Way::Range { area, .. } => Some(area.rows),
            Way::Rows => None,
            Way::Nothing => Some(0),
        }
    }

    /// The first column, counted from 0.
    pub(super) fn first_column(&self) -> usize {
        match &self.way {
            Way::Range { area, .. } => area.column,
            _ => 0,
        }
    }

    pub(super) fn width(&self) -> usize {
        match &self.way {
            Way::Range { area, .. } => area.columns,
            _ => self.names.as_ref().map_or(0, Vec::len),
        }
    }

    /// The rows from the `from`-th on, as many as one answer holds; fewer at the end.
    pub(super) async fn chunk(&mut self, from: usize) -> Result<Vec<Vec<Cell>>, ConnectorError> {
        let (path, count) = match &self.way {
            Way::Nothing => return Ok(Vec::new()),
            Way::Rows => {
                return self.table_rows(from).await;
            }
            Way::Range { worksheet, area } => {
                let part = area.part(from, self.step);
                if part.rows == 0 {
                    return Ok(Vec::new());
                }
                let worksheet = crate::sdk::http::segment(worksheet);
                let path = format!(
                    "{}/worksheets/{worksheet}/range(address='{}')?$select=address,values,numberFormat,valueTypes",
                    self.sheet.workbook(),
                    part.address()
                );
                (path, part.rows)
            }
        };
        let range: Range = match self.get(&path).await {
            // The session has ended; the cells are there without it.
            Err(error) if self.session.is_some() && !is_final(&error) => {
                self.session = None;
                self.get(&path).await?
            }
            range => range?,
        };
        let nothing = Vec::new();
        let mut rows = Vec::with_capacity(range.values.len());
        for (number, values) in range.values.iter().enumerate() {
            let formats = range.formats.get(number).unwrap_or(&nothing);
            let types = range.types.get(number).unwrap_or(&nothing);
            let cell = |(place, value): (usize, &Value)| {
                let format = formats.get(place).and_then(Value::as_str).unwrap_or_default();
                Cell::of(value, format, types.get(place).and_then(Value::as_str))
            };
            rows.push(values.iter().enumerate().map(cell).collect());
        }
        // Rows that the answer leaves out are empty.
        rows.resize(count, Vec::new());
        Ok(rows)
    }

    /// Gives a session back.
    pub(super) async fn close(&mut self) {
        let Some(session) = self.session.take() else { return };
        let path = format!("{}/closeSession", self.sheet.workbook());
        let request = self.api.http().post(path).header("workbook-session-id", session).json(&json!({}));
        // It ends by itself, too.
        request.send().await.ok();
    }

    /// A session that changes nothing, so that Excel keeps the workbook open between the answers; `None` where it gives none.
    async fn begin_session(&self) -> Result<Option<String>, ConnectorError> {
        #[derive(Deserialize)]
        struct Session {
            id: String,
        }
        let path = format!("{}/createSession", self.sheet.workbook());
        let request = self.api.http().post(path).json(&json!({ "persistChanges": false })).idempotent();
        match request.send().await {
            Ok(answer) => Ok(answer.json::<Session>().ok().map(|session| session.id)),
            Err(error) if is_final(&error) => Err(error),
            Err(_) => Ok(None),
        }
    }

    async fn table_names(&self) -> Result<Vec<Option<String>>, ConnectorError> {
        let path = format!("{}/columns?$select=name", self.sheet.place());
        let columns: Named = self.get(&path).await?;
        Ok(columns.value.into_iter().map(|column| Some(column.name).filter(|name| !name.is_empty())).collect())
    }

    /// Where a table's cells are, with the id of their worksheet; `None` where the other end does not tell.
    async fn table_range(&self) -> Result<Option<(Range, String)>, ConnectorError> {
        let place = self.sheet.place();
        let body = self.get::<Range>(&format!("{place}/dataBodyRange?$select=address")).await;
        let worksheet = match &body {
            Ok(_) => self.get::<Value>(&format!("{place}/worksheet?$select=id,name")).await,
            Err(_) => Ok(Value::Null),
        };
        let body = match body.and_then(|body| worksheet.map(|worksheet| (body, worksheet))) {
            Ok((body, worksheet)) => worksheet["id"].as_str().map(|id| (body, id.to_owned())),
            Err(error) if matches!(error.class(), ErrorClass::NotFound | ErrorClass::Protocol) => None,
            Err(error) => return Err(error),
        };
        Ok(body)
    }

    async fn table_rows(&self, from: usize) -> Result<Vec<Vec<Cell>>, ConnectorError> {
        let path = format!("{}/rows?$top={TABLE_ROWS}&$skip={from}", self.sheet.place());
        let rows: Named = self.get(&path).await?;
        let mut found = Vec::new();
        for row in rows.value {
            // A row of a table is given as a range of one row.
            for values in row.values.as_array().into_iter().flatten() {
                let cells = values.as_array().into_iter().flatten();
                found.push(cells.map(|value| Cell::of(value, "", None)).collect());
            }
        }
        Ok(found)
    }

    async fn get<T: serde::de::DeserializeOwned>(&self, path: &str) -> Result<T, ConnectorError> {
        let mut request = self.api.http().get(path);
        if let Some(session) = &self.session {
            request = request.header("workbook-session-id", session);
        }
        request.send().await?.json()
    }
}

/// Whether to ask again without a session would change nothing.
fn is_final(error: &ConnectorError) -> bool {
    matches!(error.class(), ErrorClass::Cancelled | ErrorClass::RateLimited | ErrorClass::Auth)
}
