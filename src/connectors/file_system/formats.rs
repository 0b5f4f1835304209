//! Opening a file as the table that it holds.

use std::io::Read;
use std::sync::Arc;

use super::arrow_ipc::{self, ArrowIpc};
use super::config::TextOptions;
use super::delimited::Delimited;
use super::failure;
use super::format::{Compression, Format};
use super::input::{self, Blocks, StoredFile};
use super::json::Json;
use super::parquet::Parquet;
use super::table::{Position, Table};
use super::workbook::{Sheet, Workbook};
use crate::sdk::ConnectorError;

/// What to open, and what it may take.
pub(super) struct Opening<'a> {
    pub(super) file: &'a Arc<StoredFile>,
    pub(super) format: Format,
    /// What its name says of its compression.
    pub(super) compression: Compression,
    /// The sheet of a workbook.
    pub(super) sheet: Option<&'a str>,
    pub(super) options: &'a TextOptions,
    /// Where to go on; the first row where it is absent.
    pub(super) position: Option<&'a Position>,
    /// What the reader may hold besides its batches.
    pub(super) memory_bytes: usize,
}

/// Opens a file as a table. Called on a blocking thread.
///
/// # Errors
/// What reading its beginning ran into.
pub(super) fn open(opening: &Opening<'_>) -> Result<Box<dyn Table>, ConnectorError> {
    let Opening { file, format, options, position, memory_bytes, .. } = *opening;
    let compression = input::compression(file, opening.compression)?;
    let piece = (memory_bytes / 4).clamp(64 << 10, 4 << 20);
    Ok(match format {
        Format::Csv => Box::new(Delimited::open(file, compression, None, options, position, piece)?),
        Format::Tsv => {
            let delimiter = Some(options.delimiter.unwrap_or(b'\t'));
            Box::new(Delimited::open(file, compression, delimiter, options, position, piece)?)
        }
        Format::Json => Box::new(Json::open(file, compression, false, options, position, piece)?),
        Format::JsonLines => Box::new(Json::open(file, compression, true, options, position, piece)?),
        Format::Parquet => open_parquet(file, compression, position, memory_bytes)?,
        Format::Arrow => open_arrow(file, compression, position, memory_bytes, piece)?,
        Format::Xlsx => {
            let workbook = open_workbook(file, compression, memory_bytes)?;
            let no_sheet = || ConnectorError::NotFound {
                what: format!("a sheet in the name of {}", file.name),
                hint: "; each of its sheets is a data source, as in book.xlsx#Sheet1: discover again".into(),
            };
            Box::new(Sheet::open(workbook, opening.sheet.ok_or_else(no_sheet)?, options, position)?)
        }
    })
}

/// The names of a workbook's sheets. Called on a blocking thread.
///
/// # Errors
/// What reading ran into.
pub(super) fn sheets(
    file: &Arc<StoredFile>,
    named: Compression,
    memory_bytes: usize,
) -> Result<Vec<String>, ConnectorError> {
    let compression = input::compression(file, named)?;
    Ok(open_workbook(file, compression, memory_bytes)?.sheets())
}

fn open_parquet(
    file: &Arc<StoredFile>,
    compression: Compression,
    position: Option<&Position>,
    memory_bytes: usize,
) -> Result<Box<dyn Table>, ConnectorError> {
    if compression == Compression::Plain {
        let blocks = Blocks::new(Arc::clone(file), memory_bytes);
        return Ok(Box::new(Parquet::open(&file.name, move || Ok(blocks.clone()), position)?));
    }
    let copy = input::spooled(file, compression)?;
    let name = file.name.clone();
    let bytes = move || copy.try_clone().map_err(|error| failure::of_io(&name, error));
    Ok(Box::new(Parquet::open(&file.name, bytes, position)?))
}

fn open_arrow(
    file: &Arc<StoredFile>,
    compression: Compression,
    position: Option<&Position>,
    memory_bytes: usize,
    piece: usize,
) -> Result<Box<dyn Table>, ConnectorError> {
    let fail = |error| failure::of_io(&file.name, error);
    let mut start = Vec::new();
    let mark = arrow_ipc::FILE_MARK;
    input::decoded(file, compression, 0, piece)
        .map_err(fail)?
        .take(mark.len() as u64)
        .read_to_end(&mut start)
        .map_err(fail)?;
    let table = if start != mark {
        ArrowIpc::stream(&file.name, input::decoded(file, compression, 0, piece).map_err(fail)?, position)?
    } else if compression == Compression::Plain {
        ArrowIpc::file(&file.name, Blocks::new(Arc::clone(file), memory_bytes).reader(0), position)?
    } else {
        ArrowIpc::file(&file.name, input::spooled(file, compression)?, position)?
    };
    Ok(Box::new(table))
}

fn open_workbook(
    file: &Arc<StoredFile>,
    compression: Compression,
    memory_bytes: usize,
) -> Result<Workbook, ConnectorError> {
    if compression == Compression::Plain {
        let bytes = Blocks::new(Arc::clone(file), memory_bytes).reader(0);
        return Workbook::open(&file.name, Box::new(bytes), memory_bytes);
    }
    Workbook::open(&file.name, Box::new(input::spooled(file, compression)?), memory_bytes)
}
