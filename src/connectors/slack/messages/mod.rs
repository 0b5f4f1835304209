//! The messages of a channel, answers included: one table.

mod place;
mod read;

use super::columns::{Column, flag, json, key, number, seconds, text};

pub(super) use read::stream;

/// What a message's row holds.
pub(super) const COLUMNS: &[Column] = &[
    key("ts", "/ts", "What tells the message from others of its channel: its time as Slack writes it"),
    seconds("timestamp", "/ts", "When it was written, to the microsecond"),
    text("channel", "/channel", "The id of its channel"),
    text("user", "/user", "The id of who wrote it"),
    text("message", "/text", "Its text, in Slack's mark-up"),
    text("thread_ts", "/thread_ts", "The first message of its thread; its own ts where it begins one"),
    text("type", "/type", "message"),
    text("subtype", "/subtype", "What else it is: bot_message, channel_join, thread_broadcast, tombstone …"),
    text("parent_user_id", "/parent_user_id", "Of an answer: who wrote the first message"),
    number("reply_count", "/reply_count", "Answers to it"),
    number("reply_users_count", "/reply_users_count", "How many people answered"),
    json("reply_users", "/reply_users", "Some of those who answered"),
    seconds("latest_reply", "/latest_reply", "When it was last answered"),
    json("reactions", "/reactions", "Signs that were put to it, with who put them"),
    json("attachments", "/attachments", "What it points at, as Slack shows it"),
    json("files", "/files", "What was shared with it"),
    json("blocks", "/blocks", "Its text, as it is laid out"),
    json("edited", "/edited", "Who changed it last, and when"),
    seconds("edited_at", "/edited/ts", "When it was last changed"),
    text("bot_id", "/bot_id", "The bot that wrote it"),
    text("app_id", "/app_id", "The app that wrote it"),
    text("username", "/username", "Under which name a bot wrote it"),
    text("client_msg_id", "/client_msg_id", "The id that the writer's client gave it"),
    text("team", "/team", "The workspace of who wrote it"),
    text("permalink", "/permalink", "Where it is found, where Slack says so"),
    json("pinned_to", "/pinned_to", "The channels that it is pinned to"),
    json("metadata", "/metadata", "What an app has noted about it"),
    flag("is_locked", "/is_locked", "Whether its thread takes no more answers"),
    flag("hidden", "/hidden", "Whether Slack shows it no more"),
];
