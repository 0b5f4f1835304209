//! Reads YAML into types of our own: what they do not know is refused by its path, with what they know named. Writes it, too.
//!
//! By the rules of YAML 1.2, where `no` and `on` are words. The manifests of the API connector are read apart from this, by
//! the rules of 1.1, as the programs do that they were written for.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_saphyr::{DefaultMessageFormatter, Error, MessageFormatter};

use crate::sdk::TextPlace;

/// A text that is not the YAML that was expected, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct YamlError {
    /// Where in the text, where that is known.
    pub place: Option<TextPlace>,
    /// Where in the document: `connectors[0].sources[1].columns`; empty for the whole.
    pub path: String,
    /// What is wrong there.
    pub message: String,
}

impl fmt::Display for YamlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = self.place {
            write!(f, "{place}: ")?;
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

/// Reads the one document of a text. A key that stands twice in a map is refused.
///
/// # Errors
/// Where the text is no YAML, or something else than a `T`.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, YamlError> {
    let options = serde_saphyr::options! { strict_booleans: true, with_snippet: false };
    let mut path = String::new();
    let read = serde_saphyr::with_deserializer_from_str_with_options(text, options, |deserializer| {
        serde_path_to_error::deserialize(deserializer).map_err(|error| {
            path = error.path().to_string();
            error.into_inner()
        })
    });
    read.map_err(|error| {
        let place = error.location().filter(|place| place.line() > 0);
        YamlError {
            place: place.map(|place| TextPlace { line: place.line(), column: place.column() }),
            // The root is written as a dot.
            path: if path == "." { String::new() } else { path },
            message: words(&error),
        }
    })
}

/// Writes a value as a document that [`read`] gives back as it was. Texts of several lines stand in blocks.
///
/// # Errors
/// Where the value has no form in YAML.
pub fn write(value: &impl Serialize) -> Result<String, serde_saphyr::ser::Error> {
    // Long lines are not folded: that would hide where a text has two spaces.
    serde_saphyr::to_string_with_options(value, serde_saphyr::ser_options! { folded_wrap_chars: usize::MAX })
}

fn words(error: &Error) -> String {
    match error {
        Error::SerdeUnknownField { field, expected, .. } => {
            format!("unknown key {field} (known: {})", expected.join(", "))
        }
        Error::SerdeUnknownVariant { variant, expected, .. } => {
            format!("unknown word {variant} (known: {})", expected.join(", "))
        }
        Error::SerdeMissingField { field, .. } => format!("{field} is missing"),
        Error::DuplicateMappingKey { key: Some(key), .. } => format!("{key} stands here twice"),
        other => DefaultMessageFormatter.format_message(other).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Shelf {
        books: Vec<Book>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Book {
        title: String,
        #[serde(default)]
        lent: bool,
    }

    fn refusal(text: &str) -> String {
        read::<Shelf>(text).unwrap_err().to_string()
    }

    #[test]
    fn words_stay_words() {
        let read: Shelf = read("books:\n  - title: no\n  - { title: on, lent: true }\n").unwrap();
        assert_eq!(read.books[0], Book { title: "no".to_owned(), lent: false });
        assert_eq!(read.books[1], Book { title: "on".to_owned(), lent: true });
    }

    #[test]
    fn what_was_written_is_read_as_it_was() {
        for text in [
            "SELECT 1\nFROM t\n",
            "SELECT 1\n  FROM t\n\nWHERE x = 'a: b' # c",
            "  indented\nless",
            "\n\nends with lines\n\n",
            "tab\there \nand a space ",
            "no",
            "~",
            "1e3",
            "2026-11-27",
            "",
            "- a",
            "{{ source('a') }}",
            "quote \" and ' and \\",
            "one line that is far longer than eighty characters  with two spaces,  and with a colon: too, so that nobody folds it",
            "\u{1F980} \u{85} \u{2028} \u{7}",
            "windows\r\nlines\r\n",
        ] {
            let value = serde_json::json!({ "text": text, "list": [text, { "deep": text, "none": [], "empty": {} }], "number": 0.6 });
            let written = write(&value).unwrap();
            assert_eq!(read::<serde_json::Value>(&written).as_ref(), Ok(&value), "{written}");
        }
        let written = write(&serde_json::json!({ "sql": "SELECT 1\nFROM t\n" })).unwrap();
        assert_eq!(written, "sql: |\n  SELECT 1\n  FROM t\n");
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place_and_path() {
        let text = "books:\n  - title: A\n  - titel: B\n";
        assert_eq!(refusal(text), "line 3, column 5: books[1].titel: unknown key titel (known: title, lent)");
        let told = refusal("books:\n  - lent: true\n");
        assert!(told.contains("line 2") && told.ends_with("books[0]: title is missing"), "{told}");
        let told = refusal("books:\n  - { title: A, title: B }\n");
        assert!(told.contains("line 2") && told.contains("title stands here twice"), "{told}");
        let told = refusal("books:\n  - { title: A, lent: perhaps }\n");
        assert!(told.contains("line 2") && told.contains("books[0].lent"), "{told}");
        let told = refusal("books: [");
        assert!(told.starts_with("line 1"), "{told}");
        assert!(!refusal("").is_empty());
    }

    #[test]
    fn a_text_that_grows_without_end_is_refused() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..9 {
            let names = vec![format!("*a{}", level - 1); 10].join(", ");
            text.push_str(&format!("a{level}: &a{level} [{names}]\n"));
        }
        assert!(read::<serde_json::Value>(&text).is_err());
    }
}
