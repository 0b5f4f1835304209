//! Whether a text says what a value says, and no more.

use arrow::datatypes::DataType;

use crate::sdk::Digits;

/// Whether a text says what the value of a type says that was read from it, whose own text is `said`.
pub(super) fn says_the_same(text: &str, said: &str, data_type: &DataType) -> bool {
    match data_type {
        DataType::Boolean => text.eq_ignore_ascii_case(said),
        DataType::Date32 => text == said,
        DataType::Timestamp(_, zone) => {
            let behind_day = text.get(10..).unwrap_or_default();
            let is_of_clock = |letter: char| letter.is_ascii_digit() || matches!(letter, ':' | '.');
            let time = behind_day.trim_start_matches(['T', 't', ' ']);
            let behind_time = time.trim_start_matches(is_of_clock);
            let clock = time[..time.len() - behind_time.len()].replace(':', "");
            let fraction = clock.split_once('.').map_or("", |(_, fraction)| fraction);
            // The lake keeps microseconds, and has no second that is the sixtieth.
            let is_kept = fraction.bytes().skip(6).all(|digit| digit == b'0') && clock.get(4..6) != Some("60");
            // Whatever stands behind the time is a zone: `Z`, `+02:00` or `Europe/Berlin`.
            is_kept && zone.is_some() != behind_time.is_empty()
        }
        _ => match (Digits::of(text), Digits::of(said)) {
            (Some(text), Some(said)) => text == said,
            // Infinity and NaN.
            _ => {
                text.trim_start_matches('+').eq_ignore_ascii_case(said)
                    || is_infinite(text) && is_infinite(said) && text.starts_with('-') == said.starts_with('-')
            }
        },
    }
}

fn is_infinite(text: &str) -> bool {
    let bare = text.trim_start_matches(['+', '-']);
    bare.eq_ignore_ascii_case("inf") || bare.eq_ignore_ascii_case("infinity")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sdk::types::{instant, local_timestamp};

    #[test]
    fn a_time_says_its_zone_or_none() {
        let zoned = ["10:00:00Z", "10:00:00 z", "10:00:00+02:00", "10:00:00.5 -05", "10:00:00 America/New_York"];
        for time in zoned.map(|time| format!("2024-03-04 {time}")) {
            assert!(says_the_same(&time, "", &instant()) && !says_the_same(&time, "", &local_timestamp()), "{time}");
        }
        for time in ["2024-03-04", "2024-03-04T10:00:00", "2024-03-04 10:00", "2024-03-04 10:00:00.123456000"] {
            assert!(!says_the_same(time, "", &instant()) && says_the_same(time, "", &local_timestamp()), "{time}");
        }
    }

    #[test]
    fn a_time_that_would_be_another_one_says_more() {
        for time in ["2024-03-04 10:00:00.1234567", "2024-12-31 23:59:60"] {
            assert!(!says_the_same(time, "", &local_timestamp()), "{time}");
            assert!(!says_the_same(&format!("{time}Z"), "", &instant()), "{time}");
        }
    }
}
