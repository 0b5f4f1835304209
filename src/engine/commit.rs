//! Makes what was read visible, together with its cursor: the atomic act that everything rests on.

use serde_json::json;

use super::conform::Conform;
use super::extract::Attempt;
use super::rejects;
use super::resume::Strategy;
use super::{NewCheckpoint, SourceError, TableStand};
use crate::events::Fact;
use crate::lake::merge::{MergeRequest, merge};
use crate::lake::{Commit, CommitMode, Committed, LakeTable, StagedFile};
use crate::sdk::Cursor;
use crate::vocabulary::SyncEventKind;

/// Where the table stands after a commit.
pub(super) fn stand(sequence: i64, committed: &Committed) -> TableStand {
    TableStand { sequence, version: committed.version, rows: committed.rows, bytes: committed.bytes }
}

/// What is to become visible.
pub(super) struct Change {
    pub(super) files: Vec<StagedFile>,
    pub(super) rejected: Vec<StagedFile>,
    pub(super) cursor: Option<Cursor>,
    /// Whether the read is complete with it.
    pub(super) finished: bool,
    pub(super) rows: u64,
    pub(super) bytes: u64,
}

/// What it did to the table.
#[derive(Clone, Copy, Default)]
pub(super) struct Effect {
    pub(super) added: u64,
    pub(super) updated: u64,
    pub(super) deleted: u64,
}

impl Attempt<'_> {
    /// Commits a change under the next sequence and returns that sequence with what the change did.
    pub(super) async fn commit(
        &self,
        sequence: Option<i64>,
        strategy: Strategy,
        conform: &Conform,
        change: Change,
    ) -> Result<(i64, Effect), SourceError> {
        let (files, mode, effect) = self.effect(strategy, conform, &change).await?;
        let checkpoint = NewCheckpoint {
            cursor: change.cursor,
            finished: change.finished,
            of_this_sync: true,
            extract_type: self.source.extract_type,
            rows_read: change.rows,
            bytes: change.bytes,
            added: effect.added,
            updated: effect.updated,
            deleted: effect.deleted,
            columns: conform.columns.clone(),
            changes: conform.changes.clone(),
        };
        let next = self.store.prepare_commit(self.lease, &self.source.id, checkpoint).await?;
        self.commit_rejected(next, strategy, change.rejected).await?;
        let details = json!({ "syncLogId": self.lease.sync_log_id.as_str(), "sourcePath": self.source.source_path });
        let committed = self
            .table
            .commit(Commit {
                app_id: self.source.id.to_string(),
                sequence: next,
                expected_sequence: sequence,
                mode,
                schema: conform.schema.clone(),
                added: files,
                details: details.as_object().cloned().unwrap_or_default(),
            })
            .await?;
        let rows = committed.rows.map_or_else(String::new, |rows| format!(", the table has {rows}"));
        let message =
            format!("{}: {} rows are durable{rows} (version {})", self.source.name, change.rows, committed.version);
        let fact = Fact::new(SyncEventKind::Checkpoint, Some(&self.source.id), message)
            .progress(self.meter.now())
            .details(json!({ "sequence": next, "tableVersion": committed.version, "rows": change.rows,
                "added": effect.added, "updated": effect.updated, "deleted": effect.deleted }));
        self.store.committed(self.lease, &self.source.id, stand(next, &committed), fact).await?;
        Ok((next, effect))
    }

    async fn effect(
        &self,
        strategy: Strategy,
        conform: &Conform,
        change: &Change,
    ) -> Result<(Vec<StagedFile>, CommitMode, Effect), SourceError> {
        let written = change.files.iter().map(|file| u64::try_from(file.rows).unwrap_or(0)).sum();
        let added = Effect { added: written, ..Effect::default() };
        match strategy {
            Strategy::Replace => Ok((change.files.clone(), CommitMode::Overwrite, added)),
            Strategy::Append => Ok((change.files.clone(), CommitMode::Append, added)),
            Strategy::Merge | Strategy::MergeAtEnd { .. } => {
                self.meter.phase("merging");
                let request = MergeRequest {
                    keys: conform.lake_names(&self.source.primary_key),
                    newest_by: conform.lake_names(self.source.cursor_field.as_slice()).pop(),
                    input: change.files.clone(),
                    schema: conform.schema.clone(),
                    delete_missing: strategy == Strategy::MergeAtEnd { delete_missing: true },
                    memory_bytes: self.memory_bytes,
                    spill_folder: None,
                    writer: self.writer_options(),
                };
                let plan = merge(&self.table, request).await?;
                let effect = Effect { added: plan.rows_added, updated: plan.rows_updated, deleted: plan.rows_deleted };
                Ok((plan.added, CommitMode::Replace { removed: plan.removed }, effect))
            }
        }
    }

    /// The rejected rows become visible just before the others; after a crash between the two they are not doubled.
    async fn commit_rejected(
        &self,
        sequence: i64,
        strategy: Strategy,
        files: Vec<StagedFile>,
    ) -> Result<(), SourceError> {
        let table: &LakeTable = &self.rejected_table;
        let snapshot = table.snapshot().await?;
        if snapshot.is_none() && files.is_empty() {
            return Ok(());
        }
        let stands_at = match &snapshot {
            Some(snapshot) => snapshot.sequence(self.source.id.as_str()).await?,
            None => None,
        };
        let is_replaced = strategy == Strategy::Replace;
        if stands_at.is_some_and(|stands_at| stands_at >= sequence) || (files.is_empty() && !is_replaced) {
            return Ok(());
        }
        let commit = Commit {
            app_id: self.source.id.to_string(),
            sequence,
            expected_sequence: stands_at,
            mode: if is_replaced { CommitMode::Overwrite } else { CommitMode::Append },
            schema: rejects::schema(),
            added: files,
            details: serde_json::Map::new(),
        };
        table.commit(commit).await?;
        Ok(())
    }
}
