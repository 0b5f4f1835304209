//! The commit: staged files become part of the table together with the writer's sequence, or not at all.
//!
//! The Delta commit carries `txn(appId, version = sequence)`. The stored sequence is compared on
//! the very snapshot that the commit is written against, and the commit takes exactly the next
//! version (put-if-absent). When somebody else took that version, everything is read and compared
//! again: delta-rs would retry by itself, but does not notice a repeated transaction.

use arrow::datatypes::SchemaRef;
use deltalake::DeltaTableError;
use deltalake::kernel::transaction::{CommitBuilder, CommitProperties, TableReference, TransactionError};
use deltalake::kernel::{Action, Add, MetadataExt, StructType, Transaction, new_metadata};
use deltalake::protocol::{DeltaOperation, SaveMode};
use futures::StreamExt;
use object_store::ObjectStoreExt;
use object_store::path::Path;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{LakeError, LakeTable, StagedFile, TableSnapshot, indexed, schema};

/// Times that a commit is tried when others commit at the same time.
const ATTEMPTS: usize = 20;
/// Staged files that are looked at in the store at the same time.
const CHECKS_AT_ONCE: usize = 16;
/// The key of our own words in the commit's `commitInfo`.
const DETAILS_KEY: &str = "dataweaver";

/// One atomic change of a table.
#[derive(Clone, Debug)]
pub struct Commit {
    /// Who writes: the data source's id.
    pub app_id: String,
    /// The number of this change among the writer's changes; it grows with every commit.
    pub sequence: i64,
    /// The sequence that the table must hold now; None if this writer has never committed to it.
    pub expected_sequence: Option<i64>,
    /// What happens to the files that are in the table.
    pub mode: CommitMode,
    /// The columns of the added files.
    pub schema: SchemaRef,
    /// The files to add, none for an empty source.
    pub added: Vec<StagedFile>,
    /// Columns of which readers find statistics even behind the first 32, such as the primary key's; the table keeps
    /// their names, for whoever rewrites its files.
    pub statistics_columns: Vec<String>,
    /// Facts for people who read the table's history, such as the sync log's id.
    pub details: Map<String, Value>,
}

/// What happens to the files that are in the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommitMode {
    /// They stay. Columns that the table lacks are added to it.
    Append,
    /// All are removed, and the schema becomes that of the commit.
    Overwrite,
    /// These are removed (paths below the table's folder) and all others stay.
    Replace { removed: Vec<String> },
}

/// A commit that is in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Committed {
    /// The table's version with this change.
    pub version: i64,
    /// Rows in the table now, unless a file says nothing of them.
    pub rows: Option<i64>,
    /// Bytes of the table's data files now.
    pub bytes: i64,
    /// Number of the table's data files now.
    pub files: usize,
}

impl LakeTable {
    /// Makes the change, or leaves the table as it is.
    ///
    /// A first commit makes the table. The result is certain: an `Err` that is neither
    /// [`LakeError::Storage`] nor [`LakeError::Full`] means that nothing was committed; after those
    /// two [`TableSnapshot::sequence`] tells, since a store may finish a write that it reported as failed.
    ///
    /// # Errors
    /// [`LakeError::LeaseLost`] when the table's sequence is not the expected one,
    /// [`LakeError::Conflict`] when a file to be removed is not in the table any more,
    /// [`LakeError::StagedFileLost`], [`LakeError::StagedFileOutdated`], [`LakeError::SchemaMismatch`],
    /// [`LakeError::Full`].
    pub async fn commit(&self, commit: Commit) -> Result<Committed, LakeError> {
        self.check_types(&commit)?;
        self.check_staged(&commit.added).await?;
        // It tells our own commit from a stranger's when the store's answer got lost.
        let commit_id = Uuid::now_v7().to_string();
        let mut seen_version = -1;
        for attempt in 0..ATTEMPTS {
            let snapshot = self.snapshot().await?;
            if let Some(snapshot) = &snapshot {
                if attempt > 0 && self.holds_commit(&commit_id, seen_version, snapshot.version).await? {
                    return Ok(Committed::from(snapshot));
                }
                seen_version = snapshot.version;
            }
            self.check_fence(&commit, snapshot.as_ref()).await?;
            let actions = self.actions(&commit, snapshot.as_ref())?;
            let properties = properties(&commit_id, &commit.details)
                .with_application_transaction(Transaction::new(&commit.app_id, commit.sequence));
            let operation = operation(&commit.mode);
            match self.put(snapshot.as_ref(), actions, properties, operation).await {
                Ok(Some(committed)) => return Ok(committed),
                Ok(None) => {
                    tracing::debug!(table = self.name(), attempt, "version taken by another commit, trying again")
                }
                Err(error) => return self.settle(error, &commit_id, seen_version).await,
            }
        }
        Err(LakeError::Conflict {
            table: self.name().to_owned(),
            reason: format!("{ATTEMPTS} other commits came first"),
        })
    }

