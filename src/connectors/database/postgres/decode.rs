//! Rows of a binary COPY, decoded in place into Arrow columns.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BinaryArray, BooleanArray, BooleanBufferBuilder, Decimal128Array, ListArray, NullBufferBuilder,
    PrimitiveArray, RecordBatch, RecordBatchOptions, StringArray, TimestampMicrosecondArray,
};
use arrow::buffer::{Buffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{
    ArrowNativeType, ArrowPrimitiveType, DataType, Date32Type, Field, Float32Type, Float64Type, Int16Type, Int32Type,
    Int64Type, Schema, SchemaRef,
};
use arrow::error::ArrowError;

use super::columns::{Form, Plan};
use super::numeric::{NotDecimal, decimal};
use crate::sdk::{ConnectorError, RejectedValue};

/// What a binary COPY starts with.
const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";
/// Offsets of 32 bits hold this and one more row of a gigabyte.
const MOST_BATCH_BYTES: usize = 512 * 1024 * 1024;
/// From PostgreSQL's day zero, 2000-01-01, to Unix's.
const DAYS_TO_UNIX: i32 = 10_957;
const MICROSECONDS_TO_UNIX: i64 = 946_684_800_000_000;

/// The bytes are not what the protocol says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Malformed;

/// How many values of a column became NULL, by reason.
type Rejections = BTreeMap<&'static str, u64>;

/// Takes the rows of a COPY and gives batches.
pub(super) struct Decoder {
    place: String,
    schema: SchemaRef,
    columns: Vec<ColumnDecoder>,
    rows: usize,
    bytes: usize,
    batch_bytes: usize,
    is_header_read: bool,
}

struct ColumnDecoder {
    builder: Builder,
    rejections: Rejections,
}

impl Decoder {
    /// A decoder of rows with these columns; `place` is the relation, for errors.
    pub(super) fn new(place: &str, schema: SchemaRef, plans: &[Plan], batch_bytes: usize) -> Self {
        let columns = plans
            .iter()
            .map(|plan| ColumnDecoder { builder: Builder::new(&plan.form, 0), rejections: Rejections::new() });
        Self {
            place: place.to_owned(),
            schema,
            columns: columns.collect(),
            rows: 0,
            bytes: 0,
            batch_bytes: batch_bytes.clamp(1, MOST_BATCH_BYTES),
            is_header_read: false,
        }
    }

    /// Another COPY begins.
    pub(super) fn begin_copy(&mut self) {
        self.is_header_read = false;
    }

    /// Takes one message of a COPY, which holds whole rows. Says whether a batch is full.
    ///
    /// # Errors
    /// `Protocol` where it is not what the columns say.
    pub(super) fn take(&mut self, message: &[u8]) -> Result<bool, ConnectorError> {
        self.take_rows(message).map_err(|Malformed| ConnectorError::Protocol {
            message: format!("{}: the server sent rows that do not have the columns asked for", self.place),
            cause: None,
        })?;
        Ok(self.bytes >= self.batch_bytes)
    }

    /// Whether rows were taken that no batch holds yet.
    pub(super) fn has_rows(&self) -> bool {
        self.rows > 0
    }

    /// The rows taken so far as a batch.
    ///
    /// # Errors
    /// `Data` where a text is not UTF-8, though the server says so.
    pub(super) fn finish(&mut self) -> Result<RecordBatch, ConnectorError> {
        let rows = std::mem::take(&mut self.rows);
        self.bytes = 0;
        let mut arrays = Vec::with_capacity(self.columns.len());
        for (column, field) in self.columns.iter_mut().zip(self.schema.fields()) {
            let array = column.builder.finish(&mut column.rejections).map_err(|error| ConnectorError::Data {
                place: format!("{}, column {}", self.place, field.name()),
                message: "holds values that cannot be read".to_owned(),
                cause: Some(error.into()),
            })?;
            arrays.push(array);
        }
        self.allow_nulls_in(&arrays);
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), arrays, &options).map_err(|error| {
            ConnectorError::Data {
                place: self.place.clone(),
                message: "the rows do not fit the columns".to_owned(),
                cause: Some(error.into()),
            }
        })
    }

    /// Not every NOT NULL is enforced: a partition may be a foreign table.
    fn allow_nulls_in(&mut self, arrays: &[ArrayRef]) {
        let holds_null = |(field, array): (&Arc<Field>, &ArrayRef)| !field.is_nullable() && array.null_count() > 0;
        if !self.schema.fields().iter().zip(arrays).any(holds_null) {
            return;
        }
        let fields = self.schema.fields().iter().zip(arrays).map(|(field, array)| {
            let is_nullable = field.is_nullable() || array.null_count() > 0;
            field.as_ref().clone().with_nullable(is_nullable)
        });
        self.schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    }

    /// What became NULL since this was last asked.
    pub(super) fn take_rejections(&mut self) -> Vec<RejectedValue> {
        let mut found = Vec::new();
        for (column, field) in self.columns.iter_mut().zip(self.schema.fields()) {
            for (reason, count) in std::mem::take(&mut column.rejections) {
                found.push(RejectedValue { column: field.name().clone(), reason: reason.to_owned(), count });
            }
        }
        found
    }

    fn take_rows(&mut self, message: &[u8]) -> Result<(), Malformed> {
        let mut rest = message;
        if !self.is_header_read {
            rest = rest.strip_prefix(SIGNATURE).ok_or(Malformed)?;
            let (_flags, after) = rest.split_first_chunk::<4>().ok_or(Malformed)?;
            let (extension, after) = after.split_first_chunk::<4>().ok_or(Malformed)?;
            rest = after.get(u32::from_be_bytes(*extension) as usize..).ok_or(Malformed)?;
            self.is_header_read = true;
        }
        // A NULL is nothing on the line and a whole value in memory.
        self.bytes += message.len();
        while let Some((count, after)) = rest.split_first_chunk::<2>() {
            let count = i16::from_be_bytes(*count);
            rest = after;
            if count == -1 {
                break;
            }
            if usize::try_from(count) != Ok(self.columns.len()) {
                return Err(Malformed);
            }
            for column in &mut self.columns {
                let (length, after) = rest.split_first_chunk::<4>().ok_or(Malformed)?;
                let length = i32::from_be_bytes(*length);
                if length < 0 {
                    column.builder.append_null();
                    self.bytes += column.builder.null_bytes();
                    rest = after;
                    continue;
                }
                let (value, after) = after.split_at_checked(length.unsigned_abs() as usize).ok_or(Malformed)?;
                column.builder.append(value, &mut column.rejections)?;
                rest = after;
            }
            self.rows += 1;
        }
        if rest.is_empty() { Ok(()) } else { Err(Malformed) }
    }
}

