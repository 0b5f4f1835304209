//! The one table of types: what of Arrow the lake holds exactly, and what the rest becomes.
//!
//! The lake's format holds booleans, signed integers, floats, decimals to 38 digits, text, bytes, dates, instants in
//! UTC and local timestamps to the microsecond, lists, structs and maps. `docs/types.md` shows this table to users,
//! together with what each database's own types become.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Date64Type, Field, FieldRef, Fields, TimeUnit};
use arrow::error::ArrowError;

use super::parts::{self, Converted};
use super::{names, text_form};

/// Field metadata: the source's own words about a column.
pub const DESCRIPTION: &str = "dataweaver.description";
/// Field metadata: the type's name at the source, for example `numeric(12,2)`.
pub const SOURCE_TYPE: &str = "dataweaver.source_type";
/// Field metadata: why the lake's type is not the source's, for example `uuid is kept as text`.
pub const MAPPED: &str = "dataweaver.mapped";
/// Field metadata: `json` where a text column holds JSON.
pub const FORMAT: &str = "dataweaver.format";

/// A field with what the source says of it.
pub fn field(name: &str, data_type: DataType, nullable: bool, metadata: &[(&str, &str)]) -> Field {
    let metadata: HashMap<_, _> =
        metadata.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Field::new(name, data_type, nullable).with_metadata(metadata)
}

/// An instant to the microsecond.
pub fn instant() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// A date and time of no known zone, to the microsecond.
pub fn local_timestamp() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, None)
}

/// What the lake keeps for an Arrow type; the same type where it is kept exactly.
pub fn lake_type(data_type: &DataType) -> DataType {
    match data_type {
        DataType::UInt8 => DataType::Int16,
        DataType::UInt16 => DataType::Int32,
        DataType::UInt32 => DataType::Int64,
        DataType::UInt64 => DataType::Decimal128(20, 0),
        DataType::Float16 => DataType::Float32,
        DataType::Null
        | DataType::LargeUtf8
        | DataType::Utf8View
        | DataType::Time32(_)
        | DataType::Time64(_)
        | DataType::Duration(_)
        | DataType::Interval(_)
        | DataType::Union(..) => DataType::Utf8,
        DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => DataType::Binary,
        DataType::Date64 => DataType::Date32,
        DataType::Timestamp(_, None) => local_timestamp(),
        DataType::Timestamp(_, Some(_)) => instant(),
        DataType::Decimal32(precision, scale) | DataType::Decimal64(precision, scale) => decimal(*precision, *scale),
        DataType::Decimal128(precision, scale) | DataType::Decimal256(precision, scale) => decimal(*precision, *scale),
        DataType::Dictionary(_, value) => lake_type(value),
        DataType::RunEndEncoded(_, value) => lake_type(value.data_type()),
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _) => DataType::List(lake_field(item)),
        DataType::Struct(fields) => DataType::Struct(lake_fields(fields)),
        // That its keys are sorted is nothing that the lake keeps.
        DataType::Map(entries, _) => DataType::Map(lake_field(entries), false),
        exact => exact.clone(),
    }
}

/// Decimals of more than 38 digits, or of a scale outside of them, are kept as text.
fn decimal(precision: u8, scale: i8) -> DataType {
    let fits = precision <= 38 && scale >= 0 && scale.unsigned_abs() <= precision;
    if fits { DataType::Decimal128(precision, scale) } else { DataType::Utf8 }
}

fn lake_field(field: &FieldRef) -> FieldRef {
    Arc::new(field.as_ref().clone().with_data_type(lake_type(field.data_type())))
}

fn lake_fields(fields: &Fields) -> Fields {
    let named = fields.iter().zip(part_names(fields));
    named.map(|(field, name)| Arc::new(lake_field(field).as_ref().clone().with_name(name))).collect()
}

/// The names of a struct's parts of which no two differ in case alone: those are the same to the lake's format.
pub(super) fn part_names(fields: &Fields) -> Vec<String> {
    let mut taken = HashSet::new();
    let named = |field: &FieldRef| {
        let name = names::unique(field.name().clone(), |name| taken.contains(&name.to_lowercase()));
        taken.insert(name.to_lowercase());
        name
    };
    fields.iter().map(named).collect()
}

/// Why a column of this field is kept as another type, in words for the sync's log; `None` where it is kept exactly.
pub fn mapping_note(field: &Field) -> Option<String> {
    if let Some(note) = field.metadata().get(MAPPED) {
        return Some(format!("{}: {note}", field.name()));
    }
    let kept = lake_type(field.data_type());
    let from = type_name(field.data_type());
    let to = type_name(&kept);
    (from != to).then(|| format!("{}: {from} is kept as {to}", field.name()))
}

/// Converts an array to what the lake keeps for its type.
///
/// # Errors
/// Where a value does not fit, which the table above rules out but for timestamps beyond the year 294,246.
pub fn to_lake(array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    convert(array, &lake_type(array.data_type()))
}

/// Converts an array exactly; a value that does not fit is an error, never a NULL. Lists, structs and maps become text as
/// JSON, bytes as `\x` and hexadecimal digits, which is PostgreSQL's way.
///
/// # Errors
/// Where a value does not fit the type.
pub fn convert(array: &ArrayRef, to: &DataType) -> Result<ArrayRef, ArrowError> {
    let Converted { array: converted, lost } = parts::convert(array, to, &keep)?;
    let Some(row) = lost.first() else { return Ok(converted) };
    let value = text_form::of(&array.slice(*row, 1))?;
    let value = if value.is_valid(0) { value.value(0) } else { "a value" };
    Err(ArrowError::CastError(format!("{value} does not fit {}", type_name(to))))
}

