//! What FETCH gives of a message (RFC 3501, section 6.4.5).

use super::account::Stored;
use super::letter::{Part, block};
use super::request::Token;
use super::structure::{envelope, string, structure};

/// What is asked of each message.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Item {
    Flags,
    Uid,
    InternalDate,
    Size,
    Envelope,
    Body,
    BodyStructure,
    Section(Section),
}

/// Some bytes of a message.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Section {
    /// How the answer calls it.
    name: String,
    part: Vec<usize>,
    what: What,
    /// The first byte, and how many.
    partial: Option<(usize, usize)>,
}

#[derive(Clone, Debug, PartialEq)]
enum What {
    All,
    Header,
    /// Only these headers, or all but these.
    Fields {
        names: Vec<String>,
        are_left_out: bool,
    },
    Text,
    Mime,
}

/// The items of a FETCH.
///
/// # Errors
/// What is wrong with them.
pub(super) fn items(asked: &Token, by_uid: bool) -> Result<Vec<Item>, String> {
    let words = match asked {
        Token::List(words) => words.as_slice(),
        word => std::slice::from_ref(word),
    };
    let mut items = Vec::new();
    for word in words {
        let word = word.word().ok_or("an item of FETCH is a word")?;
        match word.as_str() {
            "ALL" => items.extend([Item::Flags, Item::InternalDate, Item::Size, Item::Envelope]),
            "FAST" => items.extend([Item::Flags, Item::InternalDate, Item::Size]),
            "FULL" => items.extend([Item::Flags, Item::InternalDate, Item::Size, Item::Envelope, Item::Body]),
            "FLAGS" => items.push(Item::Flags),
            "UID" => items.push(Item::Uid),
            "INTERNALDATE" => items.push(Item::InternalDate),
            "RFC822.SIZE" => items.push(Item::Size),
            "ENVELOPE" => items.push(Item::Envelope),
            "BODY" => items.push(Item::Body),
            "BODYSTRUCTURE" => items.push(Item::BodyStructure),
            "RFC822" => items.push(Item::Section(Section::whole("RFC822", What::All))),
            "RFC822.HEADER" => items.push(Item::Section(Section::whole("RFC822.HEADER", What::Header))),
            "RFC822.TEXT" => items.push(Item::Section(Section::whole("RFC822.TEXT", What::Text))),
            section => items.push(Item::Section(Section::parse(section)?)),
        }
    }
    if items.is_empty() {
        return Err("nothing is asked for".to_owned());
    }
    if by_uid && !items.contains(&Item::Uid) {
        items.insert(0, Item::Uid);
    }
    Ok(items)
}

impl Section {
    fn whole(name: &str, what: What) -> Self {
        Self { name: name.to_owned(), part: Vec::new(), what, partial: None }
    }

    /// `BODY.PEEK[1.2.HEADER.FIELDS (FROM)]<0.100>`, in upper case.
    fn parse(text: &str) -> Result<Self, String> {
        let unknown = || format!("FETCH knows no {text}");
        let rest = text.strip_prefix("BODY.PEEK[").or_else(|| text.strip_prefix("BODY[")).ok_or_else(unknown)?;
        let (inner, behind) = rest.rsplit_once(']').ok_or_else(unknown)?;
        let partial = match behind.strip_prefix('<').and_then(|range| range.strip_suffix('>')) {
            Some(range) => {
                let (first, length) = range.split_once('.').ok_or_else(unknown)?;
                let length = length.parse::<usize>().ok().filter(|length| *length > 0);
                Some(first.parse::<usize>().ok().zip(length).ok_or_else(unknown)?)
            }
            None if behind.is_empty() => None,
            None => return Err(unknown()),
        };
        let mut part = Vec::new();
        let mut what = inner;
        while let Some((number, rest)) = leading_number(what) {
            part.push(number);
            what = rest;
        }
        let fields = |list: &str, are_left_out| {
            let names = list.trim().strip_prefix('(').and_then(|list| list.strip_suffix(')')).ok_or_else(unknown)?;
            let names = names.split_whitespace().map(|name| name.trim_matches('"').to_owned()).collect();
            Ok::<_, String>(What::Fields { names, are_left_out })
        };
        let what = match what {
            "" => What::All,
            "HEADER" => What::Header,
            "TEXT" => What::Text,
            "MIME" if !part.is_empty() => What::Mime,
            what => match (what.strip_prefix("HEADER.FIELDS.NOT "), what.strip_prefix("HEADER.FIELDS ")) {
                (Some(list), _) => fields(list, true)?,
                (None, Some(list)) => fields(list, false)?,
                (None, None) => return Err(unknown()),
            },
        };
        let origin = partial.map(|(first, _)| format!("<{first}>")).unwrap_or_default();
        Ok(Self { name: format!("BODY[{inner}]{origin}"), part, what, partial })
    }

