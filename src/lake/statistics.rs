//! File statistics of a Delta Add action, made from Parquet's own.
//!
//! delta-rs makes them too, but rounds decimals through f64 and cuts timestamps to the
//! millisecond, so that a file may seem not to hold a row that it holds. Here a bound is exact
//! or wider than the rows, or it is left out: Parquet's bounds of floats know nothing of NaN.

use arrow::datatypes::{DataType, Schema};
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use parquet::file::metadata::ParquetMetaData;
use parquet::file::statistics::Statistics;
use serde_json::Value;

use super::indexed::INDEXED_COLUMNS;

/// The `stats` text of an Add action for a file of `schema` with this footer.
///
/// Columns beyond the first 32 get statistics only if `extra` names them.
pub(crate) fn add_statistics(schema: &Schema, metadata: &ParquetMetaData, extra: &[String]) -> String {
    let mut minimums = Vec::new();
    let mut maximums = Vec::new();
    let mut null_counts = Vec::new();
    let leaves = metadata.file_metadata().schema_descr();
    for leaf in 0..leaves.num_columns() {
        let column = leaves.column(leaf);
        let [name] = column.path().parts() else { continue };
        let Some((position, field)) = schema.column_with_name(name) else { continue };
        if position >= INDEXED_COLUMNS && !extra.contains(name) {
            continue;
        }
        let name = Value::from(name.as_str()).to_string();
        let bounds = Bounds::of(metadata, leaf, field.data_type());
        if let Some(minimum) = bounds.minimum {
            minimums.push(format!("{name}:{minimum}"));
        }
        if let Some(maximum) = bounds.maximum {
            maximums.push(format!("{name}:{maximum}"));
        }
        if let Some(nulls) = bounds.nulls {
            null_counts.push(format!("{name}:{nulls}"));
        }
    }
    format!(
        r#"{{"numRecords":{},"minValues":{{{}}},"maxValues":{{{}}},"nullCount":{{{}}}}}"#,
        metadata.file_metadata().num_rows(),
        minimums.join(","),
        maximums.join(","),
        null_counts.join(",")
    )
}

/// One column's bounds as JSON texts; None where they are not known.
struct Bounds {
    minimum: Option<String>,
    maximum: Option<String>,
    nulls: Option<u64>,
}

impl Bounds {
    fn of(metadata: &ParquetMetaData, leaf: usize, data_type: &DataType) -> Self {
        let mut nulls = Some(0);
        let mut range: Option<(Scalar, Scalar)> = None;
        let mut known = true;
        for group in metadata.row_groups() {
            let statistics = group.column(leaf).statistics();
            let group_nulls = statistics.and_then(Statistics::null_count_opt);
            nulls = nulls.zip(group_nulls).map(|(sum, count)| sum + count);
            if group_nulls.is_some_and(|count| i64::try_from(count) == Ok(group.num_rows())) {
                continue;
            }
            let Some((low, high)) = statistics.and_then(|statistics| Scalar::range(statistics, data_type)) else {
                known = false;
                continue;
            };
            range = Some(match range {
                None => (low, high),
                Some((minimum, maximum)) => (minimum.lower(low), maximum.higher(high)),
            });
        }
        let range = range.filter(|_| known);
        Self {
            minimum: range.as_ref().and_then(|(minimum, _)| minimum.json(data_type, Rounding::Down)),
            maximum: range.as_ref().and_then(|(_, maximum)| maximum.json(data_type, Rounding::Up)),
            nulls,
        }
    }
}

#[derive(PartialEq, PartialOrd)]
enum Scalar {
    Whole(i128),
    Text(String),
}

#[derive(Clone, Copy, PartialEq)]
enum Rounding {
    Down,
    Up,
}

impl Scalar {
    fn range(statistics: &Statistics, data_type: &DataType) -> Option<(Self, Self)> {
        // Binary has no JSON form, Delta keeps no bounds for booleans, and NaN is in no bounds of floats.
        if matches!(data_type, DataType::Binary | DataType::Boolean) || data_type.is_floating() {
            return None;
        }
        match statistics {
            Statistics::Int32(values) => {
                Some((Self::Whole((*values.min_opt()?).into()), Self::Whole((*values.max_opt()?).into())))
            }
            Statistics::Int64(values) => {
                Some((Self::Whole((*values.min_opt()?).into()), Self::Whole((*values.max_opt()?).into())))
            }
            Statistics::FixedLenByteArray(values) => {
                Some((Self::big_endian(values.min_bytes_opt()?)?, Self::big_endian(values.max_bytes_opt()?)?))
            }
            Statistics::ByteArray(values) => {
                let text = |bytes: &[u8]| std::str::from_utf8(bytes).ok().map(|text| Self::Text(text.to_owned()));
                Some((text(values.min_bytes_opt()?)?, text(values.max_bytes_opt()?)?))
            }
            _ => None,
        }
    }

