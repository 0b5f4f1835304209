//! Reading a tab.

use async_stream::try_stream;
use serde::{Deserialize, Serialize};

use super::super::api::Api;
use super::super::config::{GoogleConfig, HeaderRule};
use super::super::drive;
use super::cell::Cell;
use super::look::{Library, Tab, TabColumn, kept};
use super::merges::Held;
use super::rows::{ReadColumn, TabRows};
use super::{SPREADSHEETS, a1, values};
use crate::sdk::{ConnectorError, Cursor, Estimate, EventLevel, Extract, ReadEvent, ReadRequest, ReadStream};

/// About how many cells come in one answer: Google recommends two megabytes.
const CELLS: usize = 100_000;

/// Where a read of a tab stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Place {
    /// The spreadsheet's version when the read began; none where Drive does not say.
    version: Option<String>,
    /// The settings that it is read by.
    header: HeaderRule,
    columns: Vec<ReadColumn>,
    /// The row to read next, counted from 0.
    next_row: usize,
    /// Rows that were given, and that there are.
    rows: u64,
    total: u64,
    #[serde(default)]
    held: Held,
    done: bool,
}

/// Reads one tab.
pub(in super::super) fn stream(
    api: &Api,
    config: &GoogleConfig,
    library: &Library,
    request: ReadRequest,
) -> ReadStream {
    let (http, cancel, api) = (api.http().clone(), request.cancel.clone(), api.clone());
    let (options, library) = (config.sheets.clone(), library.clone());
    http.reading(&cancel, move |http| {
        let api = api.through(http);
        try_stream! {
            let name = request.source.name.clone();
            let (id, tab_id) = ids(&request.source.source_path)?;
            let header = options.header;
            let resume: Option<Place> = request.resume.as_ref().map(|cursor| cursor.read(&name)).transpose()?;
            let since: Option<Place> = match &request.extract {
                Extract::Full => None,
                Extract::Incremental { since, .. } => since.as_ref().map(|cursor| cursor.read(&name)).transpose()?,
            };
            let version = drive::version_of(&api, &id).await?;
            let unchanged = since.as_ref().filter(|since| {
                resume.is_none() && since.done && since.header == header && version.is_some() && since.version == version
            });
            if let Some(place) = resume.as_ref().filter(|place| place.done).or(unchanged) {
                yield ReadEvent::Schema(TabRows::of(&place.columns).schema());
                yield ReadEvent::Estimate(Estimate { fraction: Some(1.), ..Estimate::default() });
                yield ReadEvent::Checkpoint(Cursor::of(place));
                return;
            }
            if resume.as_ref().is_some_and(|place| place.version != version || place.header != header) {
                let message = "the spreadsheet changed while it was read; sync again";
                Err(ConnectorError::data(&name, message))?;
            }
            let spreadsheet = library.look(&api, &options, &id, version.clone()).await?;
            let tab = spreadsheet.tabs.iter().find(|tab| tab.id == tab_id).ok_or_else(|| ConnectorError::NotFound {
                what: format!("the tab {name}"),
                hint: " (it was removed from the spreadsheet, or hidden)".to_owned(),
            })?;
            let mut reader = Reader::new(&api, &id, tab, options.chunk_rows as usize, request.memory_bytes);
            let mut place = match resume {
                Some(place) => place,
                None => {
                    if since.is_some() {
                        yield ReadEvent::Whole;
                    }
                    let (columns, total) = reader.columns().await?;
                    let next_row = tab.first_row;
                    Place { version, header, columns, next_row, rows: 0, total, held: Held::default(), done: false }
                }
            };
            let mut rows = TabRows::of(&place.columns);
            let most_bytes = request.batch_bytes.min(request.memory_bytes / 4).max(1);
            yield ReadEvent::Schema(rows.schema());
            yield ReadEvent::Estimate(Estimate { rows: Some(place.total), ..Estimate::default() });
            while let Some((first, chunk)) = reader.chunk(place.next_row).await? {
                let end = first + chunk.len();
                for (number, mut row) in (first..).zip(chunk) {
                    place.next_row = number + 1;
                    if row.iter().all(Cell::is_empty) {
                        continue;
                    }
                    place.held.fill(&tab.merges, number, &mut row);
                    rows.add(&row);
                    place.rows += 1;
                    if rows.bytes() >= most_bytes {
                        for event in rows.take()? {
                            yield event;
                        }
                        yield ReadEvent::Checkpoint(Cursor::of(&place));
                        if request.cancel.is_cancelled() {
                            Err(ConnectorError::Cancelled)?;
                        }
                    }
                }
                place.next_row = reader.after(end);
                let fraction = (place.rows as f64 / place.total.max(1) as f64).min(1.);
                let estimate = Estimate { rows: Some(place.total), fraction: Some(fraction), ..Estimate::default() };
                yield ReadEvent::Estimate(estimate);
            }
            for event in rows.take()? {
                yield event;
            }
            if place.version.is_some() && drive::version_of(&api, &id).await? != place.version {
                let message = "the spreadsheet was changed while it was read; the next sync reads it again".to_owned();
                yield ReadEvent::Log { level: EventLevel::Warning, message };
            }
            place.done = true;
            yield ReadEvent::Checkpoint(Cursor::of(&place));
        }
    })
}

