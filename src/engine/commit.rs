//! Makes what was read visible, together with its cursor: the atomic act that everything rests on.

use std::sync::Arc;

use serde_json::json;
use tokio::task::JoinSet;
use tracing::Instrument;

use super::conform::Conform;
use super::extract::{Attempt, Position};
use super::rejects;
use super::resume::Strategy;
use super::widen::cast;
use super::{Extracted, NewCheckpoint, RejectedFiles, SourceError, SourcePlan, TableStand};
use crate::events::Fact;
use crate::lake::merge::{MergePlan, MergeRequest, PruneRequest, merge, newest, prune};
use crate::lake::{Commit, CommitMode, Committed, LakeError, Refitted, StagedFile};
use crate::sdk::{Cursor, counted};
use crate::vocabulary::{EventLevel, SyncEventKind};

/// How often one merge is planned at the most. A table that is being synced is not put together, so that once more is
/// enough unless another process has not heard of the sync yet.
const MOST_PLANS: u32 = 4;

/// Where the table stands after a commit.
pub(super) fn stand(sequence: i64, committed: &Committed) -> TableStand {
    TableStand { sequence, version: committed.version, rows: committed.rows, bytes: committed.bytes }
}

/// What is to become visible.
pub(super) struct Change {
    pub(super) files: Vec<StagedFile>,
    pub(super) rejected: Vec<StagedFile>,
    pub(super) rejected_rows: u64,
    /// Columns of the key with values that the lake cannot hold, and that are NULL in it.
    pub(super) nulled_key: Vec<String>,
    pub(super) cursor: Option<Cursor>,
    /// Whether the read is complete with it.
    pub(super) finished: bool,
    pub(super) rows: u64,
    pub(super) bytes: u64,
}

/// What a change does to the table, and how.
struct Effect {
    files: Vec<StagedFile>,
    mode: CommitMode,
    /// Files that only the merge needed.
    spent: Vec<StagedFile>,
    counts: Extracted,
    doubts: KeyDoubts,
}

/// What makes one doubt that a merge's key identifies a row.
#[derive(Clone, Copy, Default)]
struct KeyDoubts {
    /// Rows that were left out, since a newer one of the same merge has the same key.
    superseded: u64,
    /// Rows with NULL in their key.
    with_null: u64,
    /// Rows of the merge in all.
    rows: u64,
}

impl KeyDoubts {
    /// Tells of rows that the merge took for others; none where the key identified every row.
    fn warning(self, source: &SourcePlan, nulled_key: &[String]) -> Option<Fact> {
        let Self { superseded, with_null, rows } = self;
        let key = source.primary_key.join(", ");
        let mut doubts = Vec::new();
        if superseded > 0 {
            let were = if superseded == 1 { "was" } else { "were" };
            doubts.push(format!(
                "{superseded} of {rows} rows {were} left out, since later ones have the same key ({key})"
            ));
        }
        if with_null > 0 {
            let have = if with_null == 1 { "has NULL in its key" } else { "have NULL in their key" };
            doubts.push(format!(
                "{with_null} of {rows} rows {have} ({key}), which is a value like any other: those with the same key are \
                 one row"
            ));
        }
        if doubts.is_empty() {
            return None;
        }
        let advice = match nulled_key {
            [] => "set primaryKey to columns that identify them".to_owned(),
            columns => format!(
                "have the values of {} that the lake cannot hold and that are NULL in it told as text, by a view or by the \
                 column's type at the source, or set primaryKey to other columns",
                columns.join(" and ")
            ),
        };
        let message = format!("{}: {}; if they are different rows, {advice}", source.name, doubts.join("; "));
        let fact = Fact::new(SyncEventKind::Log, Some(&source.id), message).level(EventLevel::Warning);
        Some(fact.details(json!({ "rowsLeftOut": superseded, "rowsWithNullKey": with_null, "rows": rows })))
    }
}

