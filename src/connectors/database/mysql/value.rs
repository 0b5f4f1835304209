//! Values of the binary protocol into Arrow arrays.

use std::fmt::Write;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryBuilder, BooleanBuilder, Date32Builder, Decimal128Builder, Float32Builder, Float64Builder,
    Int8Builder, Int16Builder, Int32Builder, Int64Builder, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow::datatypes::DataType;
use chrono::{Datelike, NaiveDate};
use sqlx::mysql::MySqlRow;
use sqlx::{Decode, MySql, Row};

use super::kind::Kind;

/// Why a value became NULL.
pub(super) type Reason = &'static str;

const NO_DATE: Reason = "a date with a zero in it is no date";
const BAD_FORM: Reason = "the server sent a value that is not of the column's type";

/// The bytes of a value as they came; `None` for NULL.
#[inline]
pub(super) fn bytes(row: &MySqlRow, index: usize) -> Option<&[u8]> {
    let value = row.try_get_raw(index).ok()?;
    <&[u8] as Decode<'_, MySql>>::decode(value).ok()
}

/// A value as text, for what the server's own tables say.
pub(super) fn text(row: &MySqlRow, index: usize) -> Option<String> {
    bytes(row, index).map(|bytes| String::from_utf8_lossy(bytes).into_owned())
}

/// The growing array of one column.
pub(super) enum Values {
    Int8(Int8Builder),
    Int16(Int16Builder),
    Int32(Int32Builder),
    Int64(Int64Builder),
    Float(Float32Builder),
    Double(Float64Builder),
    Decimal(Decimal128Builder),
    Boolean(BooleanBuilder),
    Date(Date32Builder),
    Timestamp(TimestampMicrosecondBuilder),
    Text(StringBuilder),
    Bytes(BinaryBuilder),
}

impl Values {
    pub(super) fn of(kind: Kind) -> Self {
        match kind.data_type() {
            DataType::Int8 => Self::Int8(Int8Builder::new()),
            DataType::Int16 => Self::Int16(Int16Builder::new()),
            DataType::Int32 => Self::Int32(Int32Builder::new()),
            DataType::Int64 => Self::Int64(Int64Builder::new()),
            DataType::Float32 => Self::Float(Float32Builder::new()),
            DataType::Float64 => Self::Double(Float64Builder::new()),
            DataType::Boolean => Self::Boolean(BooleanBuilder::new()),
            DataType::Date32 => Self::Date(Date32Builder::new()),
            decimal @ DataType::Decimal128(..) => Self::Decimal(Decimal128Builder::new().with_data_type(decimal)),
            moment @ DataType::Timestamp(..) => {
                Self::Timestamp(TimestampMicrosecondBuilder::new().with_data_type(moment))
            }
            DataType::Binary => Self::Bytes(BinaryBuilder::new()),
            _ => Self::Text(StringBuilder::new()),
        }
    }

    /// Adds a value that is not NULL; tells how many bytes it takes, or why nothing was added.
    #[inline]
    pub(super) fn add(&mut self, kind: Kind, bytes: &[u8]) -> Result<usize, Reason> {
        match (self, kind) {
            (Self::Int64(builder), Kind::Integer { unsigned, .. }) => builder.append_value(integer(bytes, unsigned)?),
            (Self::Int32(builder), Kind::Integer { unsigned, .. }) => builder.append_value(narrow(bytes, unsigned)?),
            (Self::Int16(builder), Kind::Integer { unsigned, .. }) => builder.append_value(narrow(bytes, unsigned)?),
            (Self::Int8(builder), Kind::Integer { unsigned, .. }) => builder.append_value(narrow(bytes, unsigned)?),
            (Self::Text(builder), Kind::Time { digits }) => {
                let time = Time::read(bytes)?;
                write!(builder, "{}", time.shown(digits)).map_err(|_| BAD_FORM)?;
                builder.append_value("");
                return Ok(24);
            }
            (Self::Text(builder), _) => {
                let text = std::str::from_utf8(bytes).map_err(|_| "the text is not UTF-8")?;
                builder.append_value(text);
                return Ok(text.len() + 8);
            }
            (Self::Bytes(builder), Kind::Geometry) => {
                // Four bytes of SRID stand before the well-known form.
                builder.append_value(bytes.get(4..).ok_or(BAD_FORM)?);
                return Ok(bytes.len() + 8);
            }
            (Self::Bytes(builder), _) => {
                builder.append_value(bytes);
                return Ok(bytes.len() + 8);
            }
            (Self::Decimal(builder), Kind::Decimal { scale, .. }) => {
                builder.append_value(decimal(bytes, scale.unsigned_abs()).ok_or(BAD_FORM)?);
                return Ok(16);
            }
            (Self::Decimal(builder), Kind::Wide) => {
                builder.append_value(i128::from(unsigned(bytes)?));
                return Ok(16);
            }
            (Self::Decimal(builder), _) => {
                builder.append_value(i128::from(bits(bytes)));
                return Ok(16);
            }
            (Self::Int64(builder), _) => builder.append_value(i64::try_from(bits(bytes)).map_err(|_| BAD_FORM)?),
            (Self::Float(builder), _) => builder.append_value(f32::from_le_bytes(array(bytes)?)),
            (Self::Double(builder), _) => builder.append_value(f64::from_le_bytes(array(bytes)?)),
            (Self::Boolean(builder), _) => builder.append_value(bits(bytes) != 0),
            (Self::Date(builder), _) => builder.append_value(Moment::read(bytes)?.days()?),
            (Self::Timestamp(builder), _) => builder.append_value(Moment::read(bytes)?.micros()?),
            _ => return Err(BAD_FORM),
        }
        Ok(8)
    }

