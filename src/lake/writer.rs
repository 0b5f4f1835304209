//! Staged files: Parquet files that are written but not part of the table yet.
//!
//! Encoding runs on its own blocking thread, so a source can be read while the batch before is
//! encoded. Memory is bounded: a few batches wait in a channel, and the row group in work is
//! flushed when it holds `buffer_bytes`.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow::compute::cast;
use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use object_store::ObjectStoreExt;
use object_store::path::Path;
use parquet::basic::{Compression, ZstdLevel};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::encoder::{Encoder, Message};
use super::{LakeError, LakeTable, schema};

/// How staged files are written.
#[derive(Clone, Debug)]
pub struct WriterOptions {
    /// A file is closed when it has about this many bytes.
    pub target_file_bytes: usize,
    /// A row group is closed when it takes this many bytes of memory.
    pub buffer_bytes: usize,
    /// How pages are compressed.
    pub compression: FileCompression,
    /// Columns beyond the first 32 that get statistics all the same, such as the primary key's.
    pub statistics_columns: Vec<String>,
}

impl Default for WriterOptions {
    fn default() -> Self {
        Self {
            target_file_bytes: 128 * 1024 * 1024,
            buffer_bytes: 32 * 1024 * 1024,
            compression: FileCompression::Zstd,
            statistics_columns: Vec::new(),
        }
    }
}

/// Compression of Parquet pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileCompression {
    /// Zstandard, level 1: small files at a good speed.
    #[default]
    Zstd,
    /// Snappy: larger files, less work.
    Snappy,
    /// None at all.
    Uncompressed,
}

impl FileCompression {
    pub(crate) fn parquet(self) -> Compression {
        match self {
            Self::Zstd => Compression::ZSTD(ZstdLevel::try_new(1).expect("zstd has a level 1")),
            Self::Snappy => Compression::SNAPPY,
            Self::Uncompressed => Compression::UNCOMPRESSED,
        }
    }

    pub(crate) fn file_name_part(self) -> &'static str {
        match self {
            Self::Zstd => ".zstd",
            Self::Snappy => ".snappy",
            Self::Uncompressed => "",
        }
    }
}

/// A Parquet file that is whole, but not in the table until it is committed.
///
/// It can be serialised, so that the files of a long load survive a crash in our own database.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StagedFile {
    /// The path below the table's folder.
    pub path: String,
    /// Number of rows.
    pub rows: i64,
    /// Size in bytes.
    pub bytes: i64,
    /// What its rows take in memory, in bytes; 0 where an older version has stored it without.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub memory_bytes: u64,
    /// Its columns with their types in Delta's words; empty where an older version has stored it without them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: BTreeMap<String, String>,
    /// The Delta `add` action, with statistics.
    pub action: serde_json::Value,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(bytes: &u64) -> bool {
    *bytes == 0
}

/// Writes batches to staged files. Dropped without `close`, it leaves only files that were finished.
pub struct StagedWriter {
    table: LakeTable,
    schema: SchemaRef,
    batches: mpsc::Sender<Message>,
    encoder: Option<JoinHandle<Result<(), LakeError>>>,
    progress: Arc<Progress>,
}

/// What the encoder lets its writer see.
#[derive(Default)]
pub(crate) struct Progress {
    /// Bytes of batches that wait to be encoded.
    pub(crate) waiting: AtomicUsize,
    /// Bytes of the row group and the upload in work.
    pub(crate) encoding: AtomicUsize,
    finished: Mutex<Vec<StagedFile>>,
}

impl Progress {
    /// Files that are whole and that nobody has taken yet.
    pub(crate) fn finished(&self) -> MutexGuard<'_, Vec<StagedFile>> {
        self.finished.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LakeTable {
    /// A writer of files with this schema. Nothing is written before the first batch.
    ///
    /// # Errors
    /// [`LakeError::UnsupportedType`] for a type that the table cannot hold exactly.
    pub fn writer(&self, schema: SchemaRef, options: WriterOptions) -> Result<StagedWriter, LakeError> {
        let delta = schema::delta_schema(self.name(), &schema)?;
        let schema = schema::arrow_schema(self.name(), &delta)?;
        let columns = schema::column_types(&delta);
        let progress = Arc::new(Progress::default());
        // Two batches wait at most: one to be taken at once, one being handed over.
        let (batches, waiting) = mpsc::channel(2);
        let encoder = Encoder::new(self.clone(), Arc::clone(&schema), columns, options, Arc::clone(&progress));
        let encoder = tokio::task::spawn_blocking(move || encoder.run(waiting));
        Ok(StagedWriter { table: self.clone(), schema, batches, encoder: Some(encoder), progress })
    }
}

impl StagedWriter {
    /// Hands a batch over to be encoded; waits while the encoder is behind.
    ///
    /// # Errors
    /// [`LakeError::SchemaMismatch`] when a column is not of the writer's type, and whatever stopped
    /// the encoder, such as [`LakeError::Full`]. After an error the writer is of no more use.
    pub async fn write(&mut self, batch: RecordBatch) -> Result<(), LakeError> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        let batch = self.conform(batch)?;
        let bytes = batch.get_array_memory_size();
        self.progress.waiting.fetch_add(bytes, Ordering::Relaxed);
        if self.batches.send(Message::Write { batch, bytes }).await.is_err() {
            return Err(self.encoder_failure().await);
        }
        Ok(())
    }

