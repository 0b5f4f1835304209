//! Numbers as people write them: `1,500`, `$2.5k`, `20%`, `ten`.

/// The number that a piece is, and whether it is a share of a hundred.
pub(super) fn read_number(piece: &str) -> Option<(f64, bool)> {
    let bare = piece.trim_start_matches(['$', '\u{20ac}', '\u{a3}']).trim_end_matches(['$', '\u{20ac}']);
    let (bare, percent) = match bare.strip_suffix('%') {
        Some(bare) => (bare, true),
        None => (bare, false),
    };
    let lower = bare.to_ascii_lowercase();
    let (digits, factor) = [("bn", 1e9), ("mn", 1e6), ("k", 1e3), ("m", 1e6), ("b", 1e9)]
        .into_iter()
        .find_map(|(ending, factor)| lower.strip_suffix(ending).map(|digits| (digits.to_owned(), factor)))
        .unwrap_or((lower, 1.));
    let digits = without_thousands(&digits)?;
    digits.parse::<f64>().ok().filter(|value| value.is_finite()).map(|value| (value * factor, percent))
}

/// `1,500,000` as `1500000`; nothing where it is no number.
fn without_thousands(digits: &str) -> Option<String> {
    let unsigned = digits.strip_prefix('-').unwrap_or(digits);
    let well = unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && unsigned.chars().all(|c| c.is_ascii_digit() || c == '.' || c == ',');
    if !well {
        return None;
    }
    let whole = unsigned.split('.').next().unwrap_or(unsigned);
    let mut groups = whole.split(',').skip(1).peekable();
    if groups.peek().is_some() && groups.any(|group| group.len() != 3) {
        return None;
    }
    Some(digits.replace(',', ""))
}

/// The number that a word is.
pub(crate) fn number_word(word: &str) -> Option<f64> {
    let number = match word {
        "one" | "single" => 1,
        "two" | "couple" => 2,
        "three" => 3,
        "four" => 4,
        "five" => 5,
        "six" => 6,
        "seven" => 7,
        "eight" => 8,
        "nine" => 9,
        "ten" => 10,
        "eleven" => 11,
        "twelve" | "dozen" => 12,
        "fifteen" => 15,
        "twenty" => 20,
        "thirty" => 30,
        "fifty" => 50,
        "hundred" => 100,
        "thousand" => 1_000,
        "million" => 1_000_000,
        "billion" => 1_000_000_000,
        _ => return None,
    };
    Some(f64::from(number))
}
