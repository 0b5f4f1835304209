//! The table `system.links`: made when it is read, of the sets that a statement's filters let through.
//!
//! A set never changes once it can be read, so that what was read of it is kept for the next statement.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{
    Array, ArrayRef, Float64Array, RecordBatch, RecordBatchOptions, StringArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use async_trait::async_trait;
use futures::TryStreamExt;
use lru::LruCache;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::entity::{data_source, link, link_set, workflow, workflow_step};
use crate::query::{LazyRows, QueryError};
use crate::services::{ServiceError, Services, Viewer};

/// Memory for the sets that were read last.
const KEPT_BYTES: usize = 128 << 20;
/// Rows of a batch.
const BATCH_ROWS: usize = 8_192;

/// The columns, each with where its values come from.
const COLUMNS: [(&str, Part); 14] = [
    ("left_source", Part::LeftSource),
    ("left_table", Part::LeftTable),
    ("left_source_id", Part::LeftSourceId),
    ("left_key", Part::LeftKey),
    ("right_source", Part::RightSource),
    ("right_table", Part::RightTable),
    ("right_source_id", Part::RightSourceId),
    ("right_key", Part::RightKey),
    ("score", Part::Score),
    ("decision", Part::Decision),
    ("reasons", Part::Reasons),
    ("workflow", Part::Workflow),
    ("step", Part::Step),
    ("created_at", Part::CreatedAt),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    LeftSource,
    LeftTable,
    LeftSourceId,
    LeftKey,
    RightSource,
    RightTable,
    RightSourceId,
    RightKey,
    Score,
    Decision,
    Reasons,
    Workflow,
    Step,
    CreatedAt,
}