impl Attempt<'_> {
    /// Commits a change under the next sequence, and returns the table's sequence with what the change did. Where no row is
    /// gone, nothing is committed.
    ///
    /// A merge whose table upkeep has rewritten meanwhile is planned again, from the rows that are staged.
    pub(super) async fn commit(
        &self,
        position: &Position,
        conform: &Conform,
        mut change: Change,
    ) -> Result<(Option<i64>, Extracted), SourceError> {
        let strategy = self.without_false_deletes(position.strategy, &change).await?;
        let rejected = RejectedFiles {
            files: change.rejected.clone(),
            rows: change.rejected_rows,
            replaces: strategy.replaces(),
            none_before: position.none_rejected,
        };
        // Where a column became another type in the middle of a read, what was read before is what the rest is.
        let refitted = self
            .table
            .refit(change.files, &conform.schema, self.writer_options_for(conform), |batch| cast(batch, conform));
        let Refitted { files, spent: outworn } = self.watched(refitted).await??;
        change.files = files;
        let details = json!({ "syncLogId": self.lease.sync_log_id.as_str(), "sourcePath": self.source.source_path });
        let mut plans = 1;
        loop {
            let effect = self.effect(strategy, conform, &change).await?;
            if self.cancel.is_cancelled() {
                return Err(SourceError::Cancelled);
            }
            if strategy == Strategy::Prune && effect.counts.deleted == 0 {
                self.table.discard(&effect.spent).await;
                return Ok((position.sequence, Extracted::default()));
            }
            let counts = Extracted { rejected: change.rejected_rows, ..effect.counts };
            let next = self.prepare(conform, &change, counts, rejected.clone()).await?;
            let commit = Commit {
                app_id: self.source.id.to_string(),
                sequence: next,
                expected_sequence: position.sequence,
                mode: effect.mode,
                schema: conform.schema.clone(),
                added: effect.files.clone(),
                statistics_columns: conform.lake_names(&self.source.primary_key),
                details: details.as_object().cloned().unwrap_or_default(),
            };
            match self.watched(self.table.commit(commit)).await? {
                Ok(committed) => {
                    self.commit_rejected(next, rejected).await?;
                    self.confirm(next, &committed, &change, counts, effect.doubts).await?;
                    self.table.discard(&effect.spent).await;
                    self.table.discard(&outworn).await;
                    return Ok((Some(next), counts));
                }
                Err(LakeError::Conflict { .. }) if strategy.merges() && plans < MOST_PLANS => {
                    plans += 1;
                    self.table.discard(&effect.files).await;
                    let message = format!(
                        "{}: upkeep has put files of the lake table together meanwhile; the merge is planned again",
                        self.source.name
                    );
                    let fact = Fact::new(SyncEventKind::Log, Some(&self.source.id), message);
                    self.store.record(self.lease, vec![fact]).await?;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Stores what the commit will stand for; gives its sequence.
    async fn prepare(
        &self,
        conform: &Conform,
        change: &Change,
        counts: Extracted,
        rejected: RejectedFiles,
    ) -> Result<i64, SourceError> {
        let checkpoint = NewCheckpoint {
            cursor: change.cursor.clone(),
            finished: change.finished,
            of_this_sync: true,
            extract_type: self.source.extract_type,
            cursor_field: self.source.cursor_field.clone(),
            since: self.since.clone(),
            base_version: self.base_version,
            rejected,
            rows_read: change.rows,
            bytes: change.bytes,
            added: counts.added,
            updated: counts.updated,
            deleted: counts.deleted,
            columns: conform.columns.clone(),
            changes: conform.changes.clone(),
        };
        Ok(self.store.prepare_commit(self.lease, &self.source.id, checkpoint).await?)
    }

    /// Records that the commit has happened, and tells it.
    async fn confirm(
        &self,
        sequence: i64,
        committed: &Committed,
        change: &Change,
        counts: Extracted,
        doubts: KeyDoubts,
    ) -> Result<(), SourceError> {
        let rows = committed.rows.map_or_else(String::new, |rows| format!(", the table has {rows}"));
        let done = match counts.deleted {
            deleted if deleted > 0 && change.rows == 0 => {
                let (one, many) =
                    ("row that is gone at the source is deleted", "rows that are gone at the source are deleted");
                counted(deleted, one, many)
            }
            _ => counted(change.rows, "row is durable", "rows are durable"),
        };
        let message = format!("{}: {done}{rows} (version {})", self.source.name, committed.version);
        let fact = Fact::new(SyncEventKind::Checkpoint, Some(&self.source.id), message)
            .progress(self.meter.now())
            .details(json!({ "sequence": sequence, "tableVersion": committed.version, "rows": change.rows,
                "added": counts.added, "updated": counts.updated, "deleted": counts.deleted }));
        let facts = doubts.warning(self.source, &change.nulled_key).into_iter().chain([fact]).collect();
        Ok(self.store.committed(self.lease, &self.source.id, stand(sequence, committed), facts).await?)
    }

    async fn effect(&self, strategy: Strategy, conform: &Conform, change: &Change) -> Result<Effect, SourceError> {
        match strategy {
            Strategy::Replace | Strategy::Append => {
                let written = change.files.iter().map(|file| u64::try_from(file.rows).unwrap_or(0)).sum();
                let counts = Extracted { added: written, ..Extracted::default() };
                let mode = if strategy == Strategy::Append { CommitMode::Append } else { CommitMode::Overwrite };
                Ok(Effect { files: change.files.clone(), mode, spent: vec![], counts, doubts: KeyDoubts::default() })
            }
            Strategy::Merge | Strategy::MergeAtEnd { .. } | Strategy::Renew => {
                self.meter.phase("merging");
                let request = MergeRequest {
                    keys: conform.lake_names(&self.source.primary_key),
                    newest_by: conform.lake_names(self.source.cursor_field.as_slice()).pop(),
                    input: change.files.clone(),
                    schema: conform.schema.clone(),
                    delete_missing: strategy == Strategy::MergeAtEnd { delete_missing: true },
                    memory_bytes: self.memory_bytes,
                    spill_folder: Some(self.spill_folder.to_owned()),
                    writer: self.writer_options_for(conform),
                };
                let table = self.table.clone();
                let plan = match strategy {
                    Strategy::Renew => self.planned(async move { newest(&table, request).await }).await?,
                    _ => self.planned(async move { merge(&table, request).await }).await?,
                };
                let counts = Extracted {
                    added: plan.rows_added,
                    updated: plan.rows_updated,
                    deleted: plan.rows_deleted,
                    rejected: 0,
                };
                let doubts = KeyDoubts {
                    superseded: plan.rows_superseded,
                    with_null: plan.rows_with_null_key,
                    rows: change.files.iter().map(|file| file.rows.unsigned_abs()).sum(),
                };
                let mode = match strategy {
                    Strategy::Renew => CommitMode::Overwrite,
                    _ => CommitMode::Replace { removed: plan.removed },
                };
                Ok(Effect { files: plan.added, mode, spent: change.files.clone(), counts, doubts })
            }
            Strategy::Prune => {
                let keys = conform.lake_names(&self.source.primary_key);
                let places = keys.iter().map(|key| conform.schema.index_of(key)).collect::<Result<Vec<_>, _>>()?;
                let request = PruneRequest {
                    keys: Arc::new(conform.schema.project(&places)?),
                    input: change.files.clone(),
                    memory_bytes: self.memory_bytes,
                    spill_folder: Some(self.spill_folder.to_owned()),
                    writer: self.writer_options_for(conform),
                };
                let table = self.table.clone();
                let plan = self.planned(async move { prune(&table, request).await }).await?;
                let counts = Extracted { deleted: plan.rows_deleted, ..Extracted::default() };
                let mode = CommitMode::Replace { removed: plan.removed };
                Ok(Effect {
                    files: plan.added,
                    mode,
                    spent: change.files.clone(),
                    counts,
                    doubts: KeyDoubts::default(),
                })
            }
        }
    }

    /// Has a merge planned in a task of its own: it computes for long without a pause, and whoever cancels it does not wait
    /// for that. Nothing of it is visible yet, so that it can be cut off anywhere.
    async fn planned(
        &self,
        plan: impl Future<Output = Result<MergePlan, LakeError>> + Send + 'static,
    ) -> Result<MergePlan, SourceError> {
        // Dropped, it ends its tasks.
        let mut planning = JoinSet::new();
        planning.spawn(plan.in_current_span());
        let planned = tokio::select! {
            biased;
            () = self.cancel.cancelled() => return Err(SourceError::Cancelled),
            planned = planning.join_next() => planned,
        };
        match planned {
            Some(Ok(plan)) => Ok(plan?),
            Some(Err(fault)) if fault.is_panic() => std::panic::resume_unwind(fault.into_panic()),
            Some(Err(_)) | None => Err(SourceError::Interrupted),
        }
    }

    /// A rejected row is at the source all the same: while there are any, what is missing cannot be told.
    async fn without_false_deletes(&self, strategy: Strategy, change: &Change) -> Result<Strategy, SourceError> {
        if strategy != (Strategy::MergeAtEnd { delete_missing: true }) || change.rejected_rows == 0 {
            return Ok(strategy);
        }
        let rejected = counted(change.rejected_rows, "row was rejected", "rows were rejected");
        let name = &self.source.name;
        let message = format!("{name}: {rejected}, so that no row is deleted as missing at the source");
        let fact = Fact::new(SyncEventKind::Log, Some(&self.source.id), message).level(EventLevel::Warning);
        self.store.record(self.lease, vec![fact]).await?;
        Ok(Strategy::MergeAtEnd { delete_missing: false })
    }

    /// After a crash: makes the rejected rows of the last commit visible, as far as their files are still there.
    pub(super) async fn make_up_for_rejected(&self, sequence: i64, rejected: RejectedFiles) -> Result<(), SourceError> {
        match self.commit_rejected(sequence, rejected).await {
            Err(SourceError::Lake(LakeError::StagedFileLost { .. })) => {
                let message = format!("{}: rejected rows of an earlier sync are lost", self.source.name);
                let fact = Fact::new(SyncEventKind::Log, Some(&self.source.id), message).level(EventLevel::Warning);
                Ok(self.store.record(self.lease, vec![fact]).await?)
            }
            made_up => made_up,
        }
    }

    /// Makes rejected rows visible that belong to the commit of `sequence`, unless they are visible already.
    async fn commit_rejected(&self, sequence: i64, rejected: RejectedFiles) -> Result<(), SourceError> {
        if rejected.change_nothing() {
            return Ok(());
        }
        let snapshot = self.watched(self.rejected_table.snapshot()).await??;
        let stands_at = match &snapshot {
            Some(snapshot) => snapshot.sequence(self.source.id.as_str()).await?,
            None => None,
        };
        let is_there = stands_at.is_some_and(|stands_at| stands_at >= sequence);
        let is_empty = snapshot.as_ref().is_none_or(|snapshot| snapshot.files == 0);
        if is_there || (rejected.files.is_empty() && is_empty) {
            return Ok(());
        }
        let commit = Commit {
            app_id: self.source.id.to_string(),
            sequence,
            expected_sequence: stands_at,
            mode: if rejected.replaces { CommitMode::Overwrite } else { CommitMode::Append },
            schema: rejects::schema(),
            added: rejected.files,
            statistics_columns: Vec::new(),
            details: serde_json::Map::new(),
        };
        match self.watched(self.rejected_table.commit(commit)).await? {
            // Another owner has made the same rows visible in this moment.
            Ok(_) | Err(LakeError::LeaseLost { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
