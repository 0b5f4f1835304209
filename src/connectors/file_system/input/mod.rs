//! The bytes of one file, from its store to a parser's hands.
//!
//! Parsers are synchronous and run on blocking threads; the store is asynchronous. A [`StoredFile`] bridges the two: it
//! asks for ranges of exactly the version whose reading began, and gives up when the read is cancelled.

mod blocks;
mod decode;
mod text;
mod window;

use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use object_store::path::Path;
use object_store::{GetOptions, GetRange, ObjectMeta, ObjectStore};
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::failure;
use crate::sdk::{ConnectorError, ScratchFolder};

pub(super) use blocks::Blocks;
pub(super) use decode::{Decoded, compression, decoded, spooled};
pub(super) use text::TextFile;
pub(super) use window::Window;

/// Which version of a file was read: any change of it changes one of these.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Version {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) etag: Option<String>,
    /// Microseconds since 1970.
    pub(super) modified: i64,
    pub(super) size: u64,
}

/// One version of one file.
pub(super) struct StoredFile {
    store: Arc<dyn ObjectStore>,
    location: Path,
    /// What users call it: its path below the root.
    pub(super) name: String,
    pub(super) version: Version,
    runtime: Handle,
    pub(super) cancel: CancellationToken,
    /// Where it is unpacked, if it must be.
    scratch: ScratchFolder,
    /// How far into the file the furthest read got.
    position: AtomicU64,
}

impl StoredFile {
    /// Takes what the store says of the file. Called on the runtime.
    pub(super) fn new(
        store: Arc<dyn ObjectStore>,
        meta: ObjectMeta,
        name: String,
        cancel: CancellationToken,
        scratch: ScratchFolder,
    ) -> Arc<Self> {
        let version = Version { etag: meta.e_tag, modified: meta.last_modified.timestamp_micros(), size: meta.size };
        Arc::new(Self {
            store,
            location: meta.location,
            name,
            version,
            runtime: Handle::current(),
            cancel,
            scratch,
            position: AtomicU64::new(0),
        })
    }

    /// Bytes, as stored.
    pub(super) fn size(&self) -> u64 {
        self.version.size
    }

    /// How much of the file has been read, 0 to 1.
    pub(super) fn fraction(&self) -> Option<f64> {
        let size = self.size();
        (size > 0).then(|| (self.position.load(Ordering::Relaxed) as f64 / size as f64).min(1.))
    }

    pub(super) fn set_position(&self, position: u64) {
        self.position.fetch_max(position, Ordering::Relaxed);
    }

    /// Reads a range from a blocking thread.
    ///
    /// # Errors
    /// One that holds a [`ConnectorError`], see [`failure::of_io`].
    pub(super) fn read_range(&self, range: Range<u64>) -> io::Result<Bytes> {
        if range.is_empty() {
            return Ok(Bytes::new());
        }
        self.runtime.block_on(self.fetch(range)).map_err(io::Error::other)
    }

    async fn fetch(&self, range: Range<u64>) -> Result<Bytes, ConnectorError> {
        let wanted = range.end - range.start;
        let options = GetOptions {
            range: Some(GetRange::Bounded(range)),
            if_match: self.version.etag.clone(),
            ..GetOptions::default()
        };
        let get = async { self.store.get_opts(&self.location, options).await?.bytes().await };
        let bytes = tokio::select! {
            () = self.cancel.cancelled() => return Err(ConnectorError::Cancelled),
            bytes = get => bytes.map_err(|error| failure::of_store(&self.name, error))?,
        };
        if bytes.len() as u64 != wanted { Err(failure::changed(&self.name)) } else { Ok(bytes) }
    }

    fn prefetch(self: &Arc<Self>, range: Range<u64>) -> JoinHandle<Result<Bytes, ConnectorError>> {
        let file = Arc::clone(self);
        self.runtime.spawn(async move { file.fetch(range).await })
    }

    /// The file's bytes from `start` on, read ahead by one piece.
    pub(super) fn reader(self: &Arc<Self>, start: u64, largest_piece: usize) -> FileReader {
        FileReader {
            file: Arc::clone(self),
            next: start,
            piece: Bytes::new(),
            ahead: None,
            piece_size: FIRST_PIECE.min(largest_piece.max(1)) as u64,
            largest_piece: largest_piece.max(1) as u64,
        }
    }
}

/// The first request is small, since a sample may need no more; each next one is twice as large.
const FIRST_PIECE: usize = 256 << 10;

/// Reads a file from front to back.
pub(super) struct FileReader {
    file: Arc<StoredFile>,
    /// Where the next request begins.
    next: u64,
    piece: Bytes,
    ahead: Option<Ahead>,
    piece_size: u64,
    largest_piece: u64,
}

/// A request under way; given up when dropped.
struct Ahead(JoinHandle<Result<Bytes, ConnectorError>>);

impl Drop for Ahead {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl FileReader {
    fn next_range(&mut self) -> Range<u64> {
        let range = self.next..self.file.size().min(self.next + self.piece_size);
        self.next = range.end;
        self.piece_size = (self.piece_size * 2).min(self.largest_piece);
        range
    }

    fn next_piece(&mut self) -> io::Result<Bytes> {
        let is_first = self.ahead.is_none();
        let piece = match self.ahead.take() {
            Some(mut ahead) => {
                let done = self.file.runtime.block_on(&mut ahead.0).map_err(io::Error::other)?;
                done.map_err(io::Error::other)?
            }
            None => {
                let range = self.next_range();
                self.file.read_range(range)?
            }
        };
        // Reading ahead begins with the second piece, so that a sample that ends in the first costs one request.
        let more = self.next < self.file.size();
        if more && !(is_first && self.piece_size <= 2 * FIRST_PIECE as u64) {
            let range = self.next_range();
            self.ahead = Some(Ahead(self.file.prefetch(range)));
        }
        Ok(piece)
    }
}

impl io::Read for FileReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.file.cancel.is_cancelled() {
            return Err(io::Error::other(ConnectorError::Cancelled));
        }
        if self.piece.is_empty() {
            let at_end = self.next >= self.file.size() && self.ahead.is_none();
            if at_end {
                return Ok(0);
            }
            self.piece = self.next_piece()?;
            let ahead = self.ahead.as_ref().map_or(0, |_| self.piece_size.min(self.next));
            self.file.set_position(self.next.saturating_sub(ahead));
        }
        let length = buffer.len().min(self.piece.len());
        buffer[..length].copy_from_slice(&self.piece.split_to(length));
        Ok(length)
    }
}
