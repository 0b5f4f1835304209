//! One table of the lake: looking at it, reading it, dropping it.

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::SchemaRef;
use datafusion::catalog::{MemTable, TableProvider};
use datafusion::common::ScalarValue;
use datafusion::dataframe::DataFrame;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::context::SessionContext;
use datafusion::logical_expr::lit;
use datafusion::prelude::{ParquetReadOptions, SessionConfig, ident};
use deltalake::DeltaTableError;
use deltalake::delta_datafusion::DeltaScanNext;
use deltalake::kernel::EagerSnapshot;
use deltalake::logstore::{LogStoreRef, StorageConfig, default_logstore};
use futures::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStore, ObjectStoreExt};
use url::Url;

use super::{LakeError, StagedFile, TableSnapshot, WriterOptions, store};

/// What is being done when staged files cannot be read, for errors.
pub(super) const READ_STAGED: &str = "read staged files of";

/// Which rows of a table, by the values of one column.
#[derive(Clone, Debug)]
pub enum RowRange {
    /// All.
    All,
    /// Those where it is NULL.
    Null,
    /// Those where it is `lowest` or higher, and lower than `below` where that is given (arrays of one value).
    From { lowest: ArrayRef, below: Option<ArrayRef> },
}

/// One table of the lake, which need not exist yet. Cheap to clone; holds no state of the table.
#[derive(Clone)]
pub struct LakeTable {
    name: String,
    log: LogStoreRef,
}

impl LakeTable {
    pub(crate) fn new(name: String, url: Url, root: Arc<dyn ObjectStore>) -> Self {
        let folder = Path::from_url_path(url.path()).unwrap_or_else(|_| Path::from(url.path()));
        let below = Arc::new(PrefixStore::new(Arc::clone(&root), folder));
        Self { name, log: default_logstore(below, root, &url, &StorageConfig::default()) }
    }

    /// The path below the lake's root.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The full URL of the table's folder.
    pub fn location(&self) -> String {
        self.log.root_url().as_str().trim_end_matches('/').to_owned()
    }

    /// The newest version, read afresh from the store; None if there is no table yet.
    pub async fn snapshot(&self) -> Result<Option<TableSnapshot>, LakeError> {
        // The log's reader takes a missing folder for a wrong address.
        if let Some(folder) = self.local_folder()
            && !tokio::fs::try_exists(folder).await.map_err(|cause| self.failed("read the log of", cause))?
        {
            return Ok(None);
        }
        match EagerSnapshot::try_new(self.log.as_ref(), None).await {
            Ok(snapshot) => Ok(Some(TableSnapshot::new(self.name.clone(), snapshot, Arc::clone(&self.log)))),
            Err(DeltaTableError::NotATable(_)) => Ok(None),
            Err(cause) => Err(self.failed("read the log of", cause)),
        }
    }

    /// An earlier version, as long as it is kept.
    pub async fn snapshot_at(&self, version: i64) -> Result<TableSnapshot, LakeError> {
        let version = u64::try_from(version).unwrap_or(0);
        let snapshot = EagerSnapshot::try_new(self.log.as_ref(), Some(version)).await;
        let snapshot = snapshot.map_err(|cause| self.failed("read an earlier version of", cause))?;
        Ok(TableSnapshot::new(self.name.clone(), snapshot, Arc::clone(&self.log)))
    }

    /// Whether there is a table. Cheaper than a [`snapshot`](Self::snapshot): one request to the store.
    pub async fn exists(&self) -> Result<bool, LakeError> {
        let store = self.store();
        let mut log = store.list(Some(&Path::from("_delta_log")));
        Ok(log.try_next().await.map_err(|cause| self.failed("read the log of", cause))?.is_some())
    }

    /// The newest version for DataFusion, which pushes filters, projections and limits down to it.
    ///
    /// # Errors
    /// [`LakeError::NoTable`] if there is no table yet.
    pub async fn provider(&self) -> Result<Arc<dyn TableProvider>, LakeError> {
        let snapshot = self.existing().await?;
        DeltaScanNext::builder()
            .with_log_store(Arc::clone(&self.log))
            .with_eager_snapshot(Arc::clone(snapshot.delta()))
            .await
            .map_err(|cause| self.failed("read", cause))
    }

    /// All rows of the newest version; `columns` are all columns if None.
    pub async fn read_all(&self, columns: Option<&[String]>) -> Result<SendableRecordBatchStream, LakeError> {
        let failed = |cause| self.failed("read", cause);
        let snapshot = self.existing().await?;
        let mut rows = self.scan(&plain_session(), &snapshot, None, None).await?;
        if let Some(columns) = columns {
            rows = rows.select(columns.iter().map(|column| ident(column.as_str()))).map_err(failed)?;
        }
        rows.execute_stream().await.map_err(failed)
    }

    /// The rows of a version in a range of `column`.
    pub async fn read_range(
        &self,
        snapshot: &TableSnapshot,
        column: &str,
        range: RowRange,
    ) -> Result<SendableRecordBatchStream, LakeError> {
        let value = |array: ArrayRef| {
            ScalarValue::try_from_array(&array, 0).map(lit).map_err(|cause| self.failed("read", cause))
        };
        let rows = self.scan(&plain_session(), snapshot, None, None).await?;
        let wanted = match range {
            RowRange::All => lit(true),
            RowRange::Null => ident(column).is_null(),
            RowRange::From { lowest, below: None } => ident(column).gt_eq(value(lowest)?),
            RowRange::From { lowest, below: Some(below) } => {
                ident(column).gt_eq(value(lowest)?).and(ident(column).lt(value(below)?))
            }
        };
        let failed = |cause| self.failed("read", cause);
        rows.filter(wanted).map_err(failed)?.execute_stream().await.map_err(failed)
    }

