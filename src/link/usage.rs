//! How words are written in the texts of the left side: how often, and whether with a capital letter.
//!
//! "Will", "Summit" and "Grace" are names and everyday words. Whoever has read all texts can tell: everyday words are mostly
//! written small.

use std::collections::HashMap;

use super::words::Words;

/// More words than this are not kept apart; later ones count as unseen, which is right for the rare ones that they are.
const MOST_WORDS: usize = 1_000_000;

/// How words are written.
#[derive(Clone, Debug, Default)]
pub(super) struct Usage {
    words: HashMap<Box<str>, Seen>,
    texts: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    /// How often at all.
    times: u32,
    /// How often inside a sentence, with a capital letter.
    capital: u32,
    /// How often inside a sentence, small.
    small: u32,
}

impl Usage {
    /// Reads a text.
    pub(super) fn read(&mut self, words: &Words) {
        self.texts = self.texts.saturating_add(1);
        for (place, text) in words.iter().enumerate() {
            if !self.words.contains_key(text) {
                if self.words.len() >= MOST_WORDS {
                    continue;
                }
                self.words.insert(text.into(), Seen::default());
            }
            let Some(seen) = self.words.get_mut(text) else { continue };
            seen.times = seen.times.saturating_add(1);
            let word = words.word(place);
            // Addresses are written small, whatever they are made of; sentences begin with a capital letter.
            match (word.is_part, word.is_capital, word.begins) {
                (false, false, _) => seen.small = seen.small.saturating_add(1),
                (false, true, false) => seen.capital = seen.capital.saturating_add(1),
                _ => {}
            }
        }
    }

    /// Whether a word is so rare that it may be a slip of the pen.
    pub(super) fn is_rare(&self, word: &str) -> bool {
        let times = self.words.get(word).map_or(0, |seen| seen.times);
        times <= 3 || times.saturating_mul(400) <= self.texts
    }

    /// Whether a word, standing there like this, is a name rather than an everyday word.
    pub(super) fn is_name(&self, words: &Words, place: usize) -> bool {
        let seen = self.words.get(words.get(place)).copied().unwrap_or_default();
        let both = seen.capital + seen.small;
        if words.word(place).is_capital {
            // At the beginning of a sentence, a capital letter says nothing by itself.
            both == 0 || f64::from(seen.capital) >= 0.4 * f64::from(both)
        } else {
            seen.capital > 0 && f64::from(seen.capital) >= 0.75 * f64::from(both)
        }
    }

    /// Whether a word is written small nearly always, and not seldom.
    pub(super) fn is_everyday(&self, word: &str) -> bool {
        let seen = self.words.get(word).copied().unwrap_or_default();
        seen.small >= 3 && f64::from(seen.small) > 0.8 * f64::from(seen.small + seen.capital)
    }
}
