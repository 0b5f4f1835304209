//! Values as JSON, exactly.
//!
//! | type | JSON |
//! |---|---|
//! | NULL | `null` |
//! | boolean | `true`, `false` |
//! | integers from -2^53 to 2^53 | number; larger ones as a string |
//! | real, double | number (a real with its own, short digits); `"NaN"`, `"Infinity"`, `"-Infinity"` |
//! | decimal | string with all digits of its scale: `"12.50"` |
//! | text | string |
//! | binary | string, base64 with padding |
//! | date | `"2024-02-29"` |
//! | time | `"13:45:00"`, with 3, 6 or 9 digits after the point where they are not zero |
//! | timestamp with time zone | RFC 3339 in UTC: `"2024-02-29T13:45:00.250Z"` |
//! | timestamp | the same without an offset, since it has none: `"2024-02-29T13:45:00"` |
//! | interval, duration | ISO 8601: `"P1Y2M3DT4H5M6.5S"` |
//! | list | array |
//! | struct | object, fields in their order |
//! | map | object; keys as text, the last of equal keys counts |
//! | union (of JSON operators such as `->`) | the value that it holds |

use arrow::array::cast::AsArray;
use arrow::array::types::{
    ArrowPrimitiveType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type,
    DecimalType, DurationMicrosecondType, DurationMillisecondType, DurationNanosecondType, DurationSecondType,
    Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, IntervalDayTimeType,
    IntervalMonthDayNanoType, IntervalYearMonthType, Time32MillisecondType, Time32SecondType, Time64MicrosecondType,
    Time64NanosecondType, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, IntervalUnit, TimeUnit};
use arrow::error::ArrowError;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Number, Value};

use super::calendar;

/// The largest integer that is a JSON number here, and the smallest with its sign: 2^53.
pub const LARGEST_NUMBER: u64 = 1 << 53;

/// The rows of a batch, each with one value a column.
///
/// # Errors
/// Where a column's encoding cannot be resolved, which is a fault of whoever made the batch.
pub fn columns_to_rows(batch: &RecordBatch) -> Result<Vec<Vec<Value>>, ArrowError> {
    let width = batch.num_columns();
    let mut rows: Vec<Vec<Value>> = (0..batch.num_rows()).map(|_| Vec::with_capacity(width)).collect();
    for column in batch.columns() {
        for (row, value) in rows.iter_mut().zip(values(column)?) {
            row.push(value);
        }
    }
    Ok(rows)
}

/// The values of one array.
///
/// # Errors
/// As [`columns_to_rows`].
pub fn values(array: &dyn Array) -> Result<Vec<Value>, ArrowError> {
    let values = match array.data_type() {
        DataType::Null => vec![Value::Null; array.len()],
        DataType::Boolean => array.as_boolean().iter().map(|value| value.map_or(Value::Null, Value::Bool)).collect(),
        DataType::Int8 => primitive::<Int8Type>(array, |value| signed(value.into())),
        DataType::Int16 => primitive::<Int16Type>(array, |value| signed(value.into())),
        DataType::Int32 => primitive::<Int32Type>(array, |value| signed(value.into())),
        DataType::Int64 => primitive::<Int64Type>(array, signed),
        DataType::UInt8 => primitive::<UInt8Type>(array, |value| unsigned(value.into())),
        DataType::UInt16 => primitive::<UInt16Type>(array, |value| unsigned(value.into())),
        DataType::UInt32 => primitive::<UInt32Type>(array, |value| unsigned(value.into())),
        DataType::UInt64 => primitive::<UInt64Type>(array, unsigned),
        DataType::Float16 => primitive::<Float16Type>(array, |value| single(value.to_f32())),
        DataType::Float32 => primitive::<Float32Type>(array, single),
        DataType::Float64 => primitive::<Float64Type>(array, double),
        DataType::Decimal32(..) => decimals::<Decimal32Type>(array),
        DataType::Decimal64(..) => decimals::<Decimal64Type>(array),
        DataType::Decimal128(..) => decimals::<Decimal128Type>(array),
        DataType::Decimal256(..) => decimals::<Decimal256Type>(array),
        DataType::Utf8 => each(array.as_string::<i32>().iter(), text),
        DataType::LargeUtf8 => each(array.as_string::<i64>().iter(), text),
        DataType::Utf8View => each(array.as_string_view().iter(), text),
        DataType::Binary => each(array.as_binary::<i32>().iter(), binary),
        DataType::LargeBinary => each(array.as_binary::<i64>().iter(), binary),
        DataType::BinaryView => each(array.as_binary_view().iter(), binary),
        DataType::FixedSizeBinary(_) => each(array.as_fixed_size_binary().iter(), binary),
        DataType::Date32 | DataType::Date64 | DataType::Time32(_) | DataType::Time64(_) => clock(array),
        DataType::Timestamp(unit, zone) => timestamps(array, *unit, if zone.is_some() { "Z" } else { "" }),
        DataType::Duration(unit) => durations(array, *unit),
        DataType::Interval(unit) => intervals(array, *unit),
        DataType::List(_) => lists(array, array.as_list::<i32>().iter())?,
        DataType::LargeList(_) => lists(array, array.as_list::<i64>().iter())?,
        DataType::FixedSizeList(..) => lists(array, array.as_fixed_size_list().iter())?,
        DataType::ListView(_) => {
            let list = array.as_list_view::<i32>();
            lists(array, (0..list.len()).map(|row| list.is_valid(row).then(|| list.value(row))))?
        }
        DataType::LargeListView(_) => {
            let list = array.as_list_view::<i64>();
            lists(array, (0..list.len()).map(|row| list.is_valid(row).then(|| list.value(row))))?
        }
        DataType::Struct(_) => structs(array)?,
        DataType::Map(..) => maps(array)?,
        DataType::Union(..) => unions(array)?,
        DataType::Dictionary(_, value) => values(&cast(&array.slice(0, array.len()), value)?)?,
        DataType::RunEndEncoded(_, value) => values(&cast(&array.slice(0, array.len()), value.data_type())?)?,
    };
    Ok(values)
}

