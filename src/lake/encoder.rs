//! The encoder's thread: batches in, Parquet files out.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use arrow::datatypes::{DataType, SchemaRef};
use arrow::record_batch::RecordBatch;
use chrono::Utc;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, WriteMultipart};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use serde_json::json;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::writer::Progress;
use super::{LakeError, LakeTable, StagedFile, WriterOptions, statistics};

/// What a writer asks of its encoder.
pub(crate) enum Message {
    /// Encode a batch that takes so many bytes.
    Write { batch: RecordBatch, bytes: usize },
    /// Close the file in work and end.
    Finish,
    /// Remove the file in work and end.
    Abort,
}

/// Bytes that go to the store at once; S3 takes parts of 5 MiB and more.
const PART_BYTES: usize = 8 * 1024 * 1024;
/// Parts on their way to the store at the same time.
const PARTS_IN_FLIGHT: usize = 2;

pub(crate) struct Encoder {
    table: LakeTable,
    schema: SchemaRef,
    options: WriterOptions,
    properties: WriterProperties,
    progress: Arc<Progress>,
    runtime: Handle,
    writer_id: Uuid,
    files: usize,
    open: Option<OpenFile>,
}

struct OpenFile {
    path: String,
    parquet: ArrowWriter<Upload>,
}

impl Encoder {
    pub(crate) fn new(table: LakeTable, schema: SchemaRef, options: WriterOptions, progress: Arc<Progress>) -> Self {
        let mut properties = WriterProperties::builder()
            .set_created_by(format!("dataweaver {}", env!("CARGO_PKG_VERSION")))
            .set_compression(options.compression.parquet())
            .set_max_row_group_row_count(None)
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_offset_index_disabled(true)
            .set_dictionary_page_size_limit(256 * 1024);
        for field in schema.fields() {
            if *field.data_type() == DataType::Binary {
                let column = ColumnPath::from(field.name().as_str());
                properties = properties.set_column_dictionary_enabled(column, false);
            }
        }
        Self {
            table,
            schema,
            options,
            properties: properties.build(),
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
                let open = self.open_file()?;
                self.open.insert(open)
            }
        };
        open.parquet.write(batch).map_err(failed)?;
        if open.parquet.memory_size() >= self.options.buffer_bytes {
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

    fn open_file(&mut self) -> Result<OpenFile, LakeError> {
        let path =
            format!("part-{:05}-{}{}.parquet", self.files, self.writer_id, self.options.compression.file_name_part());
        self.files += 1;
        let upload = Upload::new(self.table.store(), Path::from(path.as_str()), self.runtime.clone());
        let parquet = ArrowWriter::try_new(upload, Arc::clone(&self.schema), Some(self.properties.clone()))
            .map_err(|cause| self.table.failed("write to", cause))?;
        Ok(OpenFile { path, parquet })
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
        self.progress.finished().push(StagedFile { path: open.path, rows, bytes, action });
        self.progress.encoding.store(0, Ordering::Relaxed);
        Ok(())
    }
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
    part: Vec<u8>,
    parts: Option<WriteMultipart>,
    bytes: i64,
}

impl Upload {
    fn new(store: Arc<dyn ObjectStore>, path: Path, runtime: Handle) -> Self {
        Self { store, path, runtime, part: Vec::new(), parts: None, bytes: 0 }
    }

    fn held_bytes(&self) -> usize {
        self.part.len() + self.parts.as_ref().map_or(0, |_| PARTS_IN_FLIGHT * PART_BYTES)
    }

    fn send_part(&mut self) -> Result<(), object_store::Error> {
        let part = std::mem::take(&mut self.part);
        let runtime = self.runtime.clone();
        runtime.block_on(async {
            if self.parts.is_none() {
                let upload = self.store.put_multipart(&self.path).await?;
                self.parts = Some(WriteMultipart::new_with_chunk_size(upload, PART_BYTES));
            }
            let Some(parts) = &mut self.parts else { return Ok(()) };
            parts.wait_for_capacity(PARTS_IN_FLIGHT).await?;
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
        let taken = bytes.len().min(PART_BYTES - self.part.len());
        self.part.extend_from_slice(&bytes[..taken]);
        self.bytes += i64::try_from(taken).unwrap_or(0);
        if self.part.len() == PART_BYTES {
            self.send_part().map_err(io::Error::other)?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
