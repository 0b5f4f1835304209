//! Words of a statement within an error: as much of them as can be read.

use std::borrow::Cow;

/// Characters that are kept of the beginning.
const HEAD: usize = 1500;
/// Characters that are kept of the end.
const TAIL: usize = 300;

/// The text without its middle, where it is long: a statement may hold a text of any length, and an error about it quotes it.
pub(super) fn short(text: &str) -> Cow<'_, str> {
    let place = |characters: usize| text.char_indices().nth(characters).map(|(place, _)| place);
    let (Some(head), Some(_)) = (place(HEAD), place(HEAD + TAIL)) else { return text.into() };
    let tail = text.char_indices().rev().nth(TAIL - 1).map_or(text.len(), |(place, _)| place);
    format!("{} … {}", text[..head].trim_end(), text[tail..].trim_start()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_long_loses_its_middle() {
        let whole = "é".repeat(HEAD + TAIL);
        assert_eq!(short(&whole), whole);
        let long = format!("found: '{}' at the end", "é".repeat(100_000));
        let cut = short(&long);
        assert!(cut.starts_with("found: 'ééé") && cut.ends_with("é' at the end"), "{cut}");
        assert_eq!(cut.chars().count(), HEAD + TAIL + 3);
    }
}
