//! Columns of a stream: from its JSON schema, and from records where the schema does not tell.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Float64Builder, Int64Builder, RecordBatch, StringBuilder,
    TimestampMicrosecondBuilder,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use chrono::NaiveDate;

use super::super::time::{as_float, as_int, parse_iso};
use super::super::value::{Map, Value, text, write};
use crate::sdk::types::{DESCRIPTION, FORMAT, field, instant};
use crate::sdk::{ConnectorError, RejectedValue};

/// Integers up to this are exact as doubles, too.
const MOST_EXACT: u64 = 1 << f64::MANTISSA_DIGITS;

/// The columns of a stream, in order: those that its schema names, then those that records have besides.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    fields: Vec<Field>,
    places: HashMap<String, usize>,
    /// How many of the columns the schema names.
    declared: usize,
    /// Of each of the others, whether it has had an integer that is not exact as a double.
    has_long: Vec<bool>,
}

impl Columns {
    /// The columns that a JSON schema tells.
    pub(super) fn of_schema(schema: &Value) -> Self {
        let properties = schema.get("properties").and_then(Value::as_map).cloned().unwrap_or_default();
        let fields: Vec<Field> = properties.iter().map(|(name, property)| of_property(name, property)).collect();
        let places = fields.iter().enumerate().map(|(place, field)| (field.name().clone(), place)).collect();
        Self { declared: fields.len(), fields, places, has_long: Vec::new() }
    }

    pub(super) fn schema(&self) -> SchemaRef {
        Arc::new(Schema::new(self.fields.clone()))
    }

    /// Makes columns for what records hold besides, of types that hold all their values. Returns whether anything changed.
    pub(super) fn grow(&mut self, records: &[Value]) -> bool {
        let mut has_changed = false;
        for (name, value) in records.iter().filter_map(Value::as_map).flat_map(Map::iter) {
            if value.is_null() {
                continue;
            }
            let place = match self.places.get(name.as_str()) {
                Some(place) if *place < self.declared => continue,
                Some(place) => *place,
                None => {
                    self.places.insert(name.to_string(), self.fields.len());
                    self.fields.push(of_value(name, value));
                    self.has_long.push(false);
                    has_changed = true;
                    self.fields.len() - 1
                }
            };
            let has_long = &mut self.has_long[place - self.declared];
            *has_long |= matches!(value, Value::Int(number) if number.unsigned_abs() > MOST_EXACT);
            let wider = wider(self.fields[place].data_type(), value, *has_long);
            if wider != *self.fields[place].data_type() {
                self.fields[place] = field(name, wider, true, &[]);
                has_changed = true;
            }
        }
        has_changed
    }

    /// The records as a batch; what does not fit its column is NULL and told.
    pub(super) fn batch(&self, records: &[Value]) -> Result<(RecordBatch, Vec<RejectedValue>), ConnectorError> {
        let mut rejected = Vec::new();
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.fields.len());
        for column in &self.fields {
            let values = records.iter().map(|record| record.get(column.name()).filter(|value| !value.is_null()));
            let (array, lost) = array_of(column.data_type(), values);
            if lost > 0 {
                let reason = format!("is no {}", crate::sdk::types::type_name(column.data_type()));
                rejected.push(RejectedValue { column: column.name().clone(), reason, count: lost });
            }
            arrays.push(array);
        }
        let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(records.len()));
        let batch = RecordBatch::try_new_with_options(self.schema(), arrays, &options);
        Ok((batch.map_err(|error| ConnectorError::data("the records", error.to_string()))?, rejected))
    }
}