    pub(super) fn add_null(&mut self) {
        match self {
            Self::Int8(builder) => builder.append_null(),
            Self::Int16(builder) => builder.append_null(),
            Self::Int32(builder) => builder.append_null(),
            Self::Int64(builder) => builder.append_null(),
            Self::Float(builder) => builder.append_null(),
            Self::Double(builder) => builder.append_null(),
            Self::Decimal(builder) => builder.append_null(),
            Self::Boolean(builder) => builder.append_null(),
            Self::Date(builder) => builder.append_null(),
            Self::Timestamp(builder) => builder.append_null(),
            Self::Text(builder) => builder.append_null(),
            Self::Bytes(builder) => builder.append_null(),
        }
    }

    pub(super) fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Int8(builder) => Arc::new(builder.finish()),
            Self::Int16(builder) => Arc::new(builder.finish()),
            Self::Int32(builder) => Arc::new(builder.finish()),
            Self::Int64(builder) => Arc::new(builder.finish()),
            Self::Float(builder) => Arc::new(builder.finish()),
            Self::Double(builder) => Arc::new(builder.finish()),
            Self::Decimal(builder) => Arc::new(builder.finish()),
            Self::Boolean(builder) => Arc::new(builder.finish()),
            Self::Date(builder) => Arc::new(builder.finish()),
            Self::Timestamp(builder) => Arc::new(builder.finish()),
            Self::Text(builder) => Arc::new(builder.finish()),
            Self::Bytes(builder) => Arc::new(builder.finish()),
        }
    }
}

fn array<const N: usize>(bytes: &[u8]) -> Result<[u8; N], Reason> {
    bytes.try_into().map_err(|_| BAD_FORM)
}

/// An integer of one to eight bytes, the lowest first.
pub(super) fn integer(bytes: &[u8], unsigned: bool) -> Result<i64, Reason> {
    Ok(match (bytes.len(), unsigned) {
        (1, false) => i64::from(i8::from_le_bytes(array(bytes)?)),
        (1, true) => i64::from(bytes[0]),
        (2, false) => i64::from(i16::from_le_bytes(array(bytes)?)),
        (2, true) => i64::from(u16::from_le_bytes(array(bytes)?)),
        (4, false) => i64::from(i32::from_le_bytes(array(bytes)?)),
        (4, true) => i64::from(u32::from_le_bytes(array(bytes)?)),
        (8, false) => i64::from_le_bytes(array(bytes)?),
        (8, true) => i64::try_from(u64::from_le_bytes(array(bytes)?)).map_err(|_| BAD_FORM)?,
        _ => return Err(BAD_FORM),
    })
}

fn narrow<T: TryFrom<i64>>(bytes: &[u8], unsigned: bool) -> Result<T, Reason> {
    T::try_from(integer(bytes, unsigned)?).map_err(|_| BAD_FORM)
}

pub(super) fn unsigned(bytes: &[u8]) -> Result<u64, Reason> {
    match bytes.len() {
        8 => Ok(u64::from_le_bytes(array(bytes)?)),
        _ => integer(bytes, true).map(i64::cast_unsigned),
    }
}

/// Up to 64 bits, the highest byte first.
pub(super) fn bits(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |bits, byte| bits << 8 | u64::from(*byte))
}

/// The unscaled value of `-12.30`.
fn decimal(text: &[u8], scale: u8) -> Option<i128> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    let mut unscaled = 0i128;
    let mut places = None;
    for &letter in digits {
        match letter {
            b'.' if places.is_none() => places = Some(0u8),
            b'0'..=b'9' => {
                unscaled = unscaled.checked_mul(10)?.checked_add(i128::from(letter - b'0'))?;
                places = places.map(|places| places + 1);
            }
            _ => return None,
        }
    }
    let missing = scale.checked_sub(places.unwrap_or(0))?;
    let unscaled = unscaled.checked_mul(10i128.checked_pow(u32::from(missing))?)?;
    (!digits.is_empty()).then_some(if negative { -unscaled } else { unscaled })
}

