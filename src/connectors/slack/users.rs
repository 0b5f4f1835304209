//! The people and bots of a workspace.

use async_stream::try_stream;
use serde_json::{Value, json};

use super::api::Api;
use super::columns::{Column, Rows, flag, json, key, seconds, text};
use crate::sdk::{ConnectorError, Cursor, Extract, ReadEvent, ReadRequest, ReadStream, Trail};

/// What a user's row holds.
pub(super) const COLUMNS: &[Column] = &[
    key("id", "/id", "The user's id"),
    text("name", "/name", "The user's short name"),
    text("real_name", "/profile/real_name", "First and last name"),
    text("display_name", "/profile/display_name", "The name that others see"),
    text("email", "/profile/email", "The address, where the token has users:read.email"),
    text("title", "/profile/title", "What the user does"),
    text("phone", "/profile/phone", "The phone number"),
    text("team_id", "/team_id", "The workspace"),
    text("time_zone", "/tz", "IANA time zone"),
    flag("is_deleted", "/deleted", "Whether the account was deactivated"),
    flag("is_bot", "/is_bot", "Whether it is a bot"),
    flag("is_app_user", "/is_app_user", "Whether it is the user of an app"),
    flag("is_admin", "/is_admin", "Whether it may administrate the workspace"),
    flag("is_owner", "/is_owner", "Whether it owns the workspace"),
    flag("is_restricted", "/is_restricted", "Whether it is a guest"),
    flag("is_ultra_restricted", "/is_ultra_restricted", "Whether it is a guest of a single channel"),
    seconds("updated_at", "/updated", "When the account was last changed"),
    json("profile", "/profile", "Everything that the profile says"),
];

/// Reads all of them; Slack has no way to ask for what has changed.
pub(super) fn stream(api: &Api, request: ReadRequest) -> ReadStream {
    let (http, cancel, api) = (api.http().clone(), request.cancel.clone(), api.clone());
    http.reading(&cancel, move |http| {
        let api = api.through(http);
        try_stream! {
            let mut cursor = match &request.resume {
                Some(Cursor(Value::Object(place))) => place.get("cursor").and_then(Value::as_str).map(str::to_owned),
                _ => None,
            };
            let mut trail = Trail::of("Slack", "the cursor of users.list").behind(cursor.as_ref());
            let mut is_done = request.resume.is_some() && cursor.is_none();
            let mut rows = Rows::of(COLUMNS);
            if matches!(request.extract, Extract::Incremental { since: Some(_), .. }) {
                yield ReadEvent::Whole;
            }
            yield ReadEvent::Schema(rows.schema());
            while !is_done {
                let (users, next) = api.users(cursor.as_deref()).await?;
                if let Some(next) = &next {
                    trail.follow(next)?;
                }
                for user in users {
                    rows.add(&user);
                    if rows.bytes() >= request.batch_bytes {
                        for event in rows.take()? {
                            yield event;
                        }
                    }
                }
                for event in rows.take()? {
                    yield event;
                }
                (is_done, cursor) = (next.is_none(), next);
                yield ReadEvent::Checkpoint(Cursor(json!({ "cursor": cursor })));
                if request.cancel.is_cancelled() {
                    Err(ConnectorError::Cancelled)?;
                }
            }
        }
    })
}
