//! The list of files as a table. Increments come out of Drive's logs of changes.

use std::collections::HashMap;

use async_stream::try_stream;
use serde::{Deserialize, Serialize};

use super::super::api::Api;
use super::super::columns::{Column, Rows, flag, instant_at, json as json_text, key, number, text};
use super::super::config::GoogleConfig;
use super::logs::{self, Logs, News};
use super::walk::Walk;
use super::{Drives, with_removed};
use crate::sdk::{ConnectorError, Cursor, EventLevel, Extract, ReadEvent, ReadRequest, ReadStream, Trail};

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
    /// In the middle of the list. The logs of changes are read from there on next time.
    Listing {
        #[serde(alias = "token", deserialize_with = "logs::stored")]
        logs: Logs,
        walk: Box<Walk>,
    },
    /// In the middle of the logs: so many were read, and behind them come the lists of new drives.
    Changes {
        #[serde(alias = "token", deserialize_with = "logs::stored")]
        logs: Logs,
        #[serde(default)]
        done: usize,
        #[serde(default)]
        new_drives: Vec<String>,
    },
    /// At the end.
    Done {
        #[serde(alias = "token", deserialize_with = "logs::stored")]
        logs: Logs,
    },
}

impl Stand {
    /// The logs that tell what is new since; none where a list was not read to its end, of which they say too little.
    fn logs(self) -> Option<Logs> {
        match self {
            Self::Listing { .. } => None,
            Self::Changes { logs, new_drives, .. } => Some(logs.without(&new_drives)),
            Self::Done { logs } => Some(logs),
        }
    }
}

const PLACE: &str = "the list of files";

/// Reads the list, or the logs of changes.
pub(in super::super) fn stream(api: &Api, config: &GoogleConfig, request: ReadRequest) -> ReadStream {
    let (http, cancel, api, config) = (api.http().clone(), request.cancel.clone(), api.clone(), config.clone());
    http.reading(&cancel, move |http| {
        let api = api.through(http);
        try_stream! {
            let size = config.page_of(PAGE_SIZE);
            let mut rows = Rows::of(COLUMNS);
            let resume: Option<Stand> = request.resume.as_ref().map(|cursor| cursor.read(PLACE)).transpose()?;
            let since: Option<Stand> = match &request.extract {
                Extract::Full => None,
                Extract::Incremental { since, .. } => since.as_ref().map(|cursor| cursor.read(PLACE)).transpose()?,
            };
            let mut first = HashMap::new();
            let mut warning = None;
            let stand = match resume {
                Some(stand) => stand,
                None => {
                    let drives = Drives::of(&api, &config).await?;
                    warning = drives.warning();
                    let is_news = since.is_some();
                    let mut news = match since.and_then(Stand::logs) {
                        Some(logs) => logs.news(&api, &drives, size).await?,
                        None => None,
                    };
                    // The logs do not say what lies below a folder.
                    if config.folder_id.is_some() {
                        news = news.filter(News::is_empty);
                    }
                    match news {
                        Some(news) => {
                            first = news.first;
                            Stand::Changes { logs: news.logs, done: 0, new_drives: news.new_drives }
                        }
                        None => {
                            if is_news {
                                yield ReadEvent::Whole;
                            }
                            let logs = Logs::now(&api, &drives).await?;
                            Stand::Listing { logs, walk: Box::new(Walk::begin(&config, &drives)) }
                        }
                    }
                }
            };
            yield ReadEvent::Schema(rows.schema());
            if let Some(words) = warning {
                yield warned(words);
            }
            let mut trail = Trail::of("Google Drive", "the page token of changes");
            let mut next = Some(stand);
            while let Some(stand) = next.take() {
                let after = match stand {
                    Stand::Done { logs } => {
                        yield ReadEvent::Checkpoint(Cursor::of(&Stand::Done { logs }));
                        break;
                    }
                    Stand::Listing { mut logs, mut walk } => match walk.page(&api, &config, &[]).await? {
                        Some(files) => {
                            for file in files {
                                rows.add(&with_removed(file.0, false));
                                if rows.bytes() >= request.batch_bytes {
                                    for event in rows.take()? {
                                        yield event;
                                    }
                                }
                            }
                            Stand::Listing { logs, walk }
                        }
                        None => {
                            if let Some(words) = walk.warning() {
                                yield warned(words);
                            }
                            if walk.has_met_shared() {
                                logs.meet_shared();
                            }
                            Stand::Done { logs }
                        }
                    },
                    Stand::Changes { mut logs, done, new_drives }
                        if done < logs.len().saturating_sub(new_drives.len()) =>
                    {
                        let changes = match first.remove(&done) {
                            Some(changes) => changes,
                            None => logs.changes(&api, done, size).await?,
                        };
                        if let Some(token) = &changes.next_page_token {
                            trail.follow(&(done, token.clone()))?;
                        }
                        for change in &changes.changes {
                            if let Some(row) = logs.row_of(done, change) {
                                rows.add(&row);
                            }
                        }
                        let done = if logs.pass(done, changes) { done + 1 } else { done };
                        Stand::Changes { logs, done, new_drives }
                    }
                    Stand::Changes { logs, new_drives, .. } if new_drives.is_empty() => Stand::Done { logs },
                    Stand::Changes { logs, new_drives, .. } => {
                        Stand::Listing { logs, walk: Box::new(Walk::of_drives(new_drives)) }
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
