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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{
        BinaryViewArray, Date64Array, Decimal256Array, DurationMillisecondArray, FixedSizeBinaryArray,
        FixedSizeListArray, Float32Array, Float64Array, Int32Array, Int64Array, IntervalDayTimeArray,
        IntervalYearMonthArray, LargeListArray, LargeStringArray, ListArray, MapBuilder, NullArray, RunArray,
        StringArray, StringBuilder, StringViewArray, StructArray, Time32SecondArray, Time64NanosecondArray,
        TimestampNanosecondArray, TimestampSecondArray, UInt64Array,
    };
    use arrow::datatypes::{Field, IntervalDayTime, i256};
    use proptest::prelude::*;

    use super::*;

    fn json(array: &dyn Array) -> String {
        serde_json::to_string(&values(array).unwrap()).unwrap()
    }

    #[test]
    fn integers_are_numbers_up_to_two_to_the_53rd() {
        let edge = 1i64 << 53;
        let array = Int64Array::from(vec![edge, edge + 1, -edge, -edge - 1, i64::MIN]);
        let expected =
            r#"[9007199254740992,"9007199254740993",-9007199254740992,"-9007199254740993","-9223372036854775808"]"#;
        assert_eq!(json(&array), expected);
        assert_eq!(json(&UInt64Array::from(vec![0, u64::MAX])), r#"[0,"18446744073709551615"]"#);
    }

    #[test]
    fn floats_are_numbers_unless_they_are_not_finite() {
        let array = Float64Array::from(vec![0.1, -0.0, 5e-324, f64::MAX, f64::NAN, f64::INFINITY, f64::NEG_INFINITY]);
        assert_eq!(json(&array), r#"[0.1,-0.0,5e-324,1.7976931348623157e+308,"NaN","Infinity","-Infinity"]"#);
        assert_eq!(
            json(&Float32Array::from(vec![0.1, 16_777_216.0, f32::MIN_POSITIVE])),
            "[0.1,16777216.0,1.1754944e-38]"
        );
    }

    #[test]
    fn decimals_keep_every_digit() {
        let large = i256::from_string("99999999999999999999999999999999999999999999").unwrap();
        let array =
            Decimal256Array::from(vec![large, i256::from(-1), i256::ZERO]).with_precision_and_scale(50, 3).unwrap();
        assert_eq!(json(&array), r#"["99999999999999999999999999999999999999999.999","-0.001","0.000"]"#);
    }

    #[test]
    fn instants_tell_whether_they_have_a_zone() {
        let local = TimestampNanosecondArray::from(vec![1, -1]);
        assert_eq!(json(&local), r#"["1970-01-01T00:00:00.000000001","1969-12-31T23:59:59.999999999"]"#);
        assert_eq!(
            json(&local.with_timezone("+02:00")),
            r#"["1970-01-01T00:00:00.000000001Z","1969-12-31T23:59:59.999999999Z"]"#
        );
        assert_eq!(json(&TimestampSecondArray::from(vec![253_402_300_800])), r#"["+10000-01-01T00:00:00"]"#);
        assert_eq!(json(&TimestampSecondArray::from(vec![i64::MAX])), r#"["+292277026596-12-04T15:30:07"]"#);
        assert_eq!(json(&Date64Array::from(vec![86_400_000, -1])), r#"["1970-01-02","1969-12-31"]"#);
        assert_eq!(json(&Time32SecondArray::from(vec![3_600])), r#"["01:00:00"]"#);
        assert_eq!(json(&Time64NanosecondArray::from(vec![1])), r#"["00:00:00.000000001"]"#);
    }

    #[test]
    fn spans_are_iso_durations() {
        assert_eq!(json(&IntervalYearMonthArray::from(vec![-13])), r#"["P-1Y-1M"]"#);
        assert_eq!(json(&IntervalDayTimeArray::from(vec![IntervalDayTime::new(1, -1)])), r#"["P1DT-0.001S"]"#);
        assert_eq!(json(&DurationMillisecondArray::from(vec![90_061_001])), r#"["PT25H1M1.001S"]"#);
    }

    #[test]
    fn text_and_bytes_are_strings_in_every_encoding() {
        assert_eq!(json(&LargeStringArray::from(vec!["ä\"\n"])), r#"["ä\"\n"]"#);
        assert_eq!(
            json(&StringViewArray::from(vec![Some("a text that is too long to be inlined"), None])),
            r#"["a text that is too long to be inlined",null]"#
        );
        assert_eq!(json(&BinaryViewArray::from(vec![b"".as_slice(), b"abc"])), r#"["","YWJj"]"#);
        let fixed = FixedSizeBinaryArray::try_from_iter([[0u8, 255]].into_iter()).unwrap();
        assert_eq!(json(&fixed), r#"["AP8="]"#);
        let values = StringArray::from(vec!["a", "b"]);
        let runs = RunArray::try_new(&Int32Array::from(vec![2, 3]), &values).unwrap();
        assert_eq!(json(&runs), r#"["a","a","b"]"#);
        assert_eq!(json(&NullArray::new(2)), "[null,null]");
    }

    #[test]
    fn nested_values_are_json_all_the_way_down() {
        let numbers = [Some(vec![Some(1), None]), None, Some(vec![])];
        assert_eq!(json(&ListArray::from_iter_primitive::<Int32Type, _, _>(numbers.clone())), "[[1,null],null,[]]");
        assert_eq!(json(&LargeListArray::from_iter_primitive::<Int32Type, _, _>(numbers)), "[[1,null],null,[]]");
        let pairs = [Some(vec![Some(1), Some(2)]), None];
        assert_eq!(json(&FixedSizeListArray::from_iter_primitive::<Int32Type, _, _>(pairs, 2)), "[[1,2],null]");
        let fields = vec![Field::new("z", DataType::Int64, true), Field::new("a", DataType::Utf8, true)];
        let columns: Vec<ArrayRef> =
            vec![Arc::new(Int64Array::from(vec![i64::MAX, 0])), Arc::new(StringArray::from(vec![None, Some("")]))];
        let objects = StructArray::new(fields.into(), columns, Some(vec![true, false].into()));
        assert_eq!(json(&objects), r#"[{"z":"9223372036854775807","a":null},null]"#);
        let mut map = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
        map.keys().append_value("k");
        map.values().append_null();
        map.append(true).unwrap();
        map.append(false).unwrap();
        assert_eq!(json(&map.finish()), r#"[{"k":null},null]"#);
    }

    #[test]
    fn a_slice_gives_its_own_rows_only() {
        let list = ListArray::from_iter_primitive::<Int32Type, _, _>([Some([Some(1)]), Some([Some(2)]), None]);
        assert_eq!(json(&list.slice(1, 2)), "[[2],null]");
        let runs = RunArray::try_new(&Int32Array::from(vec![2, 3]), &StringArray::from(vec!["a", "b"])).unwrap();
        assert_eq!(json(&runs.slice(1, 2)), r#"["a","b"]"#);
    }

    proptest! {
        #[test]
        fn integers_read_back_exactly(value in any::<i64>()) {
            let read = match values(&Int64Array::from(vec![value])).unwrap().pop().unwrap() {
                Value::Number(number) => number.as_i64().unwrap(),
                Value::String(text) => text.parse().unwrap(),
                other => panic!("{other}"),
            };
            prop_assert_eq!(read, value);
        }

        #[test]
        fn floats_read_back_exactly(value in any::<f64>().prop_filter("finite", |value| value.is_finite())) {
            let text = json(&Float64Array::from(vec![value]));
            let read: f64 = text.trim_matches(['[', ']']).parse().unwrap();
            prop_assert_eq!(read.to_bits(), value.to_bits());
        }

        #[test]
        fn singles_read_back_exactly(value in any::<f32>().prop_filter("finite", |value| value.is_finite())) {
            let text = json(&Float32Array::from(vec![value]));
            let read: f32 = text.trim_matches(['[', ']']).parse().unwrap();
            prop_assert_eq!(read.to_bits(), value.to_bits());
        }

        #[test]
        fn text_reads_back_exactly(text in any::<String>()) {
            let read: Vec<String> = serde_json::from_str(&json(&StringArray::from(vec![text.as_str()]))).unwrap();
            prop_assert_eq!(&read[0], &text);
        }
    }
}
