//! Opening a file as the table that it holds.

use std::sync::Arc;

use super::config::TextOptions;
use super::delimited::Delimited;
use super::format::{Compression, Format};
use super::input::{self, StoredFile};
use super::table::{Position, Table};
use crate::sdk::ConnectorError;

/// Opens a file, and the sheet of it where it is a workbook, at its first row or at `position`. Called on a blocking
/// thread; `memory_bytes` bounds what the reader holds besides its batches.
///
/// # Errors
/// What reading its beginning ran into.
pub(super) fn open(
    file: &Arc<StoredFile>,
    format: Format,
    named: Compression,
    _sheet: Option<&str>,
    options: &TextOptions,
    position: Option<&Position>,
    memory_bytes: usize,
) -> Result<Box<dyn Table>, ConnectorError> {
    let compression = input::compression(file, named)?;
    let piece = (memory_bytes / 4).clamp(64 << 10, 4 << 20);
    Ok(match format {
        Format::Csv => Box::new(Delimited::open(file, compression, None, options, position, piece)?),
        Format::Tsv => {
            let delimiter = Some(options.delimiter.unwrap_or(b'\t'));
            Box::new(Delimited::open(file, compression, delimiter, options, position, piece)?)
        }
        Format::Json | Format::JsonLines | Format::Parquet | Format::Arrow | Format::Xlsx => {
            return Err(ConnectorError::data(&file.name, "this format is not read yet"));
        }
    })
}

/// The names of a workbook's sheets. Called on a blocking thread.
///
/// # Errors
/// What reading ran into.
pub(super) fn sheets(
    file: &Arc<StoredFile>,
    _named: Compression,
    _memory_bytes: usize,
) -> Result<Vec<String>, ConnectorError> {
    Err(ConnectorError::data(&file.name, "this format is not read yet"))
}
