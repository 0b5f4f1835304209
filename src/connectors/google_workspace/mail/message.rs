//! A message as Gmail gives it, and the parts of it that become columns.

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Value, json};

/// Gmail writes bodies with padding or without.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
/// Parts within parts are followed so deep.
const DEEPEST: usize = 32;

/// Puts headers, texts and attachments of a message where the columns look for them.
pub(super) fn flattened(mut message: Value) -> Value {
    let payload = message["payload"].take();
    let mut headers = Map::new();
    for header in payload["headers"].as_array().into_iter().flatten() {
        let (Some(name), Some(value)) = (header["name"].as_str(), header["value"].as_str()) else { continue };
        headers.entry(name.to_ascii_lowercase()).or_insert_with(|| json!(value));
    }
    let mut parts = Parts::default();
    parts.add(&payload, 0);
    if let Some(message) = message.as_object_mut() {
        message.remove("payload");
        message.insert("headers".to_owned(), Value::Object(headers));
        message.insert("text".to_owned(), json!(parts.text));
        message.insert("html".to_owned(), json!(parts.html));
        message.insert("removed".to_owned(), json!(false));
        if !parts.attachments.is_empty() {
            message.insert("attachments".to_owned(), json!(parts.attachments));
        }
    }
    message
}

/// The row of a message that is gone.
pub(super) fn removed(id: &str) -> Value {
    json!({ "id": id, "removed": true })
}

#[derive(Default)]
struct Parts {
    text: Option<String>,
    html: Option<String>,
    attachments: Vec<Value>,
}

impl Parts {
    fn add(&mut self, part: &Value, depth: usize) {
        if depth > DEEPEST {
            return;
        }
        let kind = part["mimeType"].as_str().unwrap_or_default();
        let name = part["filename"].as_str().unwrap_or_default();
        if !name.is_empty() {
            self.attachments.push(json!({
                "filename": name, "mimeType": kind, "size": part["body"]["size"], "attachmentId": part["body"]["attachmentId"],
            }));
        } else if kind == "text/plain" || kind == "text/html" {
            let into = if kind == "text/plain" { &mut self.text } else { &mut self.html };
            if let Some(body) = body_of(part) {
                into.get_or_insert_with(String::new).push_str(&body);
            }
        }
        for part in part["parts"].as_array().into_iter().flatten() {
            self.add(part, depth + 1);
        }
    }
}

fn body_of(part: &Value) -> Option<String> {
    let bytes = BASE64.decode(part["body"]["data"].as_str()?).ok()?;
    let charset = charset_of(part).unwrap_or("utf-8");
    let encoding = encoding_rs::Encoding::for_label(charset.as_bytes()).unwrap_or(encoding_rs::UTF_8);
    Some(encoding.decode(&bytes).0.into_owned())
}

fn charset_of(part: &Value) -> Option<&str> {
    let headers = part["headers"].as_array()?;
    let kind = headers
        .iter()
        .find(|header| header["name"].as_str().is_some_and(|name| name.eq_ignore_ascii_case("content-type")))?;
    let (_, charset) = kind["value"].as_str()?.split_once("charset=")?;
    Some(charset.split(';').next().unwrap_or(charset).trim_matches(['"', ' ', '\'']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_attachments_are_found_in_parts() {
        let message = json!({
            "id": "1",
            "payload": {
                "mimeType": "multipart/mixed", "headers": [{"name": "Subject", "value": "Hello"}],
                "parts": [
                    {"mimeType": "multipart/alternative", "parts": [
                        {"mimeType": "text/plain", "body": {"data": "w6TDtg=="}},
                        {"mimeType": "text/html", "body": {"data": "PGI-aGk8L2I-"}},
                    ]},
                    {"mimeType": "text/plain", "headers": [{"name": "content-type", "value": "text/plain; charset=\"iso-8859-1\""}],
                     "body": {"data": "5A"}},
                    {"mimeType": "application/pdf", "filename": "a.pdf", "body": {"size": 7, "attachmentId": "x"}},
                ],
            },
        });
        let row = flattened(message);
        assert_eq!(row["headers"]["subject"], "Hello");
        assert_eq!(row["text"], "äöä");
        assert_eq!(row["html"], "<b>hi</b>");
        assert_eq!(
            row["attachments"],
            json!([{"filename": "a.pdf", "mimeType": "application/pdf", "size": 7, "attachmentId": "x"}])
        );
        assert!(row.get("payload").is_none());
    }
}
