//! Which columns have statistics in the files of a table, so that readers can pass over files.
//!
//! Delta's default is the first 32. A key that stands behind them is named by the table itself, in Delta's own
//! property: readers look at no other statistics, and whoever rewrites files of the table finds there what to keep.

use deltalake::kernel::{DataType, Metadata, MetadataExt, StructType};

use super::{LakeError, TableSnapshot};

/// Columns that have statistics where the table says nothing: the first so many, as Delta counts them.
pub(crate) const INDEXED_COLUMNS: usize = 32;

/// The property: names with commas between.
pub(crate) const PROPERTY: &str = "delta.dataSkippingStatsColumns";

/// The property of a table with these columns where `wanted` have statistics too; None where Delta's default is enough.
pub(crate) fn property(schema: &StructType, wanted: &[String]) -> Option<String> {
    let mut before = 0;
    let mut named = Vec::new();
    let mut is_default = true;
    for field in schema.fields() {
        if before < INDEXED_COLUMNS {
            named.push(quoted(field.name()));
        } else if wanted.contains(field.name()) {
            named.push(quoted(field.name()));
            is_default = false;
        }
        before += leaves(field.data_type());
    }
    (!is_default).then(|| named.join(","))
}

/// The metadata with the property, or without it.
pub(crate) fn with_property(table: &str, metadata: Metadata, property: Option<String>) -> Result<Metadata, LakeError> {
    let changed = match property {
        Some(columns) => metadata.add_config_key(PROPERTY.to_owned(), columns),
        None => metadata.remove_config_key(PROPERTY),
    };
    changed.map_err(|error| LakeError::InvalidSchema { table: table.to_owned(), reason: error.to_string() })
}

impl TableSnapshot {
    /// The columns that the table wants statistics of, where it names them.
    pub(crate) fn statistics_columns(&self) -> Vec<String> {
        let named = self.delta().table_properties().data_skipping_stats_columns.as_deref().unwrap_or_default();
        named.iter().filter_map(|column| column.path().first().cloned()).collect()
    }
}

/// How often Delta counts a column of this type: fields of a struct count each for itself.
fn leaves(data_type: &DataType) -> usize {
    match data_type {
        DataType::Struct(fields) => fields.fields().map(|field| leaves(field.data_type())).sum(),
        _ => 1,
    }
}

/// A name as the property's list takes it.
fn quoted(name: &str) -> String {
    let is_plain = name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    if is_plain { name.to_owned() } else { format!("`{}`", name.replace('`', "``")) }
}
