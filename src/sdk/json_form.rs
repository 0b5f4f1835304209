//! What has parts, as JSON text: no part is left out, and none is another value than it was.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray, StringBuilder, UnionArray};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{ArrowNativeType, DataType};
use arrow::error::ArrowError;

use super::{parts, text_form};

/// Each value as JSON: lists as arrays, structs and maps as objects, numbers and booleans as they are, all others as strings
/// of their texts, so are NaN and the infinities. NULL where a part has no text.
pub(super) fn of(array: &ArrayRef) -> Result<StringArray, ArrowError> {
    let form = JsonForm::of(array)?;
    let (mut texts, mut json) = (StringBuilder::new(), String::new());
    for row in 0..array.len() {
        json.clear();
        let is_told = array.is_valid(row) && form.write(row, &mut json);
        texts.append_option(is_told.then_some(json.as_str()));
    }
    Ok(texts.finish())
}

/// Rows of a batch as JSON objects of the columns that have a value.
///
/// # Errors
/// Where an array is too long for its offsets.
pub fn rows_as_json(batch: &RecordBatch, rows: &[usize]) -> Result<Vec<String>, ArrowError> {
    let mut columns = Vec::with_capacity(batch.num_columns());
    for (field, column) in batch.schema_ref().fields().iter().zip(batch.columns()) {
        columns.push((quoted(field.name()), column.logical_nulls(), JsonForm::of(column)?));
    }
    let row_as_json = |row: &usize| {
        let mut json = String::from("{");
        for (name, nulls, form) in &columns {
            if !is_null(nulls.as_ref(), *row) {
                separate(&mut json, '{');
                json.push_str(name);
                json.push(':');
                form.write(*row, &mut json);
            }
        }
        json.push('}');
        json
    };
    Ok(rows.iter().map(row_as_json).collect())
}

/// How the values of an array are written.
enum JsonForm {
    Null,
    Plain { texts: StringArray, nulls: Option<NullBuffer>, are_strings: bool },
    List { places: Places, items: Box<Self> },
    Struct { nulls: Option<NullBuffer>, fields: Vec<(String, Self)> },
    Map { places: Places, keys: StringArray, values: Box<Self> },
    Union { array: UnionArray, members: Vec<(i8, Self)> },
}

/// Where the parts of lists and maps are.
struct Places {
    offsets: OffsetBuffer<i32>,
    nulls: Option<NullBuffer>,
}

impl Places {
    fn of(offsets: &OffsetBuffer<i32>, nulls: Option<&NullBuffer>) -> Self {
        Self { offsets: offsets.clone(), nulls: nulls.cloned() }
    }

    /// Where the parts of all rows are; an array that was cut out of a larger one still has those of all of it.
    fn all(&self) -> (usize, usize) {
        let first = self.offsets[0].as_usize();
        (first, self.offsets[self.offsets.len() - 1].as_usize() - first)
    }

    /// The parts of a row among those of all; `None` for NULL.
    fn row(&self, row: usize) -> Option<std::ops::Range<usize>> {
        let place = |row: usize| (self.offsets[row] - self.offsets[0]).as_usize();
        (!is_null(self.nulls.as_ref(), row)).then(|| place(row)..place(row + 1))
    }
}

impl JsonForm {
    fn of(array: &ArrayRef) -> Result<Self, ArrowError> {
        let array = parts::plain(array)?;
        match array.data_type() {
            DataType::Null => Ok(Self::Null),
            DataType::List(_) => {
                let list = array.as_list::<i32>();
                let places = Places::of(list.offsets(), list.nulls());
                let (first, count) = places.all();
                Ok(Self::List { places, items: Box::new(Self::of(&list.values().slice(first, count))?) })
            }
            DataType::Struct(names) => {
                let mut fields = Vec::with_capacity(names.len());
                for (field, column) in names.iter().zip(array.as_struct().columns()) {
                    fields.push((quoted(field.name()), Self::of(column)?));
                }
                Ok(Self::Struct { nulls: array.nulls().cloned(), fields })
            }
            DataType::Map(..) => {
                let map = array.as_map();
                let places = Places::of(map.offsets(), map.nulls());
                let (first, count) = places.all();
                let keys = text_form::of(&map.keys().slice(first, count))?;
                Ok(Self::Map { places, keys, values: Box::new(Self::of(&map.values().slice(first, count))?) })
            }
            DataType::Union(fields, _) => {
                let union = array.as_union();
                let mut members = Vec::with_capacity(fields.len());
                for (id, _) in fields.iter() {
                    members.push((id, Self::of(union.child(id))?));
                }
                Ok(Self::Union { array: union.clone(), members })
            }
            other => {
                let are_strings = !(other.is_numeric() || *other == DataType::Boolean);
                Ok(Self::Plain { texts: text_form::of(&array)?, nulls: array.logical_nulls(), are_strings })
            }
        }
    }

