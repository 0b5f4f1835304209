//! Values of the data in a question: whole names, parts of names, and names with a slip.

use std::collections::HashMap;

use super::Field;
use super::cues::is_function_word;
use crate::ask::values::{Entry, Place, Values, value_words};
use crate::ask::words::{Token, TokenKind, is_stop_word, nearness, number_word, stem};

/// Words that may stand within a name in a question, though the name has none: "in the hospital" says another thing than "in hospital".
const ARTICLES: &[&str] = &["a", "an"];
/// The longest name in words.
const LONGEST: usize = 7;
/// Shorter words are too near to too many others to be slips: "life" is not "live".
pub(super) const SHORTEST_SLIP: usize = 5;
/// A part of a name that more names have than this is no name.
const SHARED_BY: usize = 12;

/// A value that words of a question may be.
#[derive(Clone, Debug)]
pub(super) struct Named {
    /// How many tokens it takes.
    pub(super) tokens: usize,
    /// Where it stands, and as the data have it.
    pub(super) values: Vec<(Field, String)>,
    /// How well it fits.
    pub(super) fit: f64,
    /// Whether it is a whole name.
    pub(super) whole: bool,
}

impl Place {
    fn field(self) -> Field {
        match self {
            Self::Dimension { dataset, dimension } => Field::Dimension(dataset, dimension),
            Self::Entity { entity, column } => Field::Entity(entity, column),
        }
    }
}

/// The words of a question as values have them, and which known words each may be a slip of.
pub(super) struct Written {
    words: Vec<String>,
    plain: Vec<bool>,
    capital: Vec<bool>,
    slips: HashMap<usize, Vec<(String, f64)>>,
}

