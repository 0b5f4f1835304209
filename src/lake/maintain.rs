//! Upkeep: small files become large ones, old versions and given-up files are deleted.

use std::collections::HashSet;
use std::ops::AddAssign;
use std::time::Duration;

use chrono::{DateTime, Utc};
use deltalake::kernel::Action;
use deltalake::protocol::DeltaOperation;
use deltalake::table::state::DeltaTableState;
use futures::TryStreamExt;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStoreExt};
use serde_json::Map;
use uuid::Uuid;

use super::table::plain_session;
use super::{LakeError, LakeTable, StagedFile, TableFile, TableSnapshot, WriterOptions, commit, store};

/// Large files that one compaction makes at most; the next one goes on.
const FILES_AT_ONCE: i64 = 16;

/// What upkeep keeps, and what it makes of small files.
#[derive(Clone, Debug)]
pub struct Retention {
    /// Versions younger than this stay readable. Deleted files are remembered for seven days, so
    /// more than that keeps no more.
    pub keep_versions: Duration,
    /// Files that were staged longer ago than this and never committed are deleted, unless
    /// `keep_staged` names them.
    pub keep_orphans: Duration,
    /// Paths of staged files that a sync still wants to commit, however old they are.
    pub keep_staged: HashSet<String>,
    /// Small files are put together when there are at least so many of them; 0 turns it off.
    pub compact_from_files: usize,
    /// How large files are written; a file under half of the target is small.
    pub writer: WriterOptions,
}

impl Default for Retention {
    fn default() -> Self {
        let day = Duration::from_hours(24);
        Self {
            keep_versions: 7 * day,
            keep_orphans: day,
            keep_staged: HashSet::new(),
            compact_from_files: 8,
            writer: WriterOptions::default(),
        }
    }
}

/// What upkeep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Maintained {
    /// Small files that were put together.
    pub compacted_files: usize,
    /// Files that they became.
    pub compacted_into: usize,
    /// Files that were deleted from the store.
    pub deleted_files: usize,
    /// Their bytes.
    pub deleted_bytes: u64,
}

impl AddAssign for Maintained {
    fn add_assign(&mut self, more: Self) {
        self.compacted_files += more.compacted_files;
        self.compacted_into += more.compacted_into;
        self.deleted_files += more.deleted_files;
        self.deleted_bytes += more.deleted_bytes;
    }
}

/// Paths that the table's log names.
#[derive(Default)]
struct References {
    /// In the newest version, or removed a short time ago.
    kept: HashSet<String>,
    /// Removed longer ago.
    expired: HashSet<String>,
}

impl LakeTable {
    /// Puts small files together and deletes what no version within the retention needs.
    ///
    /// It never stands in a sync's way: if a commit comes first, the compaction gives way.
    pub async fn maintain(&self, policy: &Retention) -> Result<Maintained, LakeError> {
        let mut maintained = Maintained::default();
        if policy.compact_from_files > 0
            && let Some(snapshot) = self.snapshot().await?
        {
            (maintained.compacted_files, maintained.compacted_into) = self.compact(&snapshot, policy).await?;
        }
        let (files, bytes) = self.delete_expired(policy).await?;
        maintained.deleted_files = files;
        maintained.deleted_bytes = bytes;
        Ok(maintained)
    }

    /// Deletes staged files that were given up. A file that the table references is never deleted.
    pub async fn delete_staged(&self, files: &[StagedFile]) -> Result<(), LakeError> {
        if files.is_empty() {
            return Ok(());
        }
        let kept = self.references(Duration::MAX).await?.kept;
        for file in files {
            if !kept.contains(&file.path) {
                self.delete(&Path::from(file.path.as_str())).await?;
            }
        }
        Ok(())
    }

    /// Deletes staged files that no version of the table ever named, and that nobody else can want. What cannot be
    /// deleted now is left for the next upkeep.
    pub async fn discard(&self, files: &[StagedFile]) {
        for file in files {
            if let Err(error) = self.delete(&Path::from(file.path.as_str())).await {
                tracing::warn!(table = self.name(), path = file.path, %error, "a staged file stays until the next upkeep");
            }
        }
    }

    async fn compact(&self, snapshot: &TableSnapshot, policy: &Retention) -> Result<(usize, usize), LakeError> {
        let target = i64::try_from(policy.writer.target_file_bytes).unwrap_or(i64::MAX);
        let mut small: Vec<TableFile> =
            snapshot.file_list().into_iter().filter(|file| file.bytes < target / 2).collect();
        if small.len() < policy.compact_from_files.max(2) {
            return Ok((0, 0));
        }
        // Names begin alike for files of one load, so rows that came together stay together.
        small.sort_by(|one, other| one.path.cmp(&other.path));
        let mut budget = target.saturating_mul(FILES_AT_ONCE);
        small.retain(|file| {
            budget -= file.bytes;
            budget >= 0
        });
        let removed: Vec<String> = small.into_iter().map(|file| file.path).collect();
        let rows = self.scan(&plain_session(), snapshot, Some(removed.clone()), None).await?;
        let rows = rows.execute_stream().await.map_err(|cause| self.failed("read", cause))?;
        let writer = WriterOptions { statistics_columns: snapshot.statistics_columns(), ..policy.writer.clone() };
        let added = self.write_all(snapshot.schema.clone(), writer, rows).await?;
        if added.len() >= removed.len() || !self.commit_compaction(&removed, &added, target).await? {
            self.delete_staged(&added).await?;
            return Ok((0, 0));
        }
        Ok((removed.len(), added.len()))
    }

