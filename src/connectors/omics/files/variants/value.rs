//! INFO and FORMAT values as JSON.

use noodles_vcf::variant::record::info::field::Value as Info;
use noodles_vcf::variant::record::info::field::value::Array as InfoArray;
use noodles_vcf::variant::record::samples::series::Value as Field;
use noodles_vcf::variant::record::samples::series::value::Array as FieldArray;
use serde_json::Value;

/// A value of INFO.
///
/// # Errors
/// Where one of a list is not of its type.
pub(super) fn of_info(value: Info<'_>) -> std::io::Result<Value> {
    Ok(match value {
        Info::Integer(number) => number.into(),
        Info::Float(number) => of_float(number),
        Info::Flag => true.into(),
        Info::Character(letter) => letter.to_string().into(),
        Info::String(text) => text.into_owned().into(),
        Info::Array(InfoArray::Integer(values)) => listed(values.iter(), Value::from)?,
        Info::Array(InfoArray::Float(values)) => listed(values.iter(), of_float)?,
        Info::Array(InfoArray::Character(values)) => listed(values.iter(), |letter| letter.to_string().into())?,
        Info::Array(InfoArray::String(values)) => listed(values.iter(), |text| text.into_owned().into())?,
    })
}

/// A value of a sample, whose genotype is `raw`.
///
/// # Errors
/// Where one of a list is not of its type.
pub(super) fn of_field(value: Field<'_>, raw: &str) -> std::io::Result<Value> {
    Ok(match value {
        Field::Integer(number) => number.into(),
        Field::Float(number) => of_float(number),
        Field::Character(letter) => letter.to_string().into(),
        Field::String(text) => text.into_owned().into(),
        Field::Genotype(_) => raw.into(),
        Field::Array(FieldArray::Integer(values)) => listed(values.iter(), Value::from)?,
        Field::Array(FieldArray::Float(values)) => listed(values.iter(), of_float)?,
        Field::Array(FieldArray::Character(values)) => listed(values.iter(), |letter| letter.to_string().into())?,
        Field::Array(FieldArray::String(values)) => listed(values.iter(), |text| text.into_owned().into())?,
    })
}

fn listed<T>(
    values: impl Iterator<Item = std::io::Result<Option<T>>>,
    one: impl Fn(T) -> Value,
) -> std::io::Result<Value> {
    let values: std::io::Result<Vec<Value>> = values.map(|value| Ok(value?.map_or(Value::Null, &one))).collect();
    values.map(Value::Array)
}

/// With no more digits than 32 bits hold; what JSON has no number for is a text.
fn of_float(number: f32) -> Value {
    if number.is_finite() { exact(number).into() } else { number.to_string().into() }
}

/// The number of 64 bits that is written as this one is: 0.1 stays 0.1.
pub(super) fn exact(number: f32) -> f64 {
    number.to_string().parse().unwrap_or(f64::from(number))
}

/// The n-th of a value that is a list or stands alone.
pub(super) fn item(value: &Value, place: usize) -> Option<&Value> {
    match value {
        Value::Array(values) => values.get(place),
        alone => (place == 0).then_some(alone),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_keep_their_digits() {
        let texts = [0.1_f32, 1e-9, 228.5, f32::NAN].map(|number| of_float(number).to_string());
        assert_eq!(texts, ["0.1", "1e-9", "228.5", "\"NaN\""]);
    }
}
