//! The words of a question: tokens, stems, numbers, slips of the pen, and words that mean the same.

mod near;
mod number;
mod stem;
mod thesaurus;
mod tokens;

pub(super) use near::nearness;
pub(super) use number::number_word;
pub(super) use stem::{is_stop_word, stem};
pub(super) use thesaurus::alike;
pub(super) use tokens::{Token, TokenKind, tokens};

/// The stems of a phrase, as a question's words are read.
pub(super) fn stems(phrase: &str) -> Vec<String> {
    let words = tokens(phrase).into_iter().filter(|token| !matches!(token.kind, TokenKind::Mark(_)));
    words.map(|token| token.stem).collect()
}