    /// Compares the sequence in this snapshot with the one that the commit expects.
    async fn check_fence(&self, commit: &Commit, snapshot: Option<&TableSnapshot>) -> Result<(), LakeError> {
        let found = match snapshot {
            Some(snapshot) => snapshot.sequence(&commit.app_id).await?,
            None => None,
        };
        if found == commit.expected_sequence {
            return Ok(());
        }
        Err(LakeError::LeaseLost { table: self.name().to_owned(), expected: commit.expected_sequence, found })
    }

    /// Files of a load that was cut short may be older than the types of its columns. A reader of the table would take
    /// their values for something else, or fail.
    fn check_types(&self, commit: &Commit) -> Result<(), LakeError> {
        let expected = schema::column_types(&schema::delta_schema(self.name(), &commit.schema)?);
        for file in &commit.added {
            for (column, staged) in &file.columns {
                if let Some(expected) = expected.get(column).filter(|expected| *expected != staged) {
                    return Err(LakeError::StagedFileOutdated {
                        table: self.name().to_owned(),
                        path: file.path.clone(),
                        column: column.clone(),
                        staged: staged.clone(),
                        expected: expected.clone(),
                    });
                }
            }
        }
        Ok(())
    }

    /// A table that names a missing file cannot be read any more, so none is named unseen.
    async fn check_staged(&self, files: &[StagedFile]) -> Result<(), LakeError> {
        let heads: Vec<_> = files.iter().map(|file| self.find_staged(file.clone())).collect();
        let mut heads = futures::stream::iter(heads).buffer_unordered(CHECKS_AT_ONCE);
        while let Some(found) = heads.next().await {
            found?;
        }
        Ok(())
    }

    async fn find_staged(&self, file: StagedFile) -> Result<(), LakeError> {
        match self.store().head(&Path::from(file.path.as_str())).await {
            Ok(meta) if i64::try_from(meta.size) == Ok(file.bytes) => Ok(()),
            Ok(_) | Err(object_store::Error::NotFound { .. }) => {
                Err(LakeError::StagedFileLost { table: self.name().to_owned(), path: file.path })
            }
            Err(cause) => Err(self.failed("look at staged files of", cause)),
        }
    }

    fn actions(&self, commit: &Commit, snapshot: Option<&TableSnapshot>) -> Result<Vec<Action>, LakeError> {
        let wanted = schema::delta_schema(self.name(), &commit.schema)?;
        let mut actions = self.schema_actions(commit, wanted, snapshot)?;
        if let Some(snapshot) = snapshot {
            actions.extend(self.removals(&commit.mode, snapshot)?);
        }
        for file in &commit.added {
            actions.push(Action::Add(self.add(file)?));
        }
        Ok(actions)
    }