    /// Writes the value of a row; `false` if a part of it has no text.
    fn write(&self, row: usize, json: &mut String) -> bool {
        match self {
            Self::Null => null(json),
            Self::Plain { nulls, .. } | Self::Struct { nulls, .. } if is_null(nulls.as_ref(), row) => null(json),
            Self::Plain { texts, .. } if texts.is_null(row) => !null(json),
            Self::Plain { texts, are_strings, .. } => {
                let text = texts.value(row);
                if *are_strings || is_no_number(text) {
                    json.push_str(&quoted(text))
                } else {
                    json.push_str(text)
                }
                true
            }
            Self::Struct { fields, .. } => {
                json.push('{');
                let mut is_told = true;
                for (name, field) in fields {
                    separate(json, '{');
                    json.push_str(name);
                    json.push(':');
                    is_told &= field.write(row, json);
                }
                json.push('}');
                is_told
            }
            Self::List { places, items } => {
                let Some(parts) = places.row(row) else { return null(json) };
                json.push('[');
                let mut is_told = true;
                for item in parts {
                    separate(json, '[');
                    is_told &= items.write(item, json);
                }
                json.push(']');
                is_told
            }
            Self::Map { places, keys, values } => {
                let Some(parts) = places.row(row) else { return null(json) };
                json.push('{');
                let mut is_told = true;
                for part in parts {
                    separate(json, '{');
                    is_told &= keys.is_valid(part);
                    json.push_str(&quoted(if keys.is_valid(part) { keys.value(part) } else { "" }));
                    json.push(':');
                    is_told &= values.write(part, json);
                }
                json.push('}');
                is_told
            }
            Self::Union { array, members } => match members.iter().find(|(id, _)| *id == array.type_id(row)) {
                Some((_, member)) => member.write(array.value_offset(row), json),
                None => !null(json),
            },
        }
    }
}

fn is_null(nulls: Option<&NullBuffer>, row: usize) -> bool {
    nulls.is_some_and(|nulls| nulls.is_null(row))
}

/// NULL, which has been told.
fn null(json: &mut String) -> bool {
    json.push_str("null");
    true
}

/// A comma behind whatever stands behind the bracket that `opens`.
fn separate(json: &mut String, opens: char) {
    if !json.ends_with(opens) {
        json.push(',');
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// NaN and infinity, which JSON has no number for.
fn is_no_number(text: &str) -> bool {
    matches!(text, "NaN" | "Infinity" | "-Infinity")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{
        BinaryArray, Date32Array, Float64Array, Int32Array, Int32Builder, ListArray, ListBuilder, MapBuilder,
        StructArray, Time64MicrosecondArray,
    };
    use arrow::datatypes::Field;

    use super::*;

    fn said(array: impl Array + 'static) -> Vec<Option<String>> {
        let texts = of(&(Arc::new(array) as ArrayRef)).unwrap();
        texts.iter().map(|text| text.map(str::to_owned)).collect()
    }

    /// The only list there is.
    fn list_of(items: impl Array + 'static) -> ListArray {
        let field = Arc::new(Field::new_list_field(items.data_type().clone(), true));
        ListArray::new(field, OffsetBuffer::from_lengths([items.len()]), Arc::new(items), None)
    }

    #[test]
    fn what_has_parts_can_be_read_back() {
        let mut lists = ListBuilder::new(StringBuilder::new());
        lists.append_value([Some("a, b"), Some("c"), None, Some("["), Some("x\"y")]);
        lists.append_null();
        lists.append_value([None::<&str>; 0]);
        let lists = lists.finish();
        let json = [Some(r#"["a, b","c",null,"[","x\"y"]"#.to_owned()), None, Some("[]".to_owned())];
        assert_eq!(said(lists.clone()), json);
        assert_eq!(said(lists.slice(2, 1)), json[2..]);
        assert_eq!(said(list_of(lists)), [Some(r#"[["a, b","c",null,"[","x\"y"],null,[]]"#.to_owned())]);
    }

    #[test]
    fn no_part_becomes_null_in_silence() {
        let numbers = Float64Array::from(vec![Some(f64::NAN), Some(f64::INFINITY), Some(-0.5), None]);
        assert_eq!(said(list_of(numbers)), [Some(r#"["NaN","Infinity",-0.5,null]"#.to_owned())]);
        let days = Date32Array::from(vec![0, i32::MAX]);
        assert_eq!(said(list_of(days)), [Some(r#"["1970-01-01","+5881580-07-11"]"#.to_owned())]);
        let bytes = BinaryArray::from(vec![b"a\xff".as_slice()]);
        assert_eq!(said(list_of(bytes)), [Some(r#"["\\x61ff"]"#.to_owned())]);
        let no_time = Time64MicrosecondArray::from(vec![86_400_000_000]);
        assert_eq!(said(list_of(no_time)), [None]);
    }

    #[test]
    fn keys_of_maps_are_texts() {
        let mut maps = MapBuilder::new(None, Int32Builder::new(), StringBuilder::new());
        maps.keys().append_value(1);
        maps.values().append_value("a");
        maps.keys().append_value(2);
        maps.values().append_null();
        maps.append(true).unwrap();
        assert_eq!(said(maps.finish()), [Some(r#"{"1":"a","2":null}"#.to_owned())]);
    }

    #[test]
    fn rows_are_objects_of_what_they_have() {
        let inner: ArrayRef = Arc::new(Int32Array::from(vec![Some(1), None]));
        let pair = StructArray::from(vec![(Arc::new(Field::new("x", DataType::Int32, true)), inner)]);
        let columns: [(&str, ArrayRef); 2] =
            [("n", Arc::new(Int32Array::from(vec![None, Some(7)]))), ("pair", Arc::new(pair))];
        let batch = RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true))).unwrap();
        assert_eq!(rows_as_json(&batch, &[1, 0]).unwrap(), [r#"{"n":7,"pair":{"x":null}}"#, r#"{"pair":{"x":1}}"#]);
    }
}
