//! A folder of test files, and the connector that reads it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::datatypes::SchemaRef;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use dataweaver::connectors::file_system::FileSystem;
use dataweaver::sdk::types::type_name;
use dataweaver::sdk::{
    AuthType, CatalogSource, ConnectorError, ConnectorFactory, Cursor, DynConnector, Estimate, Extract, OpenContext,
    ReadEvent, ReadRequest, RejectedRow, RejectedValue, Settings, SourceRef,
};
use futures::StreamExt;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// A temporary folder of files.
pub struct Folder {
    folder: TempDir,
    settings: Value,
    pub batch_bytes: usize,
    pub memory_bytes: usize,
}

/// Everything that a read gave.
#[derive(Debug, Default)]
pub struct Outcome {
    pub schemas: Vec<SchemaRef>,
    pub batches: Vec<RecordBatch>,
    pub rejected_rows: Vec<RejectedRow>,
    pub rejected_values: Vec<RejectedValue>,
    pub logs: Vec<String>,
    pub estimates: Vec<Estimate>,
    /// Each checkpoint with the number of rows before it.
    pub checkpoints: Vec<(usize, Cursor)>,
    pub error: Option<ConnectorError>,
}

impl Folder {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = json!({ "root": folder.path() });
        Self { folder, settings, batch_bytes: 1 << 20, memory_bytes: 64 << 20 }
    }

    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.settings[key] = value.into();
        self
    }

    pub fn file(self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        self.write(name, bytes);
        self
    }

    pub fn batches_of(mut self, bytes: usize) -> Self {
        self.batch_bytes = bytes;
        self
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn settings(&self) -> Settings {
        Settings { connection: self.settings.clone(), auth_type: AuthType::None, auth: json!({}) }
    }

    pub fn connector(&self) -> Arc<dyn DynConnector> {
        self.open(OpenContext::default()).unwrap()
    }

    pub fn open(&self, context: OpenContext) -> Result<Arc<dyn DynConnector>, ConnectorError> {
        ConnectorFactory::of::<FileSystem>().open(self.settings(), context)
    }

    pub async fn sources(&self) -> Vec<CatalogSource> {
        self.connector().discover().await.unwrap().sources
    }

    pub fn request(&self, source_path: &str) -> ReadRequest {
        ReadRequest { batch_bytes: self.batch_bytes, memory_bytes: self.memory_bytes, ..request(source_path) }
    }

    /// Reads a file whole.
    pub async fn read(&self, source_path: &str) -> Outcome {
        self.read_as(self.request(source_path)).await
    }

    pub async fn resume(&self, source_path: &str, cursor: &Cursor) -> Outcome {
        self.read_as(ReadRequest { resume: Some(cursor.clone()), ..self.request(source_path) }).await
    }

    pub async fn incremental(&self, source_path: &str, cursor_field: Option<&str>, since: Option<&Cursor>) -> Outcome {
        let extract = Extract::Incremental {
            cursor_field: cursor_field.map(str::to_owned),
            since: since.cloned(),
            lookback: Duration::ZERO,
        };
        self.read_as(ReadRequest { extract, ..self.request(source_path) }).await
    }

    pub async fn read_as(&self, request: ReadRequest) -> Outcome {
        read(self.connector().as_ref(), request).await
    }
}

pub fn request(source_path: &str) -> ReadRequest {
    ReadRequest {
        source: SourceRef {
            name: "test".into(),
            source_type: "file".into(),
            source_path: source_path.into(),
            details: Value::Null,
        },
        extract: Extract::Full,
        primary_key: Vec::new(),
        resume: None,
        batch_bytes: 1 << 20,
        memory_bytes: 64 << 20,
        cancel: CancellationToken::new(),
    }
}

/// Reads to the end of the stream.
pub async fn read(connector: &dyn DynConnector, request: ReadRequest) -> Outcome {
    let mut outcome = Outcome::default();
    let mut events = connector.read(request);
    while let Some(event) = events.next().await {
        match event {
            Ok(ReadEvent::Schema(schema)) => outcome.schemas.push(schema),
            Ok(ReadEvent::Batch(batch)) => {
                assert_eq!(&batch.schema(), outcome.schemas.last().expect("a schema comes first"));
                outcome.batches.push(batch);
            }
            Ok(ReadEvent::Checkpoint(cursor)) => outcome.checkpoints.push((outcome.rows(), cursor)),
            Ok(ReadEvent::Estimate(estimate)) => outcome.estimates.push(estimate),
            Ok(ReadEvent::RejectedRows(rows)) => outcome.rejected_rows.extend(rows),
            Ok(ReadEvent::RejectedValue(value)) => outcome.rejected_values.push(value),
            Ok(ReadEvent::Log { message, .. }) => outcome.logs.push(message),
            Ok(ReadEvent::Whole | ReadEvent::Anew | ReadEvent::Waiting { .. }) => {}
            Err(error) => outcome.error = Some(error),
        }
    }
    outcome
}

impl Outcome {
    pub fn rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    /// `name type, …` of the last schema.
    pub fn columns(&self) -> String {
        let schema = self.schemas.last().expect("a schema");
        columns(schema)
    }

    /// Every row as `a|b|NULL`, under its own schema.
    pub fn lines(&self) -> Vec<String> {
        self.batches.iter().flat_map(lines).collect()
    }

    /// Every row, under the last schema; columns that earlier batches lack are NULL.
    pub fn table(&self) -> Vec<String> {
        let schema = self.schemas.last().expect("a schema");
        let widened = self.batches.iter().map(|batch| {
            let columns = schema.fields().iter().map(|field| match batch.column_by_name(field.name()) {
                Some(column) => Arc::clone(column),
                None => arrow::array::new_null_array(field.data_type(), batch.num_rows()),
            });
            RecordBatch::try_new(Arc::clone(schema), columns.collect()).unwrap()
        });
        let widened: Vec<_> = widened.collect();
        lines(&concat_batches(schema, &widened).unwrap())
    }

    /// `position: reason [row]` of every rejected row.
    pub fn rejections(&self) -> Vec<String> {
        self.rejected_rows.iter().map(|row| format!("{}: {} [{}]", row.position, row.reason, row.row)).collect()
    }

    #[track_caller]
    pub fn whole(self) -> Self {
        assert!(self.error.is_none(), "{:?}", self.error);
        self
    }
}

pub fn columns(schema: &SchemaRef) -> String {
    let columns = schema.fields().iter().map(|field| format!("{} {}", field.name(), type_name(field.data_type())));
    columns.collect::<Vec<_>>().join(", ")
}

pub fn lines(batch: &RecordBatch) -> Vec<String> {
    let options = FormatOptions::default().with_null("NULL").with_display_error(true);
    let columns: Vec<_> =
        batch.columns().iter().map(|column| ArrayFormatter::try_new(column, &options).unwrap()).collect();
    let line = |row| columns.iter().map(|column| column.value(row).to_string()).collect::<Vec<_>>().join("|");
    (0..batch.num_rows()).map(line).collect()
}
