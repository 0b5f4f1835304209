//! What a validation looks at before it asks anything: connections, data sources, and the workflow.

use std::collections::HashMap;

use futures::future::try_join_all;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::super::connectors::{is_it, of_scenario, reads_world};
use super::super::run::words_of;
use super::super::sources::lacking;
use super::super::workflow as workflow_of;
use super::super::{Check, find};
use crate::entity::ids::DataSourceId;
use crate::entity::{connector, data_source, sync_log_source};
use crate::query::count;
use crate::scenario::{Pack, PackConnector, PackSource};
use crate::services::{ServiceError, Services, Viewer, connectors, queries, sources, workflows};

/// Whether every connector is there, reads the scenario's world, and is reached.
pub(super) async fn connections(
    services: &Services,
    viewer: &Viewer,
    pack: &Pack,
    size_factor: f64,
) -> Result<Vec<Check>, ServiceError> {
    let rows = of_scenario(services, viewer, &pack.id).await?;
    let checks = pack.connectors.iter().map(|wanted| connection(services, viewer, pack, wanted, &rows, size_factor));
    try_join_all(checks).await
}

async fn connection(
    services: &Services,
    viewer: &Viewer,
    pack: &Pack,
    wanted: &PackConnector,
    rows: &[connector::Model],
    size_factor: f64,
) -> Result<Check, ServiceError> {
    let name = format!("connection {}", wanted.name);
    let Some(row) = rows.iter().find(|row| is_it(row, wanted)) else {
        return Ok(Check::new(name, false, "expected the connector, found none; set the scenario up again"));
    };
    if !reads_world(row, pack, size_factor) {
        let expected = format!("expected the world {} at size {size_factor}", pack.world);
        return Ok(Check::new(name, false, format!("{expected}, found the settings {}", row.connection_config)));
    }
    let tested = connectors::test(services, viewer, &row.id).await?;
    Ok(Check::new(name, tested.success, format!("expected an answer, found: {}", tested.message)))
}

/// Whether every data source is there, with its columns, enough rows, and none that was rejected.
pub(super) async fn sources(
    services: &Services,
    viewer: &Viewer,
    pack: &Pack,
    size_factor: f64,
) -> Result<Vec<Check>, ServiceError> {
    let ids = [pack.id.clone()];
    let mut found = find::sources_of(services, &viewer.workspace_id, &ids).await?;
    let found = found.remove(&pack.id).unwrap_or_default();
    let rows: Vec<data_source::Model> = found.into_iter().map(|(row, _)| row).collect();
    let rejected = rejected(services, &rows).await?;
    let wanted = pack.connectors.iter().flat_map(|connector| &connector.sources);
    let checks = wanted.map(|wanted| source(services, viewer, wanted, &rows, &rejected, size_factor));
    try_join_all(checks).await
}

async fn source(
    services: &Services,
    viewer: &Viewer,
    wanted: &PackSource,
    rows: &[data_source::Model],
    rejected: &HashMap<DataSourceId, i64>,
    size_factor: f64,
) -> Result<Check, ServiceError> {
    let name = format!("data source {}", wanted.name);
    let least = if wanted.fixed { wanted.rows } else { (wanted.rows as f64 * size_factor).floor() as u64 };
    let expected = format!("expected {} rows at least and the columns {}", count(least), wanted.columns.join(", "));
    let failed = |found: String| Ok(Check::new(name.clone(), false, format!("{expected}; found {found}")));
    let Some(row) = rows.iter().find(|row| row.name == wanted.name) else {
        return failed("no active data source of this name; set the scenario up again".to_owned());
    };
    if row.sequence == 0 {
        return failed("that it was never synced".to_owned());
    }
    let lacking = lacking(wanted, &sources::columns(row));
    if !lacking.is_empty() {
        return failed(format!("no column {}", lacking.join(", ")));
    }
    let found = match rows_in_lake(services, viewer, row).await {
        Ok(found) => found,
        Err(error @ ServiceError::Query(_)) => {
            return failed(format!("that its table cannot be read: {}", words_of(&error)));
        }
        Err(error) => return Err(error),
    };
    let rejected = rejected.get(&row.id).copied().unwrap_or(0);
    if rejected > 0 {
        return failed(format!("{} rows, and {rejected} that were rejected", count(found)));
    }
    Ok(Check::new(name, found >= least, format!("{expected}; found {} rows", count(found))))
}

/// The rows that are in the lake table by now, whatever its last sync has counted.
async fn rows_in_lake(services: &Services, viewer: &Viewer, row: &data_source::Model) -> Result<u64, ServiceError> {
    let all = queries::select_all(services, viewer, row).await?;
    let counted = queries::sql(services, viewer, &format!("SELECT count(*) FROM ({all})"), 1, 0).await?;
    let number = counted.rows.first().and_then(|row| row.first()).and_then(serde_json::Value::as_u64);
    Ok(number.unwrap_or(0))
}

/// The rows that the newest sync of each data source has rejected.
async fn rejected(
    services: &Services,
    rows: &[data_source::Model],
) -> Result<HashMap<DataSourceId, i64>, ServiceError> {
    let of_these = sync_log_source::Column::DataSourceId.is_in(rows.iter().map(|row| row.id.clone()));
    // Ids of syncs sort by time.
    let all = sync_log_source::Entity::find().filter(of_these).order_by_asc(sync_log_source::Column::SyncLogId);
    Ok(all.all(services.db()).await?.into_iter().map(|row| (row.data_source_id, row.rejected)).collect())
}

/// Whether the workflow succeeds on what was synced last. It is run where it has not run since.
pub(super) async fn workflow(services: &Services, viewer: &Viewer, pack: &Pack) -> Result<Check, ServiceError> {
    let name = format!("workflow {}", pack.workflow.name);
    let Some(row) = workflows::of_scenario(services, viewer, &pack.id).await? else {
        return Ok(Check::new(name, false, "expected the workflow, found none; set the scenario up again"));
    };
    let connectors = of_scenario(services, viewer, &pack.id).await?;
    let synced_at = connectors.iter().filter_map(|row| row.last_sync_at).max();
    let latest = workflows::latest_run(services, &row.id).await?;
    // What a sync has brought after the run began may be missing in it.
    let is_fresh = latest.is_some_and(|run| run.completed_at.is_some() && run.completed_at >= synced_at);
    let row = if is_fresh { row } else { workflow_of::run_to_the_end(services, viewer, &row).await? };
    let (passed, found) = match workflow_of::failure(services, &row).await? {
        None => (true, workflow_of::made(services, &row).await?),
        Some(failure) => (false, failure),
    };
    Ok(Check::new(name, passed, format!("expected that it succeeds; found: {found}")))
}