    /// Swaps files for others with the same rows; false if the table has moved on too far.
    async fn commit_compaction(
        &self,
        removed: &[String],
        added: &[StagedFile],
        target: i64,
    ) -> Result<bool, LakeError> {
        for _ in 0..3 {
            let snapshot = self.existing().await?;
            let mut actions = match self.removed_files(&snapshot, Some(removed), false) {
                Ok(actions) => actions,
                Err(LakeError::Conflict { .. }) => return Ok(false),
                Err(error) => return Err(error),
            };
            for file in added {
                let mut add = self.add(file)?;
                add.data_change = false;
                actions.push(Action::Add(add));
            }
            let properties = commit::properties(&Uuid::now_v7().to_string(), &Map::new());
            let operation = DeltaOperation::Optimize { predicate: None, target_size: target };
            if self.put(Some(&snapshot), actions, properties, operation).await?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Deletes data files that no kept version and no running sync needs.
    async fn delete_expired(&self, policy: &Retention) -> Result<(usize, u64), LakeError> {
        // Listed before the log is read: a file that is committed in between is seen there.
        let store = self.store();
        let listed = store::list(store.as_ref(), None).await.map_err(|cause| self.failed("list", cause))?;
        let References { kept, expired } = self.references(policy.keep_versions).await?;
        let young = before_now(policy.keep_orphans);
        let mut files = 0;
        let mut bytes = 0;
        for object in listed {
            let path = object.location.as_ref();
            let is_expired = expired.contains(path) || object.last_modified < young;
            if is_data_file(&object) && is_expired && !kept.contains(path) && !policy.keep_staged.contains(path) {
                self.delete(&object.location).await?;
                files += 1;
                bytes += object.size;
            }
        }
        files += self.delete_unfinished_uploads(young).await?;
        Ok((files, bytes))
    }

    async fn references(&self, keep: Duration) -> Result<References, LakeError> {
        let mut references = References::default();
        let Some(snapshot) = self.snapshot().await? else { return Ok(references) };
        let since = before_now(keep).timestamp_millis();
        let state = DeltaTableState::new(snapshot.delta().as_ref().clone());
        let mut removed = state.all_tombstones(self.log().as_ref());
        while let Some(file) = removed.try_next().await.map_err(|cause| self.failed("read the log of", cause))? {
            let is_kept = file.deletion_timestamp().is_none_or(|removed_at| removed_at > since);
            let paths = if is_kept { &mut references.kept } else { &mut references.expired };
            paths.insert(file.path().into_owned());
        }
        references.kept.extend(snapshot.file_list().into_iter().map(|file| file.path));
        Ok(references)
    }

    /// The local store writes to `name#1` first; a killed process leaves it behind, and listings hide it.
    async fn delete_unfinished_uploads(&self, young: DateTime<Utc>) -> Result<usize, LakeError> {
        let Some(folder) = self.local_folder() else { return Ok(0) };
        let deleted = tokio::task::spawn_blocking(move || {
            let mut deleted = 0;
            for folder in [folder.clone(), folder.join("_delta_log")] {
                let Ok(entries) = std::fs::read_dir(folder) else { continue };
                for entry in entries.flatten() {
                    let is_unfinished = entry.file_name().to_str().is_some_and(is_unfinished_upload);
                    let is_old = entry
                        .metadata()
                        .and_then(|meta| meta.modified())
                        .is_ok_and(|modified| DateTime::<Utc>::from(modified) < young);
                    if is_unfinished && is_old && std::fs::remove_file(entry.path()).is_ok() {
                        deleted += 1;
                    }
                }
            }
            deleted
        });
        deleted.await.map_err(|cause| self.failed("clean up", cause))
    }

    async fn delete(&self, path: &Path) -> Result<(), LakeError> {
        match self.store().delete(path).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(cause) => Err(self.failed("delete files of", cause)),
        }
    }
}

fn before_now(age: Duration) -> DateTime<Utc> {
    chrono::Duration::from_std(age)
        .ok()
        .and_then(|age| Utc::now().checked_sub_signed(age))
        .unwrap_or(DateTime::<Utc>::MIN_UTC)
}

fn is_data_file(object: &ObjectMeta) -> bool {
    let path = object.location.as_ref();
    path.ends_with(".parquet") && !path.contains('/')
}

fn is_unfinished_upload(name: &str) -> bool {
    name.rsplit_once('#')
        .is_some_and(|(_, number)| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}
