//! Reading a document. It comes in one answer.

use async_stream::try_stream;

use super::super::api::Api;
use super::super::columns::Rows;
use super::look::{Found, Place, look};
use super::{COLUMNS, DOCUMENTS, structure};
use crate::sdk::{ConnectorError, Cursor, Estimate, ReadEvent, ReadRequest, ReadStream};

/// Reads one document.
pub(in super::super) fn stream(api: &Api, request: ReadRequest) -> ReadStream {
    let (http, cancel, api) = (api.http().clone(), request.cancel.clone(), api.clone());
    http.reading(&cancel, move |http| {
        let api = api.through(http);
        try_stream! {
            let id = request.source.source_path.strip_prefix(DOCUMENTS).unwrap_or(&request.source.source_path).to_owned();
            let mut rows = Rows::of(COLUMNS);
            let (document, version, given, is_anew) = match look(&api, &id, &request).await? {
                Found::Known(place) => {
                    yield ReadEvent::Schema(rows.schema());
                    yield ReadEvent::Checkpoint(Cursor::of(&place));
                    return;
                }
                Found::Document { content, version, given, is_anew } => (content, version, given, is_anew),
            };
            if is_anew {
                yield ReadEvent::Whole;
            }
            yield ReadEvent::Schema(rows.schema());
            let paragraphs = structure::paragraphs(&document);
            drop(document);
            yield ReadEvent::Estimate(Estimate { rows: Some(paragraphs.len() as u64), ..Estimate::default() });
            let mut place = Place { version, columns: Vec::new(), given, done: false };
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
