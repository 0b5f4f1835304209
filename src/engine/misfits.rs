//! Values that have to fit a column of another type: those that do not fit exactly are noted, with their rows.
//!
//! A value fits where the column's type holds the very same: converted back, it is what it was. A number without its
//! fraction, the day of a time, a text cut down to a number are no longer what the source said, and no value at all is
//! worse: such rows are rejected.

use std::collections::BTreeMap;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, make_comparator, new_null_array};
use arrow::compute::{CastOptions, SortOptions, cast_with_options};
use arrow::datatypes::{DataType, Field};
use arrow::error::ArrowError;

use crate::sdk::{RejectedRow, types};

/// Rows with a value that does not fit, by their place in the batch.
#[derive(Default)]
pub(super) struct Misfits {
    rows: BTreeMap<usize, String>,
}

impl Misfits {
    /// Whether all values fitted.
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Whether all values of a row fitted.
    pub(super) fn spares(&self, row: usize) -> bool {
        !self.rows.contains_key(&row)
    }

    /// Converts what fits and notes the rows whose value does not.
    pub(super) fn fit(&mut self, array: &ArrayRef, field: &Field) -> Result<ArrayRef, ArrowError> {
        let to = field.data_type();
        let array = match types::to_lake(array) {
            Ok(kept) => kept,
            Err(_) => {
                let kept = safely(array, &types::lake_type(array.data_type()))?;
                self.note_missing(array, &kept, field);
                kept
            }
        };
        if types::widens(array.data_type(), to)
            && let Ok(exact) = types::convert(&array, to)
        {
            return Ok(exact);
        }
        let (given, wanted) = (Kind::of(array.data_type()), Kind::of(to));
        let fitted = match (given, wanted) {
            (_, Kind::Text) => types::convert(&array, to)?,
            (Kind::Text, Kind::Binary) | (Kind::Binary, _) | (_, Kind::Binary) => nothing(&array, to),
            (Kind::Text, _) => self.of_text(&array, field)?,
            (given, wanted) if given == wanted => self.there_and_back(&array, field)?,
            // A number is no day, though days are numbered.
            (Kind::Nested, _) | (_, Kind::Nested) => nothing(&array, to),
            _ => self.of_text(&types::convert(&array, &DataType::Utf8)?, field)?,
        };
        self.note_missing(&array, &fitted, field);
        Ok(fitted)
    }

    /// Values of the same kind: those that are the same again when they are converted back.
    fn there_and_back(&mut self, array: &ArrayRef, field: &Field) -> Result<ArrayRef, ArrowError> {
        let Ok(cast) = safely(array, field.data_type()) else { return Ok(nothing(array, field.data_type())) };
        let Ok(back) = safely(&cast, array.data_type()) else { return Ok(nothing(array, field.data_type())) };
        let compare = make_comparator(array.as_ref(), back.as_ref(), SortOptions::default());
        for row in (0..array.len()).filter(|row| array.is_valid(*row)) {
            let same = match &compare {
                Ok(compare) => compare(row, row).is_eq(),
                // No order is known for it, but what it is made of can be compared.
                Err(_) => array.slice(row, 1).to_data() == back.slice(row, 1).to_data(),
            };
            if !same {
                self.note(row, field);
            }
        }
        Ok(cast)
    }

    /// Texts that say a value of the type, and nothing that it leaves out.
    fn of_text(&mut self, texts: &ArrayRef, field: &Field) -> Result<ArrayRef, ArrowError> {
        let cast = safely(texts, field.data_type())?;
        let said = types::convert(&cast, &DataType::Utf8)?;
        let (texts, said) = (texts.as_string::<i32>(), said.as_string::<i32>());
        for row in (0..texts.len()).filter(|row| texts.is_valid(*row) && said.is_valid(*row)) {
            if !says_the_same(texts.value(row).trim(), said.value(row), field.data_type()) {
                self.note(row, field);
            }
        }
        Ok(cast)
    }

    fn note_missing(&mut self, array: &ArrayRef, fitted: &ArrayRef, field: &Field) {
        for row in (0..array.len()).filter(|row| array.is_valid(*row) && fitted.is_null(*row)) {
            self.note(row, field);
        }
    }

    fn note(&mut self, row: usize, field: &Field) {
        let reason = || format!("{} does not fit {}", field.name(), types::type_name(field.data_type()));
        self.rows.entry(row).or_insert_with(reason);
    }