    /// The bytes; None where the message has no such part.
    fn bytes(&self, message: &Stored) -> Option<Vec<u8>> {
        let whole = match (self.part.as_slice(), &self.what) {
            ([], What::All | What::Mime) => message.raw.clone(),
            ([], What::Header) => block(&message.letter.headers()),
            ([], What::Text) => message.letter.body.content(),
            ([], What::Fields { names, are_left_out }) => {
                let mut headers = message.letter.headers();
                let is_named = |header: &str| names.iter().any(|name| name.eq_ignore_ascii_case(header));
                headers.retain(|(header, _)| is_named(header) != *are_left_out);
                block(&headers)
            }
            (numbers, What::All) => message.letter.body.numbered(numbers)?.content(),
            (numbers, What::Mime) => block(&message.letter.body.numbered(numbers)?.headers()),
            // Only messages within the message have headers and a text of their own, and there are none.
            (_, What::Header | What::Text | What::Fields { .. }) => return None,
        };
        Some(match self.partial {
            None => whole,
            Some((first, length)) => whole.into_iter().skip(first).take(length).collect(),
        })
    }
}

/// `1.2.MIME` begins with 1; `1` is the whole of it.
fn leading_number(text: &str) -> Option<(usize, &str)> {
    let digits = text.find(|char: char| !char.is_ascii_digit()).unwrap_or(text.len());
    let (number, rest) = text.split_at(digits);
    Some((number.parse().ok()?, rest.strip_prefix('.').unwrap_or(rest)))
}

/// The answer for one message.
pub(super) fn answer(number: u32, message: &Stored, items: &[Item]) -> Vec<u8> {
    let mut line = format!("* {number} FETCH (").into_bytes();
    for (place, item) in items.iter().enumerate() {
        if place > 0 {
            line.push(b' ');
        }
        match item {
            Item::Flags => line.extend(format!("FLAGS ({})", message.flags.join(" ")).bytes()),
            Item::Uid => line.extend(format!("UID {}", message.uid).bytes()),
            Item::InternalDate => {
                let at = message.received_at.format("%e-%b-%Y %H:%M:%S +0000").to_string();
                line.extend(format!("INTERNALDATE {}", string(Some(&at))).bytes());
            }
            Item::Size => line.extend(format!("RFC822.SIZE {}", message.raw.len()).bytes()),
            Item::Envelope => line.extend(format!("ENVELOPE {}", envelope(&message.letter)).bytes()),
            Item::Body => line.extend(body("BODY", &message.letter.body, false)),
            Item::BodyStructure => line.extend(body("BODYSTRUCTURE", &message.letter.body, true)),
            Item::Section(section) => {
                line.extend(section.name.bytes());
                match section.bytes(message) {
                    Some(bytes) => {
                        line.extend(format!(" {{{}}}\r\n", bytes.len()).bytes());
                        line.extend(bytes);
                    }
                    None => line.extend(b" NIL"),
                }
            }
        }
    }
    line.extend(b")\r\n");
    line
}

fn body(name: &str, part: &Part, is_extended: bool) -> Vec<u8> {
    format!("{name} {}", structure(part, is_extended)).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_read() {
        let items =
            |words: &[&str]| items(&Token::List(words.iter().map(|word| Token::Word((*word).into())).collect()), true);
        assert_eq!(items(&["FLAGS"]).unwrap(), [Item::Uid, Item::Flags]);
        assert_eq!(items(&["uid", "rfc822.size"]).unwrap(), [Item::Uid, Item::Size]);
        let Item::Section(section) = items(&["UID", "BODY.PEEK[1.2.MIME]<10.20>"]).unwrap().remove(1) else { panic!() };
        assert_eq!(
            (section.name.as_str(), &section.part, section.partial),
            ("BODY[1.2.MIME]<10>", &vec![1, 2], Some((10, 20)))
        );
        assert_eq!(section.what, What::Mime);
        let Item::Section(section) = items(&["UID", "BODY[HEADER.FIELDS.NOT (FROM TO)]"]).unwrap().remove(1) else {
            panic!()
        };
        let names = vec!["FROM".to_owned(), "TO".to_owned()];
        assert_eq!(section.what, What::Fields { names, are_left_out: true });
        for wrong in ["NOTHING", "BODY[", "BODY[MIME]", "BODY[]<0>", "BODY[]x", "BODY[1.X]"] {
            assert!(items(&[wrong]).is_err(), "{wrong}");
        }
        assert!(items(&[]).is_err());
    }
}
