//! Cursors, and the files that wait for theirs.

use async_trait::async_trait;
use chrono::Utc;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, Set,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::claim::{signed, write_progress};
use super::{DatabaseStore, got_further, unavailable};
use crate::engine::{
    CheckpointStore, Column, Extracted, Lease, NewCheckpoint, RejectedFiles, ResumePoint, SourcePlan, StagedChunk,
    StagedColumns, StoreError, StoredCheckpoint, TableStand,
};
use crate::entity::ids::DataSourceId;
use crate::entity::{checkpoint, data_source, schema_version, staged_file, stored_time};
use crate::events::Fact;
use crate::lake::StagedFile;
use crate::sdk::{Cursor, counted};
use crate::vocabulary::{ExtractType, SyncEventKind};

/// Older checkpoints of a data source are kept for so many sequences, for people who look.
const KEPT: i64 = 100;

/// What the `state` of a checkpoint holds. A reset leaves it empty.
#[derive(Deserialize, Serialize)]
struct Kept {
    cursor: Option<Cursor>,
    finished: bool,
    extract_type: ExtractType,
    #[serde(default)]
    cursor_field: Option<String>,
    #[serde(default)]
    since: Option<Cursor>,
    #[serde(default)]
    base_version: Option<i64>,
    #[serde(default)]
    rejected: RejectedFiles,
    columns: Vec<Column>,
    changes: Vec<String>,
}

/// What the `files` of a staged chunk hold.
#[derive(Deserialize, Serialize)]
struct Files {
    files: Vec<StagedFile>,
    rejected: Vec<StagedFile>,
    #[serde(default)]
    rejected_rows: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    columns: Option<StagedColumns>,
}

#[async_trait]
impl CheckpointStore for DatabaseStore {
    async fn resume(
        &self,
        lease: &Lease,
        source: &SourcePlan,
        stand: Option<TableStand>,
    ) -> Result<ResumePoint, StoreError> {
        let transaction = self.guarded(lease).await?;
        let (point, facts) = resume_point(&transaction, lease, source, stand).await.map_err(unavailable)?;
        self.commit(transaction, lease, facts).await?;
        Ok(point)
    }

    async fn prepare_commit(
        &self,
        lease: &Lease,
        source: &DataSourceId,
        new: NewCheckpoint,
    ) -> Result<i64, StoreError> {
        let transaction = self.guarded(lease).await?;
        let sequence = insert_checkpoint(&transaction, lease, source, new).await.map_err(unavailable)?;
        self.commit(transaction, lease, Vec::new()).await?;
        Ok(sequence)
    }

    async fn committed(
        &self,
        lease: &Lease,
        source: &DataSourceId,
        stand: TableStand,
        facts: Vec<Fact>,
    ) -> Result<(), StoreError> {
        let transaction = self.guarded(lease).await?;
        confirm(&transaction, lease, source, stand).await.map_err(unavailable)?;
        // Whoever goes on where this process dies shows no less than the facts do.
        let written_at = stored_time(Utc::now());
        for progress in facts.iter().filter_map(|fact| fact.progress.clone()) {
            write_progress(&transaction, lease, progress, written_at).await.map_err(unavailable)?;
        }
        self.commit(transaction, lease, facts).await
    }

    async fn stage(&self, lease: &Lease, source: &DataSourceId, chunk: StagedChunk) -> Result<(), StoreError> {
        let transaction = self.guarded(lease).await?;
        let (one, many) = ("more row is staged; it becomes visible", "more rows are staged; they become visible");
        let message = format!("{} at the end", counted(chunk.rows, one, many));
        let fact = Fact::new(SyncEventKind::Checkpoint, Some(source), message)
            .details(json!({ "chunk": chunk.number, "rows": chunk.rows, "staged": true }));
        let row = staged_file::ActiveModel {
            sync_log_id: Set(lease.sync_log_id.clone()),
            data_source_id: Set(source.clone()),
            number: Set(chunk.number),
            rows: Set(signed(chunk.rows)),
            bytes: Set(signed(chunk.bytes)),
            cursor: Set(chunk.cursor.map(|cursor| cursor.0)),
            files: Set(json!(Files {
                files: chunk.files,
                rejected: chunk.rejected,
                rejected_rows: chunk.rejected_rows,
                columns: chunk.columns,
            })),
            created_at: Set(stored_time(Utc::now())),
        };
        staged_file::Entity::insert(row).exec_without_returning(&transaction).await.map_err(unavailable)?;
        got_further(&transaction, lease).await.map_err(unavailable)?;
        self.commit(transaction, lease, vec![fact]).await
    }

    async fn extracted(&self, lease: &Lease, source: &DataSourceId) -> Result<Extracted, StoreError> {
        let sums = sums(&self.context.db, lease, source).await.map_err(unavailable)?;
        Ok(sums.extracted)
    }

    async fn forget_staged(&self, lease: &Lease, source: &DataSourceId) -> Result<Vec<StagedChunk>, StoreError> {
        let transaction = self.guarded(lease).await?;
        let chunks = staged(&transaction, lease, source).await.map_err(unavailable)?;
        delete_staged(&transaction, lease, source).await.map_err(unavailable)?;
        self.commit(transaction, lease, Vec::new()).await?;
        Ok(chunks)
    }
}