    /// The rows as they came, each with its reason.
    pub(super) fn into_rows(self, batch: &RecordBatch) -> Vec<RejectedRow> {
        self.rows
            .into_iter()
            .map(|(row, reason)| RejectedRow { position: String::new(), reason, row: as_json(batch, row) })
            .collect()
    }
}

/// What values are about: those of one kind can be compared with each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Number,
    Boolean,
    Time,
    Text,
    Binary,
    Nested,
}

impl Kind {
    fn of(data_type: &DataType) -> Self {
        match data_type {
            DataType::Boolean => Self::Boolean,
            DataType::Utf8 => Self::Text,
            DataType::Binary => Self::Binary,
            other if other.is_nested() => Self::Nested,
            other if other.is_temporal() => Self::Time,
            _ => Self::Number,
        }
    }
}

fn safely(array: &ArrayRef, to: &DataType) -> Result<ArrayRef, ArrowError> {
    cast_with_options(array, to, &CastOptions { safe: true, ..CastOptions::default() })
}

fn nothing(array: &ArrayRef, to: &DataType) -> ArrayRef {
    new_null_array(to, array.len())
}

/// Whether a text says what the value of a type says that was read from it, whose own text is `said`.
fn says_the_same(text: &str, said: &str, data_type: &DataType) -> bool {
    match data_type {
        DataType::Boolean => text.eq_ignore_ascii_case(said),
        DataType::Date32 => text == said,
        DataType::Timestamp(_, zone) => {
            let time = text.get(10..).unwrap_or_default();
            let fraction = time.split_once('.').map_or("", |(_, behind)| behind);
            let digits =
                fraction.find(|letter: char| !letter.is_ascii_digit()).map_or(fraction, |end| &fraction[..end]);
            // The lake keeps microseconds.
            let is_kept = digits.get(6..).unwrap_or_default().bytes().all(|digit| digit == b'0');
            is_kept && (zone.is_some() || !time.contains(['Z', 'z', '+', '-']))
        }
        _ => match (Digits::of(text), Digits::of(said)) {
            (Some(text), Some(said)) => text == said,
            // Infinity and NaN.
            _ => {
                text.trim_start_matches('+').eq_ignore_ascii_case(said)
                    || is_infinite(text) && is_infinite(said) && text.starts_with('-') == said.starts_with('-')
            }
        },
    }
}

fn is_infinite(text: &str) -> bool {
    let bare = text.trim_start_matches(['+', '-']);
    bare.eq_ignore_ascii_case("inf") || bare.eq_ignore_ascii_case("infinity")
}

/// A number as it is written, in its one true form: `1.50`, `1.5` and `15e-1` are the same.
#[derive(Debug, PartialEq, Eq)]
struct Digits {
    is_negative: bool,
    /// Without zeros in front and behind; empty for zero.
    digits: String,
    /// The power of ten of the last digit; 0 for zero.
    exponent: i64,
}

