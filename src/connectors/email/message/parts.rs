//! The parts of a message: its text, and what is attached.

use encoding_rs::WINDOWS_1252;
use mail_parser::decoders::html::html_to_text;
use mail_parser::{Message, MessagePart, MimeHeaders, PartType};

use super::Mail;

/// What is told of an attachment; its content is not kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in super::super) struct Attachment {
    pub(in super::super) name: Option<String>,
    /// For example `application/pdf`.
    pub(in super::super) content_type: Option<String>,
    /// Bytes, decoded.
    pub(in super::super) size: u64,
    /// What HTML names it by.
    pub(in super::super) content_id: Option<String>,
    /// `attachment` or `inline`, as a rule.
    pub(in super::super) disposition: Option<String>,
}

/// Reads the text and looks at the attachments.
pub(super) fn read(message: &Message<'_>, mail: &mut Mail, keeps_html: bool) {
    let texts = message.text_bodies().filter_map(|part| match &part.body {
        PartType::Text(text) => Some(as_meant(part, text)),
        PartType::Html(html) => Some(html_to_text(&as_meant(part, html))),
        _ => None,
    });
    mail.text = joined(texts);
    if keeps_html {
        let htmls = message.html_bodies().filter_map(|part| match &part.body {
            PartType::Html(html) => Some(as_meant(part, html)),
            _ => None,
        });
        mail.html = joined(htmls);
    }
    mail.attachments = Some(message.attachments().map(attachment).collect());
    if message.parts.iter().any(|part| part.is_encoding_problem) {
        mail.problem = Some("has a part that is not encoded as it says; it is read as far as it goes".into());
    }
}

/// The text of a part. One that says it were ASCII and has other bytes was read as Windows-1252, and is UTF-8 if these bytes
/// can be.
fn as_meant(part: &MessagePart<'_>, text: &str) -> String {
    let charset = part.content_type().and_then(|kind| kind.attribute("charset"));
    if text.is_ascii() || !charset.is_some_and(|charset| charset.eq_ignore_ascii_case("us-ascii")) {
        return text.to_owned();
    }
    let (bytes, _, has_others) = WINDOWS_1252.encode(text);
    let meant = if has_others { None } else { std::str::from_utf8(&bytes).ok() };
    meant.unwrap_or(text).to_owned()
}

/// Parts one below the other, with the line ends of Unix.
fn joined(parts: impl Iterator<Item = String>) -> Option<String> {
    let parts: Vec<String> = parts.map(|part| part.replace("\r\n", "\n")).collect();
    if parts.is_empty() { None } else { Some(parts.join("\n")) }
}

fn attachment(part: &MessagePart<'_>) -> Attachment {
    let content_type = part.content_type().map(|kind| match kind.subtype() {
        Some(subtype) => format!("{}/{subtype}", kind.ctype()).to_ascii_lowercase(),
        None => kind.ctype().to_ascii_lowercase(),
    });
    let size = match &part.body {
        PartType::Message(message) => message.raw_message().len(),
        PartType::Multipart(_) => 0,
        PartType::Text(text) | PartType::Html(text) => text.len(),
        PartType::Binary(bytes) | PartType::InlineBinary(bytes) => bytes.len(),
    };
    Attachment {
        name: part.attachment_name().map(str::to_owned),
        content_type,
        size: size as u64,
        content_id: part.content_id().map(|id| id.trim_matches(['<', '>']).to_owned()),
        disposition: part.content_disposition().map(|disposition| disposition.ctype().to_ascii_lowercase()),
    }
}
