//! What SEARCH finds (RFC 3501, section 6.4.4).

use chrono::NaiveDate;

use super::account::Stored;
use super::request::{DEEPEST, Token};
use super::sets::NumberSet;

/// What is searched for.
pub(super) enum Key {
    All,
    Flag(&'static str),
    Nothing,
    Not(Box<Self>),
    And(Vec<Self>),
    Or(Box<Self>, Box<Self>),
    Numbers(NumberSet),
    Uids(NumberSet),
    /// When it was received, compared with a day.
    Received(Day, NaiveDate),
    /// When it was sent.
    Sent(Day, NaiveDate),
    Larger(usize),
    Smaller(usize),
    /// A text, in any case, in a header.
    Header(String, String),
    Body(String),
    /// In the headers or in the body.
    Text(String),
}

#[derive(Clone, Copy)]
pub(super) enum Day {
    Before,
    On,
    Since,
}

/// The keys of a search, of which all must hold. `largest` are the largest sequence number and the largest UID.
///
/// # Errors
/// What is wrong with them.
pub(super) fn keys(words: &[Token], largest: (u32, u32)) -> Result<Key, String> {
    all_of(words, largest, 0)
}

fn all_of(mut words: &[Token], largest: (u32, u32), depth: usize) -> Result<Key, String> {
    let mut all = Vec::new();
    while !words.is_empty() {
        all.push(key(&mut words, largest, depth)?);
    }
    if all.is_empty() { Err("nothing is searched for".to_owned()) } else { Ok(Key::And(all)) }
}

/// The key that comes next; `depth` is how many others it lies in.
fn key(words: &mut &[Token], largest: (u32, u32), depth: usize) -> Result<Key, String> {
    if depth > DEEPEST {
        return Err("too many search keys lie in each other".to_owned());
    }
    let (first, rest) = words.split_first().ok_or("a search key is missing")?;
    *words = rest;
    let word = match first {
        Token::List(inner) => return all_of(inner, largest, depth + 1),
        word => word.text().unwrap_or_default().to_ascii_uppercase(),
    };
    let not = |key| Ok(Key::Not(Box::new(key)));
    match word.as_str() {
        "ALL" => Ok(Key::All),
        "ANSWERED" => Ok(Key::Flag("\\Answered")),
        "DELETED" => Ok(Key::Flag("\\Deleted")),
        "DRAFT" => Ok(Key::Flag("\\Draft")),
        "FLAGGED" => Ok(Key::Flag("\\Flagged")),
        "SEEN" => Ok(Key::Flag("\\Seen")),
        "UNANSWERED" => not(Key::Flag("\\Answered")),
        "UNDELETED" | "UNDRAFT" | "UNFLAGGED" | "OLD" => Ok(Key::All),
        "UNSEEN" => not(Key::Flag("\\Seen")),
        // Nothing is recent, and no message has keywords.
        "RECENT" | "NEW" => Ok(Key::Nothing),
        "KEYWORD" => text(words).map(|_| Key::Nothing),
        "UNKEYWORD" => text(words).map(|_| Key::All),
        "NOT" => not(key(words, largest, depth + 1)?),
        "OR" => {
            let mut one = || key(words, largest, depth + 1).map(Box::new);
            Ok(Key::Or(one()?, one()?))
        }
        "UID" => set(&text(words)?, largest.1).map(Key::Uids),
        "BEFORE" => Ok(Key::Received(Day::Before, day(words)?)),
        "ON" => Ok(Key::Received(Day::On, day(words)?)),
        "SINCE" => Ok(Key::Received(Day::Since, day(words)?)),
        "SENTBEFORE" => Ok(Key::Sent(Day::Before, day(words)?)),
        "SENTON" => Ok(Key::Sent(Day::On, day(words)?)),
        "SENTSINCE" => Ok(Key::Sent(Day::Since, day(words)?)),
        "LARGER" => Ok(Key::Larger(number(words)?)),
        "SMALLER" => Ok(Key::Smaller(number(words)?)),
        header @ ("FROM" | "TO" | "CC" | "BCC" | "SUBJECT") => Ok(Key::Header(header.to_owned(), lower(words)?)),
        "HEADER" => Ok(Key::Header(text(words)?, lower(words)?)),
        "BODY" => Ok(Key::Body(lower(words)?)),
        "TEXT" => Ok(Key::Text(lower(words)?)),
        numbers => set(numbers, largest.0).map(Key::Numbers),
    }
}

fn text(words: &mut &[Token]) -> Result<String, String> {
    let (first, rest) = words.split_first().ok_or("a search key is cut off")?;
    *words = rest;
    first.text().map(str::to_owned).ok_or_else(|| "a search key has a list where a text must be".to_owned())
}

fn lower(words: &mut &[Token]) -> Result<String, String> {
    text(words).map(|text| text.to_lowercase())
}

fn number(words: &mut &[Token]) -> Result<usize, String> {
    text(words)?.parse().map_err(|_| "a size must be a number".to_owned())
}

fn day(words: &mut &[Token]) -> Result<NaiveDate, String> {
    NaiveDate::parse_from_str(&text(words)?, "%d-%b-%Y").map_err(|_| "a day is written like 1-Feb-2025".to_owned())
}

fn set(text: &str, largest: u32) -> Result<NumberSet, String> {
    NumberSet::parse(text, largest).ok_or_else(|| format!("SEARCH knows no {text}"))
}

impl Key {
    /// Whether a message is found; `number` is its sequence number.
    pub(super) fn finds(&self, number: u32, message: &Stored) -> bool {
        match self {
            Self::All => true,
            Self::Nothing => false,
            Self::Flag(flag) => message.flags.contains(flag),
            Self::Not(key) => !key.finds(number, message),
            Self::And(keys) => keys.iter().all(|key| key.finds(number, message)),
            Self::Or(one, other) => one.finds(number, message) || other.finds(number, message),
            Self::Numbers(set) => set.holds(number),
            Self::Uids(set) => set.holds(message.uid),
            Self::Received(day, date) => day.holds(message.received_at.date_naive(), *date),
            Self::Sent(day, date) => day.holds(message.letter.draft.at.date_naive(), *date),
            Self::Larger(size) => message.raw.len() > *size,
            Self::Smaller(size) => message.raw.len() < *size,
            Self::Header(name, text) => header(message, name).is_some_and(|value| value.contains(text)),
            Self::Body(text) => message.letter.draft.text.to_lowercase().contains(text),
            Self::Text(text) => {
                let names = message.letter.headers();
                names.iter().any(|(name, _)| header(message, name).is_some_and(|value| value.contains(text)))
                    || message.letter.draft.text.to_lowercase().contains(text)
            }
        }
    }
}

/// A header as it is read, encoded words and all, in lower case.
fn header(message: &Stored, name: &str) -> Option<String> {
    let draft = &message.letter.draft;
    let person = |(name, address): &(String, String)| format!("{name} <{address}>");
    let value = match name.to_ascii_uppercase().as_str() {
        "FROM" => person(&draft.from),
        "TO" => draft.to.iter().map(person).collect::<Vec<_>>().join(", "),
        "SUBJECT" => draft.subject.clone(),
        _ => {
            let headers = message.letter.headers();
            headers.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)?
        }
    };
    Some(value.to_lowercase())
}

impl Day {
    fn holds(self, day: NaiveDate, asked: NaiveDate) -> bool {
        match self {
            Self::Before => day < asked,
            Self::On => day == asked,
            Self::Since => day >= asked,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::request::tokens;
    use super::*;

    #[test]
    fn keys_lie_in_each_other_only_so_deep() {
        let told = |command: &str| keys(&tokens(command.as_bytes()).unwrap(), (1, 1)).err();
        let nested = |word: &str, times: usize| format!("{}ALL", word.repeat(times));
        for word in ["NOT ", "OR ALL "] {
            assert_eq!(told(&nested(word, DEEPEST)), None, "{word}");
            for times in [DEEPEST + 1, 2_000] {
                let error = told(&nested(word, times));
                assert_eq!(error.as_deref(), Some("too many search keys lie in each other"), "{times} times {word}");
            }
        }
        assert_eq!(told(&"NOT ALL ".repeat(2_000)), None, "side by side they may be many");
    }
}
