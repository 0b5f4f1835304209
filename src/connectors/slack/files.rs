//! What was shared in a workspace: what is known of each file, not its content.

use async_stream::try_stream;
use chrono::Utc;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::api::Api;
use super::columns::{Column, Rows, flag, json, key, number, seconds, text};
use super::config::SlackConfig;
use super::moment::Moment;
use crate::sdk::{ConnectorError, Cursor, Estimate, Extract, ReadEvent, ReadRequest, ReadStream};

/// What a file's row holds.
pub(super) const COLUMNS: &[Column] = &[
    key("id", "/id", "The file's id"),
    text("name", "/name", "Its name"),
    text("title", "/title", "Its title"),
    text("user", "/user", "The id of who shared it"),
    seconds("created_at", "/created", "When it was shared"),
    number("size", "/size", "Bytes"),
    text("media_type", "/mimetype", "Its media type"),
    text("file_type", "/filetype", "Its type in Slack's words"),
    text("mode", "/mode", "hosted, external, snippet, post …"),
    flag("is_external", "/is_external", "Whether it lies elsewhere"),
    flag("is_public", "/is_public", "Whether it was shared in a public channel"),
    text("url_private", "/url_private", "Where it is fetched, with the token"),
    text("permalink", "/permalink", "Where it is shown"),
    json("channels", "/channels", "The ids of the public channels that it was shared in"),
    json("groups", "/groups", "The ids of the private ones"),
    json("ims", "/ims", "The ids of the direct messages"),
    json("shares", "/shares", "The messages that it was shared with"),
    number("comments", "/comments_count", "How often it was commented on"),
];

/// Where a read stands. It is of the files that were shared up to its beginning, so that pages do not move on while it lasts.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Place {
    /// The newest file that was seen.
    newest: Moment,
    since: Moment,
    until: Moment,
    /// The page to read next; none at the end.
    page: Option<u64>,
}

impl Place {
    fn beginning(since: Moment, newest: Moment) -> Self {
        Self { newest, since, until: Moment::of(Utc::now()), page: Some(1) }
    }

    fn of(request: &ReadRequest, days: u64) -> Result<Self, ConnectorError> {
        if let Some(resume) = &request.resume {
            return resume.read(&request.source.name);
        }
        match &request.extract {
            Extract::Incremental { since: Some(since), lookback, .. } => {
                let last: Self = since.read(&request.source.name)?;
                // One that was cut short has not seen all of its own.
                let from = if last.page.is_some() { last.since } else { last.newest };
                Ok(Self::beginning(from.before(lookback.as_secs().max(days * 86_400)), last.newest))
            }
            _ => Ok(Self::beginning(Moment::BEGINNING, Moment::BEGINNING)),
        }
    }
}

/// Reads them page by page.
pub(super) fn stream(api: &Api, config: &SlackConfig, request: ReadRequest) -> ReadStream {
    let (http, cancel, api) = (api.http().clone(), request.cancel.clone(), api.clone());
    let days = u64::from(config.lookback_days);
    http.reading(&cancel, move |http| {
        let api = api.through(http);
        try_stream! {
            let mut place = Place::of(&request, days)?;
            let mut rows = Rows::of(COLUMNS);
            yield ReadEvent::Schema(rows.schema());
            while let Some(number) = place.page {
                let (page, since, until) = (number.to_string(), place.since.seconds(), place.until.seconds());
                let mut arguments = vec![("page", page.as_str()), ("ts_to", until.as_str())];
                if place.since > Moment::BEGINNING {
                    arguments.push(("ts_from", since.as_str()));
                }
                let files = api.files(&arguments).await?;
                yield ReadEvent::Estimate(Estimate { rows: files.paging.total, ..Estimate::default() });
                for file in &files.files {
                    rows.add(file);
                    place.newest = place.newest.max(created(file));
                    if rows.bytes() >= request.batch_bytes {
                        for event in rows.take()? {
                            yield event;
                        }
                    }
                }
                for event in rows.take()? {
                    yield event;
                }
                place.page = (number < files.paging.pages && !files.files.is_empty()).then_some(number + 1);
                yield ReadEvent::Checkpoint(Cursor::of(&place));
                if request.cancel.is_cancelled() {
                    Err(ConnectorError::Cancelled)?;
                }
            }
        }
    })
}

fn created(file: &Value) -> Moment {
    file.get("created").and_then(Moment::of_json).unwrap_or_default()
}