/// Values of fixed width.
struct Values<T> {
    values: Vec<T>,
    nulls: NullBufferBuilder,
}

impl<T: ArrowNativeType> Values<T> {
    fn new(capacity: usize) -> Self {
        Self { values: Vec::with_capacity(capacity), nulls: NullBufferBuilder::new(capacity) }
    }

    #[inline]
    fn push(&mut self, value: T) {
        self.values.push(value);
        self.nulls.append_non_null();
    }

    fn push_null(&mut self) {
        self.values.push(T::default());
        self.nulls.append_null();
    }

    fn finish<P: ArrowPrimitiveType<Native = T>>(&mut self) -> Result<PrimitiveArray<P>, ArrowError> {
        let capacity = self.values.len();
        let full = std::mem::replace(self, Self::new(capacity));
        PrimitiveArray::try_new(ScalarBuffer::from(full.values), full.nulls.build())
    }
}

/// Values of any length.
struct Blobs {
    offsets: Vec<i32>,
    bytes: Vec<u8>,
    nulls: NullBufferBuilder,
}

impl Blobs {
    fn new(rows: usize, bytes: usize) -> Self {
        let mut offsets = Vec::with_capacity(rows + 1);
        offsets.push(0);
        Self { offsets, bytes: Vec::with_capacity(bytes), nulls: NullBufferBuilder::new(rows) }
    }

    #[inline]
    fn push(&mut self, value: &[u8]) {
        self.bytes.extend_from_slice(value);
        self.end_value();
    }

    fn end_value(&mut self) {
        // A batch ends long before 2 GB, and no field of PostgreSQL is longer than one.
        self.offsets.push(self.bytes.len() as i32);
        self.nulls.append_non_null();
    }

    fn push_null(&mut self) {
        self.offsets.push(self.bytes.len() as i32);
        self.nulls.append_null();
    }

    fn take(&mut self) -> Self {
        let next = Self::new(self.offsets.len() - 1, self.bytes.len());
        std::mem::replace(self, next)
    }

    fn finish_text(&mut self, rejections: &mut Rejections) -> Result<ArrayRef, ArrowError> {
        let full = self.take();
        if std::str::from_utf8(&full.bytes).is_err() {
            return Ok(full.valid_text(rejections));
        }
        let offsets = OffsetBuffer::new(ScalarBuffer::from(full.offsets));
        Ok(Arc::new(StringArray::try_new(offsets, Buffer::from_vec(full.bytes), full.nulls.build())?))
    }

    /// The texts that are UTF-8; the others become NULL.
    fn valid_text(mut self, rejections: &mut Rejections) -> ArrayRef {
        let nulls = self.nulls.finish();
        let texts = self.offsets.windows(2).enumerate().map(|(row, bounds)| {
            if nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
                return None;
            }
            let text = std::str::from_utf8(&self.bytes[bounds[0] as usize..bounds[1] as usize]).ok();
            if text.is_none() {
                *rejections.entry("the bytes are not UTF-8").or_default() += 1;
            }
            text
        });
        Arc::new(texts.collect::<StringArray>())
    }

    fn finish_bytes(&mut self) -> Result<ArrayRef, ArrowError> {
        let full = self.take();
        let offsets = OffsetBuffer::new(ScalarBuffer::from(full.offsets));
        Ok(Arc::new(BinaryArray::try_new(offsets, Buffer::from_vec(full.bytes), full.nulls.build())?))
    }
}

/// Grows one column.
enum Builder {
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
    fn new(form: &Form, rows: usize) -> Self {
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
    fn append(&mut self, value: &[u8], rejections: &mut Rejections) -> Result<(), Malformed> {
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
    fn null_bytes(&self) -> usize {
        match self {
            Self::Decimal { .. } | Self::Money { .. } => 12,
            Self::Int8(_) | Self::Oid(_) | Self::Float8(_) | Self::Timestamp(_) | Self::Instant(_) => 4,
            _ => 0,
        }
    }

    fn append_null(&mut self) {
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

    fn finish(&mut self, rejections: &mut Rejections) -> Result<ArrayRef, ArrowError> {
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
