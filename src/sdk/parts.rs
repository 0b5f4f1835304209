//! Converts arrays part by part: lists by their items, maps by their keys and values, structs by the names of their fields.
//!
//! Arrow's own casts take the fields of structs by their places where a name is missing, and make NULL of a part that does
//! not fit without a word.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, MapArray, StructArray, make_array, new_null_array};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::cast;
use arrow::datatypes::{ArrowNativeType, DataType, Field, FieldRef, Fields};
use arrow::error::ArrowError;

use super::types::part_names;

/// Values after a conversion.
pub struct Converted {
    /// The values, of no meaning in the rows that are lost.
    pub array: ArrayRef,
    /// The rows whose value, or a part of it, could not be converted.
    pub lost: BTreeSet<usize>,
}

impl Converted {
    /// Nothing is lost.
    pub fn whole(array: ArrayRef) -> Self {
        Self { array, lost: BTreeSet::new() }
    }

    /// Nothing but NULL can be converted.
    pub fn nothing(from: &ArrayRef, to: &DataType) -> Self {
        Self::of(from, new_null_array(to, from.len()))
    }

    /// Lost is what was a value and became NULL.
    pub fn of(from: &ArrayRef, array: ArrayRef) -> Self {
        let nulls = from.logical_nulls();
        if nulls.as_ref().map_or(0, NullBuffer::null_count) == array.null_count() {
            return Self::whole(array);
        }
        let lost = (0..from.len()).filter(|row| is_valid(nulls.as_ref(), *row) && array.is_null(*row)).collect();
        Self { array, lost }
    }

    /// As a field takes it: NULL is lost where the field has none.
    fn within(mut self, field: &Field) -> Result<Self, ArrowError> {
        let nulls = self.array.logical_nulls().filter(|nulls| !field.is_nullable() && nulls.null_count() > 0);
        let Some(nulls) = nulls else { return Ok(self) };
        self.lost.extend((0..nulls.len()).filter(|row| nulls.is_null(*row)));
        self.array = make_array(self.array.to_data().into_builder().nulls(None).build()?);
        Ok(self)
    }
}

/// How values that have no parts, or others than the type wants, are converted.
pub type Whole<'a> = dyn Fn(&ArrayRef, &DataType) -> Result<Converted, ArrowError> + 'a;

/// Converts an array; what both types have as parts goes by parts, everything else as a `whole`. A field of a struct that
/// the type has besides is NULL; one that the type does not have must be.
///
/// # Errors
/// Where an array is too long for its offsets.
pub fn convert(array: &ArrayRef, to: &DataType, whole: &Whole<'_>) -> Result<Converted, ArrowError> {
    let array = plain(array)?;
    match (array.data_type(), to) {
        (from, to) if from == to => Ok(Converted::whole(array)),
        (DataType::Null, _) => Ok(Converted::whole(new_null_array(to, array.len()))),
        (DataType::List(_), DataType::List(item)) => of_list(array.as_list(), item, whole),
        (DataType::Struct(_), DataType::Struct(fields)) => of_struct(array.as_struct(), fields, whole),
        (DataType::Map(..), DataType::Map(entries, sorted)) => of_map(array.as_map(), entries, *sorted, whole),
        _ => whole(&array, to),
    }
}

/// The array without its encoding: dictionaries as their values, all kinds of lists as lists.
pub(super) fn plain(array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    let to = match array.data_type() {
        DataType::Dictionary(_, value) => value.as_ref().clone(),
        DataType::RunEndEncoded(_, value) => value.data_type().clone(),
        DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _) => DataType::List(Arc::clone(item)),
        _ => return Ok(Arc::clone(array)),
    };
    // What an encoding holds may be encoded, too.
    plain(&cast(array, &to)?)
}

fn is_valid(nulls: Option<&NullBuffer>, row: usize) -> bool {
    nulls.is_none_or(|nulls| nulls.is_valid(row))
}

fn of_list(list: &ListArray, item: &FieldRef, whole: &Whole<'_>) -> Result<Converted, ArrowError> {
    let items = convert(list.values(), item.data_type(), whole)?.within(item)?;
    let lost = rows_with(&items.lost, list.offsets(), list.nulls());
    let list = ListArray::try_new(Arc::clone(item), list.offsets().clone(), items.array, list.nulls().cloned())?;
    Ok(Converted { array: Arc::new(list), lost })
}

fn of_struct(array: &StructArray, fields: &Fields, whole: &Whole<'_>) -> Result<Converted, ArrowError> {
    let (mut arrays, mut lost) = (Vec::with_capacity(fields.len()), BTreeSet::new());
    let mut left: Vec<_> = part_names(array.fields()).into_iter().zip(array.columns()).collect();
    for (field, name) in fields.iter().zip(part_names(fields)) {
        let converted = match left.iter().position(|(given, _)| *given == name) {
            Some(place) => convert(left.remove(place).1, field.data_type(), whole)?,
            None => Converted::whole(new_null_array(field.data_type(), array.len())),
        };
        let converted = converted.within(field)?;
        lost.extend(converted.lost);
        arrays.push(converted.array);
    }
    for (_, column) in left {
        let nulls = column.logical_nulls();
        lost.extend((0..array.len()).filter(|row| is_valid(nulls.as_ref(), *row)));
    }
    lost.retain(|row| array.is_valid(*row));
    let array = StructArray::try_new_with_length(fields.clone(), arrays, array.nulls().cloned(), array.len())?;
    Ok(Converted { array: Arc::new(array), lost })
}

