//! How the columns of a file are encoded: by what its first rows show.

use std::collections::HashSet;

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::DataType;
use arrow::record_batch::RecordBatch;
use arrow::row::{RowConverter, SortField};
use parquet::basic::Encoding;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use super::FileCompression;

/// A dictionary that grows beyond this is given up, so it should be worth its while within it.
const DICTIONARY_BYTES: usize = 256 * 1024;
/// How many of the first rows are looked at.
const SAMPLE_ROWS: usize = 4096;
/// Values that go to a column's encoder at once.
const WRITE_BATCH_ROWS: usize = 8192;

/// The properties of a file that begins with `first`.
///
/// A dictionary pays where values repeat; elsewhere each value would be hashed for nothing until the dictionary is
/// given up, in every row group anew. Integers that hardly repeat are written as differences, which are short for keys
/// and moments, and texts with their lengths apart, which compresses better and in less time than a length before each
/// (see docs/benchmarks.md). Both encodings are read by Spark from 3.3, Trino, DuckDB and Polars.
pub(crate) fn properties(first: &RecordBatch, compression: FileCompression) -> WriterProperties {
    let mut properties = WriterProperties::builder()
        .set_created_by(format!("dataweaver {}", env!("CARGO_PKG_VERSION")))
        .set_compression(compression.parquet())
        .set_max_row_group_row_count(None)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true)
        .set_dictionary_page_size_limit(DICTIONARY_BYTES)
        .set_write_batch_size(WRITE_BATCH_ROWS);
    for (field, values) in first.schema().fields().iter().zip(first.columns()) {
        let column = ColumnPath::from(field.name().as_str());
        // Parquet's bounds leave NaN out, so a reader would pass over rows that are NaN, which sorts highest.
        if field.data_type().is_floating() {
            properties = properties.set_column_statistics_enabled(column.clone(), EnabledStatistics::None);
        }
        if repeats(values) {
            continue;
        }
        properties = properties.set_column_dictionary_enabled(column.clone(), false);
        if let Some(encoding) = encoding(field.data_type()) {
            properties = properties.set_column_encoding(column, encoding);
        }
    }
    properties.build()
}

/// Whether the first values, as far as there are any, stand for at least two rows each.
fn repeats(values: &ArrayRef) -> bool {
    if values.data_type().is_nested() || *values.data_type() == DataType::Boolean {
        return true;
    }
    let sample = values.slice(0, values.len().min(SAMPLE_ROWS));
    let known = sample.len() - sample.null_count();
    if known == 0 {
        return true;
    }
    let field = SortField::new(sample.data_type().clone());
    let rows = RowConverter::new(vec![field]).and_then(|converter| converter.convert_columns(&[sample]));
    let Ok(rows) = rows else { return true };
    let distinct: HashSet<_> = rows.iter().collect();
    distinct.len() <= known / 2 + 1
}

/// How values that hardly repeat are written, if there is a better way than one behind the other.
fn encoding(data_type: &DataType) -> Option<Encoding> {
    match data_type {
        // Parquet has those of up to 18 digits as integers.
        DataType::Decimal128(precision, _) => (*precision <= 18).then_some(Encoding::DELTA_BINARY_PACKED),
        DataType::Utf8 | DataType::Binary => Some(Encoding::DELTA_LENGTH_BYTE_ARRAY),
        other if other.is_integer() || other.is_temporal() => Some(Encoding::DELTA_BINARY_PACKED),
        _ => None,
    }
}