async fn resume_point(
    db: &impl ConnectionTrait,
    lease: &Lease,
    source: &SourcePlan,
    stand: Option<TableStand>,
) -> Result<(ResumePoint, Vec<Fact>), DbErr> {
    let mut facts = Vec::new();
    let mut point = ResumePoint::default();
    let row = match stand {
        Some(stand) => checkpoint::Entity::find_by_id((source.id.clone(), stand.sequence)).one(db).await?,
        None => None,
    };
    if let Some((row, stand)) = row.zip(stand) {
        if !row.committed {
            // The owner died between the lake's commit and its confirmation.
            let rows = counted(row.rows_read.unsigned_abs(), "row was durable", "rows were durable");
            let message = format!("{}: {rows} before the restart", source.name);
            let details = json!({ "sequence": stand.sequence, "rows": row.rows_read, "recovered": true });
            facts.push(Fact::new(SyncEventKind::Checkpoint, Some(&source.id), message).details(details));
            confirm(db, lease, &source.id, stand).await?;
        }
        let of_this_sync = row.sync_log_id.as_ref() == Some(&lease.sync_log_id);
        if let Ok(kept) = serde_json::from_value::<Kept>(row.state) {
            point.columns = kept.columns;
            point.checkpoint = Some(StoredCheckpoint {
                cursor: kept.cursor,
                finished: kept.finished,
                extract_type: kept.extract_type,
                cursor_field: kept.cursor_field,
                since: kept.since,
                base_version: kept.base_version,
                rejected: kept.rejected,
                of_this_sync,
            });
        }
    }
    let Sums { rows, bytes, extracted } = sums(db, lease, &source.id).await?;
    point.staged = staged(db, lease, &source.id).await?;
    point.rows = rows + point.staged.iter().map(|chunk| chunk.rows).sum::<u64>();
    point.bytes = bytes + point.staged.iter().map(|chunk| chunk.bytes).sum::<u64>();
    point.extracted = extracted;
    point.extracted.rejected += point.staged.iter().map(|chunk| chunk.rejected_rows).sum::<u64>();
    Ok((point, facts))
}

/// What a sync has committed of one data source.
#[derive(Default)]
struct Sums {
    rows: u64,
    bytes: u64,
    extracted: Extracted,
}

async fn sums(db: &impl ConnectionTrait, lease: &Lease, source: &DataSourceId) -> Result<Sums, DbErr> {
    let rows = checkpoint::Entity::find()
        .filter(checkpoint::Column::DataSourceId.eq(source.clone()))
        .filter(checkpoint::Column::SyncLogId.eq(lease.sync_log_id.clone()))
        .filter(checkpoint::Column::Committed.eq(true))
        .all(db)
        .await?;
    let unsigned = |count: i64| u64::try_from(count).unwrap_or(0);
    let mut sums = Sums::default();
    for row in rows {
        sums.rows += unsigned(row.rows_read);
        sums.bytes += unsigned(row.bytes);
        sums.extracted.added += unsigned(row.rows_added);
        sums.extracted.updated += unsigned(row.rows_updated);
        sums.extracted.deleted += unsigned(row.rows_deleted);
        sums.extracted.rejected += serde_json::from_value::<Kept>(row.state).map_or(0, |kept| kept.rejected.rows);
    }
    Ok(sums)
}

async fn staged(db: &impl ConnectionTrait, lease: &Lease, source: &DataSourceId) -> Result<Vec<StagedChunk>, DbErr> {
    let rows = staged_file::Entity::find()
        .filter(staged_file::Column::SyncLogId.eq(lease.sync_log_id.clone()))
        .filter(staged_file::Column::DataSourceId.eq(source.clone()))
        .order_by_asc(staged_file::Column::Number)
        .all(db)
        .await?;
    rows.into_iter()
        .map(|row| {
            let files: Files = serde_json::from_value(row.files).map_err(|error| DbErr::Json(error.to_string()))?;
            Ok(StagedChunk {
                number: row.number,
                files: files.files,
                rejected: files.rejected,
                rejected_rows: files.rejected_rows,
                columns: files.columns,
                cursor: row.cursor.map(Cursor),
                rows: u64::try_from(row.rows).unwrap_or(0),
                bytes: u64::try_from(row.bytes).unwrap_or(0),
            })
        })
        .collect()
}

/// Every file that any sync has staged for a data source, those with rejected rows included.
pub(super) async fn staged_for(db: &impl ConnectionTrait, source: &DataSourceId) -> Result<Vec<StagedFile>, DbErr> {
    let rows: Vec<serde_json::Value> = staged_file::Entity::find()
        .filter(staged_file::Column::DataSourceId.eq(source.clone()))
        .select_only()
        .column(staged_file::Column::Files)
        .into_tuple()
        .all(db)
        .await?;
    let mut staged = Vec::new();
    for row in rows {
        let Files { files, rejected, .. } =
            serde_json::from_value(row).map_err(|error| DbErr::Json(error.to_string()))?;
        staged.extend(files.into_iter().chain(rejected));
    }
    Ok(staged)
}

