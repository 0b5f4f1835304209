//! Numbers in words: with separators, units, and no more digits than they have.

use serde_json::Value;

use crate::query::count;

/// The number that a value of a result is; decimals are texts there.
pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.parse::<f64>().ok().filter(|number| number.is_finite()),
        _ => None,
    }
}

/// A number as people write it.
pub(super) fn plain(value: f64) -> String {
    let sign = if value < 0. { "-" } else { "" };
    let size = value.abs();
    let decimals = match size {
        _ if size.fract() == 0. => 0,
        100_000.0.. => 0,
        1.0.. => 2,
        0.01.. => 3,
        _ => 6,
    };
    let rounded = format!("{size:.decimals$}");
    let (whole, rest) = rounded.split_once('.').map_or((rounded.as_str(), ""), |(whole, rest)| (whole, rest));
    let whole = whole.parse::<u64>().map_or_else(|_| whole.to_owned(), count);
    let rest = if decimals == 3 || decimals == 6 { rest.trim_end_matches('0') } else { rest };
    let rest = if rest.chars().all(|digit| digit == '0') { "" } else { rest };
    if rest.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{rest}") }
}

/// A number with its unit.
pub(super) fn amount(value: f64, unit: Option<&str>) -> String {
    match unit {
        Some(unit) => format!("{} {unit}", plain(value)),
        None => plain(value),
    }
}

/// A change in hundredths, with its sign.
pub(super) fn percent(share: f64) -> String {
    let sign = if share > 0. { "+" } else { "" };
    format!("{sign}{} %", short(share * 100.))
}

/// A number with one digit behind the point.
pub(super) fn short(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// A value of a result in words.
pub(super) fn words(value: &Value) -> String {
    match value {
        Value::Null => "(none)".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Number(_) => number(value).map(plain).unwrap_or_default(),
        Value::String(text) => shown(text),
        other => shown(&other.to_string()),
    }
}

/// A text, cut where it is long, on one line.
fn shown(text: &str) -> String {
    let text = crate::query::printable(text);
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// "1 order", "2 orders".
pub(super) fn counted(number: usize, plural: &str) -> String {
    let noun = if number == 1 { singular(plural) } else { plural.to_owned() };
    format!("{} {noun}", count(number as u64))
}

/// The singular of a noun.
pub(super) fn singular(plural: &str) -> String {
    if ["series", "species"].iter().any(|same| plural.ends_with(same)) {
        return plural.to_owned();
    }
    if let Some(stem) = plural.strip_suffix("ies") {
        return format!("{stem}y");
    }
    for ending in ["sses", "xes", "ches", "shes"] {
        if plural.ends_with(ending) {
            return plural[..plural.len() - 2].to_owned();
        }
    }
    match plural {
        "people" => "person".to_owned(),
        plural if plural.ends_with("ss") || plural.ends_with("us") => plural.to_owned(),
        plural => plural.strip_suffix('s').unwrap_or(plural).to_owned(),
    }
}

/// A text that begins with a capital letter.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// "a", "a and b", "a, b and c".
pub(super) fn listed(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [start @ .., last] => format!("{} and {last}", start.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_no_more_digits_than_they_need() {
        for (value, text) in [
            (1234., "1,234"),
            (1234.5, "1,234.50"),
            (-0.25, "-0.25"),
            (0.0042, "0.0042"),
            (1_234_567.89, "1,234,568"),
            (0., "0"),
        ] {
            assert_eq!(plain(value), text);
        }
        assert_eq!(percent(0.123), "+12.3 %");
        assert_eq!(counted(1, "companies"), "1 company");
        assert_eq!(counted(1, "series"), "1 series");
    }
}