/// The columns of `system.links`.
pub(in crate::services) fn schema() -> SchemaRef {
    let fields = COLUMNS.iter().map(|(name, part)| {
        let data_type = match part {
            Part::Score => DataType::Float64,
            Part::CreatedAt => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            _ => DataType::Utf8,
        };
        Field::new(*name, data_type, true)
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// The links of a viewer's workspace.
pub(in crate::services) struct SystemLinks {
    pub(in crate::services) services: Services,
    pub(in crate::services) viewer: Viewer,
}

/// A set with what its links are about.
struct FoundSet {
    set: link_set::Model,
    left_source: String,
    right_source: String,
    workflow: String,
    step: String,
}

#[async_trait]
impl LazyRows for SystemLinks {
    fn schema(&self) -> SchemaRef {
        schema()
    }

    async fn rows(&self, columns: &[usize], pinned: &HashMap<String, String>) -> Result<Vec<RecordBatch>, QueryError> {
        let made = self.made(columns, pinned).await;
        made.map_err(|error| QueryError::Lookup { what: "links".to_owned(), cause: error.into() })
    }
}

impl SystemLinks {
    async fn made(
        &self,
        columns: &[usize],
        pinned: &HashMap<String, String>,
    ) -> Result<Vec<RecordBatch>, ServiceError> {
        let schema = Arc::new(self.schema().project(columns).map_err(not_made)?);
        let parts: Vec<Part> = columns.iter().map(|column| COLUMNS[*column].1).collect();
        let mut batches = Vec::new();
        for found in self.sets(pinned).await? {
            let links = self.links(found.set.id).await?;
            let reasons = match parts.contains(&Part::Reasons) {
                true => Some(self.reasons(found.set.id).await?),
                false => None,
            };
            for from in (0..links.rows()).step_by(BATCH_ROWS) {
                let rows = BATCH_ROWS.min(links.rows() - from);
                let column = |part: &Part| found.column(*part, &links, reasons.as_ref(), from, rows);
                let options = RecordBatchOptions::new().with_row_count(Some(rows));
                let arrays = parts.iter().map(column).collect();
                batches
                    .push(RecordBatch::try_new_with_options(Arc::clone(&schema), arrays, &options).map_err(not_made)?);
            }
        }
        Ok(batches)
    }

    /// The sets that can be read, but for those that the pinned values leave out.
    async fn sets(&self, pinned: &HashMap<String, String>) -> Result<Vec<FoundSet>, ServiceError> {
        let db = self.services.db();
        let mut query =
            link_set::Entity::in_workspace(&self.viewer.workspace_id).filter(link_set::Column::IsCurrent.eq(true));
        for (name, column) in [
            ("left_table", link_set::Column::LeftTable),
            ("right_table", link_set::Column::RightTable),
            ("left_source_id", link_set::Column::LeftSourceId),
            ("right_source_id", link_set::Column::RightSourceId),
        ] {
            if let Some(value) = pinned.get(name) {
                query = query.filter(column.eq(value.as_str()));
            }
        }
        let sets = query.order_by_asc(link_set::Column::Id).all(db).await?;
        // Data sources and workflows may have got other names meanwhile.
        let ids: Vec<_> =
            sets.iter().flat_map(|set| [set.left_source_id.clone(), set.right_source_id.clone()]).flatten().collect();
        let sources =
            data_source::Entity::in_workspace(&self.viewer.workspace_id).filter(data_source::Column::Id.is_in(ids));
        let sources: Vec<(String, String)> = sources
            .select_only()
            .columns([data_source::Column::Id, data_source::Column::Name])
            .into_tuple()
            .all(db)
            .await?;
        let sources: HashMap<String, String> = sources.into_iter().collect();
        let steps: Vec<String> = sets.iter().map(|set| set.workflow_step_id.to_string()).collect();
        let steps: Vec<(String, String, String)> = workflow_step::Entity::in_workspace(&self.viewer.workspace_id)
            .filter(workflow_step::Column::Id.is_in(steps))
            .select_only()
            .columns([workflow_step::Column::Id, workflow_step::Column::Name])
            .column(workflow::Column::Name)
            .into_tuple()
            .all(db)
            .await?;
        let found = sets.into_iter().map(|set| {
            let name = |id: Option<&str>, stored: &str| {
                id.and_then(|id| sources.get(id)).map_or_else(|| stored.to_owned(), Clone::clone)
            };
            let step = steps.iter().find(|(id, ..)| *id == set.workflow_step_id.as_str());
            FoundSet {
                left_source: name(set.left_source_id.as_ref().map(AsRef::as_ref), &set.left_source),
                right_source: name(set.right_source_id.as_ref().map(AsRef::as_ref), &set.right_source),
                workflow: step.map(|(.., workflow)| workflow.clone()).unwrap_or_default(),
                step: step.map(|(_, step, _)| step.clone()).unwrap_or_default(),
                set,
            }
        });
        let is_wanted = |found: &FoundSet| {
            let is = |name: &str, value: &str| pinned.get(name).is_none_or(|pinned| pinned == value);
            is("left_source", &found.left_source)
                && is("right_source", &found.right_source)
                && is("workflow", &found.workflow)
        };
        Ok(found.filter(is_wanted).collect())
    }

    /// The links of a set, from memory where they were read before.
    async fn links(&self, set: i64) -> Result<Arc<SetLinks>, ServiceError> {
        if let Some(links) = self.services.links.get(set) {
            return Ok(links);
        }
        let links = Arc::new(SetLinks::read(&self.services, set).await?);
        self.services.links.keep(set, &links);
        Ok(links)
    }

    async fn reasons(&self, set: i64) -> Result<StringArray, ServiceError> {
        let mut rows = link::Entity::find()
            .filter(link::Column::LinkSetId.eq(set))
            .order_by_asc(link::Column::Place)
            .select_only()
            .column(link::Column::Reasons)
            .into_tuple::<serde_json::Value>()
            .stream(self.services.db())
            .await?;
        let mut reasons = Vec::new();
        while let Some(row) = rows.try_next().await? {
            reasons.push(row.to_string());
        }
        Ok(StringArray::from(reasons))
    }
}

impl FoundSet {
    fn column(
        &self,
        part: Part,
        links: &SetLinks,
        reasons: Option<&StringArray>,
        from: usize,
        rows: usize,
    ) -> ArrayRef {
        let same =
            |value: Option<&str>| -> ArrayRef { Arc::new(StringArray::from_iter(std::iter::repeat_n(value, rows))) };
        let set = &self.set;
        match part {
            Part::LeftSource => same(Some(&self.left_source)),
            Part::LeftTable => same(Some(&set.left_table)),
            Part::LeftSourceId => same(set.left_source_id.as_ref().map(AsRef::as_ref)),
            Part::LeftKey => Arc::new(links.left_keys.slice(from, rows)),
            Part::RightSource => same(Some(&self.right_source)),
            Part::RightTable => same(Some(&set.right_table)),
            Part::RightSourceId => same(set.right_source_id.as_ref().map(AsRef::as_ref)),
            Part::RightKey => Arc::new(links.right_keys.slice(from, rows)),
            Part::Score => Arc::new(links.scores.slice(from, rows)),
            Part::Decision => Arc::new(links.decisions.slice(from, rows)),
            Part::Reasons => reasons.map_or_else(
                || same(None),
                |reasons| {
                    // A set that was replaced in between may have fewer left.
                    let there = rows.min(reasons.len().saturating_sub(from));
                    if there == rows { Arc::new(reasons.slice(from, rows)) } else { same(None) }
                },
            ),
            Part::Workflow => same(Some(&self.workflow)),
            Part::Step => same(Some(&self.step)),
            Part::CreatedAt => {
                let at = set.created_at.timestamp_micros();
                Arc::new(TimestampMicrosecondArray::from_value(at, rows).with_timezone("UTC"))
            }
        }
    }
}

/// The links of a set, in columns.
pub(in crate::services) struct SetLinks {
    left_keys: StringArray,
    right_keys: StringArray,
    scores: Float64Array,
    decisions: StringArray,
}

impl SetLinks {
    async fn read(services: &Services, set: i64) -> Result<Self, ServiceError> {
        let mut rows = link::Entity::find()
            .filter(link::Column::LinkSetId.eq(set))
            .order_by_asc(link::Column::Place)
            .select_only()
            .columns([link::Column::LeftKey, link::Column::RightKey, link::Column::Score, link::Column::Decision])
            .into_tuple::<(String, String, f64, String)>()
            .stream(services.db())
            .await?;
        let (mut left_keys, mut right_keys) = (Vec::new(), Vec::new());
        let (mut scores, mut decisions) = (Vec::new(), Vec::new());
        while let Some((left, right, score, decision)) = rows.try_next().await? {
            left_keys.push(left);
            right_keys.push(right);
            scores.push(score);
            decisions.push(decision);
        }
        Ok(Self {
            left_keys: left_keys.into(),
            right_keys: right_keys.into(),
            scores: scores.into(),
            decisions: decisions.into(),
        })
    }

    fn rows(&self) -> usize {
        self.scores.len()
    }

    fn bytes(&self) -> usize {
        let texts = [&self.left_keys, &self.right_keys, &self.decisions];
        texts.iter().map(|column| column.get_array_memory_size()).sum::<usize>() + self.scores.get_array_memory_size()
    }
}

/// The sets that were read last.
#[derive(Default)]
pub(in crate::services) struct KeptLinks {
    kept: Mutex<Kept>,
}

struct Kept {
    sets: LruCache<i64, Arc<SetLinks>>,
    bytes: usize,
}

impl Default for Kept {
    fn default() -> Self {
        Self { sets: LruCache::unbounded(), bytes: 0 }
    }
}

impl KeptLinks {
    fn get(&self, set: i64) -> Option<Arc<SetLinks>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).sets.get(&set).cloned()
    }

    fn keep(&self, set: i64, links: &Arc<SetLinks>) {
        let bytes = links.bytes();
        if bytes > KEPT_BYTES {
            return;
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = kept.sets.put(set, Arc::clone(links)) {
            kept.bytes -= before.bytes();
        }
        kept.bytes += bytes;
        while kept.bytes > KEPT_BYTES {
            let Some((_, oldest)) = kept.sets.pop_lru() else { break };
            kept.bytes -= oldest.bytes();
        }
    }
}

fn not_made(error: arrow::error::ArrowError) -> ServiceError {
    ServiceError::Internal { what: "a system table could not be made", cause: error.into() }
}
