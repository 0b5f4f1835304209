//! A message as it lies in a mailbox: its headers, its parts, and its bytes (RFC 5322, RFC 2045, RFC 2047).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};

/// The longest line of an encoded body.
const WIDTH: usize = 76;
/// Bytes of an encoded word, before it is encoded.
const WORD: usize = 42;

/// A name with an address.
pub(super) type Person = (String, String);

/// What is written.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) from: Person,
    pub(super) to: Vec<Person>,
    pub(super) subject: String,
    pub(super) at: DateTime<Utc>,
    /// Without angle brackets.
    pub(super) message_id: String,
    /// What is answered, the oldest first.
    pub(super) references: Vec<String>,
    pub(super) text: String,
    pub(super) html: Option<String>,
    /// Name, media type and content.
    pub(super) attachment: Option<(String, &'static str, Vec<u8>)>,
}

/// A message.
#[derive(Clone, Debug)]
pub(super) struct Letter {
    pub(super) draft: Draft,
    /// Names and values of its headers, folded where they are long; those of its body not among them.
    headers: Vec<(&'static str, String)>,
    pub(super) body: Part,
}

/// A body, or a part of one.
#[derive(Clone, Debug)]
pub(super) enum Part {
    Leaf {
        kind: &'static str,
        subtype: &'static str,
        parameters: Vec<(&'static str, String)>,
        encoding: &'static str,
        /// The name of the file that is attached.
        file_name: Option<String>,
        /// As it lies in the message: encoded.
        content: Vec<u8>,
    },
    Multi {
        subtype: &'static str,
        boundary: String,
        parts: Vec<Self>,
    },
}

impl Letter {
    pub(super) fn of(draft: Draft) -> Self {
        let people = |people: &[Person]| people.iter().map(address).collect::<Vec<_>>().join(",\r\n ");
        let ids = |ids: &[String]| ids.iter().map(|id| format!("<{id}>")).collect::<Vec<_>>().join("\r\n ");
        let mut headers = vec![
            ("Date", draft.at.format("%a, %d %b %Y %H:%M:%S +0000").to_string()),
            ("From", address(&draft.from)),
            ("To", people(&draft.to)),
            ("Subject", words(&draft.subject)),
            ("Message-ID", format!("<{}>", draft.message_id)),
        ];
        if let Some(answered) = draft.references.last() {
            headers.push(("In-Reply-To", format!("<{answered}>")));
            headers.push(("References", ids(&draft.references)));
        }
        headers.push(("MIME-Version", "1.0".to_owned()));
        let body = body_of(&draft);
        Self { draft, headers, body }
    }

    /// All headers, each with its line break, those of the body too.
    pub(super) fn headers(&self) -> Vec<(&'static str, String)> {
        let mut all = self.headers.clone();
        all.extend(self.body.headers());
        all
    }

    /// All of it.
    pub(super) fn raw(&self) -> Vec<u8> {
        let mut raw = block(&self.headers());
        raw.extend(self.body.content());
        raw
    }
}

impl Part {
    /// The headers that say what it is.
    pub(super) fn headers(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Leaf { kind, subtype, parameters, encoding, file_name, .. } => {
                let parameters: String =
                    parameters.iter().map(|(name, value)| format!(";\r\n {name}=\"{value}\"")).collect();
                let mut headers = vec![
                    ("Content-Type", format!("{kind}/{subtype}{parameters}")),
                    ("Content-Transfer-Encoding", (*encoding).to_owned()),
                ];
                if let Some(name) = file_name {
                    headers.push(("Content-Disposition", format!("attachment;\r\n filename=\"{name}\"")));
                }
                headers
            }
            Self::Multi { subtype, boundary, .. } => {
                vec![("Content-Type", format!("multipart/{subtype};\r\n boundary=\"{boundary}\""))]
            }
        }
    }

    /// What stands behind the headers.
    pub(super) fn content(&self) -> Vec<u8> {
        match self {
            Self::Leaf { content, .. } => content.clone(),
            Self::Multi { boundary, parts, .. } => {
                let mut content = Vec::new();
                for part in parts {
                    content.extend(format!("--{boundary}\r\n").bytes());
                    content.extend(block(&part.headers()));
                    content.extend(part.content());
                    content.extend(b"\r\n");
                }
                content.extend(format!("--{boundary}--\r\n").bytes());
                content
            }
        }
    }

