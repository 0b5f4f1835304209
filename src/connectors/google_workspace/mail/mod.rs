//! Gmail: the account's messages, with their headers, labels and texts.

mod message;
mod read;

use super::columns::{Column, flag, json, key, milliseconds, number, text};

pub(super) use read::stream;

/// The path of the messages.
pub(super) const MESSAGES: &str = "gmail/messages";

/// What a message's row holds.
pub(super) const COLUMNS: &[Column] = &[
    key("id", "/id", "The message's id"),
    text("thread_id", "/threadId", "The id of its thread"),
    milliseconds("received_at", "/internalDate", "When Gmail took it in"),
    text("sent", "/headers/date", "When it was sent, as its sender wrote it"),
    text("from", "/headers/from", "Who sent it"),
    text("to", "/headers/to", "To whom"),
    text("cc", "/headers/cc", "Who was sent a copy"),
    text("bcc", "/headers/bcc", "Who was sent a copy without the others being told"),
    text("reply_to", "/headers/reply-to", "To whom answers go"),
    text("subject", "/headers/subject", "What it is about"),
    text("message_id", "/headers/message-id", "The id that its sender gave it"),
    text("in_reply_to", "/headers/in-reply-to", "The message_id of what it answers"),
    text("references", "/headers/references", "The message_ids of its thread"),
    json("label_ids", "/labelIds", "Its labels: INBOX, UNREAD, SENT and the user's own"),
    text("snippet", "/snippet", "Its beginning"),
    text("text", "/text", "Its text"),
    text("html", "/html", "Its text as a page, where it has one"),
    json("attachments", "/attachments", "What came along: name, media type, bytes, id"),
    number("size", "/sizeEstimate", "Bytes, about"),
    number("history_id", "/historyId", "Grows with every change"),
    flag("removed", "/removed", "Whether it was deleted for good: told by increments"),
];
