//! Encodings of text by the names that Python gives them.

use std::borrow::Cow;

use encoding_rs::{Encoding, mem};

use super::super::manifest::{ManifestError, Node};

/// How bytes become text.
#[derive(Clone, Copy, Debug)]
pub(in super::super) enum Charset {
    /// Each byte is the character of its number.
    Latin1,
    Named(&'static Encoding),
    /// The same, unless a mark at the start of the text says another one. The mark is no part of the text.
    Marked(&'static Encoding),
}

impl Charset {
    /// The one that a component names; UTF-8 where it names none.
    pub(super) fn of(node: &Node) -> Result<Self, ManifestError> {
        let name = node.text("encoding").unwrap_or_else(|| "utf-8".to_owned());
        let label = name.to_ascii_lowercase().replace('_', "-");
        match label.as_str() {
            "latin-1" | "latin1" | "iso-8859-1" | "iso8859-1" | "8859" | "cp819" | "l1" => return Ok(Self::Latin1),
            "utf-8-sig" => return Ok(Self::Marked(encoding_rs::UTF_8)),
            "utf-16" | "utf16" => return Ok(Self::Marked(encoding_rs::UTF_16LE)),
            _ => {}
        }
        let encoding = Encoding::for_label(label.as_bytes());
        encoding.map(Self::Named).ok_or_else(|| node.error(format!("{name} is no encoding that is known here")))
    }

    pub(super) fn decode(self, bytes: &[u8]) -> Cow<'_, str> {
        match self {
            Self::Latin1 => mem::decode_latin1(bytes),
            Self::Named(encoding) => encoding.decode_without_bom_handling(bytes).0,
            Self::Marked(encoding) => encoding.decode(bytes).0,
        }
    }
}
