//! Words that are one slip apart: a letter too many, too few, another one, or two in the wrong order.
//!
//! By symmetric deletion (Garbe 2012): two words that are one slip apart share a form with at most one letter left out of
//! each. The forms of all known words are kept; those of an unknown word are looked up.

use std::collections::HashMap;

use strsim::osa_distance;

use super::keys::hash_of;

/// Shorter words are too easily another word.
pub(super) const SHORTEST: usize = 4;
/// Words that one unknown word may be meant as.
const MOST_MEANT: usize = 4;

/// The known words.
#[derive(Clone, Debug, Default)]
pub(super) struct Spelling {
    words: HashMap<Box<str>, u32>,
    by_place: Vec<Box<str>>,
    /// Hash of a form and the word, in the order of the hashes.
    forms: Vec<(u64, u32)>,
}

impl Spelling {
    /// Learns a word.
    pub(super) fn learn(&mut self, word: &str) {
        if self.words.contains_key(word) {
            return;
        }
        let place = u32::try_from(self.by_place.len()).unwrap_or(u32::MAX);
        self.words.insert(word.into(), place);
        self.by_place.push(word.into());
        if word.len() >= SHORTEST - 1 && word.is_ascii() {
            self.forms.extend(forms(word).map(|form| (form, place)));
        }
    }

    /// All words are learned.
    pub(super) fn finish(&mut self) {
        self.forms.sort_unstable();
        self.forms.dedup();
        self.forms.shrink_to_fit();
    }

    /// Whether a word is known.
    pub(super) fn knows(&self, word: &str) -> bool {
        self.words.contains_key(word)
    }

    /// The known words that an unknown one may be meant as. The first letter is seldom the wrong one, and is right in all of
    /// them, or has changed places with the second.
    pub(super) fn meant(&self, word: &str) -> Vec<&str> {
        let mut meant: Vec<&str> = Vec::new();
        if word.len() < SHORTEST || !word.is_ascii() || word.bytes().any(|byte| byte.is_ascii_digit()) {
            return meant;
        }
        for form in forms(word) {
            let from = self.forms.partition_point(|(known, _)| *known < form);
            for (_, place) in self.forms[from..].iter().take_while(|(known, _)| *known == form) {
                let known = &*self.by_place[*place as usize];
                if meant.len() < MOST_MEANT && !meant.contains(&known) && is_slip(word, known) {
                    meant.push(known);
                }
            }
        }
        meant
    }
}

/// Whether two words are one slip apart.
fn is_slip(word: &str, known: &str) -> bool {
    let (word_bytes, known_bytes) = (word.as_bytes(), known.as_bytes());
    let begins_alike = word_bytes[0] == known_bytes[0]
        || (known_bytes.len() > 1 && word_bytes[0] == known_bytes[1] && word_bytes[1] == known_bytes[0]);
    begins_alike && osa_distance(word, known) == 1
}

/// The hashes of a word and of what is left of it without each of its letters.
fn forms(word: &str) -> impl Iterator<Item = u64> {
    let bytes = word.as_bytes();
    let without = (0..bytes.len()).map(|gone| hash_of(0, &[&bytes[..gone], &bytes[gone + 1..]]));
    std::iter::once(hash_of(0, &[bytes])).chain(without)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slip_is_forgiven_and_two_are_not() {
        let mut spelling = Spelling::default();
        for word in ["globex", "initech", "stark", "umbrella"] {
            spelling.learn(word);
        }
        spelling.finish();
        for slip in ["globx", "globbex", "glboex", "globek", "lgobex"] {
            assert_eq!(spelling.meant(slip), ["globex"], "{slip}");
        }
        assert_eq!(spelling.meant("stakr"), ["stark"]);
        for other in ["glbx", "gloebxx", "klobex", "umbra", "str"] {
            assert_eq!(spelling.meant(other), Vec::<&str>::new(), "{other}");
        }
        assert!(spelling.knows("stark") && !spelling.knows("stork"));
    }
}