    /// The rows of a version, or only of those of its files whose paths are in `files`; `file_column`
    /// names a column to be added that holds each row's file.
    pub(crate) async fn scan(
        &self,
        session: &SessionContext,
        snapshot: &TableSnapshot,
        files: Option<Vec<String>>,
        file_column: Option<&str>,
    ) -> Result<DataFrame, LakeError> {
        let failed = |cause| self.failed("read", cause);
        let mut scan = DeltaScanNext::builder()
            .with_log_store(Arc::clone(&self.log))
            .with_eager_snapshot(Arc::clone(snapshot.delta()))
            .with_session(Arc::new(session.state()));
        if let Some(files) = files {
            scan = scan.with_file_paths(files);
        }
        if let Some(column) = file_column {
            scan = scan.with_file_column(column);
        }
        session.read_table(scan.await.map_err(failed)?).map_err(failed)
    }

    /// The rows of staged files, with NULL for columns of `schema` that a file lacks.
    pub(crate) async fn scan_staged(
        &self,
        session: &SessionContext,
        files: &[StagedFile],
        schema: &SchemaRef,
    ) -> Result<DataFrame, LakeError> {
        if files.is_empty() {
            let nothing = MemTable::try_new(Arc::clone(schema), vec![vec![]]);
            let nothing = nothing.and_then(|nothing| session.read_table(Arc::new(nothing)));
            return nothing.map_err(|cause| self.failed(READ_STAGED, cause));
        }
        self.read_staged(session, files, ParquetReadOptions::new().schema(schema)).await
    }

    /// The rows of a staged file in the columns and types that it was written with.
    pub(crate) async fn scan_as_written(
        &self,
        session: &SessionContext,
        file: &StagedFile,
    ) -> Result<DataFrame, LakeError> {
        self.read_staged(session, std::slice::from_ref(file), ParquetReadOptions::new()).await
    }

    async fn read_staged(
        &self,
        session: &SessionContext,
        files: &[StagedFile],
        options: ParquetReadOptions<'_>,
    ) -> Result<DataFrame, LakeError> {
        let root = self.log.root_url();
        if root.scheme() != "file" {
            session.register_object_store(root, self.log.root_object_store(None));
        }
        let paths: Vec<String> = files.iter().map(|file| format!("{root}{}", file.path)).collect();
        session.read_parquet(paths, options).await.map_err(|cause| self.failed(READ_STAGED, cause))
    }

    /// Writes a stream of rows to staged files.
    pub(crate) async fn write_all(
        &self,
        schema: SchemaRef,
        options: WriterOptions,
        mut rows: SendableRecordBatchStream,
    ) -> Result<Vec<StagedFile>, LakeError> {
        let mut writer = self.writer(schema, options)?;
        while let Some(batch) = rows.next().await {
            let written = match batch {
                Ok(batch) => writer.write(batch).await,
                Err(cause) => Err(self.failed("read", cause)),
            };
            if let Err(error) = written {
                writer.abort().await;
                return Err(error);
            }
        }
        writer.close().await
    }

    /// Deletes the table and all its files. A second call finishes one that was cut short.
    ///
    /// The log goes first, newest version first, so that what remains after a crash is an older
    /// version of the table and never a broken one.
    pub async fn drop_table(&self) -> Result<(), LakeError> {
        let store = self.store();
        let failed = |cause| self.failed("delete", cause);
        let mut objects = store::list(store.as_ref(), None).await.map_err(failed)?;
        objects.sort_by_key(|object| {
            let path = object.location.to_string();
            let order = match path.strip_prefix("_delta_log/") {
                Some("_last_checkpoint") => 0,
                Some(_) => 1,
                None => 2,
            };
            (order, std::cmp::Reverse(path))
        });
        for object in objects {
            match store.delete(&object.location).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(cause) => return Err(failed(cause)),
            }
        }
        if let Some(folder) = self.local_folder() {
            match tokio::fs::remove_dir_all(&folder).await {
                Ok(()) => {}
                Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {}
                Err(cause) => return Err(self.failed("delete", cause)),
            }
        }
        Ok(())
    }

    pub(crate) async fn existing(&self) -> Result<TableSnapshot, LakeError> {
        self.snapshot().await?.ok_or_else(|| LakeError::NoTable { table: self.name.clone() })
    }

    pub(crate) fn log(&self) -> &LogStoreRef {
        &self.log
    }

    /// The store whose root is the table's folder.
    pub(crate) fn store(&self) -> Arc<dyn ObjectStore> {
        self.log.object_store(None)
    }

    /// The table's folder, if the lake is on local files.
    pub(crate) fn local_folder(&self) -> Option<std::path::PathBuf> {
        let url = self.log.root_url();
        (url.scheme() == "file").then(|| url.to_file_path().ok()).flatten()
    }

    pub(crate) fn failed(
        &self,
        action: &'static str,
        cause: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> LakeError {
        LakeError::storage(action, self.location(), cause)
    }
}

/// A session that reads text as plain strings, as the writers want them, not as views.
pub(crate) fn plain_session() -> SessionContext {
    let mut config = SessionConfig::new().with_target_partitions(1);
    config.options_mut().execution.parquet.schema_force_view_types = false;
    SessionContext::new_with_config(config)
}

impl std::fmt::Debug for LakeTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LakeTable").field("location", &self.location()).finish()
    }
}
