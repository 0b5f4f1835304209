//! The channels of a workspace as rows of their own.

use async_stream::try_stream;
use serde_json::{Value, json};

use super::api::Api;
use super::columns::{Column, Rows, flag, json, key, number, seconds, text};
use super::config::SlackConfig;
use crate::sdk::{ConnectorError, Cursor, Estimate, Extract, ReadEvent, ReadRequest, ReadStream};

/// Rows between two checkpoints.
const GROUP: usize = 100;

/// What a channel's row holds.
pub(super) const COLUMNS: &[Column] = &[
    key("id", "/id", "The channel's id, which messages name"),
    text("name", "/name", "Its name"),
    text("topic", "/topic/value", "What is being talked about"),
    text("purpose", "/purpose/value", "What it is for"),
    flag("is_private", "/is_private", "Whether only members see it"),
    flag("is_archived", "/is_archived", "Whether nobody can write in it any more"),
    flag("is_general", "/is_general", "Whether everybody is in it"),
    flag("is_member", "/is_member", "Whether the token's bot or user is in it"),
    flag("is_im", "/is_im", "Whether it is a direct message"),
    flag("is_mpim", "/is_mpim", "Whether it is a direct message between several"),
    flag("is_shared", "/is_shared", "Whether other workspaces share it"),
    flag("is_ext_shared", "/is_ext_shared", "Whether other organisations share it"),
    text("user", "/user", "Of a direct message: the other one's id"),
    text("creator", "/creator", "The id of who made it"),
    seconds("created_at", "/created", "When it was made"),
    number("members", "/num_members", "How many are in it"),
    json("previous_names", "/previous_names", "What it was called before"),
];

/// Reads all of them, in the order of their ids, so that a read goes on behind any of them.
pub(super) fn stream(api: &Api, config: &SlackConfig, request: ReadRequest) -> ReadStream {
    let (http, cancel, api) = (api.http().clone(), request.cancel.clone(), api.clone());
    let (types, with_archived) = (config.types(), config.include_archived);
    http.reading(&cancel, move |http| {
        let api = api.through(http);
        try_stream! {
            let done = match &request.resume {
                Some(Cursor(place)) => place.get("after").and_then(Value::as_str).unwrap_or_default().to_owned(),
                None => String::new(),
            };
            let mut rows = Rows::of(COLUMNS);
            if matches!(request.extract, Extract::Incremental { since: Some(_), .. }) {
                yield ReadEvent::Whole;
            }
            yield ReadEvent::Schema(rows.schema());
            let mut channels = api.conversations(&types, with_archived).await?;
            channels.sort_by(|one, other| id(one).cmp(id(other)));
            let estimate = Estimate { rows: u64::try_from(channels.len()).ok(), ..Estimate::default() };
            yield ReadEvent::Estimate(estimate);
            channels.retain(|channel| id(channel) > done.as_str());
            let mut last = done;
            for group in channels.chunks(GROUP) {
                for channel in group {
                    rows.add(channel);
                    last = id(channel).to_owned();
                    if rows.bytes() >= request.batch_bytes {
                        for event in rows.take()? {
                            yield event;
                        }
                        yield ReadEvent::Checkpoint(Cursor(json!({ "after": last })));
                    }
                }
                if request.cancel.is_cancelled() {
                    Err(ConnectorError::Cancelled)?;
                }
            }
            for event in rows.take()? {
                yield event;
            }
            yield ReadEvent::Checkpoint(Cursor(json!({ "after": last })));
        }
    })
}

fn id(channel: &Value) -> &str {
    channel.get("id").and_then(Value::as_str).unwrap_or_default()
}
