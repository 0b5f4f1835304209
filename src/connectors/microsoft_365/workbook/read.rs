//! Reading a table or a worksheet: once to see what its columns hold, and from memory, or a second time, to give its rows.

use async_stream::try_stream;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::api::{Api, Scope};
use super::Sheet;
use super::cell::Cell;
use super::grid::Grid;
use super::layout::{Evidence, LOOKED_AT, SheetColumn, columns, header, names, schema};
use super::rows::batch;
use crate::sdk::{ConnectorError, Cursor, Estimate, Extract, ReadEvent, ReadRequest, ReadStream};

/// Where a read stands.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Place {
    /// Changes with the workbook's content.
    tag: String,
    /// The row to go on from, counted in the area that is read; none at the end.
    next: Option<usize>,
    columns: Vec<SheetColumn>,
}

/// What the first look at all cells found.
struct Look {
    columns: Vec<SheetColumn>,
    /// The first row of values.
    first: usize,
    /// All rows, where they fit into memory.
    rows: Option<Vec<Vec<Cell>>>,
}

/// Reads it, unless it is the same as at the last sync.
pub(in super::super) fn stream(api: &Api, sheet: Sheet, cells: u32, request: ReadRequest) -> ReadStream {
    let api = match api.within(&Scope::Workbooks) {
        Ok(api) => api,
        Err(error) => return Box::pin(futures::stream::once(async { Err(error) })),
    };
    let (http, cancel) = (api.http().clone(), request.cancel.clone());
    http.reading(&cancel, move |http| {
        let api = api.through(http);
        let cells = usize::try_from(cells).unwrap_or(usize::MAX);
        try_stream! {
            let name = request.source.name.clone();
            let tag = tag(&api, &sheet).await?;
            let resumed: Option<Place> = request.resume.as_ref().map(|cursor| cursor.read(&name)).transpose()?;
            if resumed.as_ref().is_some_and(|place| place.tag != tag) {
                Err(ConnectorError::data(name.as_str(), "the workbook was changed while it was read; sync again"))?;
            }
            let since: Option<Place> = match &request.extract {
                Extract::Incremental { since: Some(since), .. } => Some(since.read(&name)?),
                _ => None,
            };
            let is_same = since.as_ref().is_some_and(|last| last.tag == tag && last.next.is_none());
            if since.is_some() && !is_same {
                yield ReadEvent::Whole;
            }
            let done = since.filter(|_| is_same).or_else(|| resumed.clone().filter(|place| place.next.is_none()));
            if let Some(place) = done {
                yield ReadEvent::Schema(schema(&place.columns));
                yield ReadEvent::Checkpoint(Cursor::of(&place));
                return;
            }
            let mut grid = Grid::open(&api, &sheet, cells).await?;
            let look = match resumed {
                Some(place) => Look { columns: place.columns, first: place.next.unwrap_or_default(), rows: None },
                None => look(&mut grid, request.memory_bytes / 2).await?,
            };
            let schema = schema(&look.columns);
            yield ReadEvent::Schema(std::sync::Arc::clone(&schema));
            if let Some(rows) = grid.rows() {
                let rows = u64::try_from(rows).ok();
                yield ReadEvent::Estimate(Estimate { rows, ..Estimate::default() });
            }
            let mut next = Some(look.first);
            while let Some(from) = next {
                let rows = match &look.rows {
                    Some(rows) => rows.get(from..rows.len().min(from + grid.step)).unwrap_or_default().to_vec(),
                    None => grid.chunk(from).await?,
                };
                let count = rows.len();
                let is_last = count < grid.step || grid.rows().is_some_and(|rows| from + count >= rows);
                let (batch, rejected) = batch(&look.columns, &schema, &rows)?;
                for value in rejected {
                    yield ReadEvent::RejectedValue(value);
                }
                if batch.num_rows() > 0 {
                    yield ReadEvent::Batch(batch);
                }
                next = (!is_last).then_some(from + count);
                let place = Place { tag: tag.clone(), next, columns: look.columns.clone() };
                yield ReadEvent::Checkpoint(Cursor::of(&place));
                if request.cancel.is_cancelled() {
                    Err(ConnectorError::Cancelled)?;
                }
            }
            grid.close().await;
        }
    })
}

/// What changes with the workbook's content.
async fn tag(api: &Api, sheet: &Sheet) -> Result<String, ConnectorError> {
    let path = format!("{}?$select=id,name,cTag,eTag,lastModifiedDateTime", sheet.file());
    let file: Value = api.http().get(path).send().await?.json()?;
    let mut tags = ["cTag", "eTag", "lastModifiedDateTime"].iter().filter_map(|tag| file[*tag].as_str());
    Ok(tags.next().unwrap_or_default().to_owned())
}

/// Reads all cells once.
async fn look(grid: &mut Grid<'_>, memory: usize) -> Result<Look, ConnectorError> {
    let mut kept: Option<Vec<Vec<Cell>>> = Some(Vec::new());
    let (mut from, mut bytes) = (0, 0);
    let mut given = grid.names.clone();
    let mut first = 0;
    // Rows among which the names are looked for.
    let mut head: Vec<Vec<Cell>> = Vec::new();
    let mut evidence: Vec<Evidence> = vec![Evidence::default(); grid.width()];
    loop {
        let rows = grid.chunk(from).await?;
        let count = rows.len();
        let is_last = count < grid.step || grid.rows().is_some_and(|all| from + count >= all);
        if given.is_some() {
            see(&rows, &mut evidence);
        } else {
            head.extend(rows.iter().cloned());
            if head.len() >= LOOKED_AT || is_last {
                let place = header(&head[..head.len().min(LOOKED_AT)]);
                given = Some(place.map(|place| names(&head[place])).unwrap_or_default());
                first = place.map_or(0, |place| place + 1);
                see(&head[first..], &mut evidence);
            }
        }
        bytes += rows.iter().flatten().map(Cell::bytes).sum::<usize>();
        if let Some(all) = &mut kept {
            all.extend(rows);
        }
        if bytes > memory {
            kept = None;
        }
        from += count;
        if is_last {
            break;
        }
    }
    let columns = columns(&given.unwrap_or_default(), &evidence, grid.first_column());
    Ok(Look { columns, first, rows: kept })
}

fn see(rows: &[Vec<Cell>], evidence: &mut Vec<Evidence>) {
    for row in rows {
        if row.len() > evidence.len() {
            evidence.resize(row.len(), Evidence::default());
        }
        row.iter().zip(evidence.iter_mut()).for_each(|(cell, evidence)| evidence.see(cell));
    }
}
