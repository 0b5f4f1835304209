//! Numbers by their digits, where a double would round them.

use std::fmt;

/// A number as it is written, in its one true form: `1.50`, `1.5` and `15e-1` are the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digits {
    /// Never of zero.
    pub is_negative: bool,
    /// Without zeros in front and behind; empty for zero.
    pub digits: String,
    /// The power of ten of the last digit; 0 for zero.
    pub exponent: i64,
}

impl Digits {
    /// Reads `-12.50`, `+.5`, `5.` or `1.5e22`; `None` if it is no number.
    pub fn of(text: &str) -> Option<Self> {
        let (is_negative, bare) = match text.strip_prefix('-') {
            Some(bare) => (true, bare),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match bare.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (bare, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = format!("{whole}{fraction}");
        if all.is_empty() || !all.bytes().all(|digit| digit.is_ascii_digit()) {
            return None;
        }
        let digits = all.trim_start_matches('0').trim_end_matches('0').to_owned();
        if digits.is_empty() {
            return Some(Self { is_negative: false, digits, exponent: 0 });
        }
        let zeros = i64::try_from(all.len() - all.trim_end_matches('0').len()).ok()?;
        let exponent = i64::from(exponent) - i64::try_from(fraction.len()).ok()? + zeros;
        Some(Self { is_negative, digits, exponent })
    }
}

/// Without an exponent: `-0.015`, `1500`.
impl fmt::Display for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_negative {
            f.write_str("-")?;
        }
        let digits = &self.digits;
        let places = usize::try_from(self.exponent.unsigned_abs()).unwrap_or(usize::MAX);
        if digits.is_empty() {
            f.write_str("0")
        } else if self.exponent >= 0 {
            f.write_str(digits)?;
            (0..places).try_for_each(|_| f.write_str("0"))
        } else if let Some(whole) = digits.len().checked_sub(places).filter(|whole| *whole > 0) {
            write!(f, "{}.{}", &digits[..whole], &digits[whole..])
        } else {
            f.write_str("0.")?;
            (digits.len()..places).try_for_each(|_| f.write_str("0"))?;
            f.write_str(digits)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_form() {
        for (text, plain) in [
            ("12.50", "12.5"),
            ("-0012.5", "-12.5"),
            ("+.5", "0.5"),
            ("5.", "5"),
            ("-0.00", "0"),
            ("1.5e3", "1500"),
            ("125E-1", "12.5"),
            ("-15e-4", "-0.0015"),
            ("100", "100"),
            ("9007199254740993", "9007199254740993"),
        ] {
            let digits = Digits::of(text).unwrap();
            assert_eq!(digits.to_string(), plain, "{text}");
            assert_eq!(Digits::of(plain), Some(digits), "{text}");
        }
        for text in ["", ".", "-", "e5", "1e", "1.5.5", "1e99999999999", "inf", "NaN", "1_000", "--1"] {
            assert_eq!(Digits::of(text), None, "{text}");
        }
    }
}
