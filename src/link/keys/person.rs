//! Names of persons.

use strsim::jaro_winkler;

use super::nicknames::formal;
use crate::link::words::Words;

/// Titles before a name, and what stands behind one.
const TITLES: &[&str] = &[
    "dipl",
    "dr",
    "esq",
    "frau",
    "herr",
    "ii",
    "iii",
    "ing",
    "jr",
    "lady",
    "mag",
    "md",
    "miss",
    "mr",
    "mrs",
    "ms",
    "msc",
    "mx",
    "phd",
    "prof",
    "professor",
    "sir",
    "sr",
    "univ",
];

/// What has more words is no person's name.
const MOST_WORDS: usize = 8;

/// A person's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::link) struct Person {
    /// The first name, or its first letter.
    pub(in crate::link) first: String,
    /// Names between the first and the last.
    pub(in crate::link) middle: Vec<String>,
    /// The last name, with what belongs to it: "van der berg" is one.
    pub(in crate::link) last: String,
}

impl Person {
    /// A person's name of two words or more. `Doe, Jane` is `Jane Doe`.
    pub(in crate::link) fn of(text: &str) -> Option<Self> {
        let text = text.split(['(', '[', '|']).next().unwrap_or(text);
        let swapped;
        let text = match text.split_once(',') {
            Some((last, first)) if !Words::of(first).iter().all(|word| TITLES.contains(&word)) => {
                swapped = format!("{first} {last}");
                swapped.as_str()
            }
            _ => text,
        };
        let words: Vec<String> =
            Words::of(text).iter().filter(|word| !TITLES.contains(word)).map(str::to_owned).collect();
        if !(2..=MOST_WORDS).contains(&words.len()) {
            return None;
        }
        let particle = words[1..words.len() - 1].iter().position(|word| is_particle(word)).map(|place| place + 1);
        let last_from = particle.unwrap_or(words.len() - 1);
        Some(Self { first: words[0].clone(), middle: words[1..last_from].to_vec(), last: words[last_from..].concat() })
    }

    /// Whether only the first letter of the first name is known.
    pub(in crate::link) fn is_initial(&self) -> bool {
        self.first.len() == 1
    }

    /// How alike two names are, 0 to 1: the last names by Jaro and Winkler, the first names too, or as short forms or first
    /// letters of each other.
    pub(in crate::link) fn likeness(&self, other: &Self) -> f64 {
        let straight = last_likeness(&self.last, &other.last) * first_likeness(&self.first, &other.first);
        // First and last name have changed places.
        let crossed = last_likeness(&self.last, &other.first) * first_likeness(&self.first, &other.last);
        straight.max(crossed)
    }
}

fn is_particle(word: &str) -> bool {
    matches!(
        word,
        "al" | "bin"
            | "da"
            | "de"
            | "del"
            | "della"
            | "den"
            | "der"
            | "di"
            | "dos"
            | "du"
            | "el"
            | "la"
            | "le"
            | "ten"
            | "ter"
            | "van"
            | "von"
            | "zu"
    )
}

fn last_likeness(one: &str, other: &str) -> f64 {
    // A double name may be known by a part of it.
    let is_part = one.len().min(other.len()) > 3
        && (one.starts_with(other) || other.starts_with(one) || one.ends_with(other) || other.ends_with(one));
    let alike = jaro_winkler(one, other);
    if is_part { alike.max(0.9) } else { alike }
}

fn first_likeness(one: &str, other: &str) -> f64 {
    if one == other {
        return 1.0;
    }
    if one.len() == 1 || other.len() == 1 {
        return if one.as_bytes().first() == other.as_bytes().first() { 0.9 } else { 0.0 };
    }
    if formal(one).iter().any(|name| formal(other).contains(name)) {
        return 0.95;
    }
    jaro_winkler(one, other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(text: &str) -> Person {
        Person::of(text).unwrap()
    }

    #[test]
    fn names_are_taken_apart() {
        assert_eq!(person("Doe, Jane M."), person("Dr. Jane M Doe"));
        assert_eq!(person("Ludwig van der Berg").last, "vanderberg");
        assert_eq!(person("J. Doe Jr."), Person { first: "j".to_owned(), middle: vec![], last: "doe".to_owned() });
        assert_eq!(Person::of("Cher"), None);
    }

    #[test]
    fn names_are_alike_in_spite_of_short_forms_and_slips() {
        for (one, other) in [
            ("Bob Smith", "Robert Smith"),
            ("J. Smith", "Jane Smith"),
            ("Smith Jane", "Jane Smith"),
            ("Jane Smyth", "Jane Smith"),
        ] {
            assert!(person(one).likeness(&person(other)) > 0.85, "{one}, {other}");
        }
        for (one, other) in [("Jane Smith", "John Smith"), ("Jane Smith", "Jane Brown"), ("K. Smith", "Jane Smith")] {
            assert!(person(one).likeness(&person(other)) < 0.85, "{one}, {other}");
        }
    }
}
