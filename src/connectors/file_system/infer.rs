//! What type a column has, from the values of a sample.
//!
//! The choice is the narrowest of boolean, bigint, double, decimal, date, timestamp and text that gives every value of
//! the sample back exactly. Numbers with a fraction are double, which is what people expect, as long as a double keeps
//! all their digits; otherwise they are `decimal(38, s)`. Texts that only look like numbers (`007`, integers of more
//! than 64 bits) stay texts.

use arrow::datatypes::DataType;

use super::scalar;
use crate::sdk::types::{instant, local_timestamp};

/// The kinds of values that a column of a sample held.
#[derive(Clone, Debug, Default)]
pub(super) struct Evidence {
    booleans: bool,
    integers: bool,
    /// Numbers with a point or exponent.
    fractions: bool,
    /// Numbers that a double does not hold exactly.
    beyond_double: bool,
    exponents: bool,
    /// NaN or infinity.
    not_numbers: bool,
    dates: bool,
    locals: bool,
    instants: bool,
    texts: bool,
    /// Objects and arrays.
    nested: bool,
    integer_digits: usize,
    fraction_digits: usize,
}

impl Evidence {
    /// Looks at a value that is written as text and may be anything.
    pub(super) fn text(&mut self, text: &[u8]) {
        if self.texts {
            return;
        }
        match text.first() {
            Some(b'0'..=b'9' | b'-' | b'.') if self.number(text) || self.time(text) => {}
            Some(b't' | b'T' | b'f' | b'F') if scalar::boolean(text).is_some() => self.booleans = true,
            Some(b'n' | b'N' | b'i' | b'I' | b'-') if scalar::not_a_number(text).is_some() => self.not_numbers = true,
            _ => self.texts = true,
        }
    }

    /// Looks at a number; `false` where the text is none.
    pub(super) fn number(&mut self, text: &[u8]) -> bool {
        let Some(number) = scalar::number(text) else { return false };
        self.integer_digits = self.integer_digits.max(number.integer.len());
        self.fraction_digits = self.fraction_digits.max(number.fraction.len());
        self.exponents |= number.has_exponent;
        if number.is_fractional {
            self.fractions = true;
            self.beyond_double |= scalar::double(text).is_none();
        } else if scalar::integer(text).is_some() {
            self.integers = true;
            self.beyond_double |= scalar::double(text).is_none();
        } else {
            self.texts = true;
        }
        true
    }

    /// Looks at a text that may be a date or a moment and nothing else; `false` where it is neither.
    pub(super) fn time(&mut self, text: &[u8]) -> bool {
        if scalar::date(text).is_some() {
            self.dates = true;
        } else if let Some(moment) = scalar::moment(text) {
            if moment.has_zone { self.instants = true } else { self.locals = true }
        } else {
            return false;
        }
        true
    }

    pub(super) fn boolean(&mut self) {
        self.booleans = true;
    }

    pub(super) fn plain_text(&mut self) {
        self.texts = true;
    }

    pub(super) fn nested(&mut self) {
        self.nested = true;
    }

    /// Whether every value was an object or an array.
    pub(super) fn is_json(&self) -> bool {
        self.nested && !(self.texts || self.booleans || self.has_numbers() || self.has_times())
    }

    fn has_numbers(&self) -> bool {
        self.integers || self.fractions || self.not_numbers
    }

    fn has_times(&self) -> bool {
        self.dates || self.locals || self.instants
    }

    /// The narrowest type that holds every value.
    pub(super) fn data_type(&self) -> DataType {
        let families = [self.booleans, self.has_numbers(), self.has_times()];
        if self.texts || self.nested || families.iter().filter(|seen| **seen).count() != 1 {
            return DataType::Utf8;
        }
        if self.booleans {
            return DataType::Boolean;
        }
        if self.has_times() {
            return match (self.dates, self.locals, self.instants) {
                (true, false, false) => DataType::Date32,
                (_, true, false) => local_timestamp(),
                (false, false, true) => instant(),
                _ => DataType::Utf8,
            };
        }
        match (self.integers, self.fractions) {
            (true, false) if !self.not_numbers => DataType::Int64,
            (false, false) => DataType::Utf8,
            _ if !self.beyond_double => DataType::Float64,
            _ => self.decimal(),
        }
    }

    fn decimal(&self) -> DataType {
        if self.exponents || self.not_numbers || self.integer_digits + self.fraction_digits > 38 {
            return DataType::Utf8;
        }
        let scale = i8::try_from(self.fraction_digits).unwrap_or(i8::MAX);
        DataType::Decimal128(38, scale)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(texts: &[&str]) -> DataType {
        let mut evidence = Evidence::default();
        for text in texts {
            evidence.text(text.as_bytes());
        }
        evidence.data_type()
    }

    #[test]
    fn the_narrowest_type_is_chosen_that_gives_every_value_back() {
        assert_eq!(of(&["1", "-20"]), DataType::Int64);
        assert_eq!(of(&["1", "2.5"]), DataType::Float64);
        assert_eq!(of(&["1.5", "1e10", "NaN"]), DataType::Float64);
        assert_eq!(of(&["1.5", "12345678901234567.891"]), DataType::Decimal128(38, 3));
        assert_eq!(of(&["9007199254740993", "0.5"]), DataType::Decimal128(38, 1));
        assert_eq!(of(&["true", "FALSE"]), DataType::Boolean);
        assert_eq!(of(&["2024-01-31"]), DataType::Date32);
        assert_eq!(of(&["2024-01-31", "2024-01-31 10:00:00"]), local_timestamp());
        assert_eq!(of(&["2024-01-31T10:00:00Z"]), instant());
    }

    #[test]
    fn what_would_lose_something_stays_text() {
        for texts in [
            &["007"][..],
            &["+49"],
            &["18446744073709551616"],
            &["1", "true"],
            &["2024-01-31T10:00:00Z", "2024-01-31T10:00:00"],
            &["2024-01-31 10:00:00.1234567"],
            &["2024-01-31T10:00:00Z", "2024-01-31"],
            &["NaN"],
            &["1e400", "1.5"],
            &[],
            &["-"],
            &["1 "],
        ] {
            assert_eq!(of(texts), DataType::Utf8, "{texts:?}");
        }
    }
}
