//! Reading a table of a document. The document comes in one answer.

use async_stream::try_stream;

use super::super::api::Api;
use super::super::sheets::typed::TabRows;
use super::look::{Found, Place, look};
use super::{DOCUMENTS, TABLES, tables};
use crate::sdk::{ConnectorError, Cursor, Estimate, ReadEvent, ReadRequest, ReadStream};

/// Reads one table.
pub(in super::super) fn stream(api: &Api, request: ReadRequest) -> ReadStream {
    let (http, cancel, api) = (api.http().clone(), request.cancel.clone(), api.clone());
    http.reading(&cancel, move |http| {
        let api = api.through(http);
        try_stream! {
            let name = request.source.name.clone();
            let (id, number) = ids(&request.source.source_path)?;
            let (document, version, given, is_anew) = match look(&api, &id, &request).await? {
                Found::Known(place) => {
                    yield ReadEvent::Schema(TabRows::of(&place.columns).schema());
                    yield ReadEvent::Checkpoint(Cursor::of(&place));
                    return;
                }
                Found::Document { content, version, given, is_anew } => (content, version, given, is_anew),
            };
            let found = tables::tables(&document).into_iter().find(|table| table.number == number);
            drop(document);
            let table = found.ok_or_else(|| ConnectorError::NotFound {
                what: format!("the table {name}"),
                hint: " (it was removed from the document, or its first row holds no names any more)".to_owned(),
            })?;
            if is_anew {
                yield ReadEvent::Whole;
            }
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
