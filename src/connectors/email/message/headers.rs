//! The headers of a message: who wrote to whom, when, and in answer to what.

use std::borrow::Cow;

use chrono::DateTime;
use encoding_rs::WINDOWS_1252;
use mail_parser::{HeaderName, HeaderValue, Message};

use super::{Mail, Person};

const MICROSECONDS: i64 = 1_000_000;

/// Reads what the headers say.
pub(super) fn read(message: &Message<'_>, mail: &mut Mail) {
    mail.message_id = ids(message, HeaderName::MessageId).into_iter().next();
    mail.in_reply_to = ids(message, HeaderName::InReplyTo);
    mail.references = ids(message, HeaderName::References);
    mail.subject = message.subject().map(str::to_owned);
    mail.from = people(message, HeaderName::From);
    mail.to = people(message, HeaderName::To);
    mail.cc = people(message, HeaderName::Cc);
    mail.bcc = people(message, HeaderName::Bcc);
    mail.reply_to = people(message, HeaderName::ReplyTo);
    if let Some(value) = message.header(HeaderName::Date) {
        let date = value.as_datetime().filter(|date| date.is_valid()).map(|date| date.to_timestamp() * MICROSECONDS);
        mail.sent_at = date.or_else(|| without_seconds(message.header_raw(HeaderName::Date)?));
        mail.wrong_date = mail.sent_at.is_none();
    }
}

/// Reads a date that has no seconds, which RFC 5322 allows and the library does not.
fn without_seconds(text: &str) -> Option<i64> {
    DateTime::parse_from_rfc2822(text.trim()).ok().map(|date| date.timestamp_micros())
}

/// The ids in all headers of a name; what is written without angle brackets counts as it stands.
fn ids(message: &Message<'_>, name: HeaderName<'static>) -> Vec<String> {
    let mut ids = Vec::new();
    for value in message.header_values(name.clone()) {
        match value {
            HeaderValue::Text(id) => ids.push(id.to_string()),
            HeaderValue::TextList(list) => ids.extend(list.iter().map(ToString::to_string)),
            _ => {}
        }
    }
    if ids.is_empty() {
        let raw = message.header_raw(name).unwrap_or_default();
        ids.extend(raw.split_whitespace().map(str::to_owned));
    }
    ids
}

fn people(message: &Message<'_>, name: HeaderName<'static>) -> Vec<Person> {
    let addresses = message.header_values(name).filter_map(HeaderValue::as_address);
    addresses
        .flat_map(|list| list.iter())
        .map(|one| Person { name: one.name().map(str::to_owned), address: one.address().map(str::to_owned) })
        .filter(|person| *person != Person::default())
        .collect()
}

/// The headers of a message, up to the empty line behind them.
pub(super) fn block(raw: &[u8]) -> &[u8] {
    let mut at = 0;
    while let Some(length) = memchr::memchr(b'\n', &raw[at..]) {
        let line = &raw[at..at + length];
        if line.is_empty() || line == b"\r" {
            return &raw[..at];
        }
        at += length + 1;
    }
    raw
}

/// A message whose headers are UTF-8. Lines that are not are taken for Windows-1252, which is what programs that write other
/// bytes into headers mean most of the time.
pub(super) fn in_utf8(raw: &[u8]) -> Cow<'_, [u8]> {
    let block = block(raw);
    if std::str::from_utf8(block).is_ok() {
        return Cow::Borrowed(raw);
    }
    let mut whole = Vec::with_capacity(raw.len() + raw.len() / 16);
    for line in block.split_inclusive(|byte| *byte == b'\n') {
        match std::str::from_utf8(line) {
            Ok(_) => whole.extend_from_slice(line),
            Err(_) => whole.extend_from_slice(WINDOWS_1252.decode_without_bom_handling(line).0.as_bytes()),
        }
    }
    whole.extend_from_slice(&raw[block.len()..]);
    Cow::Owned(whole)
}
