//! One column of a COPY: binary values in, an Arrow array out.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, BooleanBufferBuilder, Decimal128Array, ListArray, NullBufferBuilder,
    TimestampMicrosecondArray,
};
use arrow::buffer::{OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, Date32Type, Field, Float32Type, Float64Type, Int16Type, Int32Type, Int64Type};
use arrow::error::ArrowError;

use super::super::columns::Form;
use super::super::numeric::{NotDecimal, decimal};
use super::values::{Blobs, Values};
use super::{Malformed, Rejections};

/// From PostgreSQL's day zero, 2000-01-01, to Unix's.
const DAYS_TO_UNIX: i32 = 10_957;
const MICROSECONDS_TO_UNIX: i64 = 946_684_800_000_000;

/// Grows one column.
pub(super) enum Builder {
    Bool { values: BooleanBufferBuilder, nulls: NullBufferBuilder },
    Int2(Values<i16>),
    Int4(Values<i32>),
    Int8(Values<i64>),
    Oid(Values<i64>),
    Float4(Values<f32>),
    Float8(Values<f64>),
    Date(Values<i32>),
    Timestamp(Values<i64>),
    Instant(Values<i64>),
    Decimal { values: Values<i128>, precision: u8, scale: i8 },
    Money { values: Values<i128>, scale: i8 },
    Text(Blobs),
    Jsonb(Blobs),
    Uuid(Blobs),
    Time(Blobs),
    Bytes(Blobs),
    List { offsets: Vec<i32>, nulls: NullBufferBuilder, items: Box<Self>, item_type: DataType, length: i32 },
}

impl Builder {
    pub(super) fn new(form: &Form, rows: usize) -> Self {
        match form {
            Form::Bool => Self::Bool { values: BooleanBufferBuilder::new(rows), nulls: NullBufferBuilder::new(rows) },
            Form::Int2 => Self::Int2(Values::new(rows)),
            Form::Int4 => Self::Int4(Values::new(rows)),
            Form::Int8 => Self::Int8(Values::new(rows)),
            Form::Oid => Self::Oid(Values::new(rows)),
            Form::Float4 => Self::Float4(Values::new(rows)),
            Form::Float8 => Self::Float8(Values::new(rows)),
            Form::Date => Self::Date(Values::new(rows)),
            Form::Timestamp => Self::Timestamp(Values::new(rows)),
            Form::Instant => Self::Instant(Values::new(rows)),
            Form::Decimal { precision, scale } => {
                Self::Decimal { values: Values::new(rows), precision: *precision, scale: *scale }
            }
            Form::Money { scale } => Self::Money { values: Values::new(rows), scale: *scale },
            Form::Text => Self::Text(Blobs::new(rows, 0)),
            Form::Jsonb => Self::Jsonb(Blobs::new(rows, 0)),
            Form::Uuid => Self::Uuid(Blobs::new(rows, 0)),
            Form::Time => Self::Time(Blobs::new(rows, 0)),
            Form::Bytes => Self::Bytes(Blobs::new(rows, 0)),
            Form::List(item) => Self::List {
                offsets: vec![0],
                nulls: NullBufferBuilder::new(rows),
                items: Box::new(Self::new(item, rows)),
                item_type: item.data_type(),
                length: 0,
            },
        }
    }