impl Digits {
    fn of(text: &str) -> Option<Self> {
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

/// One row as JSON text, for the table of rejected rows.
fn as_json(batch: &RecordBatch, row: usize) -> String {
    let mut writer = arrow::json::WriterBuilder::new().build::<_, arrow::json::writer::LineDelimited>(Vec::new());
    let written = writer.write(&batch.slice(row, 1)).and_then(|()| writer.finish());
    match written {
        Ok(()) => String::from_utf8_lossy(&writer.into_inner()).trim_end().to_owned(),
        Err(error) => format!("this row cannot be shown: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{
        BinaryArray, BooleanArray, Date32Array, Decimal128Array, Float32Array, Float64Array, Int32Array, Int64Array,
        ListArray, StringArray, TimestampMicrosecondArray, TimestampSecondArray,
    };
    use arrow::datatypes::Int32Type;

    use super::*;

    /// Which of the values fit.
    fn fitting(array: impl Array + 'static, to: &DataType) -> Vec<bool> {
        let array: ArrayRef = Arc::new(array);
        let mut misfits = Misfits::default();
        let fitted = misfits.fit(&array, &Field::new("v", to.clone(), true)).unwrap();
        assert_eq!((fitted.data_type(), fitted.len()), (to, array.len()));
        (0..array.len()).map(|row| misfits.spares(row)).collect()
    }

    #[test]
    fn numbers_fit_where_they_stay_what_they_are() {
        let money = DataType::Decimal128(12, 2);
        let finer =
            Decimal128Array::from(vec![12_300, 12_399, 10_i128.pow(17)]).with_precision_and_scale(20, 4).unwrap();
        assert_eq!(fitting(finer, &money), [true, false, false]);
        assert_eq!(
            fitting(Float64Array::from(vec![1.5, 0.1, 1.2399, 1e300, f64::NAN]), &money),
            [true, true, false, false, false]
        );
        let single = vec![1.5, 1e300, 0.123_456_789_012_345, f64::NAN, f64::INFINITY, 0.1];
        assert_eq!(fitting(Float64Array::from(single), &DataType::Float32), [true, false, false, true, true, false]);
        assert_eq!(fitting(Float64Array::from(vec![2., 2.5, 1e30]), &DataType::Int32), [true, false, false]);
        assert_eq!(fitting(Int64Array::from(vec![1 << 24, (1 << 24) + 1]), &DataType::Float32), [true, false]);
        assert_eq!(fitting(Int64Array::from(vec![7, 1 << 40]), &DataType::Int32), [true, false]);
    }

    #[test]
    fn texts_fit_where_they_say_no_more_than_the_value() {
        let texts = |texts: &[&'static str]| StringArray::from(texts.to_vec());
        let money = DataType::Decimal128(12, 2);
        assert_eq!(
            fitting(texts(&["1.2", "1.2399", "12e-1", "1.2300", "x", " 7 "]), &money),
            [true, false, false, true, false, true]
        );
        assert_eq!(fitting(texts(&["007", "1.5", "3e0", "9223372036854775808"]), &DataType::Int64)[..2], [true, false]);
        assert_eq!(fitting(texts(&["0.1", "0.123456789012345", "1e400"]), &DataType::Float32), [true, false, false]);
        assert_eq!(fitting(texts(&["2024-03-04", "2024-03-04 23:30:00"]), &DataType::Date32), [true, false]);
        let local = types::local_timestamp();
        let times = ["2024-03-04 23:30:00.123456", "2024-03-04 23:30:00.1234567", "2024-03-04T23:30:00+05:00"];
        assert_eq!(fitting(texts(&times), &local), [true, false, false]);
        assert_eq!(fitting(texts(&["true", "yes"]), &DataType::Boolean), [true, false]);
        assert_eq!(fitting(texts(&["abc"]), &DataType::Binary), [false]);
    }

    #[test]
    fn what_means_something_else_does_not_fit() {
        assert_eq!(fitting(Int32Array::from(vec![5, 20_240_101]), &DataType::Date32), [false, false]);
        assert_eq!(fitting(Date32Array::from(vec![5]), &DataType::Int32), [false]);
        assert_eq!(fitting(BooleanArray::from(vec![true]), &DataType::Int32), [false]);
        assert_eq!(fitting(BinaryArray::from(vec![b"12".as_slice()]), &DataType::Int32), [false]);
        let times = TimestampMicrosecondArray::from(vec![0, 3_600_000_000]);
        assert_eq!(fitting(times, &DataType::Date32), [true, false]);
    }

    #[test]
    fn lists_fit_where_all_of_their_items_do() {
        let list = |item: DataType| DataType::new_list(item, true);
        let lists = ListArray::from_iter_primitive::<Int32Type, _, _>(vec![
            Some(vec![Some(1), None]),
            Some(vec![Some(300)]),
            None,
        ]);
        assert_eq!(fitting(lists.clone(), &list(DataType::Int8)), [true, false, true]);
        let texts = types::convert(&(Arc::new(lists.clone()) as ArrayRef), &list(DataType::Utf8)).unwrap();
        assert_eq!(fitting(texts.as_list::<i32>().clone(), &list(DataType::Int32)), [true, true, true]);
        assert_eq!(fitting(lists, &DataType::Int32), [false, false, true]);
        let mut misfits = Misfits::default();
        let column = Field::new("v", DataType::Utf8, true);
        let said = misfits.fit(&texts, &column).unwrap();
        assert_eq!(said.as_string::<i32>().value(0), r#"["1",null]"#);
        assert!(misfits.is_empty());
    }

    #[test]
    fn what_a_wider_type_holds_fits() {
        let singles = Float32Array::from(vec![0.1, 16_777_216.]);
        assert_eq!(fitting(singles, &DataType::Float64), [true, true]);
    }

    #[test]
    fn what_the_lake_cannot_hold_does_not_fit_its_own_column() {
        let seconds = TimestampSecondArray::from(vec![Some(0), Some(i64::MAX), None]);
        assert_eq!(fitting(seconds, &types::local_timestamp()), [true, false, true]);
    }
}