impl Written {
    /// `known` says of each token whether it is understood already, so that it is no slip.
    pub(super) fn of(tokens: &[Token], values: &Values, known: &[bool]) -> Self {
        let words: Vec<String> = tokens.iter().map(word_of).collect();
        let mut slips = HashMap::new();
        for (place, token) in tokens.iter().enumerate() {
            let may_slip = token.kind == TokenKind::Word
                && !known[place]
                && token.word.len() >= SHORTEST_SLIP
                && values.count_with_word(&words[place]) == 0;
            if may_slip {
                let near = values.words().map(|(stem, word)| (stem, nearness(&token.word, word)));
                let mut near: Vec<(String, f64)> =
                    near.filter(|(_, near)| *near >= 0.7).map(|(stem, near)| (stem.to_owned(), near)).collect();
                near.sort_by(|one, other| other.1.total_cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
                near.truncate(4);
                slips.insert(place, near);
            }
        }
        let plain = tokens.iter().map(is_plain).collect();
        let capital = tokens.iter().enumerate().map(|(place, token)| token.capital && place > 0).collect();
        Self { words, plain, capital, slips }
    }
}

/// Words that stand in names, too, but do not make one.
fn is_plain(token: &Token) -> bool {
    is_stop_word(&token.word)
        || token.number().is_some()
        || number_word(&token.word).is_some()
        || matches!(token.kind, TokenKind::Mark(_))
        || is_function_word(&token.stem)
}

fn word_of(token: &Token) -> String {
    if token.kind == TokenKind::Word { token.stem.clone() } else { stem(&token.word) }
}

/// The values that a quoted text is.
pub(super) fn quoted(values: &Values, text: &str) -> Vec<Named> {
    let words = value_words(text);
    let Some(first) = words.first() else { return Vec::new() };
    let entries = values.with_word(first).filter(|entry| entry.words == words);
    let named = entries.map(|entry| {
        let values = entry.values.iter().map(|(place, text)| (place.field(), text.clone())).collect();
        Named { tokens: 1, values, fit: 1., whole: true }
    });
    named.collect()
}

/// The values that the words from a place on may be.
pub(super) fn named_at(written: &Written, values: &Values, at: usize) -> Vec<Named> {
    let mut found: Vec<Named> = Vec::new();
    let exact = (written.words[at].clone(), 1.);
    let slips = written.slips.get(&at).into_iter().flatten().cloned();
    for (word, fit) in std::iter::once(exact).chain(slips) {
        let sharing = values.count_with_word(&word);
        for entry in values.with_word(&word) {
            let Some(place) = entry.words.iter().position(|known| *known == word) else { continue };
            let Run { tokens, words: length, fit } = run_from(written, entry, at, place, fit);
            let whole = place == 0 && length == entry.words.len();
            let plain = (at..at + tokens).all(|place| written.plain[place]);
            let capital = (at..at + tokens).any(|place| written.capital[place]);
            let share = share_of(entry, place, length);
            // "delivered" is no part of "not yet delivered" that would mean the same.
            if entry.words[..place].iter().chain(&entry.words[place + length..]).any(|word| denies(word)) {
                continue;
            }
            // "of customers" is no part of "thanks of customers" that would tell of thanks.
            if place > 0 && written.plain[at] {
                continue;
            }
            // "the hospital" is nobody who is "in hospital", and "controls" are not "in control".
            // "The Institute for Oncology" may be called "Oncology".
            let states = entry.values.iter().all(|(place, _)| matches!(place, Place::Dimension { .. }));
            if states && entry.words[..place].last().is_some_and(|before| leads(before)) {
                continue;
            }
            let fit = match (whole, plain) {
                (true, true) if capital || length > 1 => fit * 0.8,
                (true, true) => fit * 0.45,
                (true, false) => fit,
                (false, true) => continue,
                // A part that many names have in common tells nothing.
                (false, false) if sharing > SHARED_BY && length < 2 => continue,
                (false, false) if length < 2 && entry.words.len() > 4 => continue,
                (false, false) => fit * (0.5 + 0.35 * share) * if capital || length > 1 { 1. } else { 0.85 },
            };
            if fit < 0.4 {
                continue;
            }
            let values = entry.values.iter().map(|(place, text)| (place.field(), text.clone())).collect();
            found.push(Named { tokens, values, fit, whole });
        }
    }
    found
}

/// Whether a name without this word would mean the contrary.
fn denies(word: &str) -> bool {
    ["not", "no", "without", "never"].contains(&word)
}

/// Whether a name without this word in front would be that of a thing, and not what is said of others.
fn leads(word: &str) -> bool {
    ["in", "on", "at", "out", "off", "under", "to", "by", "for", "with"].contains(&word)
}

/// Words of an entry that stand in the question, one after the other.
struct Run {
    /// How many tokens of the question they take.
    tokens: usize,
    /// How many words of the entry they are.
    words: usize,
    /// How well they fit.
    fit: f64,
}

/// The words of an entry that stand in the question from a place on. "Missing a description" is the "missing description".
fn run_from(written: &Written, entry: &Entry, at: usize, place: usize, first: f64) -> Run {
    let mut run = Run { tokens: 1, words: 1, fit: first };
    while run.words < LONGEST {
        let Some(known) = entry.words.get(place + run.words) else { break };
        let next = at + run.tokens;
        let article = written.words.get(next).is_some_and(|word| word != known && ARTICLES.contains(&word.as_str()));
        let next = next + usize::from(article);
        let Some(word) = written.words.get(next) else { break };
        let near = if word == known {
            1.
        } else {
            let slips = written.slips.get(&next).into_iter().flatten();
            slips.filter(|(slip, _)| slip == known).map(|(_, near)| *near).next().unwrap_or(0.)
        };
        if near == 0. {
            break;
        }
        run.fit = run.fit.min(near);
        run.words += 1;
        run.tokens = next + 1 - at;
    }
    run
}

/// How much of an entry's letters the words are.
fn share_of(entry: &Entry, place: usize, length: usize) -> f64 {
    let letters = |words: &[String]| words.iter().map(String::len).sum::<usize>() as f64;
    letters(&entry.words[place..place + length]) / letters(&entry.words).max(1.)
}
