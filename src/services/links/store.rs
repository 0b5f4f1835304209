//! Sets of links: filled in pieces while the one before is still read, put in its place at the end, and cleared away after
//! it.
//!
//! Each piece has its own transaction, so that a large set does not keep others from writing.

use chrono::Utc;
use sea_orm::{ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, NotSet, QueryFilter, QueryOrder, QuerySelect, Set};

use super::config::LinkTable;
use crate::entity::database::begin_immediate;
use crate::entity::ids::WorkflowStepId;
use crate::entity::{link, link_set, stored_time, workflow_step};
use crate::link::Decision;
use crate::services::{Context, ServiceError, Services, Viewer};

/// Rows of one INSERT: their values stay below the 32,766 that SQLite binds.
const ROWS_AT_ONCE: usize = 4_000;

/// Rows that are deleted in one transaction.
const CLEARED_AT_ONCE: u64 = 20_000;

/// A set that nobody reads yet.
pub(super) struct NewSet {
    services: Services,
    set: link_set::Model,
    waiting: Vec<link::ActiveModel>,
    place: i64,
}

impl NewSet {
    /// An empty set. What an earlier run of the step has left unfinished is cleared away.
    pub(super) async fn begin(
        services: &Services,
        viewer: &Viewer,
        step: &workflow_step::Model,
        left: &LinkTable,
        right: &LinkTable,
    ) -> Result<Self, ServiceError> {
        clear(&services.context, &step.id).await?;
        let new = link_set::ActiveModel {
            id: NotSet,
            workspace_id: Set(viewer.workspace_id.clone()),
            workflow_id: Set(step.workflow_id.clone()),
            workflow_step_id: Set(step.id.clone()),
            left_source: Set(left.source.clone()),
            left_table: Set(left.table_name.clone()),
            left_source_id: Set(left.source_id.clone()),
            right_source: Set(right.source.clone()),
            right_table: Set(right.table_name.clone()),
            right_source_id: Set(right.source_id.clone()),
            is_current: Set(false),
            link_count: Set(0),
            created_at: Set(stored_time(Utc::now())),
        };
        let transaction = begin_immediate(services.db()).await?;
        let set = new.insert(&transaction).await?;
        transaction.commit().await?;
        Ok(Self { services: services.clone(), set, waiting: Vec::new(), place: 0 })
    }

    /// Adds links.
    pub(super) async fn add(&mut self, decisions: Vec<Decision>) -> Result<(), ServiceError> {
        for decision in decisions {
            let reasons = serde_json::to_value(&decision.reasons).map_err(|cause| ServiceError::Internal {
                what: "a reason could not be written",
                cause: cause.into(),
            })?;
            self.waiting.push(link::ActiveModel {
                link_set_id: Set(self.set.id),
                place: Set(self.place),
                left_key: Set(decision.left_key),
                right_key: Set(decision.right_key),
                score: Set(decision.score),
                decision: Set(decision.verdict.as_str().to_owned()),
                reasons: Set(reasons),
            });
            self.place += 1;
            if self.waiting.len() == ROWS_AT_ONCE {
                self.write().await?;
            }
        }
        Ok(())
    }

    async fn write(&mut self) -> Result<(), ServiceError> {
        let rows = std::mem::take(&mut self.waiting);
        if !rows.is_empty() {
            let transaction = begin_immediate(self.services.db()).await?;
            link::Entity::insert_many(rows).exec_without_returning(&transaction).await?;
            transaction.commit().await?;
        }
        Ok(())
    }

    /// Puts the set in the place of the step's last one, and gives how many links it has.
    pub(super) async fn finish(mut self) -> Result<u64, ServiceError> {
        self.write().await?;
        let context = &self.services.context;
        let step = self.set.workflow_step_id.clone();
        let transaction = begin_immediate(&context.db).await?;
        link_set::Entity::update_many()
            .col_expr(link_set::Column::IsCurrent, false.into())
            .filter(link_set::Column::WorkflowStepId.eq(step.clone()))
            .exec(&transaction)
            .await?;
        let ours = link_set::Entity::update_many()
            .col_expr(link_set::Column::IsCurrent, true.into())
            .col_expr(link_set::Column::LinkCount, self.place.into())
            .filter(link_set::Column::Id.eq(self.set.id))
            .exec(&transaction)
            .await?;
        if ours.rows_affected == 0 {
            return Err(ServiceError::Conflict {
                message: "the step was run again or removed while its links were decided".to_owned(),
                hint: None,
            });
        }
        transaction.commit().await?;
        clear(context, &step).await?;
        Ok(u64::try_from(self.place).unwrap_or_default())
    }
}

/// Clears away what runs of a step have left and nobody reads.
async fn clear(context: &Context, step: &WorkflowStepId) -> Result<(), DbErr> {
    let old: Vec<i64> = link_set::Entity::find()
        .filter(link_set::Column::WorkflowStepId.eq(step.clone()))
        .filter(link_set::Column::IsCurrent.eq(false))
        .select_only()
        .column(link_set::Column::Id)
        .into_tuple()
        .all(&context.db)
        .await?;
    for set in old {
        loop {
            let transaction = begin_immediate(&context.db).await?;
            let edge: Option<i64> = link::Entity::find()
                .filter(link::Column::LinkSetId.eq(set))
                .order_by_asc(link::Column::Place)
                .offset(CLEARED_AT_ONCE)
                .select_only()
                .column(link::Column::Place)
                .into_tuple()
                .one(&transaction)
                .await?;
            let Some(edge) = edge else {
                link_set::Entity::delete_by_id(set).exec(&transaction).await?;
                transaction.commit().await?;
                break;
            };
            link::Entity::delete_many()
                .filter(link::Column::LinkSetId.eq(set))
                .filter(link::Column::Place.lt(edge))
                .exec(&transaction)
                .await?;
            transaction.commit().await?;
        }
    }
    Ok(())
}
