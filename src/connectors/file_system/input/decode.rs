//! Unpacking: gzip and zstd, as streams, however large what they hold is.

use std::io::{self, BufReader, Read};
use std::sync::Arc;

use super::{FileReader, StoredFile};
use crate::connectors::file_system::failure;
use crate::connectors::file_system::format::{self, Compression};
use crate::sdk::ConnectorError;

/// The file's bytes, unpacked.
pub(in crate::connectors::file_system) type Decoded = Box<dyn Read + Send>;

/// The most that a packed Parquet, Arrow or XLSX file may hold: these are read from a temporary copy.
const MAX_SPOOLED: u64 = 16 << 30;

/// How the file is packed, by its first bytes, which must agree with a name that says it is packed.
///
/// # Errors
/// `Data` where the name promises another packing; what reading ran into.
pub(in crate::connectors::file_system) fn compression(
    file: &StoredFile,
    named: Compression,
) -> Result<Compression, ConnectorError> {
    if file.size() == 0 {
        return Ok(Compression::Plain);
    }
    let start = file.read_range(0..file.size().min(4)).map_err(|error| failure::of_io(&file.name, error))?;
    let found = format::compression_of_bytes(&start);
    if named != Compression::Plain && found != named {
        let expected = if named == Compression::Gzip { "gzip" } else { "zstd" };
        return Err(ConnectorError::data(
            &file.name,
            format!("the file is named as {expected} and does not begin like it"),
        ));
    }
    Ok(found)
}

/// The unpacked bytes, from the `start`-th on.
///
/// # Errors
/// What reading ran into on the way there.
pub(in crate::connectors::file_system) fn decoded(
    file: &Arc<StoredFile>,
    compression: Compression,
    start: u64,
    largest_piece: usize,
) -> io::Result<Decoded> {
    let mut unpacked: Decoded = match compression {
        Compression::Plain => return Ok(Box::new(file.reader(start, largest_piece))),
        Compression::Gzip => {
            let packed = BufReader::with_capacity(64 << 10, file.reader(0, largest_piece));
            Box::new(flate2::bufread::MultiGzDecoder::new(packed))
        }
        Compression::Zstd => Box::new(unzstd(file.reader(0, largest_piece))?),
    };
    skip(&mut unpacked, start)?;
    Ok(unpacked)
}

/// Reads and forgets.
pub(super) fn skip(bytes: &mut Decoded, length: u64) -> io::Result<()> {
    let skipped = io::copy(&mut bytes.by_ref().take(length), &mut io::sink())?;
    if skipped < length { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
}

fn unzstd(packed: FileReader) -> io::Result<zstd::Decoder<'static, BufReader<FileReader>>> {
    let mut decoder = zstd::Decoder::new(packed)?;
    // The window that `zstd --long=27` writes; larger ones would let a small file ask for gigabytes.
    decoder.window_log_max(27)?;
    Ok(decoder)
}

/// A temporary copy of the unpacked bytes, for formats that are read from their end.
///
/// # Errors
/// What reading ran into; `Scratch` where there is no room; `Data` where it is larger than [`MAX_SPOOLED`].
pub(in crate::connectors::file_system) fn spooled(
    file: &Arc<StoredFile>,
    compression: Compression,
) -> Result<std::fs::File, ConnectorError> {
    let copy = || -> io::Result<(std::fs::File, u64)> {
        let copy = file.scratch.copy_of(&mut decoded(file, compression, 0, 1 << 20)?.take(MAX_SPOOLED + 1))?;
        let length = copy.metadata()?.len();
        Ok((copy, length))
    };
    let (copy, length) = copy().map_err(|error| failure::of_io(&file.name, error))?;
    if length > MAX_SPOOLED {
        return Err(ConnectorError::data(
            &file.name,
            format!("the packed file holds more than {} GiB", MAX_SPOOLED >> 30),
        ));
    }
    Ok(copy)
}