    fn big_endian(bytes: &[u8]) -> Option<Self> {
        let first = *bytes.first()?;
        let mut wide = [if first & 0x80 == 0 { 0 } else { 0xff }; 16];
        wide.get_mut(16usize.checked_sub(bytes.len())?..)?.copy_from_slice(bytes);
        Some(Self::Whole(i128::from_be_bytes(wide)))
    }

    fn lower(self, other: Self) -> Self {
        if other < self { other } else { self }
    }

    fn higher(self, other: Self) -> Self {
        if other > self { other } else { self }
    }

    fn json(&self, data_type: &DataType, rounding: Rounding) -> Option<String> {
        match (self, data_type) {
            (Self::Text(text), _) => Some(Value::from(text.as_str()).to_string()),
            (Self::Whole(days), DataType::Date32) => {
                let date = NaiveDate::from_epoch_days(i32::try_from(*days).ok()?)?;
                has_four_digits(date.year()).then(|| format!("\"{}\"", date.format("%Y-%m-%d")))
            }
            (Self::Whole(micros), DataType::Timestamp(_, zone)) => {
                // Delta keeps milliseconds here, so the upper bound goes up to the next one.
                let up = i128::from(rounding == Rounding::Up) * 999;
                let millis = i64::try_from((micros + up).div_euclid(1000)).ok()?;
                let instant = DateTime::<Utc>::from_timestamp_millis(millis)?;
                let zone = if zone.is_some() { "Z" } else { "" };
                has_four_digits(instant.year())
                    .then(|| format!("\"{}{zone}\"", instant.format("%Y-%m-%dT%H:%M:%S%.3f")))
            }
            (Self::Whole(unscaled), DataType::Decimal128(_, scale)) => Some(decimal_text(*unscaled, *scale)),
            (Self::Whole(value), _) => Some(value.to_string()),
        }
    }
}

fn has_four_digits(year: i32) -> bool {
    (0..=9999).contains(&year)
}

/// The decimal as a JSON number with all its digits.
fn decimal_text(unscaled: i128, scale: i8) -> String {
    let scale = usize::try_from(scale).unwrap_or(0);
    let sign = if unscaled < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", unscaled.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Decimal128Array, Float64Array, Int64Array, StringArray, TimestampMicrosecondArray};
    use arrow::record_batch::RecordBatch;
    use insta::assert_snapshot;
    use parquet::arrow::ArrowWriter;

    use super::*;

    fn statistics(columns: Vec<(&str, ArrayRef)>) -> String {
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.flush().unwrap();
        writer.write(&batch.slice(0, 1)).unwrap();
        let metadata = writer.finish().unwrap();
        add_statistics(&batch.schema(), &metadata, &[])
    }

    #[test]
    fn wide_decimals_keep_every_digit() {
        let values =
            Decimal128Array::from(vec![-12_345_678_901_234_567_890_123_i128, 5, 99_999_999_999_999_999_999_999])
                .with_precision_and_scale(30, 4)
                .unwrap();
        assert_snapshot!(statistics(vec![("amount", Arc::new(values))]), @r#"{"numRecords":4,"minValues":{"amount":-1234567890123456789.0123},"maxValues":{"amount":9999999999999999999.9999},"nullCount":{"amount":0}}"#);
    }

    #[test]
    fn timestamps_are_rounded_outwards() {
        let values = TimestampMicrosecondArray::from(vec![-1, 1_700_000_000_000_001]).with_timezone("UTC");
        assert_snapshot!(statistics(vec![("at", Arc::new(values))]), @r#"{"numRecords":3,"minValues":{"at":"1969-12-31T23:59:59.999Z"},"maxValues":{"at":"2023-11-14T22:13:20.001Z"},"nullCount":{"at":0}}"#);
    }

    #[test]
    fn what_is_not_certain_is_left_out() {
        let floats = Float64Array::from(vec![1.5, f64::NAN]);
        let nulls = Int64Array::from(vec![None, None]);
        let texts = StringArray::from(vec![Some("a\"b"), None]);
        assert_snapshot!(
            statistics(vec![("f", Arc::new(floats)), ("n", Arc::new(nulls)), ("t", Arc::new(texts))]),
            @r#"{"numRecords":3,"minValues":{"t":"a\"b"},"maxValues":{"t":"a\"b"},"nullCount":{"f":0,"n":3,"t":1}}"#
        );
    }
}
