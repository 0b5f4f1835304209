//! Reading a file in any order: Parquet, Arrow and XLSX files begin at their end.

use std::collections::HashMap;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use parquet::file::reader::{ChunkReader, Length};

use super::StoredFile;

/// A file's bytes in blocks, the last used of which are kept.
///
/// A Parquet reader goes through all columns of a row group side by side; the blocks turn its many small reads into few
/// requests.
#[derive(Clone)]
pub(in crate::connectors::file_system) struct Blocks(Arc<Shared>);

struct Shared {
    file: Arc<StoredFile>,
    block_bytes: u64,
    most_blocks: usize,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    blocks: HashMap<u64, (u64, Bytes)>,
    clock: u64,
}

impl Blocks {
    /// Keeps at most `memory_bytes` of blocks.
    pub(in crate::connectors::file_system) fn new(file: Arc<StoredFile>, memory_bytes: usize) -> Self {
        let block_bytes = (memory_bytes as u64 / 64).clamp(64 << 10, 1 << 20);
        let most_blocks = (memory_bytes / block_bytes as usize).max(4);
        Self(Arc::new(Shared { file, block_bytes, most_blocks, kept: Mutex::default() }))
    }

    /// Reads from anywhere, from front to back.
    pub(in crate::connectors::file_system) fn reader(&self, start: u64) -> BlockReader {
        BlockReader { blocks: self.clone(), at: start }
    }

    fn block(&self, number: u64) -> io::Result<Bytes> {
        let Shared { file, block_bytes, most_blocks, kept } = &*self.0;
        {
            let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.clock += 1;
            let now = kept.clock;
            if let Some((used, block)) = kept.blocks.get_mut(&number) {
                *used = now;
                return Ok(block.clone());
            }
        }
        let start = number * block_bytes;
        let block = file.read_range(start..file.size().min(start + block_bytes))?;
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.blocks.len() >= *most_blocks {
            let oldest = kept.blocks.iter().min_by_key(|(_, (used, _))| *used).map(|(number, _)| *number);
            oldest.map(|oldest| kept.blocks.remove(&oldest));
        }
        let now = kept.clock;
        kept.blocks.insert(number, (now, block.clone()));
        Ok(block)
    }

    fn read_at(&self, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
        if at >= self.0.file.size() || buffer.is_empty() {
            return Ok(0);
        }
        let block = self.block(at / self.0.block_bytes)?;
        let within = usize::try_from(at % self.0.block_bytes).map_err(io::Error::other)?;
        let piece = block.get(within..).unwrap_or_default();
        let length = piece.len().min(buffer.len());
        buffer[..length].copy_from_slice(&piece[..length]);
        Ok(length)
    }
}

impl Length for Blocks {
    fn len(&self) -> u64 {
        self.0.file.size()
    }
}

impl ChunkReader for Blocks {
    type T = BlockReader;

    fn get_read(&self, start: u64) -> parquet::errors::Result<BlockReader> {
        Ok(self.reader(start))
    }

    fn get_bytes(&self, start: u64, length: usize) -> parquet::errors::Result<Bytes> {
        let end = start.checked_add(length as u64).filter(|end| *end <= self.len());
        let end = end.ok_or_else(|| {
            parquet::errors::ParquetError::EOF(format!("{length} bytes at {start} lie beyond the end"))
        })?;
        if length as u64 > self.0.block_bytes {
            return Ok(self.0.file.read_range(start..end)?);
        }
        let mut bytes = vec![0; length];
        self.reader(start).read_exact(&mut bytes)?;
        Ok(bytes.into())
    }
}

/// A place in a file's blocks.
pub(in crate::connectors::file_system) struct BlockReader {
    blocks: Blocks,
    at: u64,
}

impl Read for BlockReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.blocks.read_at(self.at, buffer)?;
        self.at += length as u64;
        Ok(length)
    }
}

impl Seek for BlockReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.blocks.len().checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at =
            target.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "a place before the file's beginning"))?;
        Ok(self.at)
    }
}