/// A value as text outside JSON: a string without its quotes, the rest as JSON, NULL as nothing.
pub fn as_text(value: Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    }
}

fn primitive<T: ArrowPrimitiveType>(array: &dyn Array, convert: impl Fn(T::Native) -> Value) -> Vec<Value> {
    each(array.as_primitive::<T>().iter(), convert)
}

fn each<T>(values: impl Iterator<Item = Option<T>>, convert: impl Fn(T) -> Value) -> Vec<Value> {
    values.map(|value| value.map_or(Value::Null, &convert)).collect()
}

fn signed(value: i64) -> Value {
    if value.unsigned_abs() <= LARGEST_NUMBER { value.into() } else { value.to_string().into() }
}

fn unsigned(value: u64) -> Value {
    if value <= LARGEST_NUMBER { value.into() } else { value.to_string().into() }
}

fn double(value: f64) -> Value {
    match Number::from_f64(value) {
        Some(number) => Value::Number(number),
        None => Value::String(not_finite(value).to_owned()),
    }
}

/// The double that prints with the digits of the single: 0.1 stays 0.1.
fn single(value: f32) -> Value {
    double(value.to_string().parse().unwrap_or(f64::from(value)))
}

fn not_finite(value: f64) -> &'static str {
    match value {
        value if value.is_nan() => "NaN",
        value if value > 0.0 => "Infinity",
        _ => "-Infinity",
    }
}

fn text(value: &str) -> Value {
    Value::String(value.to_owned())
}

fn binary(value: &[u8]) -> Value {
    Value::String(STANDARD.encode(value))
}

fn decimals<T: DecimalType>(array: &dyn Array) -> Vec<Value> {
    let array = array.as_primitive::<T>();
    let decimal = |row| if array.is_valid(row) { Value::String(array.value_as_string(row)) } else { Value::Null };
    (0..array.len()).map(decimal).collect()
}

fn clock(array: &dyn Array) -> Vec<Value> {
    let day = |days: i128| Value::String(calendar::date(days));
    let time = |value: i128, nanos: i128| Value::String(calendar::time(value * nanos));
    match array.data_type() {
        DataType::Date32 => primitive::<Date32Type>(array, |value| day(value.into())),
        DataType::Date64 => primitive::<Date64Type>(array, |value| day(i128::from(value).div_euclid(86_400_000))),
        DataType::Time32(TimeUnit::Second) => {
            primitive::<Time32SecondType>(array, |value| time(value.into(), 1_000_000_000))
        }
        DataType::Time32(_) => primitive::<Time32MillisecondType>(array, |value| time(value.into(), 1_000_000)),
        DataType::Time64(TimeUnit::Nanosecond) => {
            primitive::<Time64NanosecondType>(array, |value| time(value.into(), 1))
        }
        _ => primitive::<Time64MicrosecondType>(array, |value| time(value.into(), 1_000)),
    }
}

