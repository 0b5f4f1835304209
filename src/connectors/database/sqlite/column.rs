//! Values of SQLite into Arrow arrays.

use std::fmt::Write;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BinaryBuilder, BooleanBuilder, Date32Builder, Decimal128Builder, Float64Builder, Int64Builder,
    StringBuilder, TimestampMicrosecondBuilder,
};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use rusqlite::types::ValueRef;

use super::kind::Kind;
use super::moment::Moment;

/// Why a value has no place in its column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Misfit {
    /// The column must become text for the value to be kept.
    NeedsText,
    /// The value is no text; in a text column stands how SQLite writes it.
    NoText(String),
}

/// The growing array of one column.
pub(super) enum Values {
    Integer(Int64Builder),
    Real(Float64Builder),
    Decimal(Decimal128Builder, u8, i8),
    Boolean(BooleanBuilder),
    Date(Date32Builder),
    Timestamp(TimestampMicrosecondBuilder),
    Instant(TimestampMicrosecondBuilder),
    Blob(BinaryBuilder),
    Text(StringBuilder),
}

impl Values {
    pub(super) fn of(kind: Kind) -> Self {
        match kind {
            Kind::Integer => Self::Integer(Int64Builder::new()),
            Kind::Real => Self::Real(Float64Builder::new()),
            Kind::Decimal { precision, scale } => {
                let builder = Decimal128Builder::new().with_data_type(DataType::Decimal128(precision, scale));
                Self::Decimal(builder, precision, scale)
            }
            Kind::Boolean => Self::Boolean(BooleanBuilder::new()),
            Kind::Date => Self::Date(Date32Builder::new()),
            Kind::Timestamp => Self::Timestamp(TimestampMicrosecondBuilder::new()),
            Kind::Instant => Self::Instant(TimestampMicrosecondBuilder::new().with_timezone("UTC")),
            Kind::Blob => Self::Blob(BinaryBuilder::new()),
            Kind::Text | Kind::Json => Self::Text(StringBuilder::new()),
        }
    }

    /// Adds a value; tells how many bytes it takes, or why nothing was added.
    #[inline]
    pub(super) fn add(&mut self, value: ValueRef<'_>) -> Result<usize, Misfit> {
        match (self, value) {
            (values, ValueRef::Null) => {
                values.add_null();
                return Ok(if matches!(values, Self::Decimal(..)) { 16 } else { 8 });
            }
            (Self::Integer(builder), ValueRef::Integer(integer)) => builder.append_value(integer),
            (Self::Real(builder), ValueRef::Real(real)) => builder.append_value(real),
            (Self::Text(builder), value) => return add_text(builder, value),
            (Self::Blob(builder), ValueRef::Blob(bytes)) => {
                builder.append_value(bytes);
                return Ok(bytes.len() + 8);
            }
            (Self::Timestamp(builder), ValueRef::Text(text)) => match Moment::parse(text) {
                Some(Moment::Local(micros)) => builder.append_value(micros),
                Some(Moment::Date(days)) => builder.append_value(i64::from(days) * 86_400_000_000),
                _ => return Err(Misfit::NeedsText),
            },
            (Self::Instant(builder), ValueRef::Text(text)) => match Moment::parse(text) {
                Some(Moment::Instant(micros)) => builder.append_value(micros),
                _ => return Err(Misfit::NeedsText),
            },
            (Self::Date(builder), ValueRef::Text(text)) => match Moment::parse(text) {
                Some(Moment::Date(days)) => builder.append_value(days),
                _ => return Err(Misfit::NeedsText),
            },
            (Self::Boolean(builder), value) => builder.append_value(as_boolean(value).ok_or(Misfit::NeedsText)?),
            (Self::Decimal(builder, precision, scale), value) => {
                builder.append_value(as_decimal(value, *precision, *scale).ok_or(Misfit::NeedsText)?);
                return Ok(16);
            }
            (Self::Real(builder), ValueRef::Integer(integer)) if Self::is_exact_as_double(integer) => {
                builder.append_value(integer as f64);
            }
            _ => return Err(Misfit::NeedsText),
        }
        Ok(8)
    }

    pub(super) fn add_null(&mut self) {
        match self {
            Self::Integer(builder) => builder.append_null(),
            Self::Real(builder) => builder.append_null(),
            Self::Decimal(builder, ..) => builder.append_null(),
            Self::Boolean(builder) => builder.append_null(),
            Self::Date(builder) => builder.append_null(),
            Self::Timestamp(builder) | Self::Instant(builder) => builder.append_null(),
            Self::Blob(builder) => builder.append_null(),
            Self::Text(builder) => builder.append_null(),
        }
    }