/// The spreadsheet and the tab of a path.
fn ids(path: &str) -> Result<(String, i64), ConnectorError> {
    let found = path.strip_prefix(SPREADSHEETS).and_then(|rest| rest.rsplit_once('/'));
    let found = found.and_then(|(id, tab)| Some((id.to_owned(), tab.parse().ok()?)));
    found.ok_or_else(|| ConnectorError::data(path, "is no path of a tab; discover the connector again"))
}

/// Some rows of a tab.
type Chunk = Vec<Vec<Cell>>;

struct Reader<'a> {
    api: &'a Api,
    id: &'a str,
    tab: &'a Tab,
    /// Rows of one answer.
    step: usize,
    /// What was read to find out the types, as long as there is room.
    kept: std::collections::BTreeMap<usize, Chunk>,
    room: usize,
    /// The end of the range that was asked for last.
    asked_to: usize,
}

impl<'a> Reader<'a> {
    fn new(api: &'a Api, id: &'a str, tab: &'a Tab, chunk_rows: usize, memory_bytes: usize) -> Self {
        let width = tab.grid.map_or(1, |(_, columns)| columns).max(1);
        let cells = CELLS.min(memory_bytes / 256).max(1);
        let step = chunk_rows.min(cells / width).max(1);
        Self { api, id, tab, step, kept: Default::default(), room: memory_bytes / 4, asked_to: tab.first_row }
    }

    /// The columns with the types that hold all of their values, and how many rows there are.
    async fn columns(&mut self) -> Result<(Vec<ReadColumn>, u64), ConnectorError> {
        let mut columns = self.tab.columns.clone();
        let formats: Vec<_> = columns.iter().map(|column| column.evidence.usual_format()).collect();
        let mut total = 0;
        let mut next = self.tab.first_row;
        while let Some((first, chunk)) = self.fetch(next).await? {
            for row in &chunk {
                total += u64::from(row.iter().any(|cell| !cell.is_empty()));
                if columns.len() < row.len() {
                    columns.resize(row.len(), TabColumn::default());
                }
                for (index, cell) in row.iter().enumerate() {
                    columns[index].evidence.add(cell, formats.get(index).copied().unwrap_or_default());
                }
            }
            next = self.after(first + chunk.len());
            let bytes: usize = chunk.iter().flatten().map(Cell::bytes).sum();
            if bytes <= self.room {
                self.room -= bytes;
                self.kept.insert(first, chunk);
            }
        }
        let read = kept(&columns).into_iter().map(|(index, name)| ReadColumn {
            index,
            name,
            kind: columns[index].evidence.kind(),
            format: formats.get(index).copied().unwrap_or_default(),
        });
        Ok((read.collect(), total))
    }

    /// The rows from `first` on; none at the end.
    async fn chunk(&mut self, first: usize) -> Result<Option<(usize, Chunk)>, ConnectorError> {
        match self.kept.remove(&first) {
            Some(chunk) => {
                self.asked_to = self.end_of(first);
                Ok(Some((first, chunk)))
            }
            None => self.fetch(first).await,
        }
    }

    fn end_of(&self, first: usize) -> usize {
        self.tab.grid.map_or(usize::MAX, |(rows, _)| rows.min(first.saturating_add(self.step)))
    }

    /// Where it goes on after rows that end at `end`: behind what was asked for, since blank rows at its end are not given.
    fn after(&self, end: usize) -> usize {
        end.max(self.asked_to)
    }

    async fn fetch(&mut self, first: usize) -> Result<Option<(usize, Chunk)>, ConnectorError> {
        let end = self.end_of(first);
        if first >= end {
            return Ok(None);
        }
        let range = match self.tab.grid {
            Some((_, columns)) => a1::range(&self.tab.title, first, end, columns),
            // How large it is was not said: all of it at once.
            None => a1::quoted(&self.tab.title),
        };
        let begins_at = if self.tab.grid.is_some() { first } else { 0 };
        let rows = values::of_range(self.api, self.id, &range, begins_at).await?;
        self.asked_to = end;
        Ok(Some((first, rows.into_iter().skip(first - begins_at).collect())))
    }
}