    /// Bytes that the writer holds in memory now.
    pub fn buffered_bytes(&self) -> usize {
        self.progress.waiting.load(Ordering::Relaxed) + self.progress.encoding.load(Ordering::Relaxed)
    }

    /// The files that were finished since the last call.
    pub fn take_finished(&mut self) -> Vec<StagedFile> {
        std::mem::take(&mut *self.progress.finished())
    }

    /// Writes out what is buffered and returns all finished files that were not taken yet.
    ///
    /// # Errors
    /// Whatever stopped the encoder. The files that were not taken are removed then.
    pub async fn close(mut self) -> Result<Vec<StagedFile>, LakeError> {
        let ended = match self.batches.send(Message::Finish).await {
            Ok(()) => self.join().await,
            Err(_) => Err(self.encoder_failure().await),
        };
        if let Err(error) = ended {
            self.remove_finished().await;
            return Err(error);
        }
        Ok(self.take_finished())
    }

    /// Gives up: the file in work is removed, and so are the finished files that were not taken.
    pub async fn abort(mut self) {
        // The channel may be closed already, and an encoder that failed has removed its file.
        if self.batches.send(Message::Abort).await.is_ok()
            && let Err(error) = self.join().await
        {
            tracing::debug!(table = self.table.name(), %error, "the encoder failed before it was aborted");
        }
        self.remove_finished().await;
    }

    /// Removes the finished files that were not taken. Nobody else knows them, so none can be in the table.
    async fn remove_finished(&mut self) {
        for file in self.take_finished() {
            if let Err(error) = self.table.store().delete(&Path::from(file.path.as_str())).await {
                tracing::warn!(table = self.table.name(), file = file.path, %error, "a staged file stays until the next maintenance");
            }
        }
    }

    /// The batch with the writer's own schema: same types, the Delta names of nested fields.
    fn conform(&self, batch: RecordBatch) -> Result<RecordBatch, LakeError> {
        if batch.schema_ref() == &self.schema {
            return Ok(batch);
        }
        let mismatch = |column: &str, expected: String, found: String| LakeError::SchemaMismatch {
            table: self.table.name().to_owned(),
            column: column.to_owned(),
            expected,
            found,
        };
        let mut columns = Vec::with_capacity(self.schema.fields().len());
        for field in self.schema.fields() {
            let Some(column) = batch.column_by_name(field.name()) else {
                return Err(mismatch(field.name(), field.data_type().to_string(), "nothing".to_owned()));
            };
            let found = column.data_type();
            if found == field.data_type() {
                columns.push(Arc::clone(column));
            } else if field.data_type().is_nested() && schema::same_type(found, field.data_type()) {
                let column = cast(column, field.data_type())
                    .map_err(|_| mismatch(field.name(), field.data_type().to_string(), found.to_string()))?;
                columns.push(column);
            } else {
                return Err(mismatch(field.name(), field.data_type().to_string(), found.to_string()));
            }
        }
        RecordBatch::try_new(Arc::clone(&self.schema), columns).map_err(|error| LakeError::InvalidSchema {
            table: self.table.name().to_owned(),
            reason: error.to_string(),
        })
    }

    async fn join(&mut self) -> Result<(), LakeError> {
        let Some(encoder) = self.encoder.take() else { return Ok(()) };
        encoder.await.unwrap_or_else(|cause| Err(self.table.failed("write to", cause)))
    }

    async fn encoder_failure(&mut self) -> LakeError {
        match self.join().await {
            Err(error) => error,
            Ok(()) => self.table.failed("write to", "the writer has already ended"),
        }
    }
}
