//! Dates, times and intervals as text, for every value that Arrow can hold.
//!
//! Years before 0 and beyond 9999, which RFC 3339 does not know, are written as ISO 8601 expands them: `+12345-01-01`.

use std::fmt::Write;

const NANOS: i128 = 1_000_000_000;
const SECONDS_A_DAY: i128 = 86_400;

/// A date from the days since 1970-01-01.
pub(super) fn date(days: i128) -> String {
    let (year, month, day) = civil(days);
    let year = match year {
        0..=9999 => format!("{year:04}"),
        ..0 => format!("-{:04}", -year),
        _ => format!("+{year}"),
    };
    format!("{year}-{month:02}-{day:02}")
}

/// A time of day from the nanoseconds since midnight.
pub(super) fn time(nanos: i128) -> String {
    let seconds = nanos.div_euclid(NANOS);
    let (hours, minutes) = (seconds.div_euclid(3600), seconds.div_euclid(60).rem_euclid(60));
    format!("{hours:02}:{minutes:02}:{:02}{}", seconds.rem_euclid(60), fraction(nanos.rem_euclid(NANOS)))
}

/// A date and time from the nanoseconds since 1970-01-01T00:00:00; `zone` is what is put behind it.
pub(super) fn timestamp(nanos: i128, zone: &str) -> String {
    let day = SECONDS_A_DAY * NANOS;
    format!("{}T{}{zone}", date(nanos.div_euclid(day)), time(nanos.rem_euclid(day)))
}

/// An ISO 8601 duration, each part with its own sign as in PostgreSQL's `iso_8601` style: `P1Y2M3DT4H5M6.5S`.
pub(super) fn interval(months: i128, days: i128, nanos: i128) -> String {
    let mut text = String::from("P");
    let mut part = |amount: i128, unit: char| {
        if amount != 0 {
            // Writing to a String does not fail.
            write!(text, "{amount}{unit}").ok();
        }
    };
    part(months / 12, 'Y');
    part(months % 12, 'M');
    part(days, 'D');
    if nanos != 0 {
        text.push('T');
        let mut part = |amount: i128, unit: char| {
            if amount != 0 {
                write!(text, "{amount}{unit}").ok();
            }
        };
        part(nanos / (3600 * NANOS), 'H');
        part(nanos / (60 * NANOS) % 60, 'M');
        let seconds = nanos % (60 * NANOS);
        if seconds != 0 {
            let sign = if seconds < 0 { "-" } else { "" };
            let seconds = seconds.abs();
            let fraction = fraction(seconds % NANOS);
            write!(text, "{sign}{}{}S", seconds / NANOS, fraction.trim_end_matches('0')).ok();
        }
    }
    if text == "P" { "PT0S".to_owned() } else { text }
}

/// Nothing, or 3, 6 or 9 digits.
fn fraction(nanos: i128) -> String {
    match nanos {
        0 => String::new(),
        nanos if nanos % 1_000_000 == 0 => format!(".{:03}", nanos / 1_000_000),
        nanos if nanos % 1_000 == 0 => format!(".{:06}", nanos / 1_000),
        nanos => format!(".{nanos:09}"),
    }
}

/// Year, month and day of the Gregorian calendar, counted in eras of 400 years that begin on the first of March
/// (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
fn civil(days: i128) -> (i128, i128, i128) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i128::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, NaiveDate};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_edges_of_the_calendar_are_written() {
        assert_eq!(date(0), "1970-01-01");
        assert_eq!(date(-719_528), "0000-01-01");
        assert_eq!(date(-719_529), "-0001-12-31");
        assert_eq!(date(2_932_896), "9999-12-31");
        assert_eq!(date(2_932_897), "+10000-01-01");
        assert_eq!(date(i128::from(i32::MAX)), "+5881580-07-11");
    }

    #[test]
    fn times_have_as_many_digits_as_they_need() {
        assert_eq!(time(0), "00:00:00");
        assert_eq!(time(3_723 * NANOS + 500_000_000), "01:02:03.500");
        assert_eq!(time(86_399 * NANOS + 999_999_999), "23:59:59.999999999");
        assert_eq!(timestamp(-1_000, "Z"), "1969-12-31T23:59:59.999999Z");
    }

    #[test]
    fn intervals_are_iso_durations() {
        assert_eq!(interval(0, 0, 0), "PT0S");
        assert_eq!(interval(14, 3, 4 * 3600 * NANOS + 5 * 60 * NANOS + 6_500_000_000), "P1Y2M3DT4H5M6.5S");
        assert_eq!(interval(-1, 0, -90 * NANOS), "P-1MT-1M-30S");
        assert_eq!(interval(0, 0, -500_000_000), "PT-0.5S");
        assert_eq!(interval(0, 30, 0), "P30D");
    }

    proptest! {
        #[test]
        fn dates_agree_with_chrono(days in -700_000i32..2_900_000) {
            let epoch = NaiveDate::from_ymd_opt(1970, 1, 1).unwrap();
            let expected = epoch + chrono::Duration::days(i64::from(days));
            prop_assert_eq!(date(i128::from(days)), expected.format("%Y-%m-%d").to_string());
        }

        #[test]
        fn timestamps_read_back_as_they_were(micros in -62_135_596_800_000_000i64..253_402_300_799_999_999) {
            let text = timestamp(i128::from(micros) * 1_000, "Z");
            let back = DateTime::parse_from_rfc3339(&text).unwrap();
            prop_assert_eq!(back.timestamp_micros(), micros);
        }
    }
}
