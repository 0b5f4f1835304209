//! The list of files as a table. Increments come out of Drive's log of changes.

use async_stream::try_stream;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::api::Api;
use super::super::columns::{Column, Rows, flag, instant_at, json as json_text, key, number, text};
use super::super::config::GoogleConfig;
use super::Drives;
use super::list::{self, Changes};
use super::walk::Walk;
use crate::sdk::{ConnectorError, Cursor, ErrorClass, EventLevel, Extract, ReadEvent, ReadRequest, ReadStream};

/// Changes of one answer, Google's most.
const PAGE_SIZE: u32 = 1_000;

/// What a file's row holds.
pub(in super::super) const COLUMNS: &[Column] = &[
    key("id", "/id", "The file's id"),
    text("name", "/name", "Its name"),
    text("mime_type", "/mimeType", "Its media type; Google's own kinds begin with application/vnd.google-apps"),
    text("description", "/description", "What its owner says of it"),
    json_text("parents", "/parents", "The ids of the folders that it lies in"),
    instant_at("created_at", "/createdTime", "When it was made"),
    instant_at("modified_at", "/modifiedTime", "When it was last changed"),
    number("version", "/version", "Grows with every change"),
    number("size", "/size", "Bytes; none of Google's own kinds"),
    text("md5_checksum", "/md5Checksum", "The MD5 of its content"),
    text("owner_email", "/owners/0/emailAddress", "Whose it is"),
    text("owner_name", "/owners/0/displayName", "The name of whose it is"),
    text("modified_by_email", "/lastModifyingUser/emailAddress", "Who changed it last"),
    text("modified_by_name", "/lastModifyingUser/displayName", "The name of who changed it last"),
    text("drive_id", "/driveId", "The shared drive that it lies in"),
    flag("shared", "/shared", "Whether others may see it"),
    flag("starred", "/starred", "Whether the account has starred it"),
    flag("trashed", "/trashed", "Whether it lies in the trash"),
    flag("removed", "/removed", "Whether it is gone, or can be seen no more: told by increments"),
    text("web_view_link", "/webViewLink", "Where it is shown"),
    text("shortcut_target_id", "/shortcutDetails/targetId", "Of a shortcut: what it leads to"),
    text("shortcut_target_mime_type", "/shortcutDetails/targetMimeType", "Of a shortcut: the media type of that"),
];

/// Where a read stands.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stand {
    /// In the middle of the list. The log of changes is read from the token on next time.
    Listing { token: String, walk: Walk },
    /// In the middle of the log.
    Changes { token: String },
    /// At the end.
    Done { token: String },
}

const PLACE: &str = "the list of files";

