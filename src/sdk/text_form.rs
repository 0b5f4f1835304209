//! What values become in a column of texts: all of what they say, in one form for each type.

use arrow::array::{Array, ArrayRef, AsArray, StringArray, StringBuilder, UnionArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type, TimeUnit};
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use chrono::{Datelike, Days, NaiveDate, NaiveTime};

use super::{json_form, parts};

/// After so many days the calendar is the same again: 400 years.
const CYCLE: i64 = 146_097;

/// Lists, structs and maps as JSON, bytes as `\x` and hexadecimal digits, a union as the member that it holds, all others by
/// their usual text. NULL where a value has no text: a time of day that is none.
pub(super) fn of(array: &ArrayRef) -> Result<StringArray, ArrowError> {
    let array = parts::plain(array)?;
    match array.data_type() {
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            hexadecimal(&array)
        }
        DataType::Float16 | DataType::Float32 | DataType::Float64 => floats(&array),
        DataType::Union(..) => members(array.as_union()),
        nested if nested.is_nested() => json_form::of(&array),
        _ => scalars(&array),
    }
}

fn hexadecimal(array: &ArrayRef) -> Result<StringArray, ArrowError> {
    let bytes = cast(array, &DataType::Binary)?;
    let texts = bytes.as_binary::<i32>().iter().map(|value| Some(format!("\\x{}", hex::encode(value?))));
    Ok(texts.collect())
}

/// Infinity by the name that PostgreSQL has for it, and our API.
fn floats(array: &ArrayRef) -> Result<StringArray, ArrowError> {
    fn named(text: &str) -> &str {
        match text {
            "inf" => "Infinity",
            "-inf" => "-Infinity",
            finite => finite,
        }
    }
    let texts = scalars(array)?;
    if !texts.iter().flatten().any(|text| text.ends_with("inf")) {
        return Ok(texts);
    }
    Ok(texts.iter().map(|text| text.map(named)).collect())
}

fn members(array: &UnionArray) -> Result<StringArray, ArrowError> {
    let DataType::Union(fields, _) = array.data_type() else { return Ok(StringArray::new_null(array.len())) };
    let mut texts = Vec::with_capacity(fields.len());
    for (id, _) in fields.iter() {
        texts.push((id, of(array.child(id))?));
    }
    let text = |row: usize| {
        let (_, texts) = texts.iter().find(|(id, _)| *id == array.type_id(row))?;
        let place = array.value_offset(row);
        texts.is_valid(place).then(|| texts.value(place))
    };
    Ok((0..array.len()).map(text).collect())
}

fn scalars(array: &ArrayRef) -> Result<StringArray, ArrowError> {
    if let Ok(texts) = cast(array, &DataType::Utf8) {
        return Ok(texts.as_string::<i32>().clone());
    }
    // One value without a usual text spoils the cast of all.
    let options = FormatOptions::default();
    let formatter = ArrayFormatter::try_new(array.as_ref(), &options)?;
    let mut texts = StringBuilder::new();
    for row in 0..array.len() {
        if array.is_null(row) {
            texts.append_null();
            continue;
        }
        match formatter.value(row).try_to_string() {
            Ok(text) => texts.append_value(text),
            Err(_) => texts.append_option(far(&array.slice(row, 1))?),
        }
    }
    Ok(texts.finish())
}

/// A day or moment too far away for the calendar that writes all others, in the same form.
fn far(value: &ArrayRef) -> Result<Option<String>, ArrowError> {
    let per_second = match value.data_type() {
        DataType::Date32 => {
            let days = cast(value, &DataType::Int64)?;
            return Ok(day(days.as_primitive::<Int64Type>().value(0)));
        }
        DataType::Timestamp(TimeUnit::Second, _) => 1,
        DataType::Date64 | DataType::Timestamp(TimeUnit::Millisecond, _) => 1_000,
        DataType::Timestamp(TimeUnit::Microsecond, _) => 1_000_000,
        _ => return Ok(None),
    };
    let ticks = cast(value, &DataType::Int64)?.as_primitive::<Int64Type>().value(0);
    let zone = if matches!(value.data_type(), DataType::Timestamp(_, Some(_))) { "Z" } else { "" };
    Ok(moment(ticks, per_second).map(|moment| format!("{moment}{zone}")))
}