    fn schema_actions(
        &self,
        commit: &Commit,
        wanted: StructType,
        snapshot: Option<&TableSnapshot>,
    ) -> Result<Vec<Action>, LakeError> {
        let invalid = |error: String| LakeError::InvalidSchema { table: self.name().to_owned(), reason: error };
        let Some(snapshot) = snapshot else {
            let protocol = schema::needed_protocol(&wanted, None).map(Action::Protocol);
            // Ten instead of delta-rs' hundred: a log that is read at every sync should stay short.
            let mut configuration = vec![("delta.checkpointInterval", "10".to_owned())];
            let statistics = indexed::property(&wanted, &commit.statistics_columns);
            configuration.extend(statistics.map(|columns| (indexed::PROPERTY, columns)));
            let metadata = new_metadata(&wanted, Vec::<String>::new(), configuration)
                .map_err(|error| invalid(error.to_string()))?;
            return Ok(protocol.into_iter().chain([Action::Metadata(metadata)]).collect());
        };
        let current = snapshot.delta().schema();
        let next = match commit.mode {
            CommitMode::Overwrite => wanted,
            CommitMode::Append | CommitMode::Replace { .. } => schema::evolved(self.name(), &current, &wanted)?,
        };
        let before = snapshot.delta().metadata();
        let statistics = indexed::property(&next, &commit.statistics_columns);
        if next == *current && before.configuration().get(indexed::PROPERTY) == statistics.as_ref() {
            return Ok(Vec::new());
        }
        let protocol = schema::needed_protocol(&next, Some(snapshot.delta().protocol())).map(Action::Protocol);
        let metadata = before.clone().with_schema(&next).map_err(|error| invalid(error.to_string()))?;
        let metadata = indexed::with_property(self.name(), metadata, statistics)?;
        Ok(protocol.into_iter().chain([Action::Metadata(metadata)]).collect())
    }

    fn removals(&self, mode: &CommitMode, snapshot: &TableSnapshot) -> Result<Vec<Action>, LakeError> {
        match mode {
            CommitMode::Append => Ok(Vec::new()),
            CommitMode::Overwrite => Ok(self.removed_files(snapshot, None, true)?),
            CommitMode::Replace { removed } => self.removed_files(snapshot, Some(removed), true),
        }
    }

    /// Remove actions for the files at `paths`, or for all files.
    pub(crate) fn removed_files(
        &self,
        snapshot: &TableSnapshot,
        paths: Option<&[String]>,
        data_change: bool,
    ) -> Result<Vec<Action>, LakeError> {
        let mut missing = paths.map(|paths| paths.iter().map(String::as_str).collect::<std::collections::HashSet<_>>());
        let mut actions = Vec::new();
        for file in snapshot.delta().log_data().iter() {
            if missing.as_mut().is_none_or(|missing| missing.remove(file.path().as_ref())) {
                actions.push(Action::Remove(file.remove_action(data_change)));
            }
        }
        match missing.and_then(|missing| missing.into_iter().next().map(str::to_owned)) {
            None => Ok(actions),
            Some(path) => Err(LakeError::Conflict {
                table: self.name().to_owned(),
                reason: format!("file {path} is not part of it any more"),
            }),
        }
    }

    pub(crate) fn add(&self, file: &StagedFile) -> Result<Add, LakeError> {
        serde_json::from_value(file.action.clone())
            .map_err(|_| LakeError::StagedFileLost { table: self.name().to_owned(), path: file.path.clone() })
    }

