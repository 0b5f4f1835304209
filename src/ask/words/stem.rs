//! Stems: "customers", "customer's" and "customer" are one word, and so are "sold" and "sell".

use std::collections::HashSet;
use std::sync::OnceLock;

use rust_stemmers::{Algorithm, Stemmer};

/// Forms that no rule finds.
const IRREGULAR: &[(&str, &str)] = &[
    ("sold", "sell"),
    ("bought", "buy"),
    ("spent", "spend"),
    ("paid", "pay"),
    ("made", "make"),
    ("grew", "grow"),
    ("grown", "grow"),
    ("fell", "fall"),
    ("fallen", "fall"),
    ("rose", "rise"),
    ("risen", "rise"),
    ("left", "leave"),
    ("lost", "lose"),
    ("won", "win"),
    ("ran", "run"),
    ("took", "take"),
    ("taken", "take"),
    ("wrote", "write"),
    ("written", "write"),
    ("sent", "send"),
    ("held", "hold"),
    ("met", "meet"),
    ("kept", "keep"),
    ("shrank", "shrink"),
    ("shrunk", "shrink"),
    ("slept", "sleep"),
    ("broke", "break"),
    ("broken", "break"),
    ("brought", "bring"),
    ("earnt", "earn"),
    ("people", "person"),
    ("persons", "person"),
    ("staffs", "staff"),
    ("children", "child"),
    ("analyses", "analysis"),
    ("criteria", "criterion"),
    ("indices", "index"),
    ("e-mail", "email"),
    ("emails", "email"),
    ("mails", "mail"),
    ("news", "news"),
    ("qty", "quantity"),
    ("amt", "amount"),
    ("dept", "department"),
    ("depts", "department"),
    ("avg", "average"),
    ("pct", "percent"),
    ("nr", "number"),
    ("num", "number"),
    ("rep", "rep"),
    ("reps", "rep"),
    ("univers", "universe"),
    ("organisation", "organization"),
    ("organisations", "organization"),
    ("colour", "color"),
    ("centre", "center"),
    ("labour", "labor"),
    ("catalogue", "catalog"),
    ("programme", "program"),
    ("programmes", "program"),
    ("meeting", "meeting"),
    ("meetings", "meeting"),
    ("building", "building"),
    ("buildings", "building"),
    ("general", "general"),
    ("generate", "generate"),
    ("generated", "generate"),
    ("used", "use"),
    ("using", "use"),
];

/// Words that carry no meaning of their own here.
const STOP_WORDS: &str = include_str!("stop_words.txt");

/// The stem of a word in lower case. Identifiers and short words are their own.
pub(crate) fn stem(word: &str) -> String {
    if let Some((_, lemma)) = IRREGULAR.iter().find(|(form, _)| *form == word) {
        return regular(lemma);
    }
    regular(word)
}

fn regular(word: &str) -> String {
    if word.chars().count() <= 3 || !word.chars().all(|character| character.is_ascii_lowercase()) {
        return word.to_owned();
    }
    Stemmer::create(Algorithm::English).stem(word).into_owned()
}

/// Whether a question loses nothing of what we can answer without this word.
pub(crate) fn is_stop_word(word: &str) -> bool {
    static WORDS: OnceLock<HashSet<&'static str>> = OnceLock::new();
    let words = WORDS.get_or_init(|| {
        let lines = STOP_WORDS.lines().filter(|line| !line.starts_with('#'));
        lines.flat_map(str::split_whitespace).collect()
    });
    words.contains(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_one_word_have_one_stem() {
        for (one, other) in [
            ("customers", "customer"),
            ("sold", "sell"),
            ("selling", "sell"),
            ("companies", "company"),
            ("declining", "declined"),
            ("correlation", "correlate"),
            ("samples", "sample"),
            ("statuses", "status"),
            ("people", "person"),
        ] {
            assert_eq!(stem(one), stem(other), "{one} and {other}");
        }
    }

    #[test]
    fn different_words_stay_different() {
        for (one, other) in [("project", "product"), ("orders", "older"), ("rating", "ratio"), ("news", "new")] {
            assert_ne!(stem(one), stem(other), "{one} and {other}");
        }
    }
}
