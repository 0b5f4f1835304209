//! The words of a text, folded to small ASCII letters and digits, with where and how they stand.

use std::ops::Range;

use deunicode::deunicode_char;

/// The words of a text.
#[derive(Clone, Debug, Default)]
pub(super) struct Words {
    /// All words without anything between them, so that words that follow each other are one slice: "Blue River" and
    /// "BlueRiver" are the same there.
    joined: String,
    words: Vec<Word>,
}

/// A word.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word {
    start: usize,
    end: usize,
    /// Where it begins in the text, in bytes.
    pub(super) from: usize,
    /// Where it ends there.
    pub(super) to: usize,
    /// Whether it begins with a capital letter.
    pub(super) is_capital: bool,
    /// Whether it is of capital letters alone.
    pub(super) is_capitals: bool,
    /// Whether it begins a sentence, where any word has a capital letter.
    pub(super) begins: bool,
    /// Whether nothing but a blank, a hyphen or the like is between it and the word before.
    pub(super) is_near: bool,
    /// Whether the character right before it is `#`.
    pub(super) is_numbered: bool,
    /// Whether it is a part of an address, of a page or a mailbox: no blank is between it and a neighbour.
    pub(super) is_part: bool,
}

impl Words {
    /// The words of a text. An apostrophe does not part a word, but an `'s` at its end is dropped; `&` is the word "and".
    pub(super) fn of(text: &str) -> Self {
        let mut words = Self::default();
        let mut between = Between { begins: true, is_near: true, is_numbered: false };
        let mut characters = text.char_indices().peekable();
        while let Some((from, first)) = characters.next() {
            if first == '&' {
                let start = words.joined.len();
                words.joined.push_str("and");
                words.push(start, from, from + 1, false, false, &mut between);
                continue;
            }
            let start = words.joined.len();
            if !words.fold(first) {
                between.see(first);
                continue;
            }
            let mut to = from + first.len_utf8();
            let (is_capital, mut is_capitals) = (first.is_uppercase(), !first.is_lowercase());
            while let Some((at, next)) = characters.peek().copied() {
                if words.fold(next) {
                    is_capitals &= !next.is_lowercase();
                    to = at + next.len_utf8();
                } else if matches!(next, '\'' | '’') && !is_possessive(&text[at + next.len_utf8()..]) {
                    let continues = text[at + next.len_utf8()..].chars().next().is_some_and(char::is_alphanumeric);
                    if !continues {
                        break;
                    }
                } else if matches!(next, '\'' | '’') {
                    characters.next();
                    characters.next();
                    break;
                } else {
                    break;
                }
                characters.next();
            }
            words.push(start, from, to, is_capital, is_capital && is_capitals, &mut between);
        }
        words.find_parts(text);
        words
    }

    /// Marks the words of addresses.
    fn find_parts(&mut self, text: &str) {
        for place in 1..self.words.len() {
            let (before, after) = (self.words[place - 1].to, self.words[place].from);
            if after == before + 1 && matches!(text.as_bytes()[before], b'@' | b'.' | b'/' | b'_' | b':') {
                self.words[place - 1].is_part = true;
                self.words[place].is_part = true;
            }
        }
    }

    /// Puts a character behind the others; gives whether it is one of a word.
    fn fold(&mut self, character: char) -> bool {
        if character.is_ascii() {
            if character.is_ascii_alphanumeric() {
                self.joined.push(character.to_ascii_lowercase());
            }
            return character.is_ascii_alphanumeric();
        }
        if !character.is_alphanumeric() {
            return false;
        }
        let ascii = deunicode_char(character).unwrap_or_default();
        let letters = ascii.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase());
        let before = self.joined.len();
        self.joined.extend(letters);
        self.joined.len() > before
    }

    fn push(
        &mut self,
        start: usize,
        from: usize,
        to: usize,
        is_capital: bool,
        is_capitals: bool,
        between: &mut Between,
    ) {
        self.words.push(Word {
            start,
            end: self.joined.len(),
            from,
            to,
            is_capital,
            is_capitals,
            begins: between.begins,
            is_near: between.is_near,
            is_numbered: between.is_numbered,
            is_part: false,
        });
        *between = Between { begins: false, is_near: true, is_numbered: false };
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.words.len()
    }

    /// How one stands.
    pub(super) fn word(&self, place: usize) -> &Word {
        &self.words[place]
    }

    /// One of them.
    pub(super) fn get(&self, place: usize) -> &str {
        self.joined(place, place + 1)
    }

    /// Those from one place to before another, joined.
    pub(super) fn joined(&self, from: usize, to: usize) -> &str {
        &self.joined[self.words[from].start..self.words[to - 1].end]
    }

    /// The places of the words that lie between two bytes of the text, at least in part.
    pub(super) fn between(&self, from: usize, to: usize) -> Range<usize> {
        let first = self.words.partition_point(|word| word.to <= from);
        let after = self.words.partition_point(|word| word.from < to);
        first..after.max(first)
    }

    /// All of them.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.words.iter().map(|word| &self.joined[word.start..word.end])
    }
}

/// Whether an apostrophe is followed by the `s` of a possessive and nothing more of a word.
fn is_possessive(rest: &str) -> bool {
    let mut rest = rest.chars();
    matches!(rest.next(), Some('s' | 'S')) && !rest.next().is_some_and(char::is_alphanumeric)
}

/// What has been seen since the last word.
struct Between {
    begins: bool,
    is_near: bool,
    is_numbered: bool,
}

impl Between {
    fn see(&mut self, character: char) {
        self.is_numbered = character == '#';
        match character {
            '.' | '!' | '?' | '\n' | ':' | '•' | '>' => self.begins = true,
            _ => {}
        }
        if !matches!(character, ' ' | '-' | '_' | '/' | '#' | '.' | ',' | '‐' | '–' | '\u{a0}') {
            self.is_near = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        Words::of(text).iter().map(str::to_owned).collect()
    }

    #[test]
    fn words_are_folded_and_apostrophes_do_not_part_them() {
        assert_eq!(words("Zoë O’Brien-Müller's café"), ["zoe", "obrien", "muller", "cafe"]);
        assert_eq!(words("Smith & Sons, don't"), ["smith", "and", "sons", "dont"]);
        assert_eq!(words("the customers' CUST-0042!"), ["the", "customers", "cust", "0042"]);
    }

    #[test]
    fn a_word_knows_how_it_stands() {
        let words = Words::of("Hello Jane. will Will call ACME #42?");
        let capital: Vec<bool> = (0..words.len()).map(|place| words.word(place).is_capital).collect();
        assert_eq!(capital, [true, true, false, true, false, true, false]);
        assert!(words.word(0).begins && words.word(2).begins && !words.word(3).begins);
        assert!(words.word(5).is_capitals && !words.word(1).is_capitals);
        assert!(words.word(6).is_numbered);
        assert_eq!(words.joined(4, 6), "callacme");
    }
}
