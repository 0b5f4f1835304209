//! Reading a document. It comes in one answer.

use async_stream::try_stream;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::api::Api;
use super::super::columns::Rows;
use super::super::config::Service;
use super::super::drive;
use super::{COLUMNS, DOCUMENTS, structure};
use crate::sdk::http::segment;
use crate::sdk::{ConnectorError, Cursor, Estimate, Extract, ReadEvent, ReadRequest, ReadStream};

/// Where a read stands.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Place {
    /// What changes with the document: its version in Drive, or its own revision. None where neither is told.
    version: Option<String>,
    /// How many paragraphs were given.
    given: usize,
    done: bool,
}

/// Reads one document.
pub(in super::super) fn stream(api: &Api, request: ReadRequest) -> ReadStream {
    let (http, cancel, api) = (api.http().clone(), request.cancel.clone(), api.clone());
    http.reading(&cancel, move |http| {
        let api = api.through(http);
        try_stream! {
            let name = request.source.name.clone();
            let id = request.source.source_path.strip_prefix(DOCUMENTS).unwrap_or(&request.source.source_path).to_owned();
            let resume: Option<Place> = request.resume.as_ref().map(|cursor| cursor.read(&name)).transpose()?;
            let since: Option<Place> = match &request.extract {
                Extract::Full => None,
                Extract::Incremental { since, .. } => since.as_ref().map(|cursor| cursor.read(&name)).transpose()?,
            };
            let mut rows = Rows::of(COLUMNS);
            let is_same = |place: &&Place, version: &Option<String>| place.done && version.is_some() && place.version == *version;
            let in_drive = drive::version_of(&api, &id).await?;
            let unchanged = since.as_ref().filter(|place| resume.is_none() && is_same(place, &in_drive));
            if let Some(place) = resume.as_ref().filter(|place| place.done).or(unchanged) {
                yield ReadEvent::Schema(rows.schema());
                yield ReadEvent::Checkpoint(Cursor::of(place));
                return;
            }
            let document = content(&api, &id).await?;
            let revision = document.get("revisionId").and_then(Value::as_str).map(str::to_owned);
            let version = in_drive.or(revision);
            if resume.as_ref().is_some_and(|place| place.version != version) {
                Err(ConnectorError::data(&name, "the document changed while it was read; sync again"))?;
            }
            if let Some(place) = since.as_ref().filter(|place| resume.is_none() && is_same(place, &version)) {
                yield ReadEvent::Schema(rows.schema());
                yield ReadEvent::Checkpoint(Cursor::of(place));
                return;
            }
            if since.is_some() && resume.is_none() {
                yield ReadEvent::Whole;
            }
            yield ReadEvent::Schema(rows.schema());
            let paragraphs = structure::paragraphs(&document);
            drop(document);
            yield ReadEvent::Estimate(Estimate { rows: Some(paragraphs.len() as u64), ..Estimate::default() });
            let mut place = Place { version, given: resume.map_or(0, |place| place.given), done: false };
            for paragraph in paragraphs.iter().skip(place.given) {
                rows.add(paragraph);
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

/// A document with all that it holds.
pub(in super::super) async fn content(api: &Api, id: &str) -> Result<Value, ConnectorError> {
    let path = format!("v1/documents/{}", segment(id));
    api.get(Service::Docs, &path, &[("includeTabsContent", "true")]).await
}
