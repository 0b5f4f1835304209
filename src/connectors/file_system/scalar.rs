//! Values written as text: numbers, dates and times, read strictly.
//!
//! A text is taken for a number only where the number gives the text's value back exactly: `007`, `+49` and integers
//! beyond 64 bits are texts, and a double is a double only if it keeps every digit.

use chrono::NaiveDate;

const MICROS_PER_SECOND: i64 = 1_000_000;
const MICROS_PER_DAY: i64 = 86_400 * MICROS_PER_SECOND;

/// A number's digits, taken apart: `-` `integer` `.` `fraction` `e` `exponent`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Number<'a> {
    pub(super) negative: bool,
    pub(super) integer: &'a [u8],
    pub(super) fraction: &'a [u8],
    /// Whether it has a point or an exponent.
    pub(super) is_fractional: bool,
    pub(super) has_exponent: bool,
}

/// Takes a number apart; `None` where the text is none, or where a leading zero or plus would be lost.
pub(super) fn number(text: &[u8]) -> Option<Number<'_>> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let integer_length = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (integer, rest) = digits.split_at(integer_length);
    if integer.len() > 1 && integer[0] == b'0' {
        return None;
    }
    let (has_point, rest) = match rest {
        [b'.', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let fraction_length = if has_point { rest.iter().take_while(|byte| byte.is_ascii_digit()).count() } else { 0 };
    let (fraction, rest) = rest.split_at(fraction_length);
    if integer.is_empty() && fraction.is_empty() {
        return None;
    }
    let has_exponent = match rest {
        [] => false,
        [b'e' | b'E', rest @ ..] => {
            let digits = rest.strip_prefix(b"-").or_else(|| rest.strip_prefix(b"+")).unwrap_or(rest);
            if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
                return None;
            }
            true
        }
        _ => return None,
    };
    Some(Number { negative, integer, fraction, is_fractional: has_point || has_exponent, has_exponent })
}

/// A 64-bit integer.
pub(super) fn integer(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    if digits.is_empty() || digits.len() > 19 || (digits.len() > 1 && digits[0] == b'0') {
        return None;
    }
    let mut value: u64 = 0;
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + u64::from(digit);
    }
    if negative { 0i64.checked_sub_unsigned(value) } else { i64::try_from(value).ok() }
}

/// A double that keeps every digit of the text; also `NaN`, `inf` and their like as programs print them.
pub(super) fn double(text: &[u8]) -> Option<f64> {
    let Some(parts) = number(text) else { return not_a_number(text) };
    let value: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    keeps_every_digit(&parts, value).then_some(value)
}

