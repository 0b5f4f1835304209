//! The cursor of a file: which version of it was read, and how far.

use arrow::datatypes::Schema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::input::Version;
use super::table::Position;
use crate::sdk::types::type_name;

/// What a checkpoint of a file says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Bookmark {
    /// The version of the file that was read.
    pub(super) version: Version,
    /// A digest of the columns that its beginning shows: with other settings the same file reads differently.
    pub(super) layout: String,
    pub(super) position: Position,
    /// Whether the whole file was read.
    pub(super) done: bool,
    /// The largest value of the cursor field in what was read to the end, as text.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) cursor: Option<String>,
    /// The largest value of the cursor field so far: files are in no order, so it is no cursor before the end.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) seen: Option<String>,
}

/// A digest of columns and their types.
pub(super) fn layout(schema: &Schema) -> String {
    let mut digest = Sha256::new();
    for field in schema.fields() {
        digest.update(field.name().as_bytes());
        digest.update([0]);
        digest.update(type_name(field.data_type()).as_bytes());
        digest.update([0]);
    }
    hex::encode(&digest.finalize()[..8])
}