fn of_property(name: &str, property: &Value) -> Field {
    let types: Vec<&str> = match property.get("type") {
        Some(Value::Str(name)) => vec![name.as_str()],
        Some(other) => other.as_list().unwrap_or_default().iter().filter_map(Value::as_str).collect(),
        None => Vec::new(),
    };
    let types: Vec<&str> = types.into_iter().filter(|name| *name != "null").collect();
    let format = property.get("format").and_then(Value::as_str).unwrap_or_default();
    let airbyte = property.get("airbyte_type").and_then(Value::as_str).unwrap_or_default();
    let mut metadata = Vec::new();
    let data_type = match (types.as_slice(), format) {
        (["boolean"], _) => DataType::Boolean,
        (["integer"], _) => DataType::Int64,
        (["number"], _) if airbyte == "integer" => DataType::Int64,
        (["number"] | ["integer", "number"] | ["number", "integer"], _) => DataType::Float64,
        (["string"], "date") => DataType::Date32,
        (["string"], "date-time") if airbyte != "timestamp_without_timezone" => instant(),
        (["string"], _) => DataType::Utf8,
        _ => {
            metadata.push((FORMAT, "json"));
            DataType::Utf8
        }
    };
    if let Some(description) = property.get("description").and_then(Value::as_str) {
        metadata.push((DESCRIPTION, description));
    }
    field(name, data_type, true, &metadata)
}

fn of_value(name: &str, value: &Value) -> Field {
    let is_nested = matches!(value, Value::List(_) | Value::Tuple(_) | Value::Map(_));
    let data_type = match value {
        Value::Bool(_) => DataType::Boolean,
        Value::Int(_) => DataType::Int64,
        Value::Float(_) => DataType::Float64,
        _ => DataType::Utf8,
    };
    let metadata: Vec<(&str, &str)> = if is_nested { vec![(FORMAT, "json")] } else { Vec::new() };
    field(name, data_type, true, &metadata)
}

/// The type of a column of `data_type` that gets a value, too: of integers and fractions doubles, as far as those hold the
/// integers, of all else that differs text.
fn wider(data_type: &DataType, value: &Value, has_long: bool) -> DataType {
    match (data_type, value) {
        (DataType::Boolean, Value::Bool(_)) | (DataType::Int64, Value::Int(_)) => data_type.clone(),
        (DataType::Int64 | DataType::Float64, Value::Int(_) | Value::Float(_)) if !has_long => DataType::Float64,
        _ => DataType::Utf8,
    }
}

/// Appends what `convert` makes of each value; counts what it makes nothing of.
macro_rules! built {
    ($builder:expr, $values:expr, $convert:expr) => {{
        let (mut builder, mut lost) = ($builder, 0_u64);
        for value in $values {
            let converted = value.and_then($convert);
            lost += u64::from(value.is_some() && converted.is_none());
            builder.append_option(converted);
        }
        (Arc::new(builder.finish()) as ArrayRef, lost)
    }};
}

fn array_of<'a>(data_type: &DataType, values: impl Iterator<Item = Option<&'a Value>>) -> (ArrayRef, u64) {
    match data_type {
        DataType::Boolean => built!(BooleanBuilder::new(), values, Value::as_bool),
        DataType::Int64 => built!(Int64Builder::new(), values, whole),
        DataType::Float64 => built!(Float64Builder::new(), values, as_float),
        DataType::Date32 => built!(Date32Builder::new(), values, days),
        DataType::Timestamp(..) => {
            built!(TimestampMicrosecondBuilder::new().with_data_type(instant()), values, |value| {
                parse_iso(value.as_str()?).ok().map(|moment| moment.micros())
            })
        }
        _ => built!(StringBuilder::new(), values, |value| Some(as_text(value))),
    }
}

fn whole(value: &Value) -> Option<i64> {
    // A number with a fraction is no integer, and is not made one.
    if matches!(value, Value::Float(number) if number.fract() != 0.0) {
        return None;
    }
    as_int(value).and_then(|number| i64::try_from(number).ok())
}

fn days(value: &Value) -> Option<i32> {
    let date = parse_iso(value.as_str()?).ok()?.local.date();
    i32::try_from((date - NaiveDate::from_ymd_opt(1970, 1, 1)?).num_days()).ok()
}

/// Texts as they are, nested values as JSON.
fn as_text(value: &Value) -> String {
    match value {
        Value::Str(text) => text.to_string(),
        Value::List(_) | Value::Tuple(_) | Value::Map(_) | Value::Bool(_) | Value::Float(_) => {
            let mut json = Vec::new();
            write(value, &mut json);
            String::from_utf8_lossy(&json).into_owned()
        }
        other => text(other),
    }
}
