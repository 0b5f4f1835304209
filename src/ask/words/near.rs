//! Slips of the pen: how near a word is to another that it may be meant for.

/// How near two words are, from 0 (different) to 1 (the same). Short words and those with digits must be right.
pub(crate) fn nearness(written: &str, known: &str) -> f64 {
    if written == known {
        return 1.;
    }
    let (length, known_length) = (written.chars().count(), known.chars().count());
    let shorter = length.min(known_length);
    let allowed = match shorter {
        0..=3 => return 0.,
        4..=7 => 1,
        _ => 2,
    };
    let has_digit = |word: &str| word.bytes().any(|byte| byte.is_ascii_digit());
    if length.abs_diff(known_length) > allowed || has_digit(written) || has_digit(known) {
        return 0.;
    }
    // A wrong first letter is rare, and makes other words: "ascending" is no "spending". Two that are swapped are a slip.
    if !begin_alike(written, known) {
        return 0.;
    }
    let distance = strsim::osa_distance(written, known);
    if distance > allowed {
        return 0.;
    }
    // One letter in four is as likely another word as a slip: "sale" and "sage".
    let weight = if shorter <= 4 { 0.8 } else { 0.5 };
    1. - weight * distance as f64 / shorter as f64 - 0.05
}

/// Whether two words have one first letter, or the same two first ones the other way round.
fn begin_alike(one: &str, other: &str) -> bool {
    let first = |word: &str| (word.chars().next(), word.chars().nth(1));
    let ((one, second), (other, next)) = (first(one), first(other));
    one == other || (one == next && second == other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_near_and_other_words_are_not() {
        for (written, known) in [
            ("custmers", "customers"),
            ("revnue", "revenue"),
            ("germnay", "germany"),
            ("regoin", "region"),
            ("ervenue", "revenue"),
        ] {
            assert!(nearness(written, known) > 0.7, "{written} for {known}");
        }
        for (written, known) in [
            ("red", "rad"),
            ("cat", "dog"),
            ("north", "south"),
            ("P-0012", "P-0013"),
            ("plan", "clan"),
            ("ascending", "spending"),
        ] {
            assert!(nearness(written, known) < 0.5, "{written} for {known}");
        }
    }
}
