//! Values that have to fit a column of another type: those that do not fit exactly are noted, with their rows.
//!
//! A value fits where the column's type holds the very same: converted back, it is what it was. A number without its
//! fraction, the day of a time, a text cut down to a number are no longer what the source said, and no value at all is
//! worse: such rows are rejected. The same is true of every part of a list, a struct or a map.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, make_comparator};
use arrow::compute::{SortOptions, cast};
use arrow::datatypes::{DataType, Field};
use arrow::error::ArrowError;

use super::said::says_the_same;
use crate::sdk::parts::{self, Converted};
use crate::sdk::{RejectedRow, rows_as_json, types};

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
        let (name, from, to) = (field.name(), array.data_type(), field.data_type());
        let lake_type = types::lake_type(from);
        let kept = parts::convert(array, &lake_type, &types::keep)?;
        self.note(&kept.lost, || {
            format!("{name}: {} of the lake does not hold the value", types::type_name(&lake_type))
        });
        let fitted = parts::convert(&kept.array, to, &exact)?;
        self.note(&fitted.lost, || {
            format!("{name} ({}) does not fit {}", types::type_name(from), types::type_name(to))
        });
        Ok(fitted.array)
    }

    fn note(&mut self, rows: &BTreeSet<usize>, reason: impl Fn() -> String) {
        for row in rows {
            self.rows.entry(*row).or_insert_with(&reason);
        }
    }

    /// The rows as they came, each with its reason.
    pub(super) fn into_rows(self, batch: &RecordBatch) -> Result<Vec<RejectedRow>, ArrowError> {
        let places: Vec<_> = self.rows.keys().copied().collect();
        let rows = rows_as_json(batch, &places)?.into_iter().zip(self.rows.into_values());
        Ok(rows.map(|(row, reason)| RejectedRow { position: String::new(), reason, row }).collect())
    }
}

/// Converts values that fit a type of the lake, and nothing else.
fn exact(array: &ArrayRef, to: &DataType) -> Result<Converted, ArrowError> {
    let (given, wanted) = (Kind::of(array.data_type()), Kind::of(to));
    if wanted == Kind::Text || types::widens(array.data_type(), to) {
        return types::keep(array, to);
    }
    match (given, wanted) {
        // What has parts is no single value, and bytes are nothing else.
        (Kind::Nested | Kind::Binary, _) | (_, Kind::Nested | Kind::Binary) => Ok(Converted::nothing(array, to)),
        // No zone is said, so that a time is no instant, and an instant no time.
        (Kind::Instant, Kind::Time) | (Kind::Time, Kind::Instant) => Ok(Converted::nothing(array, to)),
        (Kind::Text, _) => of_text(array, to),
        (given, wanted) if given == wanted => there_and_back(array, to),
        // A number is no day, though days are numbered.
        _ => {
            let texts = types::keep(array, &DataType::Utf8)?;
            let mut fitted = of_text(&texts.array, to)?;
            fitted.lost.extend(texts.lost);
            Ok(fitted)
        }
    }
}

/// Values of the same kind: those that are the same again when they are converted back.
fn there_and_back(array: &ArrayRef, to: &DataType) -> Result<Converted, ArrowError> {
    let Ok(there) = cast(array, to) else { return Ok(Converted::nothing(array, to)) };
    let Ok(back) = cast(&there, array.data_type()) else { return Ok(Converted::nothing(array, to)) };
    let compare = make_comparator(array.as_ref(), back.as_ref(), SortOptions::default())?;
    let mut fitted = Converted::of(array, there);
    fitted.lost.extend((0..array.len()).filter(|row| array.is_valid(*row) && compare(*row, *row).is_ne()));
    Ok(fitted)
}

/// Texts that say a value of the type, and nothing that it leaves out.
fn of_text(texts: &ArrayRef, to: &DataType) -> Result<Converted, ArrowError> {
    let Ok(read) = cast(texts, to) else { return Ok(Converted::nothing(texts, to)) };
    let said = types::keep(&read, &DataType::Utf8)?.array;
    let mut fitted = Converted::of(texts, read);
    let (texts, said) = (texts.as_string::<i32>(), said.as_string::<i32>());
    let is_another = |row: &usize| !says_the_same(texts.value(*row).trim(), said.value(*row), to);
    let told = (0..texts.len()).filter(|row| texts.is_valid(*row) && said.is_valid(*row));
    fitted.lost.extend(told.filter(is_another));
    Ok(fitted)
}

