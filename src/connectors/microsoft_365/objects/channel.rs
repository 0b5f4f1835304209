//! Teams: the messages of a channel, each followed by the answers to it.

use serde_json::Value;

use super::super::api::{Api, Page, Scope, link_trail};
use super::super::columns::{Column, at, json, key, text};
use super::super::feed::Feed;
use super::super::origins::VERSION;
use crate::sdk::http::segment;
use crate::sdk::{ConnectorError, ErrorClass};

/// Where answers behind the first thousand are.
const MORE_REPLIES: &str = "replies@odata.nextLink";
/// Messages of one answer; Teams gives no more.
const PAGE: u32 = 50;

/// What a message's row holds.
pub(in super::super) const COLUMNS: &[Column] = &[
    key("id", "/id", "The message's id, unique in its thread"),
    text("reply_to_id", "/replyToId", "The message that it answers"),
    text("thread_id", "/threadId", "The message that began the thread"),
    text("message_type", "/messageType", "message, systemEventMessage …"),
    at("created_at", "/createdDateTime", "When it was written"),
    at("modified_at", "/lastModifiedDateTime", "When anything about it last changed, a reaction too"),
    at("edited_at", "/lastEditedDateTime", "When its text was last changed"),
    at("deleted_at", "/deletedDateTime", "When it was deleted"),
    text("from_id", "/from/user/id", "The id of who wrote it"),
    text("from_name", "/from/user/displayName", "Who wrote it"),
    text("from_application", "/from/application/displayName", "Which program wrote it"),
    text("subject", "/subject", "The subject"),
    text("content_type", "/body/contentType", "html or text"),
    text("content", "/body/content", "The text"),
    text("importance", "/importance", "normal, high or urgent"),
    json("attachments", "/attachments", "What came along"),
    json("mentions", "/mentions", "Who is spoken to"),
    json("reactions", "/reactions", "Signs that others put to it"),
    text("channel_id", "/channelIdentity/channelId", "The channel"),
    text("team_id", "/channelIdentity/teamId", "The team"),
    text("web_url", "/webUrl", "Where it is shown"),
];

pub(in super::super) fn feed(team: &str, channel: &str, page_size: u32) -> Feed {
    let (id, channel) = (segment(team), segment(channel));
    let top = page_size.min(PAGE);
    Feed {
        first: format!("{VERSION}/teams/{id}/channels/{channel}/messages/delta?$top={top}&$expand=replies"),
        window: None,
        prefer: None,
        scope: Scope::Team(team.to_owned()),
        columns: COLUMNS.into(),
        unfold: Some(with_replies),
        threads: Some(format!("teams/{id}/channels/{channel}/messages")),
        lookup: None,
    }
}

/// Adds the answers that did not come with their messages: those behind the first thousand, and all of them where the other
/// end does not give them along.
pub(in super::super) async fn complete(api: &Api, messages: &str, page: &mut [Value]) -> Result<(), ConnectorError> {
    let lacking: Vec<usize> = (0..page.len()).filter(|place| lacks_replies(&page[*place])).collect();
    let path =
        |place: &usize| format!("{messages}/{}/replies", segment(page[*place]["id"].as_str().unwrap_or_default()));
    let paths: Vec<String> = lacking.iter().map(path).collect();
    for (place, answers) in lacking.into_iter().zip(api.get_many(&paths, None).await?) {
        let answers: Page = match answers {
            Ok(answers) => Page::of(answers)?,
            // It was deleted a moment ago.
            Err(error) if error.class() == ErrorClass::NotFound => continue,
            Err(error) => return Err(error),
        };
        page[place]["replies"] = Value::Array(answers.value);
        if let Some(next) = answers.next {
            page[place][MORE_REPLIES] = Value::String(next);
        }
    }
    for message in page {
        let mut next = message.get(MORE_REPLIES).and_then(Value::as_str).map(str::to_owned);
        let mut trail = link_trail();
        while let Some(link) = next.take() {
            let link = api.origins().place_of(&link).unwrap_or(link);
            trail.follow(&link)?;
            let more = api.page(&link, None).await?;
            if let Some(replies) = message["replies"].as_array_mut() {
                replies.extend(more.value);
            }
            next = more.next;
        }
    }
    Ok(())
}

/// Whether it is a message that may have been answered, and the answers are not there.
fn lacks_replies(message: &Value) -> bool {
    let is_first = message.get("replyToId").is_none_or(Value::is_null);
    let is_deleted = message.get("deletedDateTime").is_some_and(|at| !at.is_null());
    is_first && !is_deleted && message.get("replies").is_none() && message["id"].is_string()
}

/// A message, and the answers that came with it.
fn with_replies(mut message: Value) -> Vec<Value> {
    let thread = message.get("id").cloned().unwrap_or_default();
    let Some(object) = message.as_object_mut() else { return vec![message] };
    let replies = object.shift_remove("replies");
    let first = object.get("replyToId").filter(|id| !id.is_null()).cloned().unwrap_or_else(|| thread.clone());
    object.insert("threadId".to_owned(), first);
    let identity = object.get("channelIdentity").cloned();
    let mut all = vec![message];
    let replies = replies.and_then(|mut replies| replies.as_array_mut().map(std::mem::take)).unwrap_or_default();
    for mut reply in replies {
        if let Some(object) = reply.as_object_mut() {
            object.insert("threadId".to_owned(), thread.clone());
            if let Some(identity) = &identity {
                object.entry("channelIdentity").or_insert_with(|| identity.clone());
            }
        }
        all.push(reply);
    }
    all
}
