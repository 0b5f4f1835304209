//! Downloads: the rows of a query as a file, written while they are computed.
//!
//! Memory is bounded by a few batches, for Parquet by a row group, and for XLSX by the spill folder, in which the
//! sheet is put together before its first byte is sent. Column names that repeat get a number: `id`, `id_2`.

mod arrow_file;
mod csv;
mod format;
mod json_lines;
mod parquet_file;
mod plain;
mod xlsx;

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_stream::try_stream;
use bytes::Bytes;
use futures::{Stream, StreamExt};
use tempfile::NamedTempFile;
use tokio::io::AsyncReadExt;

pub use format::ExportFormat;

use super::{QueryError, RowStream};

/// Rows that are written at once.
const SLICE_ROWS: usize = 1024;
/// Bytes of a finished file that are sent at once.
const CHUNK_BYTES: usize = 64 * 1024;

/// A file format that is written piece by piece.
trait Encoder: Send {
    /// Takes rows; gives the bytes that are ready, perhaps none.
    fn write(&mut self, rows: &RecordBatch) -> Result<Vec<u8>, QueryError>;

    /// The rest of the file.
    fn finish(self: Box<Self>) -> Result<Rest, QueryError>;
}

/// What is left to send when the last row was written.
enum Rest {
    Bytes(Vec<u8>),
    File(NamedTempFile),
}

/// The rows as a file of that format. Dropping it stops the query.
///
/// # Errors
/// In the stream: what the query fails with, and [`QueryError::DoesNotFit`] for rows that the format cannot hold.
/// After an error the file is not complete.
pub fn export(
    mut rows: RowStream,
    format: ExportFormat,
) -> impl Stream<Item = Result<Bytes, QueryError>> + Send + 'static {
    try_stream! {
        let schema = plain::unique_names(&rows.schema());
        let mut encoder = encoder(format, &schema, &rows)?;
        while let Some(batch) = rows.next().await {
            let batch = batch?;
            let batch = RecordBatch::try_new(Arc::clone(&schema), batch.columns().to_vec())?;
            for start in (0..batch.num_rows()).step_by(SLICE_ROWS) {
                let slice = batch.slice(start, SLICE_ROWS.min(batch.num_rows() - start));
                let bytes = encoder.write(&slice)?;
                if !bytes.is_empty() {
                    yield Bytes::from(bytes);
                }
                tokio::task::consume_budget().await;
            }
        }
        // Compressing a whole sheet takes seconds.
        let rest = tokio::task::spawn_blocking(move || encoder.finish()).await.map_err(QueryError::internal)??;
        match rest {
            Rest::Bytes(bytes) if bytes.is_empty() => {}
            Rest::Bytes(bytes) => yield Bytes::from(bytes),
            Rest::File(file) => {
                let mut reader = tokio::fs::File::open(file.path()).await.map_err(QueryError::internal)?;
                loop {
                    let mut chunk = Vec::with_capacity(CHUNK_BYTES);
                    let read = reader.read_buf(&mut chunk).await.map_err(QueryError::internal)?;
                    if read == 0 {
                        break;
                    }
                    yield Bytes::from(chunk);
                }
            }
        }
    }
}

fn encoder(format: ExportFormat, schema: &SchemaRef, rows: &RowStream) -> Result<Box<dyn Encoder>, QueryError> {
    Ok(match format {
        ExportFormat::Csv => Box::new(csv::CsvEncoder::new(schema)?),
        ExportFormat::Jsonl => Box::new(json_lines::JsonLinesEncoder),
        ExportFormat::Parquet => Box::new(parquet_file::ParquetEncoder::new(schema)?),
        ExportFormat::Arrow => Box::new(arrow_file::ArrowEncoder::new(schema)?),
        ExportFormat::Xlsx => Box::new(xlsx::XlsxEncoder::new(schema, rows.spill_folder(), rows.spill_bytes())?),
    })
}