/// A date with its time as the protocol writes it, zeros and all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Moment {
    year: u16,
    month: u8,
    day: u8,
    hour: u8,
    minute: u8,
    second: u8,
    micros: u32,
}

impl Moment {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Reason> {
        let (length, rest) = bytes.split_first().ok_or(BAD_FORM)?;
        if rest.len() != usize::from(*length) {
            return Err(BAD_FORM);
        }
        let mut moment = Self::default();
        match rest {
            [] => {}
            [y1, y2, month, day, time @ ..] => {
                moment = Self { year: u16::from_le_bytes([*y1, *y2]), month: *month, day: *day, ..moment };
                match time {
                    [] => {}
                    [hour, minute, second, fraction @ ..] => {
                        (moment.hour, moment.minute, moment.second) = (*hour, *minute, *second);
                        if !fraction.is_empty() {
                            moment.micros = u32::from_le_bytes(array(fraction)?);
                        }
                    }
                    _ => return Err(BAD_FORM),
                }
            }
            _ => return Err(BAD_FORM),
        }
        Ok(moment)
    }

    /// Days since 1970.
    fn days(self) -> Result<i32, Reason> {
        let date =
            NaiveDate::from_ymd_opt(i32::from(self.year), u32::from(self.month), u32::from(self.day)).ok_or(NO_DATE)?;
        Ok(date.num_days_from_ce() - 719_163)
    }

    /// Microseconds since 1970.
    fn micros(self) -> Result<i64, Reason> {
        let seconds = i64::from(self.days()?) * 86_400
            + i64::from(self.hour) * 3600
            + i64::from(self.minute) * 60
            + i64::from(self.second);
        Ok(seconds * 1_000_000 + i64::from(self.micros))
    }

    pub(super) fn date_text(self) -> String {
        format!("{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }

    pub(super) fn text(self) -> String {
        let (hour, minute, second, micros) = (self.hour, self.minute, self.second, self.micros);
        format!("{} {hour:02}:{minute:02}:{second:02}.{micros:06}", self.date_text())
    }
}

/// A time of day or a span of up to 838 hours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Time {
    negative: bool,
    hours: u32,
    minute: u8,
    second: u8,
    micros: u32,
}

impl Time {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Reason> {
        let (length, rest) = bytes.split_first().ok_or(BAD_FORM)?;
        match rest {
            [] if *length == 0 => Ok(Self::default()),
            [negative, d1, d2, d3, d4, hour, minute, second, fraction @ ..] => {
                let days = u32::from_le_bytes([*d1, *d2, *d3, *d4]);
                Ok(Self {
                    negative: *negative != 0,
                    hours: days
                        .checked_mul(24)
                        .and_then(|hours| hours.checked_add(u32::from(*hour)))
                        .ok_or(BAD_FORM)?,
                    minute: *minute,
                    second: *second,
                    micros: if fraction.is_empty() { 0 } else { u32::from_le_bytes(array(fraction)?) },
                })
            }
            _ => Err(BAD_FORM),
        }
    }

    /// As the server writes it, with so many digits behind the second.
    pub(super) fn shown(self, digits: u8) -> String {
        let sign = if self.negative { "-" } else { "" };
        let mut text = format!("{sign}{:02}:{:02}:{:02}", self.hours, self.minute, self.second);
        if digits > 0 {
            let fraction = format!(".{:06}", self.micros);
            text.push_str(&fraction[..=usize::from(digits.min(6))]);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_read_exactly() {
        assert_eq!(decimal(b"-12.30", 2), Some(-1230));
        assert_eq!(decimal(b"0005", 2), Some(500));
        assert_eq!(decimal(b"99999999999999999999999999999999999999", 0), Some(10i128.pow(38) - 1));
        for wrong in ["", "-", "1.234", "1e5", "a"] {
            assert!(wrong == "-" || decimal(wrong.as_bytes(), 2).is_none(), "{wrong}");
        }
    }

    #[test]
    fn odd_bytes_are_refused_and_never_panic() {
        let short: [&[u8]; 6] =
            [&[], &[4, 1], &[3, 1, 1, 1], &[8, 1, 2, 3, 4, 5, 6, 7, 8], &[1, 0], &[5, 1, 1, 1, 1, 1]];
        for bytes in short {
            assert!(Moment::read(bytes).is_err(), "{bytes:?}");
        }
        assert!(Time::read(&[8, 1, 255, 255, 255, 255, 1, 1, 1]).is_err());
        assert!(integer(&[1, 2, 3], false).is_err());
    }

    #[test]
    fn times_keep_their_digits() {
        let time = Time::read(&[12, 1, 34, 0, 0, 0, 22, 59, 59, 0x3f, 0x42, 0x0f, 0]).expect("reads");
        assert_eq!(
            (time.shown(0), time.shown(3), time.shown(6)),
            ("-838:59:59".into(), "-838:59:59.999".into(), "-838:59:59.999999".into())
        );
    }
}