    /// A part by its numbers, such as 1.2 (RFC 3501, section 6.4.5): of a body that has no parts, the body is 1.
    pub(super) fn numbered(&self, numbers: &[usize]) -> Option<&Self> {
        match (self, numbers) {
            (_, []) => Some(self),
            (Self::Multi { parts, .. }, [first, rest @ ..]) => parts.get(first.checked_sub(1)?)?.numbered(rest),
            (Self::Leaf { .. }, [1]) => Some(self),
            (Self::Leaf { .. }, _) => None,
        }
    }
}

/// Headers, and the empty line behind them.
pub(super) fn block(headers: &[(&'static str, String)]) -> Vec<u8> {
    let mut block: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    block.push_str("\r\n");
    block.into_bytes()
}

fn body_of(draft: &Draft) -> Part {
    let text = text("plain", &draft.text);
    let boundary = |kind: &str| format!("={kind}=_{}", draft.message_id.replace(['@', '.'], "_"));
    let readable = match &draft.html {
        None => text,
        Some(html) => Part::Multi {
            subtype: "alternative",
            boundary: boundary("alt"),
            parts: vec![text, self::text("html", html)],
        },
    };
    let Some((name, media_type, bytes)) = &draft.attachment else { return readable };
    let (kind, subtype) = media_type.split_once('/').unwrap_or(("application", "octet-stream"));
    let attached = Part::Leaf {
        kind,
        subtype,
        parameters: vec![("name", name.clone())],
        encoding: "base64",
        file_name: Some(name.clone()),
        content: lines_of(&STANDARD.encode(bytes)),
    };
    Part::Multi { subtype: "mixed", boundary: boundary("mix"), parts: vec![readable, attached] }
}

fn text(subtype: &'static str, text: &str) -> Part {
    let is_plain = text.is_ascii() && text.lines().all(|line| line.len() <= WIDTH);
    let content = if is_plain { text.replace('\n', "\r\n") } else { quoted_printable(text) };
    let encoding = if is_plain { "7bit" } else { "quoted-printable" };
    let charset = if text.is_ascii() { "us-ascii" } else { "utf-8" };
    let mut content = content.into_bytes();
    if !content.ends_with(b"\r\n") {
        content.extend(b"\r\n");
    }
    let parameters = vec![("charset", charset.to_owned())];
    Part::Leaf { kind: "text", subtype, parameters, encoding, file_name: None, content }
}

fn lines_of(text: &str) -> Vec<u8> {
    text.as_bytes().chunks(WIDTH).flat_map(|line| [line, b"\r\n"].concat()).collect()
}

/// RFC 2045, section 6.7.
fn quoted_printable(text: &str) -> String {
    let mut encoded = String::new();
    for (number, line) in text.split('\n').enumerate() {
        if number > 0 {
            encoded.push_str("\r\n");
        }
        let mut width = 0;
        let last = line.len().saturating_sub(1);
        for (place, byte) in line.bytes().enumerate() {
            let is_plain = matches!(byte, b'!'..=b'~' if byte != b'=') || (byte == b' ' && place < last);
            let sign = if is_plain { char::from(byte).to_string() } else { format!("={byte:02X}") };
            if width + sign.len() >= WIDTH {
                encoded.push_str("=\r\n");
                width = 0;
            }
            width += sign.len();
            encoded.push_str(&sign);
        }
    }
    encoded
}

fn address((name, address): &Person) -> String {
    let name = if name.is_ascii() { format!("\"{}\"", name.replace(['"', '\\'], "")) } else { words(name) };
    format!("{name} <{address}>")
}

/// A text of a header, in encoded words where it needs them (RFC 2047).
fn words(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut words = vec![String::new()];
    for char in text.chars() {
        if words.last().is_some_and(|word| word.len() + char.len_utf8() > WORD) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push(char);
        }
    }
    let encoded = words.iter().map(|word| format!("=?UTF-8?B?{}?=", STANDARD.encode(word)));
    encoded.collect::<Vec<_>>().join("\r\n ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_encoded_where_they_must_be() {
        assert_eq!(quoted_printable("Grüße = gut \nzwei"), "Gr=C3=BC=C3=9Fe =3D gut=20\r\nzwei");
        let long = quoted_printable(&"ä".repeat(60));
        assert!(long.split("\r\n").all(|line| line.len() <= WIDTH), "{long}");
        assert_eq!(long.replace("=\r\n", ""), "=C3=A4".repeat(60));
        assert_eq!(words("plain"), "plain");
        assert_eq!(words("Grüße"), "=?UTF-8?B?R3LDvMOfZQ==?=");
        assert!(words(&"ü".repeat(50)).split("\r\n ").all(|word| word.len() <= 75));
    }
}
