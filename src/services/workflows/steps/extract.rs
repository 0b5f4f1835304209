//! EXTRACT: syncs the connectors of data sources, all at once, and waits for their ends. A sync that is under way is joined
//! where it reads the same, and waited for where it does not.

use std::collections::BTreeMap;

use chrono::Utc;
use futures::FutureExt;
use futures::future::try_join_all;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use super::stopped;
use crate::entity::database::begin_immediate;
use crate::entity::ids::{ConnectorId, DataSourceId, SyncLogId};
use crate::entity::{data_extract, stored_time, sync_log, sync_log_source};
use crate::services::syncs::{self, SyncRequest};
use crate::services::workflows::config::Extract;
use crate::services::workflows::run::{Job, Made};
use crate::services::{ServiceError, connectors};
use crate::vocabulary::{SyncStatus, SyncTrigger};

/// Syncs the data sources.
pub(in crate::services::workflows) async fn run(job: &Job, extract: &Extract) -> Result<Made, ServiceError> {
    let names = job.names().await?;
    let mut by_connector: BTreeMap<ConnectorId, Vec<DataSourceId>> = BTreeMap::new();
    for name in &extract.sources {
        let source = names.source("config.sources", name)?;
        let of_connector = by_connector.entry(source.connector_id.clone()).or_default();
        if !of_connector.contains(&source.id) {
            of_connector.push(source.id.clone());
        }
    }
    let mut syncs = Vec::with_capacity(by_connector.len());
    for (connector, sources) in &by_connector {
        syncs.push(sync(job, connector, sources).boxed());
    }
    let synced = try_join_all(syncs).await?;
    Ok(Made {
        rows: Some(synced.iter().map(|sync| sync.rows).sum()),
        result: Some(json!({ "syncs": synced.iter().map(Synced::json).collect::<Vec<_>>() })),
    })
}

/// A sync that read what was wanted.
struct Synced {
    sync_log: SyncLogId,
    connector: ConnectorId,
    status: SyncStatus,
    rows: i64,
}

impl Synced {
    fn json(&self) -> Value {
        json!({ "syncLogId": self.sync_log, "connectorId": self.connector, "status": self.status, "rows": self.rows })
    }
}

/// Syncs data sources of one connector.
async fn sync(job: &Job, connector: &ConnectorId, sources: &[DataSourceId]) -> Result<Synced, ServiceError> {
    loop {
        let request = SyncRequest {
            connector_id: connector.clone(),
            data_source_ids: Some(sources.to_vec()),
            extract_type: None,
            trigger: SyncTrigger::Workflow,
            config: None,
        };
        let asked_at = stored_time(Utc::now());
        let log = match syncs::start(&job.services, &job.viewer, request).await {
            Ok(log) => log,
            // It reads something else. Where that is all that is wanted, and more, its end will do.
            Err(ServiceError::Conflict { .. }) => {
                let Some(live) = syncs::live(job.services.db(), connector).await? else { continue };
                let ended = end_of(job, &live, false).await?;
                if ended.queued_at >= job_began(job) && reads_all(job, &ended.id, sources).await? {
                    return outcome(job, ended, sources).await;
                }
                continue;
            }
            Err(error) => return Err(error),
        };
        mark(job, &log.id, sources).await?;
        let is_own = log.trigger_kind == SyncTrigger::Workflow && log.queued_at >= asked_at;
        let ended = end_of(job, &log, is_own).await?;
        return outcome(job, ended, sources).await;
    }
}

/// Syncs that were asked for since then read what the source has had since the step began.
fn job_began(job: &Job) -> chrono::DateTime<Utc> {
    job.step.started_at.unwrap_or_else(Utc::now)
}

/// The sync as it ended. One that was begun for this step is stopped with it.
async fn end_of(job: &Job, log: &sync_log::Model, is_own: bool) -> Result<sync_log::Model, ServiceError> {
    tokio::select! {
        ended = syncs::until_the_end(&job.services, &job.viewer, &log.id) => ended,
        () = job.stop.cancelled() => {
            if is_own {
                syncs::cancel(&job.services, &job.viewer, &log.id).await?;
            }
            Err(stopped())
        }
    }
}

/// Whether a sync has read all of these data sources.
async fn reads_all(job: &Job, log: &SyncLogId, sources: &[DataSourceId]) -> Result<bool, DbErr> {
    Ok(parts(job, log, sources).await?.len() == sources.len())
}

async fn parts(job: &Job, log: &SyncLogId, sources: &[DataSourceId]) -> Result<Vec<sync_log_source::Model>, DbErr> {
    sync_log_source::Entity::find()
        .filter(sync_log_source::Column::SyncLogId.eq(log.clone()))
        .filter(sync_log_source::Column::DataSourceId.is_in(sources.iter().cloned()))
        .all(job.services.db())
        .await
}

/// What became of the data sources that were wanted; of others in the sync, it does not matter.
async fn outcome(job: &Job, log: sync_log::Model, sources: &[DataSourceId]) -> Result<Synced, ServiceError> {
    mark(job, &log.id, sources).await?;
    let parts = parts(job, &log.id, sources).await?;
    if let Some(bad) = parts.iter().find(|part| part.status != SyncStatus::Succeeded) {
        let connector = connectors::get(&job.services, &job.viewer, &log.connector_id).await?;
        let because = bad.error_message.as_deref().or(log.error_message.as_deref());
        let because = because.map(|because| format!(": {because}")).unwrap_or_default();
        let message = format!("the sync {} of {} ended as {}{because}", log.id, connector.name, bad.status);
        return Err(ServiceError::Conflict { message, hint: None });
    }
    if parts.len() < sources.len() {
        let because = log.error_message.unwrap_or_else(|| format!("it ended as {}", log.status));
        let message = format!("the sync {} has not read all that was asked for: {because}", log.id);
        return Err(ServiceError::Conflict { message, hint: None });
    }
    Ok(Synced {
        sync_log: log.id,
        connector: log.connector_id,
        status: log.status,
        rows: parts.iter().map(|part| part.rows).sum(),
    })
}

/// Writes the workflow into the extracts that it asked for, where no other one has.
async fn mark(job: &Job, log: &SyncLogId, sources: &[DataSourceId]) -> Result<(), ServiceError> {
    use data_extract::Column;
    let transaction = begin_immediate(job.services.db()).await?;
    data_extract::Entity::update_many()
        .col_expr(Column::WorkflowId, Expr::value(job.workflow.id.as_str()))
        .filter(Column::SyncLogId.eq(log.clone()))
        .filter(Column::DataSourceId.is_in(sources.iter().cloned()))
        .filter(Column::WorkflowId.is_null())
        .exec(&transaction)
        .await?;
    Ok(transaction.commit().await?)
}