    #[inline]
    pub(super) fn append(&mut self, value: &[u8], rejections: &mut Rejections) -> Result<(), Malformed> {
        match self {
            Self::Bool { values, nulls } => {
                values.append(fixed::<1>(value)? != [0]);
                nulls.append_non_null();
            }
            Self::Int2(values) => values.push(i16::from_be_bytes(fixed(value)?)),
            Self::Int4(values) => values.push(i32::from_be_bytes(fixed(value)?)),
            Self::Int8(values) => values.push(i64::from_be_bytes(fixed(value)?)),
            Self::Oid(values) => values.push(i64::from(u32::from_be_bytes(fixed(value)?))),
            Self::Float4(values) => values.push(f32::from_be_bytes(fixed(value)?)),
            Self::Float8(values) => values.push(f64::from_be_bytes(fixed(value)?)),
            Self::Date(values) => match i32::from_be_bytes(fixed(value)?) {
                i32::MAX | i32::MIN => reject(rejections, "infinity is no date", || values.push_null()),
                days => match days.checked_add(DAYS_TO_UNIX) {
                    Some(days) => values.push(days),
                    None => reject(rejections, "the date is too late", || values.push_null()),
                },
            },
            Self::Timestamp(values) | Self::Instant(values) => match i64::from_be_bytes(fixed(value)?) {
                i64::MAX | i64::MIN => reject(rejections, "infinity is no timestamp", || values.push_null()),
                microseconds => match microseconds.checked_add(MICROSECONDS_TO_UNIX) {
                    Some(microseconds) => values.push(microseconds),
                    None => reject(rejections, "the timestamp is beyond the year 294246", || values.push_null()),
                },
            },
            Self::Decimal { values, precision, scale } => match decimal(value, *precision, *scale) {
                Ok(value) => values.push(value),
                Err(NotDecimal::Malformed) => return Err(Malformed),
                Err(NotDecimal::NaN) => reject(rejections, "NaN has no decimal", || values.push_null()),
                Err(NotDecimal::Infinity) => reject(rejections, "infinity has no decimal", || values.push_null()),
                Err(NotDecimal::TooLong) => {
                    reject(rejections, "the number has more digits than its column declares", || values.push_null());
                }
            },
            Self::Money { values, .. } => values.push(i128::from(i64::from_be_bytes(fixed(value)?))),
            Self::Text(blobs) | Self::Bytes(blobs) => blobs.push(value),
            Self::Jsonb(blobs) => blobs.push(value.strip_prefix(&[1]).ok_or(Malformed)?),
            Self::Uuid(blobs) => {
                push_uuid(&mut blobs.bytes, fixed(value)?);
                blobs.end_value();
            }
            Self::Time(blobs) => {
                push_time(&mut blobs.bytes, i64::from_be_bytes(fixed(value)?))?;
                blobs.end_value();
            }
            Self::List { offsets, nulls, items, length, .. } => {
                let Some(count) = append_items(items, value, rejections)? else {
                    nulls.append_null();
                    offsets.push(*length);
                    *rejections.entry("the array has more than one dimension").or_default() += 1;
                    return Ok(());
                };
                *length = length.checked_add(count).ok_or(Malformed)?;
                offsets.push(*length);
                nulls.append_non_null();
            }
        }
        Ok(())
    }

    /// What a NULL takes in memory beyond the length that stands for it on the line.
    #[inline]
    pub(super) fn null_bytes(&self) -> usize {
        match self {
            Self::Decimal { .. } | Self::Money { .. } => 12,
            Self::Int8(_) | Self::Oid(_) | Self::Float8(_) | Self::Timestamp(_) | Self::Instant(_) => 4,
            _ => 0,
        }
    }

    pub(super) fn append_null(&mut self) {
        match self {
            Self::Bool { values, nulls } => {
                values.append(false);
                nulls.append_null();
            }
            Self::Int2(values) => values.push_null(),
            Self::Int4(values) | Self::Date(values) => values.push_null(),
            Self::Int8(values) | Self::Oid(values) | Self::Timestamp(values) | Self::Instant(values) => {
                values.push_null()
            }
            Self::Float4(values) => values.push_null(),
            Self::Float8(values) => values.push_null(),
            Self::Decimal { values, .. } | Self::Money { values, .. } => values.push_null(),
            Self::Text(blobs) | Self::Jsonb(blobs) | Self::Uuid(blobs) | Self::Time(blobs) | Self::Bytes(blobs) => {
                blobs.push_null();
            }
            Self::List { offsets, nulls, length, .. } => {
                offsets.push(*length);
                nulls.append_null();
            }
        }
    }