async fn delete_staged(db: &impl ConnectionTrait, lease: &Lease, source: &DataSourceId) -> Result<(), DbErr> {
    staged_file::Entity::delete_many()
        .filter(staged_file::Column::SyncLogId.eq(lease.sync_log_id.clone()))
        .filter(staged_file::Column::DataSourceId.eq(source.clone()))
        .exec(db)
        .await?;
    Ok(())
}

async fn insert_checkpoint(
    db: &impl ConnectionTrait,
    lease: &Lease,
    source: &DataSourceId,
    new: NewCheckpoint,
) -> Result<i64, DbErr> {
    let last: Option<i64> = checkpoint::Entity::find()
        .filter(checkpoint::Column::DataSourceId.eq(source.clone()))
        .select_only()
        .column(checkpoint::Column::Sequence)
        .order_by_desc(checkpoint::Column::Sequence)
        .limit(1)
        .into_tuple()
        .one(db)
        .await?;
    let sequence = last.unwrap_or(0) + 1;
    let kept = Kept {
        cursor: new.cursor,
        finished: new.finished,
        extract_type: new.extract_type,
        cursor_field: new.cursor_field,
        since: new.since,
        base_version: new.base_version,
        rejected: new.rejected,
        columns: new.columns,
        changes: new.changes,
    };
    let row = checkpoint::ActiveModel {
        data_source_id: Set(source.clone()),
        sequence: Set(sequence),
        sync_log_id: Set(new.of_this_sync.then(|| lease.sync_log_id.clone())),
        state: Set(json!(kept)),
        rows_read: Set(signed(new.rows_read)),
        rows_added: Set(signed(new.added)),
        rows_updated: Set(signed(new.updated)),
        rows_deleted: Set(signed(new.deleted)),
        bytes: Set(signed(new.bytes)),
        committed: Set(false),
        created_at: Set(stored_time(Utc::now())),
    };
    checkpoint::Entity::insert(row).exec_without_returning(db).await?;
    Ok(sequence)
}

/// The lake has the commit: its checkpoint is true, and the data source is what the commit made of it.
async fn confirm(
    db: &impl ConnectionTrait,
    lease: &Lease,
    source: &DataSourceId,
    stand: TableStand,
) -> Result<(), DbErr> {
    use checkpoint::Column;
    got_further(db, lease).await?;
    checkpoint::Entity::delete_many()
        .filter(Column::DataSourceId.eq(source.clone()))
        .filter(Column::Sequence.lt(stand.sequence - KEPT))
        // Those of this sync are what its counts are made of.
        .filter(Column::SyncLogId.is_null().or(Column::SyncLogId.ne(lease.sync_log_id.clone())))
        .exec(db)
        .await?;
    let checkpoint = checkpoint::Entity::find_by_id((source.clone(), stand.sequence)).one(db).await?;
    let row = data_source::Entity::find_by_id(source.clone()).one(db).await?;
    let Some((checkpoint, row)) = checkpoint.zip(row) else { return Ok(()) };
    let kept: Option<Kept> = serde_json::from_value(checkpoint.state.clone()).ok();
    // A table that was only rewritten still waits for what is staged.
    let is_end = kept.as_ref().is_some_and(|kept| kept.finished) && checkpoint.sync_log_id.is_some();
    if is_end {
        delete_staged(db, lease, source).await?;
    }
    let mut change = checkpoint.into_active_model();
    change.committed = Set(true);
    change.update(db).await?;
    let is_first = row.sequence == 0;
    let now = stored_time(Utc::now());
    let mut change = row.into_active_model();
    if let Some(kept) = kept {
        let columns = json!(kept.columns);
        if is_first || !kept.changes.is_empty() {
            add_schema_version(db, source, columns.clone(), &kept.changes).await?;
        }
        change.columns = Set(columns);
    }
    change.sequence = Set(stand.sequence);
    change.row_count = Set(stand.rows);
    change.byte_size = Set(Some(stand.bytes));
    change.table_version = Set(Some(stand.version));
    change.last_updated = Set(Some(now));
    change.updated_at = Set(now);
    change.update(db).await?;
    Ok(())
}

async fn add_schema_version(
    db: &impl ConnectionTrait,
    source: &DataSourceId,
    columns: serde_json::Value,
    changes: &[String],
) -> Result<(), DbErr> {
    let last = schema_version::Entity::find()
        .filter(schema_version::Column::DataSourceId.eq(source.clone()))
        .order_by_desc(schema_version::Column::Version)
        .one(db)
        .await?;
    if last.as_ref().is_some_and(|last| last.columns == columns) {
        return Ok(());
    }
    let row = schema_version::ActiveModel {
        data_source_id: Set(source.clone()),
        version: Set(last.map_or(1, |last| last.version + 1)),
        columns: Set(columns),
        changes: Set(json!(changes)),
        at: Set(stored_time(Utc::now())),
    };
    schema_version::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}
