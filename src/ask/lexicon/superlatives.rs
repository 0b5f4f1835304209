//! Superlatives of words that a model knows: "fullest" is "most full", where a measure tells how full something is.

use super::Phrases;
use super::cues::cues;
use crate::ask::values::Values;
use crate::ask::words::{Token, TokenKind, is_stop_word, stem};

/// The ending of a superlative.
const ENDING: &str = "est";
/// Shorter words are none: "west".
const SHORTEST: usize = 6;

/// The tokens of a question, with the superlatives that are not known as they stand put into two words.
pub(crate) fn spelled_out(tokens: Vec<Token>, phrases: &Phrases, values: &Values) -> Vec<Token> {
    let mut spelled = Vec::with_capacity(tokens.len());
    for token in tokens {
        let known = is_stop_word(&token.word)
            || cues().contains_key(&token.stem)
            || phrases.has_word(&token.stem)
            || values.count_with_word(&token.stem) > 0;
        let adjective = if known { None } else { adjective(&token, phrases) };
        match adjective {
            Some(adjective) => spelled.extend([word("most"), word(&adjective)]),
            None => spelled.push(token),
        }
    }
    spelled
}

/// Whether a word has the form of a superlative.
pub(crate) fn is_superlative(word: &str) -> bool {
    word.len() >= SHORTEST && word.to_lowercase().ends_with(ENDING)
}

/// The adjective of a superlative, where a measure or a condition is called by it.
fn adjective(token: &Token, phrases: &Phrases) -> Option<String> {
    if token.kind != TokenKind::Word || !is_superlative(&token.word) {
        return None;
    }
    let bare = token.word.strip_suffix(ENDING)?;
    let mut letters = bare.chars().rev();
    let doubled = letters.next().is_some_and(|last| letters.next() == Some(last));
    let forms = [
        bare.strip_suffix('i').map(|bare| format!("{bare}y")),
        doubled.then(|| bare[..bare.len() - 1].to_owned()),
        Some(bare.to_owned()),
        Some(format!("{bare}e")),
    ];
    forms.into_iter().flatten().find(|form| !is_stop_word(form) && phrases.judges(&stem(form)))
}

fn word(text: &str) -> Token {
    Token { text: text.to_owned(), word: text.to_owned(), stem: stem(text), kind: TokenKind::Word, capital: false }
}
