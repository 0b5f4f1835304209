//! The encoder's thread: batches in, Parquet files out.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use chrono::Utc;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, WriteMultipart};
use parquet::arrow::ArrowWriter;
use serde_json::json;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::writer::Progress;
use super::{LakeError, LakeTable, StagedFile, WriterOptions, encoding, statistics};

/// What a writer asks of its encoder.
pub(crate) enum Message {
    /// Encode a batch that takes so many bytes.
    Write { batch: RecordBatch, bytes: usize },
    /// Close the file in work and end.
    Finish,
    /// Remove the file in work and end.
    Abort,
}

/// The most bytes that go to the store at once.
const MOST_PART_BYTES: usize = 8 * 1024 * 1024;
/// The fewest: a store of objects takes no parts below 5 MiB but the last, a file system takes any.
const LEAST_PART_BYTES: usize = 5 * 1024 * 1024;
const LEAST_LOCAL_PART_BYTES: usize = 256 * 1024;
/// Parts on their way to the store at the same time.
const PARTS_IN_FLIGHT: usize = 2;

pub(crate) struct Encoder {
    table: LakeTable,
    schema: SchemaRef,
    columns: BTreeMap<String, String>,
    options: WriterOptions,
    shares: Shares,
    progress: Arc<Progress>,
    runtime: Handle,
    writer_id: Uuid,
    files: usize,
    open: Option<OpenFile>,
}

/// How a writer's memory is divided: the row group in work has what the upload does not take.
#[derive(Clone, Copy, Debug)]
struct Shares {
    row_group_bytes: usize,
    part_bytes: usize,
    parts_in_flight: usize,
}

impl Shares {
    fn of(buffer_bytes: usize, is_local: bool) -> Self {
        let least = if is_local { LEAST_LOCAL_PART_BYTES } else { LEAST_PART_BYTES };
        let parts_in_flight = if buffer_bytes / 8 < least { 1 } else { PARTS_IN_FLIGHT };
        // One part fills while the others are on their way.
        let part_bytes = (buffer_bytes / 8).clamp(least, MOST_PART_BYTES);
        let uploading = part_bytes * (1 + parts_in_flight);
        let row_group_bytes = buffer_bytes.saturating_sub(uploading).max(buffer_bytes / 2).max(1);
        Self { row_group_bytes, part_bytes, parts_in_flight }
    }
}

struct OpenFile {
    path: String,
    parquet: ArrowWriter<Upload>,
    /// What the rows took in memory.
    memory_bytes: u64,
}

impl Encoder {
    /// `columns` are those of `schema` with their types, as staged files keep them.
    pub(crate) fn new(
        table: LakeTable,
        schema: SchemaRef,
        columns: BTreeMap<String, String>,
        options: WriterOptions,
        progress: Arc<Progress>,
    ) -> Self {
        let shares = Shares::of(options.buffer_bytes, table.local_folder().is_some());
        Self {
            table,
            schema,
            columns,
            options,
            shares,
            progress,
            runtime: Handle::current(),
            writer_id: Uuid::now_v7(),
            files: 0,
            open: None,
        }
    }

    /// Encodes until it is told to end, or until its writer is gone.
    pub(crate) fn run(mut self, mut messages: mpsc::Receiver<Message>) -> Result<(), LakeError> {
        let result = self.encode_all(&mut messages);
        if let Some(open) = self.open.take() {
            open.abandon();
        }
        self.progress.waiting.store(0, Ordering::Relaxed);
        self.progress.encoding.store(0, Ordering::Relaxed);
        result
    }

    fn encode_all(&mut self, messages: &mut mpsc::Receiver<Message>) -> Result<(), LakeError> {
        while let Some(message) = messages.blocking_recv() {
            match message {
                Message::Write { batch, bytes } => {
                    self.encode(&batch)?;
                    self.progress.waiting.fetch_sub(bytes, Ordering::Relaxed);
                }
                Message::Finish => return self.finish_file(),
                Message::Abort => return Ok(()),
            }
        }
        Ok(())
    }

    fn encode(&mut self, batch: &RecordBatch) -> Result<(), LakeError> {
        let table = self.table.clone();
        let failed = |cause| table.failed("write to", cause);
        let open = match &mut self.open {
            Some(open) => open,
            None => {
                let open = self.open_file(batch)?;
                self.open.insert(open)
            }
        };
        open.parquet.write(batch).map_err(failed)?;
        open.memory_bytes += memory_of(batch);
        if open.parquet.memory_size() >= self.shares.row_group_bytes {
            open.parquet.flush().map_err(failed)?;
        }
        let size = open.parquet.bytes_written() + open.parquet.in_progress_size();
        let held = open.parquet.memory_size() + open.parquet.inner().held_bytes();
        self.progress.encoding.store(held, Ordering::Relaxed);
        if size >= self.options.target_file_bytes {
            self.finish_file()?;
        }
        Ok(())
    }

    /// A file that begins with this batch.
    fn open_file(&mut self, first: &RecordBatch) -> Result<OpenFile, LakeError> {
        let path =
            format!("part-{:05}-{}{}.parquet", self.files, self.writer_id, self.options.compression.file_name_part());
        self.files += 1;
        let upload = Upload::new(self.table.store(), Path::from(path.as_str()), self.runtime.clone(), self.shares);
        let properties = encoding::properties(first, self.options.compression);
        let parquet = ArrowWriter::try_new(upload, Arc::clone(&self.schema), Some(properties))
            .map_err(|cause| self.table.failed("write to", cause))?;
        Ok(OpenFile { path, parquet, memory_bytes: 0 })
    }

