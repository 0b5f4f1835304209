//! Schemas: which Arrow types a lake table holds exactly, and how a table's schema grows.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef, TimeUnit};
use deltalake::kernel::engine::arrow_conversion::{TryIntoArrow, TryIntoKernel};
use deltalake::kernel::{Protocol, StructType, contains_timestampntz};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::LakeError;

/// The Delta schema for rows of `schema`; refuses what Delta would change or lose.
pub(crate) fn delta_schema(table: &str, schema: &Schema) -> Result<StructType, LakeError> {
    let invalid = |reason: String| LakeError::InvalidSchema { table: table.to_owned(), reason };
    if schema.fields().is_empty() {
        return Err(invalid("it has no columns".to_owned()));
    }
    let mut fields = Vec::with_capacity(schema.fields().len());
    for field in schema.fields() {
        let data_type = canonical_type(field.data_type()).ok_or_else(|| LakeError::UnsupportedType {
            column: field.name().clone(),
            data_type: field.data_type().clone(),
        })?;
        fields.push(field.as_ref().clone().with_data_type(data_type));
    }
    (&Schema::new(fields)).try_into_kernel().map_err(|error| invalid(error.to_string()))
}

/// The Arrow schema that a table with this Delta schema is read as.
pub(crate) fn arrow_schema(table: &str, schema: &StructType) -> Result<SchemaRef, LakeError> {
    let schema: Schema = schema
        .try_into_arrow()
        .map_err(|error| LakeError::InvalidSchema { table: table.to_owned(), reason: error.to_string() })?;
    Ok(Arc::new(schema))
}

/// The columns of rows, in a form that outlives the process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StoredSchema(StructType);

impl StoredSchema {
    pub(crate) fn of(table: &str, schema: &Schema) -> Result<Self, LakeError> {
        Ok(Self(delta_schema(table, schema)?))
    }

    pub(crate) fn read(&self, table: &str) -> Result<SchemaRef, LakeError> {
        arrow_schema(table, &self.0)
    }
}

/// The type with nested values nullable (as Delta writers commonly do), or None if Delta cannot hold it exactly.
fn canonical_type(data_type: &DataType) -> Option<DataType> {
    let canonical = match data_type {
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 => data_type.clone(),
        DataType::Float32 | DataType::Float64 | DataType::Boolean => data_type.clone(),
        DataType::Utf8 | DataType::Binary | DataType::Date32 => data_type.clone(),
        DataType::Timestamp(TimeUnit::Microsecond, None) => data_type.clone(),
        DataType::Timestamp(TimeUnit::Microsecond, Some(zone)) if zone.as_ref() == "UTC" => data_type.clone(),
        DataType::Decimal128(precision, scale) if *scale >= 0 && (*scale as u8) <= *precision => data_type.clone(),
        DataType::List(item) => DataType::List(nullable(item)?),
        DataType::Struct(fields) if !fields.is_empty() => {
            DataType::Struct(fields.iter().map(nullable).collect::<Option<Fields>>()?)
        }
        DataType::Map(entries, false) => {
            let DataType::Struct(fields) = entries.data_type() else { return None };
            let [key, value] = fields.as_ref() else { return None };
            let key =
                Arc::new(key.as_ref().clone().with_data_type(canonical_type(key.data_type())?).with_nullable(false));
            let entry = DataType::Struct(Fields::from(vec![key, nullable(value)?]));
            DataType::Map(Arc::new(entries.as_ref().clone().with_data_type(entry)), false)
        }
        _ => return None,
    };
    Some(canonical)
}

fn nullable(field: &Arc<Field>) -> Option<Arc<Field>> {
    let data_type = canonical_type(field.data_type())?;
    Some(Arc::new(field.as_ref().clone().with_data_type(data_type).with_nullable(true)))
}

/// The columns of a table with their types in Delta's words.
pub(crate) fn column_types(schema: &StructType) -> BTreeMap<String, String> {
    schema.fields().map(|field| (field.name().clone(), field.data_type().to_string())).collect()
}

/// Whether both types are the same to Delta, whatever their nested fields are called in Arrow.
pub(crate) fn same_type(one: &DataType, other: &DataType) -> bool {
    let delta = |data_type: &DataType| {
        let field = Field::new("column", data_type.clone(), true);
        delta_schema("", &Schema::new(vec![field])).ok()
    };
    matches!((delta(one), delta(other)), (Some(one), Some(other)) if one == other)
}

/// The schema of a table that holds `current` rows and is to hold `wanted` rows as well.
///
/// Columns that only one of them has are kept and read as NULL where they are missing.
///
/// # Errors
/// [`LakeError::SchemaMismatch`] when a column has another type: files in the table would not fit.
pub(crate) fn evolved(table: &str, current: &StructType, wanted: &StructType) -> Result<StructType, LakeError> {
    let mut fields = Vec::new();
    for field in current.fields() {
        let mut field = field.clone();
        match wanted.field(field.name()) {
            None => field.nullable = true,
            Some(new) if new.data_type() == field.data_type() => {
                field.nullable |= new.is_nullable();
                if !new.metadata().is_empty() {
                    field.metadata = new.metadata().clone();
                }
            }
            Some(new) => {
                return Err(LakeError::SchemaMismatch {
                    table: table.to_owned(),
                    column: field.name().clone(),
                    expected: field.data_type().to_string(),
                    found: new.data_type().to_string(),
                });
            }
        }
        fields.push(field);
    }
    for new in wanted.fields() {
        if current.field(new.name()).is_none() {
            let mut new = new.clone();
            new.nullable = true;
            fields.push(new);
        }
    }
    StructType::try_new(fields)
        .map_err(|error| LakeError::InvalidSchema { table: table.to_owned(), reason: error.to_string() })
}

/// The lowest protocol that a table with this schema needs, or None if `current` has it already.
///
/// Timestamps without a zone are a table feature; all other types are in the first protocol,
/// which every Delta reader knows.
pub(crate) fn needed_protocol(schema: &StructType, current: Option<&Protocol>) -> Option<Protocol> {
    let needs_feature = contains_timestampntz(schema.fields());
    let has_feature = current.is_some_and(|protocol| {
        protocol.writer_features().is_some_and(|features| features.iter().any(|feature| feature.as_ref() == NTZ))
    });
    let value = match (needs_feature, current) {
        (false, Some(_)) => return None,
        (true, Some(_)) if has_feature => return None,
        (false, None) => json!({"minReaderVersion": 1, "minWriterVersion": 2}),
        // A table that already has features is never one of ours: ours have this one or none.
        // "appendOnly" and "invariants" belong to writer version 2 and must be named from 7 on.
        (true, _) => json!({
            "minReaderVersion": 3, "minWriterVersion": 7,
            "readerFeatures": [NTZ], "writerFeatures": [NTZ, "appendOnly", "invariants"],
        }),
    };
    Some(serde_json::from_value(value).expect("the protocol above is valid"))
}

const NTZ: &str = "timestampNtz";