/// `NaN` and the infinities, as programs print them.
pub(super) fn not_a_number(text: &[u8]) -> Option<f64> {
    match text {
        b"NaN" | b"nan" => Some(f64::NAN),
        b"inf" | b"Infinity" | b"Inf" => Some(f64::INFINITY),
        b"-inf" | b"-Infinity" | b"-Inf" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

/// Whether printing the double gives the digits back.
fn keeps_every_digit(parts: &Number<'_>, value: f64) -> bool {
    let digits = parts.integer.len() + parts.fraction.len();
    // Any decimal of 15 digits survives the way into a double and back.
    if digits <= 15 && !parts.has_exponent {
        return true;
    }
    if !value.is_finite() {
        return false;
    }
    let printed = format!("{value:e}");
    let printed = printed.split('e').next().unwrap_or_default().bytes().filter(u8::is_ascii_digit);
    let written = parts.integer.iter().chain(parts.fraction).copied();
    let mut printed = significant(printed);
    let mut written = significant(written);
    loop {
        match (printed.next(), written.next()) {
            (None, None) => return true,
            (one, other) if one == other => {}
            _ => return false,
        }
    }
}

/// The digits from the first to the last that is not zero.
fn significant(digits: impl Iterator<Item = u8>) -> impl Iterator<Item = u8> {
    let mut digits = digits.skip_while(|digit| *digit == b'0');
    let mut zeros = 0usize;
    let mut held = None;
    std::iter::from_fn(move || {
        loop {
            if zeros > 0 && held.is_some() {
                zeros -= 1;
                return Some(b'0');
            }
            if let Some(digit) = held.take() {
                return Some(digit);
            }
            match digits.next()? {
                b'0' => zeros += 1,
                digit => held = Some(digit),
            }
        }
    })
}

/// A decimal of `scale` digits behind the point and `precision` in all, without rounding.
pub(super) fn decimal(text: &[u8], precision: u8, scale: i8) -> Option<i128> {
    let parts = number(text)?;
    let scale = usize::try_from(scale).ok()?;
    if parts.has_exponent {
        return None;
    }
    let zeros = parts.fraction.iter().rev().take_while(|digit| **digit == b'0').count();
    let fraction = &parts.fraction[..parts.fraction.len() - zeros];
    if fraction.len() > scale {
        return None;
    }
    let mut value: i128 = 0;
    let padding = std::iter::repeat_n(&b'0', scale - fraction.len());
    let integer = if parts.integer == b"0" { &[] } else { parts.integer };
    if integer.len() + scale > usize::from(precision) {
        return None;
    }
    for digit in integer.iter().chain(fraction).chain(padding) {
        value = value.checked_mul(10)?.checked_add(i128::from(digit - b'0'))?;
    }
    Some(if parts.negative { -value } else { value })
}

/// `true` or `false` in any case.
pub(super) fn boolean(text: &[u8]) -> Option<bool> {
    if text.eq_ignore_ascii_case(b"true") {
        Some(true)
    } else if text.eq_ignore_ascii_case(b"false") {
        Some(false)
    } else {
        None
    }
}

/// A date `2024-02-29`, as days since 1970.
pub(super) fn date(text: &[u8]) -> Option<i32> {
    let (days, rest) = leading_date(text)?;
    rest.is_empty().then_some(days)
}

/// A moment as microseconds since 1970, and whether the text names its zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) micros: i64,
    pub(super) has_zone: bool,
}

/// `2024-02-29 12:30`, `2024-02-29T12:30:59.123456Z`, `… +02:00`: ISO 8601 with a `T` or a blank. `None` where digits beyond
/// the microsecond would be lost.
pub(super) fn moment(text: &[u8]) -> Option<Moment> {
    let (days, rest) = leading_date(text)?;
    let rest = match rest {
        [b'T' | b't' | b' ', rest @ ..] => rest,
        _ => return None,
    };
    let (hour, rest) = two_digits(rest, 23)?;
    let (minute, rest) = two_digits(rest.strip_prefix(b":")?, 59)?;
    let (second, rest) = match rest {
        [b':', rest @ ..] => two_digits(rest, 59)?,
        rest => (0, rest),
    };
    let (micros, rest) = match rest {
        [b'.' | b',', rest @ ..] => fraction(rest)?,
        rest => (0, rest),
    };
    let offset = zone(rest)?;
    let of_day = ((hour * 60 + minute) * 60 + second) * MICROS_PER_SECOND + micros;
    let local = i64::from(days) * MICROS_PER_DAY + of_day;
    Some(Moment { micros: local - offset.unwrap_or(0) * 60 * MICROS_PER_SECOND, has_zone: offset.is_some() })
}

/// Reads `2024-02-29` at the beginning of a text.
fn leading_date(text: &[u8]) -> Option<(i32, &[u8])> {
    let (year, rest) = text.split_at_checked(4)?;
    let year = std::str::from_utf8(year).ok().filter(|year| year.bytes().all(|byte| byte.is_ascii_digit()))?;
    let (month, rest) = two_digits(rest.strip_prefix(b"-")?, 12)?;
    let (day, rest) = two_digits(rest.strip_prefix(b"-")?, 31)?;
    let date = NaiveDate::from_ymd_opt(year.parse().ok()?, u32::try_from(month).ok()?, u32::try_from(day).ok()?)?;
    Some((date.to_epoch_days(), rest))
}

fn two_digits(text: &[u8], largest: i64) -> Option<(i64, &[u8])> {
    match text {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9', rest @ ..] => {
            let value = i64::from(tens - b'0') * 10 + i64::from(ones - b'0');
            (value <= largest).then_some((value, rest))
        }
        _ => None,
    }
}

fn fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let length = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let is_cut = text[..length].iter().skip(6).any(|digit| *digit != b'0');
    if length == 0 || length > 9 || is_cut {
        return None;
    }
    let digits = text[..length].iter().copied().chain(std::iter::repeat(b'0')).take(6);
    let micros = digits.fold(0, |value, digit| value * 10 + i64::from(digit - b'0'));
    Some((micros, &text[length..]))
}

