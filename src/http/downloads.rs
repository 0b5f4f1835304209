//! Downloads: a lake table, the answer to a statement, or what a workflow made, as a file.

use axum::body::Body;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::TryStreamExt;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::Server;
use super::auth::SignedIn;
use super::refusal::Refusal;
use super::request::json_body;
use crate::entity::ids::{DataSourceId, FileId};
use crate::query::{ExportFormat, QueryError};
use crate::services::queries::{self, Export};
use crate::services::workflows::{self, Download};

/// `?format=`
#[derive(Deserialize)]
pub(super) struct Wanted {
    format: Option<String>,
}

/// `POST /download/query`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QueryDownload {
    query: String,
    format: Option<String>,
}

/// `GET /download/data-sources/{id}?format=csv`: the lake table as it is.
pub(super) async fn data_source(
    State(server): State<Server>,
    viewer: SignedIn,
    Path(id): Path<String>,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Response, Refusal> {
    let Query(wanted) = wanted.map_err(|error| Refusal::bad_request(error.body_text()))?;
    let id: DataSourceId = id.parse().map_err(|error| Refusal::bad_request(format!("id: {error}")))?;
    let export = queries::export_source(&server.services, &viewer.0, &id, format(wanted.format)?).await?;
    Ok(file(export))
}

/// `POST /download/query` with `{"query": "SELECT …", "format": "csv"}`: the answer to a statement.
pub(super) async fn query(
    State(server): State<Server>,
    viewer: SignedIn,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    let body: QueryDownload = serde_json::from_value(json_body(&headers, body)?)
        .map_err(|error| Refusal::bad_request(format!("expected {{\"query\", \"format\"}}: {error}")))?;
    let export = queries::export(&server.services, &viewer.0, &body.query, format(body.format)?).await?;
    Ok(file(export))
}

/// `GET /download/files/{id}`: a file that a workflow made.
pub(super) async fn file_of_workflow(
    State(server): State<Server>,
    viewer: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let id: FileId = id.parse().map_err(|error| Refusal::bad_request(format!("id: {error}")))?;
    let Download { file, bytes } = workflows::download(&server.services, &viewer.0, &id).await?;
    // Saved and never shown: what is in it is a source's, and must not be taken for a page of ours.
    let headers = [(CONTENT_TYPE, file.content_type), (CONTENT_DISPOSITION, disposition(&file.name))];
    let name = file.name;
    let bytes = bytes.inspect_err(move |error| tracing::warn!(%error, "the download of {name} was cut off"));
    Ok((headers, Body::from_stream(bytes)).into_response())
}

fn format(given: Option<String>) -> Result<ExportFormat, Refusal> {
    let given = given.as_deref().unwrap_or("csv");
    given.parse().map_err(|error: QueryError| Refusal::bad_request(format!("format: {error}")))
}

fn file(export: Export) -> Response {
    let headers = [
        (CONTENT_TYPE, export.format.content_type().to_owned()),
        (CONTENT_DISPOSITION, disposition(&export.file_name)),
    ];
    // The status is sent by now: all that can be done is to cut the file off, and to say so where operators look.
    let name = export.file_name;
    let bytes = export.bytes.inspect_err(move |error| tracing::warn!(%error, "the download of {name} was cut off"));
    (headers, Body::from_stream(bytes)).into_response()
}

/// To be saved under a name; where that is no plain one, it stands there as RFC 6266 has it, too.
fn disposition(name: &str) -> String {
    let safe = safe_name(name);
    if safe == name {
        return format!("attachment; filename=\"{safe}\"");
    }
    let encoded = utf8_percent_encode(name, NON_ALPHANUMERIC);
    format!("attachment; filename=\"{safe}\"; filename*=UTF-8''{encoded}")
}

/// A file name that means the same to every system and header parser.
fn safe_name(name: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' };
    let name: String = name.chars().map(safe).take(120).collect();
    name.trim_start_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_cannot_leave_its_folder_or_its_header() {
        assert_eq!(safe_name("orders.csv"), "orders.csv");
        assert_eq!(safe_name("../\"a\r\nb.csv"), "__a__b.csv");
    }

    #[test]
    fn a_name_beyond_ascii_is_kept_beside_a_plain_one() {
        assert_eq!(disposition("a.csv"), "attachment; filename=\"a.csv\"");
        let header = disposition("Übersicht 1.html");
        assert_eq!(header, "attachment; filename=\"_bersicht_1.html\"; filename*=UTF-8''%C3%9Cbersicht%201%2Ehtml");
    }
}