    fn finish_file(&mut self) -> Result<(), LakeError> {
        let Some(mut open) = self.open.take() else { return Ok(()) };
        let failed = |cause: Box<dyn std::error::Error + Send + Sync>| self.table.failed("write to", cause);
        let metadata = match open.parquet.finish() {
            Ok(metadata) => metadata,
            Err(cause) => {
                open.abandon();
                return Err(failed(cause.into()));
            }
        };
        let bytes = open.parquet.inner_mut().complete().map_err(|cause| failed(cause.into()))?;
        let statistics = statistics::add_statistics(&self.schema, &metadata, &self.options.statistics_columns);
        let action = json!({
            "path": open.path,
            "partitionValues": {},
            "size": bytes,
            "modificationTime": Utc::now().timestamp_millis(),
            "dataChange": true,
            "stats": statistics,
        });
        let rows = metadata.file_metadata().num_rows();
        self.progress.finished().push(StagedFile {
            path: open.path,
            rows,
            bytes,
            memory_bytes: open.memory_bytes,
            columns: self.columns.clone(),
            action,
        });
        self.progress.encoding.store(0, Ordering::Relaxed);
        Ok(())
    }
}

/// What the rows of a batch take, without what else is in its buffers.
fn memory_of(batch: &RecordBatch) -> u64 {
    let bytes = |column: &ArrayRef| column.to_data().get_slice_memory_size().unwrap_or(0) as u64;
    batch.columns().iter().map(bytes).sum()
}

impl OpenFile {
    /// Removes what has been uploaded of the file.
    fn abandon(mut self) {
        self.parquet.inner_mut().abandon();
    }
}

/// A file on its way to the store: small ones go as one object, larger ones in parts.
///
/// Either way it appears in the store as a whole, when it is complete.
struct Upload {
    store: Arc<dyn ObjectStore>,
    path: Path,
    runtime: Handle,
    shares: Shares,
    part: Vec<u8>,
    parts: Option<WriteMultipart>,
    bytes: i64,
}

impl Upload {
    fn new(store: Arc<dyn ObjectStore>, path: Path, runtime: Handle, shares: Shares) -> Self {
        Self { store, path, runtime, shares, part: Vec::new(), parts: None, bytes: 0 }
    }

    fn held_bytes(&self) -> usize {
        self.part.len() + self.parts.as_ref().map_or(0, |_| self.shares.parts_in_flight * self.shares.part_bytes)
    }

    fn send_part(&mut self) -> Result<(), object_store::Error> {
        let part = std::mem::take(&mut self.part);
        let runtime = self.runtime.clone();
        runtime.block_on(async {
            if self.parts.is_none() {
                let upload = self.store.put_multipart(&self.path).await?;
                self.parts = Some(WriteMultipart::new_with_chunk_size(upload, self.shares.part_bytes));
            }
            let Some(parts) = &mut self.parts else { return Ok(()) };
            parts.wait_for_capacity(self.shares.parts_in_flight).await?;
            parts.put(part.into());
            Ok(())
        })
    }

    fn complete(&mut self) -> Result<i64, object_store::Error> {
        let runtime = self.runtime.clone();
        runtime.block_on(async {
            match self.parts.take() {
                None => {
                    self.store.put(&self.path, std::mem::take(&mut self.part).into()).await?;
                }
                Some(mut parts) => {
                    parts.put(std::mem::take(&mut self.part).into());
                    // A failed part leaves the upload open, and its file in the folder, unless it is aborted.
                    if let Err(error) = parts.wait_for_capacity(0).await {
                        drop(parts.abort().await);
                        return Err(error);
                    }
                    parts.finish().await?;
                }
            }
            Ok(self.bytes)
        })
    }

    fn abandon(&mut self) {
        self.part = Vec::new();
        let Some(parts) = self.parts.take() else { return };
        if let Err(error) = self.runtime.block_on(parts.abort()) {
            tracing::debug!(path = %self.path, %error, "could not remove an unfinished upload");
        }
    }
}

impl Write for Upload {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(self.shares.part_bytes - self.part.len());
        self.part.extend_from_slice(&bytes[..taken]);
        self.bytes += i64::try_from(taken).unwrap_or(0);
        if self.part.len() == self.shares.part_bytes {
            self.send_part().map_err(io::Error::other)?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upload_takes_its_part_of_the_writers_memory() {
        const MIB: usize = 1024 * 1024;
        for (buffer, is_local) in [(MIB, true), (4 * MIB, true), (32 * MIB, true), (96 * MIB, true), (64 * MIB, false)]
        {
            let Shares { row_group_bytes, part_bytes, parts_in_flight } = Shares::of(buffer, is_local);
            assert!(row_group_bytes + part_bytes * (1 + parts_in_flight) <= buffer.max(MIB + MIB / 2), "{buffer}");
        }
        // A store of objects needs two parts of 5 MiB, however little there is.
        let small = Shares::of(4 * MIB, false);
        assert_eq!((small.row_group_bytes, small.part_bytes, small.parts_in_flight), (2 * MIB, 5 * MIB, 1));
    }
}
