//! Names of mailboxes: how they are spelt on the line, and how people read them.

use base64::Engine;
use base64::alphabet::IMAP_MUTF7;
use base64::engine::general_purpose::NO_PAD;
use base64::engine::{DecodePaddingMode, GeneralPurpose};

/// Base64 as modified UTF-7 has it: with `,` for `/`, and without padding. Bits that are left over do not matter.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &IMAP_MUTF7,
    NO_PAD.with_decode_allow_trailing_bits(true).with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A text as a quoted string (RFC 3501, section 4.3).
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A quoted string without its escapes, which the library leaves in it.
pub(super) fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let is_escape = letter == '\\' && matches!(letters.peek(), Some('"' | '\\'));
        plain.extend(if is_escape { letters.next() } else { Some(letter) });
    }
    plain
}

/// A mailbox's name as people read it: modified UTF-7 (RFC 3501, section 5.1.3) is decoded. What is none stays as it is.
pub(super) fn readable(name: &str) -> String {
    decoded(name).filter(|name| !name.contains(char::is_control)).unwrap_or_else(|| name.to_owned())
}

fn decoded(name: &str) -> Option<String> {
    let mut text = String::with_capacity(name.len());
    let mut rest = name;
    while let Some((before, after)) = rest.split_once('&') {
        text.push_str(before);
        let (shifted, behind) = after.split_once('-')?;
        rest = behind;
        if shifted.is_empty() {
            text.push('&');
            continue;
        }
        let bytes = BASE64.decode(shifted).ok().filter(|bytes| bytes.len().is_multiple_of(2))?;
        let units = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
        text.extend(char::decode_utf16(units).collect::<Result<Vec<char>, _>>().ok()?);
    }
    text.push_str(rest);
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_any_script_are_read() {
        for (spelt, read) in [
            ("INBOX", "INBOX"),
            ("Entw&APw-rfe", "Entwürfe"),
            ("~peter/mail/&U,BTFw-/&ZeVnLIqe-", "~peter/mail/台北/日本語"),
            ("Tom &- Jerry", "Tom & Jerry"),
            ("&2D3eAA-", "😀"),
            ("&BB4EQgQ,BEAEMAQyBDsENQQ9BD0ESwQ1-", "Отправленные"),
        ] {
            assert_eq!(readable(spelt), read);
        }
    }

    #[test]
    fn what_is_no_modified_utf7_stays_as_it_is() {
        for name in ["AT&T", "&!-", "&AA-", "&2D0-", "Größe", "&AAo-", ""] {
            assert_eq!(readable(name), name);
        }
    }

    #[test]
    fn a_quoted_string_ends_where_it_should() {
        assert_eq!(quoted(r#"a"b\c"#), r#""a\"b\\c""#);
        assert_eq!(unescaped(r#"a\"b\\c\d"#), r#"a"b\c\d"#);
    }
}