/// Reads the list, or the log of changes.
pub(in super::super) fn stream(api: &Api, config: &GoogleConfig, request: ReadRequest) -> ReadStream {
    let (http, cancel, api, config) = (api.http().clone(), request.cancel.clone(), api.clone(), config.clone());
    http.reading(&cancel, move |http| {
        let api = api.through(http);
        try_stream! {
            let drive = config.shared_drive_id.as_deref();
            let size = config.page_of(PAGE_SIZE);
            let mut rows = Rows::of(COLUMNS);
            let resume: Option<Stand> = request.resume.as_ref().map(|cursor| cursor.read(PLACE)).transpose()?;
            let since: Option<Stand> = match &request.extract {
                Extract::Full => None,
                Extract::Incremental { since, .. } => since.as_ref().map(|cursor| cursor.read(PLACE)).transpose()?,
            };
            let is_resumed = resume.is_some();
            // Of a list that was not read to its end, the log says too little.
            let news = since.as_ref().and_then(|stand| match stand {
                Stand::Listing { .. } => None,
                Stand::Changes { token } | Stand::Done { token } => Some(token.clone()),
            });
            let mut first_changes = None;
            let mut stand = match (resume, news) {
                (Some(stand), _) => Some(stand),
                (None, Some(token)) => {
                    first_changes = changes(&api, drive, size, &token).await?;
                    // The log does not say what lies below a folder.
                    let tells_enough = config.folder_id.is_none()
                        || first_changes.as_ref().is_some_and(|changes| changes.changes.is_empty());
                    (first_changes.is_some() && tells_enough).then_some(Stand::Changes { token })
                }
                (None, None) => None,
            };
            let mut warning = None;
            if stand.is_none() {
                if since.is_some() && !is_resumed {
                    yield ReadEvent::Whole;
                }
                let drives = Drives::of(&api, &config).await?;
                warning = drives.warning();
                let token = list::start_token(&api, drive).await?;
                stand = Some(Stand::Listing { token, walk: Walk::begin(&config, &drives) });
            }
            yield ReadEvent::Schema(rows.schema());
            if let Some(words) = warning {
                yield warned(words);
            }
            let mut next = stand;
            while let Some(stand) = next.take() {
                let after = match stand {
                    Stand::Done { token } => {
                        yield ReadEvent::Checkpoint(Cursor::of(&Stand::Done { token }));
                        break;
                    }
                    Stand::Listing { token, mut walk } => match walk.page(&api, &config, &[]).await? {
                        Some(files) => {
                            for file in files {
                                rows.add(&with_removed(file.0, false));
                                if rows.bytes() >= request.batch_bytes {
                                    for event in rows.take()? {
                                        yield event;
                                    }
                                }
                            }
                            Stand::Listing { token, walk }
                        }
                        None => {
                            if let Some(words) = walk.warning() {
                                yield warned(words);
                            }
                            Stand::Done { token }
                        }
                    },
                    Stand::Changes { token } => {
                        let changes = match first_changes.take() {
                            Some(changes) => changes,
                            None => list::changes(&api, drive, size, &token).await?,
                        };
                        for change in &changes.changes {
                            if let Some(row) = row_of(change) {
                                rows.add(&row);
                            }
                        }
                        match (changes.next_page_token, changes.new_start_page_token) {
                            (Some(token), _) => Stand::Changes { token },
                            (None, Some(token)) => Stand::Done { token },
                            (None, None) => Stand::Done { token },
                        }
                    }
                };
                for event in rows.take()? {
                    yield event;
                }
                if !matches!(after, Stand::Done { .. }) {
                    yield ReadEvent::Checkpoint(Cursor::of(&after));
                }
                if request.cancel.is_cancelled() {
                    Err(ConnectorError::Cancelled)?;
                }
                next = Some(after);
            }
        }
    })
}

fn warned(words: &str) -> ReadEvent {
    ReadEvent::Log { level: EventLevel::Warning, message: words.to_owned() }
}

/// The changes since a token; none where Google no longer knows it.
async fn changes(api: &Api, drive: Option<&str>, size: u32, token: &str) -> Result<Option<Changes>, ConnectorError> {
    match list::changes(api, drive, size, token).await {
        Ok(changes) => Ok(Some(changes)),
        // An old token is an invalid value of a parameter.
        Err(error) if matches!(error.class(), ErrorClass::NotFound | ErrorClass::Protocol) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The row of a change; none where it is of a drive and not of a file.
fn row_of(change: &Value) -> Option<Value> {
    if change.get("changeType").and_then(Value::as_str).is_some_and(|kind| kind != "file") {
        return None;
    }
    let id = change.get("fileId")?;
    let is_removed = change.get("removed").and_then(Value::as_bool).unwrap_or_default();
    let file = change.get("file").cloned().unwrap_or_else(|| json!({ "id": id }));
    let is_trashed = file.get("trashed").and_then(Value::as_bool).unwrap_or_default();
    Some(with_removed(file, is_removed || is_trashed))
}

fn with_removed(mut file: Value, is_removed: bool) -> Value {
    if let Some(file) = file.as_object_mut() {
        file.insert("removed".to_owned(), json!(is_removed));
    }
    file
}
