//! Sentences of the model about a result, which are taken only where each of their numbers is in it.

use serde::Deserialize;
use serde_json::Value;

use crate::query::QueryOutput;

/// The longest sentences that are taken, in characters.
const LONGEST: usize = 1_500;

#[derive(Deserialize)]
struct Wording {
    summary: String,
}

/// The model's sentences, if every number in them is one of the rows, of the question, or the number of rows.
pub(super) fn true_words(text: &str, question: &str, result: &QueryOutput) -> Option<String> {
    let (from, to) = (text.find('{')?, text.rfind('}')?);
    let words = serde_json::from_str::<Wording>(text.get(from..=to)?).ok()?.summary;
    let words = words.trim();
    if words.is_empty() || words.chars().count() > LONGEST {
        return None;
    }
    let mut known = numbers(question);
    known.push(result.rows.len() as f64);
    for value in result.rows.iter().flatten() {
        match value {
            Value::Number(number) => known.extend(number.as_f64()),
            Value::String(text) => known.extend(numbers(text)),
            Value::Null | Value::Bool(_) => {}
            other => known.extend(numbers(&other.to_string())),
        }
    }
    let is_true = |(number, decimals): &(f64, usize)| known.iter().any(|known| rounds_to(*known, *number, *decimals));
    written(words).iter().all(is_true).then(|| words.to_owned())
}

/// Whether a known number is written so, rounded to as many decimals or not at all, as a share in per cent too.
fn rounds_to(known: f64, number: f64, decimals: usize) -> bool {
    let half = 0.500_001 * 10_f64.powi(-i32::try_from(decimals).unwrap_or(i32::MAX));
    [known, known * 100.0].iter().any(|known| (known.abs() - number.abs()).abs() <= half)
}

fn numbers(text: &str) -> Vec<f64> {
    written(text).into_iter().map(|(number, _)| number).collect()
}

/// The numbers that are written in a text, each with its decimals. Commas between groups of three digits are none of them.
fn written(text: &str) -> Vec<(f64, usize)> {
    let letters: Vec<char> = text.chars().collect();
    let digit = |place: usize| letters.get(place).is_some_and(char::is_ascii_digit);
    let mut found = Vec::new();
    let mut place = 0;
    while place < letters.len() {
        if !digit(place) {
            place += 1;
            continue;
        }
        let (mut digits, mut decimals, mut in_fraction) = (String::new(), 0, false);
        while place < letters.len() {
            match letters[place] {
                letter if letter.is_ascii_digit() => {
                    digits.push(letter);
                    decimals += usize::from(in_fraction);
                }
                '.' if !in_fraction && digit(place + 1) => {
                    digits.push('.');
                    in_fraction = true;
                }
                ',' if !in_fraction && (1..=3).all(|next| digit(place + next)) && !digit(place + 4) => {}
                _ => break,
            }
            place += 1;
        }
        found.extend(digits.parse().ok().map(|number: f64| (number, decimals)));
    }
    found
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;

    fn taken(summary: &str) -> bool {
        let rows = json!([["EMEA", "12345.678", 0.256], ["APAC", "90.10", 0.1]]);
        let result = QueryOutput {
            columns: Vec::new(),
            rows: serde_json::from_value(rows).unwrap(),
            truncated: false,
            elapsed: Duration::ZERO,
        };
        true_words(&json!({ "summary": summary }).to_string(), "the top 5 of 2024", &result).is_some()
    }

    #[test]
    fn sentences_with_numbers_of_the_rows_are_taken() {
        for summary in [
            "EMEA leads with 12,345.68.",
            "EMEA leads with 12,346 of 2024, and 25.6 % of all.",
            "Two regions; APAC has 90.10.",
            "The top 5: 2 rows.",
        ] {
            assert!(taken(summary), "{summary}");
        }
    }

    #[test]
    fn a_number_from_nowhere_gives_them_away() {
        assert_eq!(
            true_words(
                "} {",
                "",
                &QueryOutput { columns: Vec::new(), rows: Vec::new(), truncated: false, elapsed: Duration::ZERO }
            ),
            None
        );
        for summary in ["EMEA leads with 12,345.99.", "EMEA grew by 17 %.", "In 2023 it was 90.10.", "", "12345678"] {
            assert!(!taken(summary), "{summary}");
        }
    }

    #[test]
    fn numbers_are_read_as_people_write_them() {
        assert_eq!(
            written("1,234.50 of 7, 8.9. Q1 2024-03"),
            [(1234.5, 2), (7.0, 0), (8.9, 1), (1.0, 0), (2024.0, 0), (3.0, 0)]
        );
    }
}