/// Minutes east of UTC; `Some(None)` where there is no zone, `None` where it cannot be read.
#[expect(clippy::option_option, reason = "no zone and a wrong zone are different answers")]
fn zone(text: &[u8]) -> Option<Option<i64>> {
    let (sign, rest) = match text.strip_prefix(b" ").unwrap_or(text) {
        [] if text.is_empty() => return Some(None),
        b"Z" | b"z" | b"UTC" => return Some(Some(0)),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let (hours, rest) = two_digits(rest, 23)?;
    let minutes = match rest {
        [] => 0,
        rest => {
            let (minutes, rest) = two_digits(rest.strip_prefix(b":").unwrap_or(rest), 59)?;
            if !rest.is_empty() {
                return None;
            }
            minutes
        }
    };
    Some(Some(sign * (hours * 60 + minutes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_read_where_no_digit_is_lost() {
        assert_eq!(integer(b"0"), Some(0));
        assert_eq!(integer(b"-9223372036854775808"), Some(i64::MIN));
        assert_eq!(integer(b"9223372036854775807"), Some(i64::MAX));
        for text in [
            "",
            "-",
            "007",
            "-01",
            "+5",
            "9223372036854775808",
            "-9223372036854775809",
            "1_000",
            "12a",
            "99999999999999999999",
        ] {
            assert_eq!(integer(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn doubles_are_read_where_they_keep_every_digit() {
        for (text, value) in [
            ("1.5", 1.5),
            ("-0.25", -0.25),
            (".5", 0.5),
            ("5.", 5.),
            ("100", 100.),
            ("1e3", 1000.),
            ("1.7976931348623157e308", f64::MAX),
            ("0.30000000000000004", 0.1 + 0.2),
            ("9007199254740993.0e0", 0.),
        ] {
            let read = double(text.as_bytes());
            if value == 0. { assert_eq!(read, None, "{text}") } else { assert_eq!(read, Some(value), "{text}") }
        }
        for text in
            ["", ".", "e5", "1e", "1.2.3", "0x10", "1,5", "01.5", "+1.5", "3.14159265358979323846", "1e999", "--1"]
        {
            assert_eq!(double(text.as_bytes()), None, "{text}");
        }
        assert!(double(b"NaN").is_some_and(f64::is_nan));
    }

    #[test]
    fn decimals_are_never_rounded() {
        assert_eq!(decimal(b"12.50", 10, 2), Some(1250));
        assert_eq!(decimal(b"-0.07", 10, 2), Some(-7));
        assert_eq!(decimal(b"1.2300", 10, 2), Some(123));
        assert_eq!(decimal(b"1.234", 10, 2), None);
        assert_eq!(decimal(b"123456789.00", 10, 2), None);
        assert_eq!(decimal(b"99999999999999999999999999999999999999", 38, 0), Some(10i128.pow(38) - 1));
    }

    #[test]
    fn moments_are_read_to_the_microsecond() {
        let utc = |text: &str| moment(text.as_bytes());
        assert_eq!(utc("1970-01-01T00:00:01Z"), Some(Moment { micros: 1_000_000, has_zone: true }));
        assert_eq!(utc("1970-01-01 02:00:00.5+02:00"), Some(Moment { micros: 500_000, has_zone: true }));
        assert_eq!(utc("1970-01-01 00:00:00.123456000"), Some(Moment { micros: 123_456, has_zone: false }));
        assert_eq!(utc("1969-12-31 23:59"), Some(Moment { micros: -60_000_000, has_zone: false }));
        assert_eq!(utc("1970-01-01 00:00:00 UTC"), Some(Moment { micros: 0, has_zone: true }));
        for text in [
            "1970-01-01",
            "1970-01-01T",
            "1970-01-01 24:00:00",
            "1970-01-01 00:00:00 CET",
            "1970-13-01 00:00",
            "2023-02-29 00:00",
            "1970-01-01 00:00:00.1234567",
        ] {
            assert_eq!(utc(text), None, "{text}");
        }
        assert_eq!(date(b"1970-01-02"), Some(1));
        assert_eq!(date(b"2023-02-29"), None);
        assert_eq!(date(b"1970-1-2"), None);
    }
}