fn of_map(map: &MapArray, entries: &FieldRef, sorted: bool, whole: &Whole<'_>) -> Result<Converted, ArrowError> {
    let DataType::Struct(pair) = entries.data_type() else {
        return Err(ArrowError::InvalidArgumentError("a map has entries of keys and values".to_owned()));
    };
    let [key, value] = &pair[..] else {
        return Err(ArrowError::InvalidArgumentError("the entries of a map have a key and a value".to_owned()));
    };
    let keys = convert(map.keys(), key.data_type(), whole)?.within(key)?;
    let values = convert(map.values(), value.data_type(), whole)?.within(value)?;
    let mut lost = rows_with(&keys.lost, map.offsets(), map.nulls());
    lost.append(&mut rows_with(&values.lost, map.offsets(), map.nulls()));
    let parts = StructArray::try_new(pair.clone(), vec![keys.array, values.array], None)?;
    let map = MapArray::try_new(Arc::clone(entries), map.offsets().clone(), parts, map.nulls().cloned(), sorted)?;
    Ok(Converted { array: Arc::new(map), lost })
}

/// The rows with one of the parts.
fn rows_with(parts: &BTreeSet<usize>, offsets: &OffsetBuffer<i32>, nulls: Option<&NullBuffer>) -> BTreeSet<usize> {
    if parts.is_empty() {
        return BTreeSet::new();
    }
    let has_one = |row: &usize| {
        let (start, end) = (offsets[*row].as_usize(), offsets[*row + 1].as_usize());
        parts.range(start..end).next().is_some()
    };
    (0..offsets.len() - 1).filter(|row| is_valid(nulls, *row)).filter(has_one).collect()
}

#[cfg(test)]
mod tests {
    use arrow::array::{Int32Array, Int32Builder, MapBuilder, StringArray, StringBuilder};
    use arrow::datatypes::Int32Type;

    use super::*;

    fn fields(fields: &[(&str, DataType, bool)]) -> Fields {
        fields.iter().map(|(name, data_type, nullable)| Field::new(*name, data_type.clone(), *nullable)).collect()
    }

    /// Numbers become the texts `n`, but for 13.
    fn unlucky(array: &ArrayRef, to: &DataType) -> Result<Converted, ArrowError> {
        if *to != DataType::Utf8 {
            return Ok(Converted::nothing(array, to));
        }
        let numbers = array.as_primitive::<Int32Type>().iter();
        let texts: StringArray = numbers.map(|number| (number? != 13).then_some("n")).collect();
        Ok(Converted::of(array, Arc::new(texts)))
    }

    fn lost(array: impl Array + 'static, to: &DataType) -> Vec<usize> {
        let array: ArrayRef = Arc::new(array);
        let converted = convert(&array, to, &unlucky).unwrap();
        assert_eq!((converted.array.data_type(), converted.array.len()), (to, array.len()));
        converted.lost.into_iter().collect()
    }

    #[test]
    fn a_part_that_is_lost_loses_its_row() {
        let numbers = [Some(vec![Some(1), Some(13)]), None, Some(vec![]), Some(vec![None]), Some(vec![Some(13)])];
        let lists = ListArray::from_iter_primitive::<Int32Type, _, _>(numbers);
        assert_eq!(lost(lists.clone(), &DataType::new_list(DataType::Utf8, true)), [0, 4]);
        assert_eq!(lost(lists.slice(1, 3), &DataType::new_list(DataType::Utf8, true)), [0_usize; 0]);
        assert_eq!(lost(lists, &DataType::new_list(DataType::Utf8, false)), [0, 3, 4]);
    }

    #[test]
    fn fields_go_by_their_names() {
        let from = fields(&[("lat", DataType::Int32, true), ("lon", DataType::Int32, true)]);
        let numbers: [ArrayRef; 2] = [
            Arc::new(Int32Array::from(vec![None, Some(2), Some(3), Some(7)])),
            Arc::new(Int32Array::from(vec![Some(1), Some(1), Some(13), Some(13)])),
        ];
        let nulls = NullBuffer::from(vec![true, true, true, false]);
        let array: ArrayRef = Arc::new(StructArray::new(from, numbers.to_vec(), Some(nulls)));
        let to = DataType::Struct(fields(&[("lon", DataType::Utf8, true), ("height", DataType::Utf8, true)]));
        let converted = convert(&array, &to, &unlucky).unwrap();
        // The second has a `lat`, the third an unlucky `lon`, and what the fourth has is below NULL.
        assert_eq!(converted.lost.into_iter().collect::<Vec<_>>(), [1, 2]);
        let found = converted.array.as_struct();
        assert_eq!(found.column(0).as_string::<i32>().value(0), "n");
        assert_eq!(found.column(1).null_count(), 4);
        let strict = DataType::Struct(fields(&[("lon", DataType::Utf8, false), ("height", DataType::Utf8, false)]));
        assert_eq!(lost(array.as_struct().clone(), &strict), [0, 1, 2]);
    }

    #[test]
    fn maps_go_by_their_keys_and_values() {
        let mut maps = MapBuilder::new(None, Int32Builder::new(), StringBuilder::new());
        for key in [1, 13] {
            maps.keys().append_value(key);
            maps.values().append_value("v");
            maps.append(true).unwrap();
        }
        maps.append(false).unwrap();
        let pair = fields(&[("key", DataType::Utf8, false), ("value", DataType::Utf8, true)]);
        let to = DataType::Map(Arc::new(Field::new("entries", DataType::Struct(pair), false)), false);
        assert_eq!(lost(maps.finish(), &to), [1]);
    }
}