    pub(super) fn finish(&mut self, rejections: &mut Rejections) -> Result<ArrayRef, ArrowError> {
        Ok(match self {
            Self::Bool { values, nulls } => Arc::new(BooleanArray::new(values.finish(), nulls.finish())),
            Self::Int2(values) => Arc::new(values.finish::<Int16Type>()?),
            Self::Int4(values) => Arc::new(values.finish::<Int32Type>()?),
            Self::Int8(values) | Self::Oid(values) => Arc::new(values.finish::<Int64Type>()?),
            Self::Float4(values) => Arc::new(values.finish::<Float32Type>()?),
            Self::Float8(values) => Arc::new(values.finish::<Float64Type>()?),
            Self::Date(values) => Arc::new(values.finish::<Date32Type>()?),
            Self::Timestamp(values) => Arc::new(microseconds(values)?),
            Self::Instant(values) => Arc::new(microseconds(values)?.with_timezone("UTC")),
            Self::Decimal { values, precision, scale } => decimals(values, *precision, *scale)?,
            Self::Money { values, scale } => decimals(values, 19, *scale)?,
            Self::Text(blobs) | Self::Jsonb(blobs) | Self::Uuid(blobs) | Self::Time(blobs) => {
                blobs.finish_text(rejections)?
            }
            Self::Bytes(blobs) => blobs.finish_bytes()?,
            Self::List { offsets, nulls, items, item_type, length } => {
                *length = 0;
                let offsets = OffsetBuffer::new(ScalarBuffer::from(std::mem::replace(offsets, vec![0])));
                let item = Arc::new(Field::new_list_field(item_type.clone(), true));
                Arc::new(ListArray::try_new(item, offsets, items.finish(rejections)?, nulls.finish())?)
            }
        })
    }
}

fn microseconds(values: &mut Values<i64>) -> Result<TimestampMicrosecondArray, ArrowError> {
    values.finish()
}

fn decimals(values: &mut Values<i128>, precision: u8, scale: i8) -> Result<ArrayRef, ArrowError> {
    let decimals: Decimal128Array = values.finish()?;
    Ok(Arc::new(decimals.with_precision_and_scale(precision, scale)?))
}

/// The bytes of a value that has one length only.
#[inline]
fn fixed<const N: usize>(value: &[u8]) -> Result<[u8; N], Malformed> {
    value.try_into().map_err(|_| Malformed)
}

fn reject(rejections: &mut Rejections, reason: &'static str, push_null: impl FnOnce()) {
    push_null();
    *rejections.entry(reason).or_default() += 1;
}

/// The elements of a binary array; `None`, with nothing appended, where it has several dimensions.
fn append_items(items: &mut Builder, value: &[u8], rejections: &mut Rejections) -> Result<Option<i32>, Malformed> {
    let (header, rest) = value.split_first_chunk::<12>().ok_or(Malformed)?;
    match i32::from_be_bytes(fixed(&header[..4])?) {
        0 => return Ok(Some(0)),
        1 => {}
        _ => return Ok(None),
    }
    let (bounds, mut rest) = rest.split_first_chunk::<8>().ok_or(Malformed)?;
    let count = i32::from_be_bytes(fixed(&bounds[..4])?);
    if count < 0 {
        return Err(Malformed);
    }
    for _ in 0..count {
        let (length, after) = rest.split_first_chunk::<4>().ok_or(Malformed)?;
        rest = after;
        let Ok(length) = usize::try_from(i32::from_be_bytes(*length)) else {
            items.append_null();
            continue;
        };
        let (item, after) = rest.split_at_checked(length).ok_or(Malformed)?;
        items.append(item, rejections)?;
        rest = after;
    }
    if rest.is_empty() { Ok(Some(count)) } else { Err(Malformed) }
}

fn push_uuid(text: &mut Vec<u8>, uuid: [u8; 16]) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let mut written = [b'-'; 36];
    let mut at = 0;
    for byte in uuid {
        if matches!(at, 8 | 13 | 18 | 23) {
            at += 1;
        }
        written[at] = HEX[usize::from(byte >> 4)];
        written[at + 1] = HEX[usize::from(byte & 15)];
        at += 2;
    }
    text.extend_from_slice(&written);
}

/// `HH:MM:SS` and as many digits of the second as there are, as PostgreSQL prints it.
fn push_time(text: &mut Vec<u8>, microseconds: i64) -> Result<(), Malformed> {
    let microseconds = u64::try_from(microseconds).ok().filter(|time| *time <= 86_400_000_000).ok_or(Malformed)?;
    let seconds = microseconds / 1_000_000;
    let mut fraction = microseconds % 1_000_000;
    let digit = |number: u64| b'0' + (number % 10) as u8;
    for (part, end) in [(seconds / 3600, b':'), (seconds / 60 % 60, b':'), (seconds % 60, b'.')] {
        text.extend_from_slice(&[digit(part / 10), digit(part), end]);
    }
    if fraction == 0 {
        text.pop();
    }
    while fraction > 0 {
        text.push(digit(fraction / 100_000));
        fraction = fraction % 100_000 * 10;
    }
    Ok(())
}