fn nanos_in(unit: TimeUnit) -> i128 {
    match unit {
        TimeUnit::Second => 1_000_000_000,
        TimeUnit::Millisecond => 1_000_000,
        TimeUnit::Microsecond => 1_000,
        TimeUnit::Nanosecond => 1,
    }
}

fn timestamps(array: &dyn Array, unit: TimeUnit, zone: &str) -> Vec<Value> {
    let instant = |value: i64| Value::String(calendar::timestamp(i128::from(value) * nanos_in(unit), zone));
    match unit {
        TimeUnit::Second => primitive::<TimestampSecondType>(array, instant),
        TimeUnit::Millisecond => primitive::<TimestampMillisecondType>(array, instant),
        TimeUnit::Microsecond => primitive::<TimestampMicrosecondType>(array, instant),
        TimeUnit::Nanosecond => primitive::<TimestampNanosecondType>(array, instant),
    }
}

fn durations(array: &dyn Array, unit: TimeUnit) -> Vec<Value> {
    let span = |value: i64| Value::String(calendar::interval(0, 0, i128::from(value) * nanos_in(unit)));
    match unit {
        TimeUnit::Second => primitive::<DurationSecondType>(array, span),
        TimeUnit::Millisecond => primitive::<DurationMillisecondType>(array, span),
        TimeUnit::Microsecond => primitive::<DurationMicrosecondType>(array, span),
        TimeUnit::Nanosecond => primitive::<DurationNanosecondType>(array, span),
    }
}

fn intervals(array: &dyn Array, unit: IntervalUnit) -> Vec<Value> {
    match unit {
        IntervalUnit::YearMonth => {
            primitive::<IntervalYearMonthType>(array, |months| calendar::interval(months.into(), 0, 0).into())
        }
        IntervalUnit::DayTime => primitive::<IntervalDayTimeType>(array, |value| {
            calendar::interval(0, value.days.into(), i128::from(value.milliseconds) * 1_000_000).into()
        }),
        IntervalUnit::MonthDayNano => primitive::<IntervalMonthDayNanoType>(array, |value| {
            calendar::interval(value.months.into(), value.days.into(), value.nanoseconds.into()).into()
        }),
    }
}

fn lists(array: &dyn Array, items: impl Iterator<Item = Option<ArrayRef>>) -> Result<Vec<Value>, ArrowError> {
    let mut lists = Vec::with_capacity(array.len());
    for items in items {
        lists.push(match items {
            Some(items) => Value::Array(values(&items)?),
            None => Value::Null,
        });
    }
    Ok(lists)
}

fn structs(array: &dyn Array) -> Result<Vec<Value>, ArrowError> {
    let array = array.as_struct();
    let mut objects: Vec<Map<String, Value>> = vec![Map::new(); array.len()];
    for (name, column) in array.column_names().into_iter().zip(array.columns()) {
        for (object, value) in objects.iter_mut().zip(values(column)?) {
            object.insert(name.to_owned(), value);
        }
    }
    let whole = |(row, object)| if array.is_valid(row) { Value::Object(object) } else { Value::Null };
    Ok(objects.into_iter().enumerate().map(whole).collect())
}

fn maps(array: &dyn Array) -> Result<Vec<Value>, ArrowError> {
    let array = array.as_map();
    let mut maps = Vec::with_capacity(array.len());
    for row in 0..array.len() {
        if array.is_null(row) {
            maps.push(Value::Null);
            continue;
        }
        let entries = array.value(row);
        let keys = values(entries.column(0))?.into_iter().map(|key| as_text(key).unwrap_or_default());
        maps.push(Value::Object(keys.zip(values(entries.column(1))?).collect()));
    }
    Ok(maps)
}

fn unions(array: &dyn Array) -> Result<Vec<Value>, ArrowError> {
    let array = array.as_union();
    let mut held = Vec::with_capacity(array.len());
    for row in 0..array.len() {
        held.push(values(&array.value(row))?.pop().unwrap_or(Value::Null));
    }
    Ok(held)
}
