//! Dates and times in ISO-8601 text, as SQLite databases hold them.

use std::time::Duration;

use chrono::{DateTime, Datelike, NaiveDate};

/// A date, perhaps with a time, perhaps with its distance from UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// Days since 1970.
    Date(i32),
    /// Microseconds since 1970 on a clock of unknown zone.
    Local(i64),
    /// Microseconds since 1970 in UTC.
    Instant(i64),
}

const MICROS_PER_DAY: i64 = 86_400_000_000;

impl Moment {
    /// Reads `2024-05-06`, `2024-05-06 07:08`, `2024-05-06T07:08:09.123456+02:00` and what lies between, nothing else.
    /// Digits beyond the microsecond are taken as long as they are zero.
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let (date, rest) = text.split_at_checked(10)?;
        let days = parse_date(date)?;
        let (separator, time) = match rest {
            [] => return Some(Self::Date(days)),
            [separator, time @ ..] => (*separator, time),
        };
        if separator != b' ' && separator != b'T' {
            return None;
        }
        let (hours_minutes, rest) = time.split_at_checked(5)?;
        let [h1, h2, b':', m1, m2] = hours_minutes else { return None };
        let (hour, minute) = (two_digits(*h1, *h2)?, two_digits(*m1, *m2)?);
        let (second, micros, zone) = match rest {
            [b':', s1, s2, rest @ ..] => {
                let (micros, zone) = parse_fraction(rest)?;
                (two_digits(*s1, *s2)?, micros, zone)
            }
            zone => (0, 0, zone),
        };
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let seconds = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
        let local = i64::from(days) * MICROS_PER_DAY + seconds * 1_000_000 + micros;
        match zone {
            [] => Some(Self::Local(local)),
            zone => Some(Self::Instant(local - parse_zone(zone)? * 60_000_000)),
        }
    }
}

/// The zone that a moment names, as it stands there.
pub(super) fn zone(text: &str) -> Option<&str> {
    let Some(Moment::Instant(_)) = Moment::parse(text.as_bytes()) else { return None };
    let at = text.char_indices().skip(11).find(|(_, letter)| !matches!(letter, '0'..='9' | ':' | '.'))?.0;
    text.get(at..)
}

/// The text of an earlier moment, in the very form of `text`, so that it sorts among such texts. A fraction of what the
/// form can tell is rounded to the earlier side. `None` where it is no moment, or leaves the calendar.
pub(super) fn put_back(text: &str, by: Duration) -> Option<String> {
    let by = i64::try_from(by.as_micros()).ok()?;
    if let Moment::Date(days) = Moment::parse(text.as_bytes())? {
        let micros = i64::from(days).checked_mul(MICROS_PER_DAY)?.checked_sub(by)?;
        return Some(moment_of(micros)?.format("%Y-%m-%d").to_string());
    }
    // The zone stays, so the clock's own time is put back.
    let clock_end = text.char_indices().skip(11).find(|(_, letter)| !matches!(letter, '0'..='9' | ':' | '.'));
    let (clock, zone) = text.split_at_checked(clock_end.map_or(text.len(), |(end, _)| end))?;
    let Moment::Local(micros) = Moment::parse(clock.as_bytes())? else { return None };
    let earlier = moment_of(micros.checked_sub(by)?)?;
    let full = earlier.format("%Y-%m-%d %H:%M:%S.%6f").to_string();
    let digits = full.get(..clock.len().min(full.len()))?;
    let separator = clock.get(10..11)?;
    let padding = "0".repeat(clock.len().saturating_sub(full.len()));
    Some(format!("{}{separator}{}{padding}{zone}", digits.get(..10)?, digits.get(11..)?))
}

fn moment_of(micros: i64) -> Option<DateTime<chrono::Utc>> {
    DateTime::from_timestamp_micros(micros).filter(|moment| (0..=9999).contains(&moment.year()))
}

fn parse_date(date: &[u8]) -> Option<i32> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = date else { return None };
    let year = two_digits(*y1, *y2)? * 100 + two_digits(*y3, *y4)?;
    let date = NaiveDate::from_ymd_opt(year.cast_signed(), two_digits(*m1, *m2)?, two_digits(*d1, *d2)?)?;
    Some(date.num_days_from_ce() - 719_163)
}

