//! Which version of a file is read, and how far.

use std::fs;
use std::path::Path;
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use super::input::of_io;
use crate::sdk::ConnectorError;

/// Which version of a file: any change of it changes one of these.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Version {
    /// Microseconds since 1970.
    pub(super) modified: i64,
    pub(super) size: u64,
}

impl Version {
    pub(super) fn of(metadata: &fs::Metadata) -> Self {
        let modified = metadata.modified().ok().and_then(|modified| modified.duration_since(UNIX_EPOCH).ok());
        let modified = modified.and_then(|modified| i64::try_from(modified.as_micros()).ok()).unwrap_or_default();
        Self { modified, size: metadata.len() }
    }

    /// Of a file as it is now.
    pub(super) fn of_file(path: &Path, name: &str) -> Result<Self, ConnectorError> {
        fs::metadata(path).map(|metadata| Self::of(&metadata)).map_err(|error| of_io(name, error))
    }
}

/// How far into a file a read has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Position {
    /// Bytes of the unpacked text.
    pub(super) offset: u64,
    /// Lines of it.
    pub(super) lines: u64,
    /// Records, or entries of a matrix.
    pub(super) records: u64,
}