    /// Turns what was added so far into text, so that any value can follow. Bytes never are: rows with anything else
    /// among them are rejected.
    pub(super) fn become_text(&mut self) {
        let so_far = self.finish();
        let mut builder = StringBuilder::new();
        if let Ok(text) = cast(&so_far, &DataType::Utf8)
            && let Some(text) = text.as_any().downcast_ref::<arrow::array::StringArray>()
        {
            builder.extend(text);
        } else {
            builder.append_nulls(so_far.len());
        }
        *self = Self::Text(builder);
    }

    pub(super) fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Integer(builder) => Arc::new(builder.finish()),
            Self::Real(builder) => Arc::new(builder.finish()),
            Self::Decimal(builder, ..) => Arc::new(builder.finish()),
            Self::Boolean(builder) => Arc::new(builder.finish()),
            Self::Date(builder) => Arc::new(builder.finish()),
            Self::Timestamp(builder) | Self::Instant(builder) => Arc::new(builder.finish()),
            Self::Blob(builder) => Arc::new(builder.finish()),
            Self::Text(builder) => Arc::new(builder.finish()),
        }
    }

    /// Whether a kind keeps a value exactly.
    pub(super) fn fits(value: ValueRef<'_>, kind: Kind) -> bool {
        match (kind, value) {
            (_, ValueRef::Null) | (Kind::Integer, ValueRef::Integer(_)) | (Kind::Real, ValueRef::Real(_)) => true,
            (Kind::Real, ValueRef::Integer(integer)) => Self::is_exact_as_double(integer),
            (Kind::Boolean, value) => as_boolean(value).is_some(),
            (Kind::Decimal { precision, scale }, value) => as_decimal(value, precision, scale).is_some(),
            _ => false,
        }
    }

    pub(super) fn is_exact_as_double(integer: i64) -> bool {
        integer.unsigned_abs() <= 1 << 53
    }
}

fn add_text(builder: &mut StringBuilder, value: ValueRef<'_>) -> Result<usize, Misfit> {
    match value {
        ValueRef::Text(bytes) => {
            let text = std::str::from_utf8(bytes).map_err(|_| Misfit::NoText(broken_text_literal(bytes)))?;
            builder.append_value(text);
            return Ok(text.len() + 8);
        }
        ValueRef::Blob(bytes) => return Err(Misfit::NoText(blob_literal(bytes))),
        ValueRef::Integer(integer) => write!(builder, "{integer}").expect("a builder takes any text"),
        ValueRef::Real(real) => write!(builder, "{real:?}").expect("a builder takes any text"),
        ValueRef::Null => {}
    }
    builder.append_value("");
    Ok(24)
}

/// Bytes as SQLite writes them, so that they are never taken for the text that they would spell.
pub(super) fn blob_literal(bytes: &[u8]) -> String {
    format!("X'{}'", hex::encode_upper(bytes))
}

/// A text that is not UTF-8 as SQLite writes it.
pub(super) fn broken_text_literal(bytes: &[u8]) -> String {
    format!("CAST({} AS TEXT)", blob_literal(bytes))
}

fn as_boolean(value: ValueRef<'_>) -> Option<bool> {
    match value {
        ValueRef::Integer(0) => Some(false),
        ValueRef::Integer(1) => Some(true),
        ValueRef::Text(text) if text.eq_ignore_ascii_case(b"true") => Some(true),
        ValueRef::Text(text) if text.eq_ignore_ascii_case(b"false") => Some(false),
        _ => None,
    }
}

/// The unscaled value; a double counts as the shortest decimal that names it, which is what was written.
fn as_decimal(value: ValueRef<'_>, precision: u8, scale: i8) -> Option<i128> {
    let places = u32::from(scale.unsigned_abs());
    let unscaled = match value {
        ValueRef::Integer(integer) => i128::from(integer).checked_mul(10i128.checked_pow(places)?)?,
        ValueRef::Real(real) if real.is_finite() && real.abs() < 1e38 => {
            parse_decimal(format!("{real}").as_bytes(), places)?
        }
        ValueRef::Text(text) => parse_decimal(text, places)?,
        _ => return None,
    };
    (unscaled.unsigned_abs() < 10u128.pow(u32::from(precision))).then_some(unscaled)
}

fn parse_decimal(text: &[u8], places: u32) -> Option<i128> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    let mut unscaled = 0i128;
    let mut decimals = None;
    let mut any = false;
    for &letter in digits {
        match letter {
            b'.' if decimals.is_none() => decimals = Some(0u32),
            b'0'..=b'9' => {
                any = true;
                if let Some(count) = &mut decimals {
                    *count += 1;
                    if *count > places {
                        if letter != b'0' {
                            return None;
                        }
                        continue;
                    }
                }
                unscaled = unscaled.checked_mul(10)?.checked_add(i128::from(letter - b'0'))?;
            }
            _ => return None,
        }
    }
    let missing = places.saturating_sub(decimals.unwrap_or(0));
    let unscaled = unscaled.checked_mul(10i128.checked_pow(missing)?)?;
    any.then_some(if negative { -unscaled } else { unscaled })
}