/// Converts what has no parts of its own, or becomes text; what does not fit is lost.
///
/// # Errors
/// Where an array is too long for its offsets.
pub fn keep(array: &ArrayRef, to: &DataType) -> Result<Converted, ArrowError> {
    if *to == DataType::Utf8 {
        return Ok(Converted::of(array, Arc::new(text_form::of(array)?)));
    }
    if array.data_type().is_nested() || to.is_nested() {
        return Ok(Converted::nothing(array, to));
    }
    let Ok(cast) = cast(array, to) else { return Ok(Converted::nothing(array, to)) };
    let mut kept = Converted::of(array, cast);
    if *array.data_type() == DataType::Date64 && *to == DataType::Date32 {
        // Arrow's writers are to give whole days and may give times of the day, too.
        let (millis, days) = (array.as_primitive::<Date64Type>(), kept.array.as_primitive::<Date32Type>());
        let is_cut = |row: &usize| i64::from(days.value(*row)) * 86_400_000 != millis.value(*row);
        kept.lost.extend((0..millis.len()).filter(|row| millis.is_valid(*row)).filter(is_cut));
    }
    Ok(kept)
}

/// Whether a type, by its [name](type_name), is a date or a moment.
pub fn is_time(name: &str) -> bool {
    name == "date" || name.starts_with("timestamp")
}

/// The name of a type in our API, after SQL: `bigint`, `decimal(12,2)`, `timestamp with time zone`.
pub fn type_name(data_type: &DataType) -> String {
    match data_type {
        DataType::Null => "null".into(),
        DataType::Boolean => "boolean".into(),
        DataType::Int8 => "tinyint".into(),
        DataType::Int16 => "smallint".into(),
        DataType::Int32 => "integer".into(),
        DataType::Int64 => "bigint".into(),
        DataType::UInt8 => "unsigned tinyint".into(),
        DataType::UInt16 => "unsigned smallint".into(),
        DataType::UInt32 => "unsigned integer".into(),
        DataType::UInt64 => "unsigned bigint".into(),
        DataType::Float16 => "half".into(),
        DataType::Float32 => "real".into(),
        DataType::Float64 => "double".into(),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "text".into(),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            "binary".into()
        }
        DataType::Date32 | DataType::Date64 => "date".into(),
        DataType::Time32(_) | DataType::Time64(_) => "time".into(),
        DataType::Duration(_) | DataType::Interval(_) => "interval".into(),
        DataType::Timestamp(TimeUnit::Nanosecond, None) => "timestamp(9)".into(),
        DataType::Timestamp(TimeUnit::Nanosecond, Some(_)) => "timestamp(9) with time zone".into(),
        DataType::Timestamp(_, None) => "timestamp".into(),
        DataType::Timestamp(_, Some(_)) => "timestamp with time zone".into(),
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => format!("decimal({precision},{scale})"),
        DataType::Dictionary(_, value) => type_name(value),
        DataType::RunEndEncoded(_, value) => type_name(value.data_type()),
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _) => format!("list<{}>", type_name(item.data_type())),
        DataType::Struct(fields) => {
            let fields: Vec<_> =
                fields.iter().map(|field| format!("{} {}", field.name(), type_name(field.data_type()))).collect();
            format!("struct<{}>", fields.join(", "))
        }
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(pair) if pair.len() == 2 => {
                format!("map<{}, {}>", type_name(pair[0].data_type()), type_name(pair[1].data_type()))
            }
            other => format!("map<{}>", type_name(other)),
        },
        DataType::Union(..) => "union".into(),
    }
}

/// Whether every value of `from` can be kept in `to` without loss, so that a column may be widened.
pub fn widens(from: &DataType, to: &DataType) -> bool {
    use DataType::{Date32, Decimal128, Float32, Float64, Int8, Int16, Int32, Int64, Utf8};
    match (from, to) {
        (from, to) if from == to => true,
        (Int8, Int16 | Int32 | Int64) | (Int16, Int32 | Int64) | (Int32, Int64) => true,
        (Float32 | Int8 | Int16 | Int32, Float64) => true,
        (Int8 | Int16 | Int32 | Int64, Decimal128(precision, scale)) => {
            let digits = match from {
                Int8 => 3,
                Int16 => 5,
                Int32 => 10,
                _ => 19,
            };
            i32::from(*precision) - i32::from(*scale) >= digits
        }
        (Decimal128(from_precision, from_scale), Decimal128(to_precision, to_scale)) => {
            to_scale >= from_scale
                && i32::from(*to_precision) - i32::from(*to_scale)
                    >= i32::from(*from_precision) - i32::from(*from_scale)
        }
        (Date32, to) if *to == local_timestamp() => true,
        (from, Utf8) => !matches!(from, DataType::Binary | DataType::List(_) | DataType::Struct(_) | DataType::Map(..)),
        (DataType::List(from), DataType::List(to)) => widens(from.data_type(), to.data_type()),
        (DataType::Map(from, _), DataType::Map(to, _)) => widens(from.data_type(), to.data_type()),
        (DataType::Struct(from), DataType::Struct(to)) => {
            let same = |(from, to): (&FieldRef, &FieldRef)| {
                from.name() == to.name() && widens(from.data_type(), to.data_type())
            };
            from.len() == to.len() && from.iter().zip(to).all(same)
        }
        _ => false,
    }
}