fn moment(ticks: i64, per_second: i64) -> Option<String> {
    let (days, rest) = (ticks.div_euclid(86_400 * per_second), ticks.rem_euclid(86_400 * per_second));
    let seconds = u32::try_from(rest / per_second).ok()?;
    let nanos = u32::try_from(rest % per_second * (1_000_000_000 / per_second)).ok()?;
    let time = NaiveTime::from_num_seconds_from_midnight_opt(seconds, nanos)?;
    Some(format!("{}T{time:?}", day(days)?))
}

fn day(days: i64) -> Option<String> {
    let in_cycle = Days::new(u64::try_from(days.rem_euclid(CYCLE)).ok()?);
    let date = NaiveDate::default().checked_add_days(in_cycle)?;
    let year = i64::from(date.year()) + 400 * days.div_euclid(CYCLE);
    Some(format!("{year:+05}-{:02}-{:02}", date.month(), date.day()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{
        BinaryArray, Date32Array, Float64Array, Int32Array, Time64MicrosecondArray, TimestampMicrosecondArray,
        TimestampSecondArray,
    };
    use arrow::buffer::ScalarBuffer;
    use arrow::datatypes::{Field, UnionFields};

    use super::*;

    fn said(array: impl Array + 'static) -> Vec<Option<String>> {
        let texts = of(&(Arc::new(array) as ArrayRef)).unwrap();
        texts.iter().map(|text| text.map(str::to_owned)).collect()
    }

    fn texts(texts: &[&str]) -> Vec<Option<String>> {
        texts.iter().map(|text| Some((*text).to_owned())).collect()
    }

    #[test]
    fn bytes_are_hexadecimal() {
        let bytes = BinaryArray::from(vec![Some(b"a\xff".as_slice()), None, Some(b"")]);
        assert_eq!(said(bytes), [Some("\\x61ff".to_owned()), None, Some("\\x".to_owned())]);
    }

    #[test]
    fn what_is_no_number_has_its_name() {
        let numbers = Float64Array::from(vec![1.5, f64::NAN, f64::INFINITY, f64::NEG_INFINITY]);
        assert_eq!(said(numbers), texts(&["1.5", "NaN", "Infinity", "-Infinity"]));
    }

    #[test]
    fn days_and_moments_have_one_form_however_far_they_are() {
        let days = Date32Array::from(vec![0, 2_932_897, i32::MAX, i32::MIN]);
        assert_eq!(said(days), texts(&["1970-01-01", "+10000-01-01", "+5881580-07-11", "-5877641-06-23"]));
        let moments = TimestampMicrosecondArray::from(vec![0, i64::MAX]);
        assert_eq!(said(moments.clone()), texts(&["1970-01-01T00:00:00", "+294247-01-10T04:00:54.775807"]));
        let instants = moments.with_timezone("UTC");
        assert_eq!(said(instants), texts(&["1970-01-01T00:00:00Z", "+294247-01-10T04:00:54.775807Z"]));
        let seconds = TimestampSecondArray::from(vec![253_402_300_800, 9_000_000_000_000_000]);
        assert_eq!(said(seconds), texts(&["+10000-01-01T00:00:00", "+285200616-07-24T16:00:00"]));
    }

    #[test]
    fn a_time_of_day_that_is_none_has_no_text() {
        let times = Time64MicrosecondArray::from(vec![1, 86_400_000_000]);
        assert_eq!(said(times), [Some("00:00:00.000001".to_owned()), None]);
    }

    #[test]
    fn a_union_is_what_it_holds() {
        let fields = UnionFields::try_new(
            [0, 3],
            [Field::new("number", DataType::Int32, true), Field::new("name", DataType::Utf8, true)],
        )
        .unwrap();
        let children: Vec<ArrayRef> =
            vec![Arc::new(Int32Array::from(vec![Some(42), None])), Arc::new(StringArray::from(vec!["hello"]))];
        let (ids, places) = (ScalarBuffer::from(vec![0_i8, 3, 0]), ScalarBuffer::from(vec![0_i32, 0, 1]));
        let union = UnionArray::try_new(fields, ids, Some(places), children).unwrap();
        assert_eq!(said(union), [Some("42".to_owned()), Some("hello".to_owned()), None]);
    }
}