/// `.123456` and what follows it.
fn parse_fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let [b'.', digits @ ..] = text else { return Some((0, text)) };
    let count = digits.iter().take_while(|digit| digit.is_ascii_digit()).count();
    if count == 0 {
        return None;
    }
    let mut micros = 0;
    let (fraction, rest) = digits.split_at(count);
    for place in 0..count.max(6) {
        let digit = fraction.get(place).map_or(0, |digit| i64::from(digit - b'0'));
        if place < 6 {
            micros = micros * 10 + digit;
        } else if digit != 0 {
            return None;
        }
    }
    Some((micros, rest))
}

/// Minutes east of UTC.
fn parse_zone(zone: &[u8]) -> Option<i64> {
    let (sign, h1, h2, m1, m2) = match zone {
        [b'Z' | b'z'] => return Some(0),
        [sign, h1, h2, b':', m1, m2] | [sign, h1, h2, m1, m2] => (*sign, *h1, *h2, *m1, *m2),
        [sign, h1, h2] => (*sign, *h1, *h2, b'0', b'0'),
        _ => return None,
    };
    let (hours, minutes) = (two_digits(h1, h2)?, two_digits(m1, m2)?);
    if hours > 18 || minutes > 59 {
        return None;
    }
    let distance = i64::from(hours * 60 + minutes);
    match sign {
        b'+' => Some(distance),
        b'-' => Some(-distance),
        _ => None,
    }
}

fn two_digits(tens: u8, ones: u8) -> Option<u32> {
    (tens.is_ascii_digit() && ones.is_ascii_digit()).then(|| u32::from(tens - b'0') * 10 + u32::from(ones - b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iso_8601_is_read_exactly() {
        assert_eq!(Moment::parse(b"1970-01-02"), Some(Moment::Date(1)));
        assert_eq!(Moment::parse(b"0001-01-01"), Some(Moment::Date(-719_162)));
        assert_eq!(Moment::parse(b"1970-01-01 00:01"), Some(Moment::Local(60_000_000)));
        assert_eq!(Moment::parse(b"1970-01-01T00:00:01.5"), Some(Moment::Local(1_500_000)));
        assert_eq!(Moment::parse(b"1969-12-31 23:59:59.999999"), Some(Moment::Local(-1)));
        assert_eq!(Moment::parse(b"1970-01-01T02:00:00+02:00"), Some(Moment::Instant(0)));
        assert_eq!(Moment::parse(b"1970-01-01T00:00:00.123456000Z"), Some(Moment::Instant(123_456)));
        assert_eq!(Moment::parse(b"1969-12-31 19:00:00-0500"), Some(Moment::Instant(0)));
    }

    #[test]
    fn putting_back_keeps_the_form() {
        let hour = Duration::from_secs(3600);
        let earlier = [
            ("2024-01-01", "2023-12-31"),
            ("2024-01-01 00:30", "2023-12-31 23:30"),
            ("2024-01-01T00:30:10", "2023-12-31T23:30:10"),
            ("2024-01-01T00:30:10.25Z", "2023-12-31T23:30:10.25Z"),
            ("2024-01-01 00:30:10.123456000+05:30", "2023-12-31 23:30:10.123456000+05:30"),
            ("2024-01-01 00:30:10-0500", "2023-12-31 23:30:10-0500"),
        ];
        for (text, expected) in earlier {
            assert_eq!(put_back(text, hour).as_deref(), Some(expected));
        }
        assert_eq!(put_back("2024-01-01 00:00:00", Duration::from_millis(1)).as_deref(), Some("2023-12-31 23:59:59"));
        assert_eq!(put_back("yesterday", hour), None);
        assert_eq!(put_back("0000-01-01", hour), None);
        assert_eq!(put_back("2024-01-01", Duration::MAX), None);
    }

    #[test]
    fn anything_else_is_not_guessed() {
        for text in [
            "",
            "now",
            "2024-13-01",
            "2024-02-30",
            "24-01-01",
            "2024-01-01 24:00:00",
            "2024-01-01 00:00:60",
            "2024-01-01 00:00:00.1234567",
            "2024-01-01 00:00:00.",
            "2024-01-01 00:00:00 UTC",
            "2024-01-01x10:00",
            "2024-01-01 1:00",
            "0000-00-00",
            "2024-01-01 ",
            "١٩٧٠-٠١-٠١",
            "2024-01-01T00:00:00+2",
        ] {
            assert_eq!(Moment::parse(text.as_bytes()), None, "{text}");
        }
    }
}
