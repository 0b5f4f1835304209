//! A number as it was written: the double nearest to it, and all of its digits.

use arrow::datatypes::{DECIMAL128_MAX_PRECISION, DECIMAL256_MAX_PRECISION, DataType, i256};
use datafusion::common::ScalarValue;

use crate::sdk::Digits;

#[derive(Debug)]
pub(super) struct Number {
    /// What DataFusion makes of it.
    double: f64,
    /// `None` where it has more digits than any decimal.
    exact: Option<Exact>,
}

/// `digits` / 10^`scale`, a decimal of `precision` digits.
#[derive(Debug)]
struct Exact {
    digits: i256,
    precision: u8,
    scale: i8,
}

impl Number {
    /// Reads `-12.50`, `.5` or `1.5e22`; `None` if it is no number.
    pub(super) fn read(text: &str) -> Option<Self> {
        Some(Self { double: text.parse().ok()?, exact: exact(text) })
    }

    /// The same with the other sign.
    pub(super) fn negative(self) -> Self {
        let exact = self.exact.map(|exact| Exact { digits: -exact.digits, ..exact });
        Self { double: -self.double, exact }
    }

    /// The room that its digits need.
    pub(super) fn room(&self) -> Option<Room> {
        self.exact.as_ref().map(|exact| Room::of_decimal(exact.precision, exact.scale))
    }

    /// A decimal that can be compared with others of this room, or a double where there is none.
    pub(super) fn value(&self, room: Option<Room>) -> ScalarValue {
        let (Some(Exact { digits, precision, scale }), Some(room)) = (&self.exact, room) else {
            return ScalarValue::Float64(Some(self.double));
        };
        match digits.to_i128() {
            Some(digits) if room.digits() <= i32::from(DECIMAL128_MAX_PRECISION) => {
                ScalarValue::Decimal128(Some(digits), *precision, *scale)
            }
            _ => ScalarValue::Decimal256(Some(*digits), *precision, *scale),
        }
    }
}

fn exact(text: &str) -> Option<Exact> {
    let Digits { is_negative, digits, exponent } = Digits::of(text)?;
    if digits.is_empty() {
        return Some(Exact { digits: i256::ZERO, precision: 1, scale: 0 });
    }
    let most = i64::from(DECIMAL256_MAX_PRECISION);
    let length = i64::try_from(digits.len()).ok()?;
    // Places behind the point; below zero, zeros before it.
    let scale = -exponent;
    let precision = if scale < 0 { length - scale } else { length.max(scale) };
    if precision > most {
        return None;
    }
    let sign = if is_negative { "-" } else { "" };
    let zeros = "0".repeat(usize::try_from(exponent).unwrap_or(0));
    let digits = i256::from_string(&format!("{sign}{digits}{zeros}"))?;
    Some(Exact { digits, precision: u8::try_from(precision).ok()?, scale: i8::try_from(scale.max(0)).ok()? })
}

/// How many digits decimals have before and behind the point.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Room {
    before: i32,
    behind: i32,
}

impl Room {
    /// That of the decimals that DataFusion compares values of a type as; `None` for types that are not exact numbers.
    pub(super) fn of(data_type: &DataType) -> Option<Self> {
        use DataType::{
            Decimal32, Decimal64, Decimal128, Decimal256, Int8, Int16, Int32, Int64, Null, UInt8, UInt16, UInt32,
            UInt64,
        };
        Some(match data_type {
            Null => Self::default(),
            Int8 | UInt8 => Self::of_decimal(3, 0),
            Int16 | UInt16 => Self::of_decimal(5, 0),
            Int32 | UInt32 => Self::of_decimal(10, 0),
            Int64 | UInt64 => Self::of_decimal(20, 0),
            Decimal32(precision, scale)
            | Decimal64(precision, scale)
            | Decimal128(precision, scale)
            | Decimal256(precision, scale) => Self::of_decimal(*precision, *scale),
            _ => return None,
        })
    }

    fn of_decimal(precision: u8, scale: i8) -> Self {
        Self { before: i32::from(precision) - i32::from(scale), behind: i32::from(scale) }
    }

    /// Room for both.
    pub(super) fn with(self, other: Self) -> Self {
        Self { before: self.before.max(other.before), behind: self.behind.max(other.behind) }
    }

    /// The digits of a decimal with this room.
    pub(super) fn digits(self) -> i32 {
        self.before + self.behind
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_the_digits_that_they_were_written_with() {
        for (text, decimal) in [
            ("12.50", "125 1 3"),
            ("-12.5", "-125 1 3"),
            (".5", "5 1 1"),
            ("5.", "5 0 1"),
            ("0.001", "1 3 3"),
            ("1e3", "1000 0 4"),
            ("1.25E+1", "125 1 3"),
            ("100e-2", "1 0 1"),
            ("1e-3", "1 3 3"),
            ("0.0e99", "0 0 1"),
            ("18446744073709551616", "18446744073709551616 0 20"),
            ("16777216.000000000000", "16777216 0 8"),
        ] {
            let Exact { digits, precision, scale } = exact(text).unwrap();
            assert_eq!(format!("{digits} {scale} {precision}"), decimal, "{text}");
        }
        for text in ["1e76", "1e-77", "1e2147483647", "1e99999999999", "inf", "NaN", "ä"] {
            assert!(exact(text).is_none(), "{text}");
        }
        assert!(exact(&"9".repeat(76)).is_some() && exact(&"9".repeat(77)).is_none());
        assert!(Number::read("1.5.5").is_none());
    }

    #[test]
    fn a_number_is_as_wide_as_what_it_is_compared_with() {
        let number = Number::read("-0.5").unwrap();
        let room = |data_type| Room::of(&data_type).unwrap().with(number.room().unwrap());
        let narrow = number.value(Some(room(DataType::Decimal128(38, 10))));
        assert_eq!(narrow, ScalarValue::Decimal128(Some(-5), 1, 1));
        let wide = number.value(Some(room(DataType::Decimal128(38, 0))));
        assert_eq!(wide, ScalarValue::Decimal256(Some(i256::from_i128(-5)), 1, 1));
        assert_eq!(number.value(None), ScalarValue::Float64(Some(-0.5)));
        assert_eq!(number.negative().value(None), ScalarValue::Float64(Some(0.5)));
        assert_eq!(Room::of(&DataType::Float32), None);
    }
}
