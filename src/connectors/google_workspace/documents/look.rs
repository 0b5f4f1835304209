//! Whether a document has to be read: Drive is asked for its version first, and the document itself where that is another.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::api::Api;
use super::super::config::Service;
use super::super::drive;
use super::super::sheets::typed::ReadColumn;
use crate::sdk::http::segment;
use crate::sdk::{ConnectorError, Cursor, Extract, ReadRequest};

/// Where a read stands.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Place {
    /// What changes with the document: its version in Drive, or its own revision. None where neither is told.
    pub(super) version: Option<String>,
    /// Of a table, its columns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) columns: Vec<ReadColumn>,
    /// How many paragraphs or rows were given.
    pub(super) given: usize,
    pub(super) done: bool,
}

/// What there is to read.
pub(super) enum Found {
    /// Nothing: all of it was given, and it is as it was at this place.
    Known(Place),
    /// The document.
    Document {
        content: Value,
        version: Option<String>,
        /// How many of its paragraphs or rows were given before the read was cut off.
        given: usize,
        /// Whether what is given takes the place of what an earlier read gave.
        is_anew: bool,
    },
}

/// Looks whether a document is another than the one that was read last, and gets it if so.
///
/// # Errors
/// `Data` where it was changed since a read of it was cut off.
pub(super) async fn look(api: &Api, id: &str, request: &ReadRequest) -> Result<Found, ConnectorError> {
    let name = &request.source.name;
    let read = |cursor: &Cursor| cursor.read::<Place>(name);
    let resume = request.resume.as_ref().map(read).transpose()?;
    let since = match &request.extract {
        Extract::Full => None,
        Extract::Incremental { since, .. } => since.as_ref().map(read).transpose()?,
    };
    let is_same = |place: &Place, version: &Option<String>| {
        resume.is_none() && place.done && version.is_some() && place.version == *version
    };
    let in_drive = drive::version_of(api, id).await?;
    let known = resume.clone().filter(|place| place.done);
    if let Some(place) = known.or_else(|| since.clone().filter(|place| is_same(place, &in_drive))) {
        return Ok(Found::Known(place));
    }
    let content = content(api, id).await?;
    let revision = content.get("revisionId").and_then(Value::as_str).map(str::to_owned);
    let version = in_drive.or(revision);
    if resume.as_ref().is_some_and(|place| place.version != version) {
        return Err(ConnectorError::data(name, "the document changed while it was read; sync again"));
    }
    if let Some(place) = since.clone().filter(|place| is_same(place, &version)) {
        return Ok(Found::Known(place));
    }
    let is_anew = since.is_some() && resume.is_none();
    Ok(Found::Document { content, version, given: resume.map_or(0, |place| place.given), is_anew })
}

/// A document with all that it holds.
pub(in super::super) async fn content(api: &Api, id: &str) -> Result<Value, ConnectorError> {
    let path = format!("v1/documents/{}", segment(id));
    api.get(Service::Docs, &path, &[("includeTabsContent", "true")]).await
}
