//! Reading a table of a document. The document comes in one answer.

use async_stream::try_stream;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::api::Api;
use super::super::drive;
use super::super::sheets::typed::{ReadColumn, TabRows};
use super::read::content;
use super::{DOCUMENTS, TABLES, tables};
use crate::sdk::{ConnectorError, Cursor, Estimate, Extract, ReadEvent, ReadRequest, ReadStream};

/// Where a read stands.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Place {
    /// What changes with the document: its version in Drive, or its own revision. None where neither is told.
    version: Option<String>,
    columns: Vec<ReadColumn>,
    /// How many rows were given.
    given: usize,
    done: bool,
}

/// Reads one table.
pub(in super::super) fn stream(api: &Api, request: ReadRequest) -> ReadStream {
    let (http, cancel, api) = (api.http().clone(), request.cancel.clone(), api.clone());
    http.reading(&cancel, move |http| {
        let api = api.through(http);
        try_stream! {
            let name = request.source.name.clone();
            let (id, number) = ids(&request.source.source_path)?;
            let resume: Option<Place> = request.resume.as_ref().map(|cursor| cursor.read(&name)).transpose()?;
            let since: Option<Place> = match &request.extract {
                Extract::Full => None,
                Extract::Incremental { since, .. } => since.as_ref().map(|cursor| cursor.read(&name)).transpose()?,
            };
            let is_same = |place: &&Place, version: &Option<String>| {
                resume.is_none() && place.done && version.is_some() && place.version == *version
            };
            let in_drive = drive::version_of(&api, &id).await?;
            let unchanged = since.as_ref().filter(|place| is_same(place, &in_drive));
            if let Some(place) = resume.as_ref().filter(|place| place.done).or(unchanged) {
                yield ReadEvent::Schema(TabRows::of(&place.columns).schema());
                yield ReadEvent::Checkpoint(Cursor::of(place));
                return;
            }
            let document = content(&api, &id).await?;
            let revision = document.get("revisionId").and_then(Value::as_str).map(str::to_owned);
            let version = in_drive.or(revision);
            if resume.as_ref().is_some_and(|place| place.version != version) {
                Err(ConnectorError::data(&name, "the document changed while it was read; sync again"))?;
            }
            if let Some(place) = since.as_ref().filter(|place| is_same(place, &version)) {
                yield ReadEvent::Schema(TabRows::of(&place.columns).schema());
                yield ReadEvent::Checkpoint(Cursor::of(place));
                return;
            }
            let found = tables::tables(&document).into_iter().find(|table| table.number == number);
            drop(document);
            let table = found.ok_or_else(|| ConnectorError::NotFound {
                what: format!("the table {name}"),
                hint: " (it was removed from the document, or its first row holds no names any more)".to_owned(),
            })?;
            if since.is_some() && resume.is_none() {
                yield ReadEvent::Whole;
            }
            let given = resume.map_or(0, |place| place.given);
            let mut place = Place { version, columns: table.columns().to_vec(), given, done: false };
            let mut rows = TabRows::of(&place.columns);
            yield ReadEvent::Schema(rows.schema());
            let count = table.rows().len() as u64;
            yield ReadEvent::Estimate(Estimate { rows: Some(count), ..Estimate::default() });
            for row in table.rows().iter().skip(place.given) {
                rows.add(row);
                place.given += 1;
                if rows.bytes() >= request.batch_bytes {
                    for event in rows.take()? {
                        yield event;
                    }
                    yield ReadEvent::Checkpoint(Cursor::of(&place));
                    if request.cancel.is_cancelled() {
                        Err(ConnectorError::Cancelled)?;
                    }
                }
            }
            for event in rows.take()? {
                yield event;
            }
            place.done = true;
            yield ReadEvent::Checkpoint(Cursor::of(&place));
        }
    })
}

/// The document and the table of a path.
fn ids(path: &str) -> Result<(String, u64), ConnectorError> {
    let found = path.strip_prefix(DOCUMENTS).and_then(|rest| rest.split_once(TABLES));
    let found = found.and_then(|(id, number)| Some((id.to_owned(), number.parse().ok()?)));
    found.ok_or_else(|| ConnectorError::data(path, "is no path of a table; discover the connector again"))
}
