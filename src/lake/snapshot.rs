//! A table as it is at one version.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use deltalake::kernel::EagerSnapshot;
use deltalake::logstore::LogStoreRef;

use super::LakeError;

/// A table as it was at one version; later commits do not change it.
#[derive(Clone)]
pub struct TableSnapshot {
    /// The Delta version, from 0.
    pub version: i64,
    /// The columns, as every file of the table is read.
    pub schema: SchemaRef,
    /// Rows, unless a file of the table says nothing of them.
    pub rows: Option<i64>,
    /// Bytes of all data files.
    pub bytes: i64,
    /// Number of data files.
    pub files: usize,
    table: String,
    delta: Arc<EagerSnapshot>,
    log: LogStoreRef,
}

/// One data file of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableFile {
    /// The path below the table's folder.
    pub path: String,
    /// Rows, if the file's statistics say so.
    pub rows: Option<i64>,
    /// Size in bytes.
    pub bytes: i64,
}

impl TableSnapshot {
    pub(crate) fn new(table: String, delta: EagerSnapshot, log: LogStoreRef) -> Self {
        let mut rows = Some(0);
        let mut bytes = 0;
        let mut files = 0;
        for file in delta.log_data().iter() {
            rows = rows.zip(file.num_records()).and_then(|(sum, count)| Some(sum + i64::try_from(count).ok()?));
            bytes += file.size();
            files += 1;
        }
        Self {
            version: i64::try_from(delta.version()).unwrap_or(i64::MAX),
            schema: delta.arrow_schema(),
            rows,
            bytes,
            files,
            table,
            delta: Arc::new(delta),
            log,
        }
    }

    /// The sequence of the last commit by the writer `app_id`, or None if it never committed here.
    ///
    /// It is part of the table and survives log checkpoints, log clean-up and compaction.
    pub async fn sequence(&self, app_id: &str) -> Result<Option<i64>, LakeError> {
        self.delta
            .transaction_version(self.log.as_ref(), app_id)
            .await
            .map_err(|cause| LakeError::storage("read the log of", &self.table, cause))
    }

    /// The table's data files.
    pub fn file_list(&self) -> Vec<TableFile> {
        let files = self.delta.log_data();
        let file = |file: deltalake::kernel::LogicalFileView| TableFile {
            path: file.path().into_owned(),
            rows: file.num_records().and_then(|rows| i64::try_from(rows).ok()),
            bytes: file.size(),
        };
        files.iter().map(file).collect()
    }

    pub(crate) fn delta(&self) -> &Arc<EagerSnapshot> {
        &self.delta
    }
}

impl std::fmt::Debug for TableSnapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TableSnapshot")
            .field("table", &self.table)
            .field("version", &self.version)
            .field("rows", &self.rows)
            .field("files", &self.files)
            .finish_non_exhaustive()
    }
}