/// What values are about: those of one kind can be compared with each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Number,
    Boolean,
    /// Without a zone.
    Time,
    Instant,
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
            DataType::Timestamp(_, Some(_)) => Self::Instant,
            other if other.is_temporal() => Self::Time,
            _ => Self::Number,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{
        BinaryArray, BooleanArray, Date32Array, Date64Array, Decimal128Array, Float32Array, Float64Array, Int32Array,
        Int32Builder, Int64Array, ListArray, MapArray, MapBuilder, StringArray, StringBuilder, StructArray,
        TimestampMicrosecondArray, TimestampSecondArray,
    };
    use arrow::buffer::OffsetBuffer;
    use arrow::datatypes::{Fields, Int32Type};

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

    /// Each of the values in a list of its own.
    fn listed(items: impl Array + 'static) -> ListArray {
        let field = Arc::new(Field::new_list_field(items.data_type().clone(), true));
        let offsets = OffsetBuffer::from_lengths(std::iter::repeat_n(1, items.len()));
        ListArray::new(field, offsets, Arc::new(items), None)
    }

    fn fields(names: [&str; 2]) -> Fields {
        names.into_iter().map(|name| Field::new(name, DataType::Float64, true)).collect()
    }

    fn numbered() -> MapArray {
        let mut maps = MapBuilder::new(None, Int32Builder::new(), StringBuilder::new());
        maps.keys().append_value(1);
        maps.values().append_value("a");
        maps.append(true).unwrap();
        maps.finish()
    }

    #[test]
    fn items_are_of_a_kind_as_values_are() {
        let list = |item: DataType| DataType::new_list(item, true);
        let times = TimestampMicrosecondArray::from(vec![0, 3_600_000_000]);
        assert_eq!(fitting(listed(times.clone()), &list(DataType::Date32)), [true, false]);
        assert_eq!(fitting(listed(times.clone()), &list(DataType::Int64)), [false, false]);
        assert_eq!(fitting(listed(times), &list(types::instant())), [false, false]);
        assert_eq!(fitting(listed(Int32Array::from(vec![5])), &list(DataType::Date32)), [false]);
        assert_eq!(fitting(listed(StringArray::from(vec!["abc"])), &list(DataType::Binary)), [false]);
        assert_eq!(fitting(listed(listed(Int32Array::from(vec![1, 300]))), &list(list(DataType::Int8))), [true, false]);
    }

    #[test]
    fn fields_of_a_struct_fit_by_their_names() {
        let numbers = |numbers: [Option<f64>; 2]| Arc::new(Float64Array::from(numbers.to_vec())) as ArrayRef;
        let columns = vec![numbers([Some(2.), Some(3.)]), numbers([Some(99.), None])];
        let places = StructArray::new(fields(["lon", "height"]), columns, None);
        let to = DataType::Struct(fields(["lat", "lon"]));
        assert_eq!(fitting(places.clone(), &to), [false, true]);
        assert_eq!(fitting(listed(places.clone()), &DataType::new_list(to.clone(), true)), [false, true]);
        let mut misfits = Misfits::default();
        let fitted = misfits.fit(&(Arc::new(places) as ArrayRef), &Field::new("v", to, true)).unwrap();
        let [lat, lon] = fitted.as_struct().columns() else { panic!("two fields") };
        assert_eq!((lat.null_count(), lon), (2, &numbers([Some(2.), Some(3.)])));
    }

    #[test]
    fn what_is_one_value_does_not_fit_what_has_parts() {
        let map = numbered().data_type().clone();
        for to in [map, DataType::Struct(fields(["a", "b"])), DataType::new_list(DataType::Utf8, true)] {
            assert_eq!(fitting(StringArray::from(vec![Some("[1]"), None]), &to), [false, true], "{to}");
        }
        assert_eq!(fitting(numbered(), &DataType::Boolean), [false]);
        assert_eq!(fitting(numbered(), &DataType::Utf8), [true]);
    }

    #[test]
    fn a_zone_is_neither_made_up_nor_left_out() {
        let (local, instant) = (types::local_timestamp(), types::instant());
        let times = TimestampMicrosecondArray::from(vec![0]);
        assert_eq!(fitting(times.clone(), &instant), [false]);
        assert_eq!(fitting(times.with_timezone("UTC"), &local), [false]);
        assert_eq!(fitting(Date32Array::from(vec![0]), &instant), [false]);
        assert_eq!(fitting(Date32Array::from(vec![0]), &local), [true]);
        let texts = ["2024-03-04 10:00:00", "2024-03-04 10:00:00 America/New_York", "2024-03-04T10:00:00+02:00"];
        let texts = StringArray::from(texts.to_vec());
        assert_eq!(fitting(texts.clone(), &local), [true, false, false]);
        assert_eq!(fitting(texts, &instant), [false, true, true]);
    }

    #[test]
    fn days_that_are_far_away_have_a_text_and_fit_no_other_type() {
        let days = || Date32Array::from(vec![0, i32::MAX]);
        assert_eq!(fitting(days(), &DataType::Utf8), [true, true]);
        assert_eq!(fitting(days(), &DataType::Boolean), [false, false]);
        assert_eq!(fitting(days(), &types::local_timestamp()), [true, false]);
    }

    #[test]
    fn a_reason_names_the_column_and_both_types() {
        let mut misfits = Misfits::default();
        let days: ArrayRef = Arc::new(Date32Array::from(vec![5]));
        misfits.fit(&days, &Field::new("born", DataType::Boolean, true)).unwrap();
        let batch = RecordBatch::try_from_iter([("born", days)]).unwrap();
        let rows = misfits.into_rows(&batch).unwrap();
        assert_eq!(rows[0].reason, "born (date) does not fit boolean");
        assert_eq!(rows[0].row, r#"{"born":"1970-01-06"}"#);
    }

    #[test]
    fn what_a_wider_type_holds_fits() {
        let singles = Float32Array::from(vec![0.1, 16_777_216.]);
        assert_eq!(fitting(singles, &DataType::Float64), [true, true]);
    }

    #[test]
    fn what_the_lake_cannot_hold_does_not_fit_its_own_column() {
        let seconds = TimestampSecondArray::from(vec![Some(0), Some(i64::MAX), None]);
        assert_eq!(fitting(seconds.clone(), &types::local_timestamp()), [true, false, true]);
        let lists = DataType::new_list(types::local_timestamp(), true);
        assert_eq!(fitting(listed(seconds.clone()), &lists), [true, false, true]);
        let field = |data_type| Fields::from(vec![Field::new("at", data_type, true)]);
        let moments = StructArray::new(field(seconds.data_type().clone()), vec![Arc::new(seconds)], None);
        assert_eq!(fitting(moments, &DataType::Struct(field(types::local_timestamp()))), [true, false, true]);
        assert_eq!(fitting(Date64Array::from(vec![86_400_000, 86_400_001]), &DataType::Date32), [true, false]);
    }
}