    /// Writes the version after `snapshot`; None if somebody else has taken it.
    pub(crate) async fn put(
        &self,
        snapshot: Option<&TableSnapshot>,
        actions: Vec<Action>,
        properties: CommitProperties,
        operation: DeltaOperation,
    ) -> Result<Option<Committed>, LakeError> {
        let reference = snapshot.map(|snapshot| snapshot.delta().as_ref() as &dyn TableReference);
        let prepared = CommitBuilder::from(properties.with_max_retries(0))
            .with_actions(actions)
            .build(reference, self.log().clone(), operation)
            .into_prepared_commit_future()
            .await
            .map_err(|cause| self.failed("commit to", cause))?;
        let written = match prepared.await {
            Ok(written) => written,
            Err(cause) if is_version_taken(&cause) => return Ok(None),
            Err(cause) => return Err(self.failed("commit to", cause)),
        };
        let version = i64::try_from(written.version).unwrap_or(i64::MAX);
        // The change is in the table now: a log checkpoint or clean-up that fails is made up for later.
        let snapshot = match written.await {
            Ok(finished) => {
                TableSnapshot::new(self.name().to_owned(), finished.snapshot.snapshot().clone(), self.log().clone())
            }
            Err(error) => {
                tracing::warn!(table = self.name(), version, %error, "committed, but the log's upkeep failed");
                return Ok(Some(Committed { version, ..self.existing().await.map(|now| Committed::from(&now))? }));
            }
        };
        Ok(Some(Committed::from(&snapshot)))
    }

    /// After a failure of the store: did the commit get in all the same?
    async fn settle(&self, error: LakeError, commit_id: &str, seen_version: i64) -> Result<Committed, LakeError> {
        match self.snapshot().await {
            Ok(Some(snapshot))
                if self.holds_commit(commit_id, seen_version, snapshot.version).await.unwrap_or(false) =>
            {
                Ok(Committed::from(&snapshot))
            }
            _ => Err(error),
        }
    }

    /// Whether one of the versions after `seen` up to `newest` was written by this very commit.
    async fn holds_commit(&self, commit_id: &str, seen: i64, newest: i64) -> Result<bool, LakeError> {
        for version in (seen + 1)..=newest {
            let Ok(version) = u64::try_from(version) else { continue };
            let entry =
                self.log().read_commit_entry(version).await.map_err(|cause| self.failed("read the log of", cause))?;
            if entry.is_some_and(|entry| entry_id(&entry).as_deref() == Some(commit_id)) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl From<&TableSnapshot> for Committed {
    fn from(snapshot: &TableSnapshot) -> Self {
        Self { version: snapshot.version, rows: snapshot.rows, bytes: snapshot.bytes, files: snapshot.files }
    }
}

fn is_version_taken(error: &DeltaTableError) -> bool {
    matches!(
        error,
        DeltaTableError::VersionAlreadyExists(_)
            | DeltaTableError::Transaction {
                source: TransactionError::MaxCommitAttempts(_) | TransactionError::VersionAlreadyExists(_)
            }
    )
}

pub(crate) fn properties(commit_id: &str, details: &Map<String, Value>) -> CommitProperties {
    let mut details = details.clone();
    details.insert("commitId".to_owned(), json!(commit_id));
    CommitProperties::default().with_metadata([(DETAILS_KEY.to_owned(), Value::Object(details))])
}

fn operation(mode: &CommitMode) -> DeltaOperation {
    match mode {
        CommitMode::Append => write(SaveMode::Append),
        CommitMode::Overwrite => write(SaveMode::Overwrite),
        CommitMode::Replace { .. } => DeltaOperation::Merge {
            predicate: None,
            merge_predicate: None,
            matched_predicates: Vec::new(),
            not_matched_predicates: Vec::new(),
            not_matched_by_source_predicates: Vec::new(),
        },
    }
}

fn write(mode: SaveMode) -> DeltaOperation {
    DeltaOperation::Write { mode, partition_by: None, predicate: None }
}

/// Our id in a log entry's `commitInfo` line.
fn entry_id(entry: &[u8]) -> Option<String> {
    let line = entry.split(|byte| *byte == b'\n').find(|line| line.starts_with(br#"{"commitInfo""#))?;
    let line: Value = serde_json::from_slice(line).ok()?;
    Some(line["commitInfo"][DETAILS_KEY]["commitId"].as_str()?.to_owned())
}
