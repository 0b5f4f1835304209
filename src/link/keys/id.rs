//! Identifiers, such as customer numbers: `CUST-0042`, `cust 42` and `#0042`.

use crate::link::words::Words;

/// Words before a bare number that make it an identifier.
const CUES: &[&str] = &[
    "account",
    "acct",
    "case",
    "client",
    "company",
    "contact",
    "contract",
    "cust",
    "customer",
    "customerid",
    "id",
    "invoice",
    "no",
    "nr",
    "num",
    "number",
    "order",
    "patient",
    "project",
    "ref",
    "sample",
    "ticket",
];

/// An identifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::link) struct Id {
    /// Its letters and digits, small.
    pub(in crate::link) exact: String,
    /// The same without zeros before its digits; `None` where that is the same.
    pub(in crate::link) short: Option<String>,
}

impl Id {
    /// An identifier; `None` of what has neither letter nor digit.
    pub(in crate::link) fn of(text: &str) -> Option<Self> {
        let exact: String = Words::of(text).iter().collect();
        let short = short(&exact);
        (!exact.is_empty()).then_some(Self { short, exact })
    }

    /// Whether it is a number alone, of which a text has many that mean something else.
    pub(in crate::link) fn is_bare(text: &str) -> bool {
        text.bytes().all(|byte| byte.is_ascii_digit())
    }

    /// Whether it looks like an identifier: with a digit, and not a number of one or two places alone.
    pub(in crate::link) fn is_telling(text: &str) -> bool {
        text.len() > 2 && text.bytes().any(|byte| byte.is_ascii_digit())
    }
}

/// Whether a bare number behind this word is an identifier.
pub(in crate::link) fn is_cue(word: &str) -> bool {
    CUES.binary_search(&word).is_ok()
}

/// Letters and digits without zeros before the digits.
fn short(exact: &str) -> Option<String> {
    let mut short = String::with_capacity(exact.len());
    let mut in_number = false;
    for (place, byte) in exact.bytes().enumerate() {
        let next_is_digit = exact.as_bytes().get(place + 1).is_some_and(u8::is_ascii_digit);
        if byte == b'0' && !in_number && next_is_digit {
            continue;
        }
        in_number = byte.is_ascii_digit();
        short.push(char::from(byte));
    }
    (short != exact).then_some(short)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_compared_by_letters_and_digits() {
        let id = Id::of("CUST-0042").unwrap();
        assert_eq!((id.exact.as_str(), id.short.as_deref()), ("cust0042", Some("cust42")));
        assert_eq!(Id::of("C100"), Some(Id { exact: "c100".to_owned(), short: None }));
        assert_eq!(Id::of("0"), Some(Id { exact: "0".to_owned(), short: None }));
        assert_eq!(Id::of(" - "), None);
    }

    #[test]
    fn the_list_can_be_searched() {
        assert!(CUES.is_sorted() && is_cue("customer") && !is_cue("year"));
    }
}
