//! The connectors of a scenario: found by their names in SQL, which stay when people rename them, made where they are missing,
//! and removed.

use futures::future::try_join_all;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, Set};
use serde_json::{Value, json};

use super::run::{Break, Run};
use super::syncs;
use crate::entity::connector;
use crate::entity::database::begin_immediate;
use crate::scenario::{Pack, PackConnector};
use crate::sdk::names;
use crate::services::connectors::{self, ConnectorChanges, NewConnector, insert, prepared};
use crate::services::{ServiceError, Services, Viewer};
use crate::vocabulary::AuthType;

/// How often a removal is tried that somebody else's syncs come between.
const TRIALS: usize = 5;

/// Sees to it that every connector of the pack is there, in demo mode over the scenario's world, under its name. One that reads
/// another world is made anew, with its tables; one that the pack does not name goes.
pub(super) async fn make(run: &Run, pack: &Pack) -> Result<(Vec<connector::Model>, String), Break> {
    let mut known = of_scenario(&run.services, &run.viewer(), &pack.id).await?;
    let (mut rows, mut made) = (Vec::new(), Vec::new());
    for wanted in &pack.connectors {
        let place = known.iter().position(|row| is_it(row, wanted));
        let before = place.map(|place| known.swap_remove(place));
        let (row, is_new) = one(run, pack, wanted, before).await?;
        if is_new {
            made.push(row.name.clone());
        }
        rows.push(row);
    }
    for stranger in known.iter().filter(|row| row.demo_mode) {
        remove(&run.services, &run.viewer(), stranger).await?;
    }
    let detail = match made.as_slice() {
        [] => format!("{} were there", listed(&rows)),
        made => format!("made {}", made.join(", ")),
    };
    Ok((rows, detail))
}

/// The connectors that a scenario has made, the oldest first.
pub(super) async fn of_scenario(
    services: &Services,
    viewer: &Viewer,
    id: &str,
) -> Result<Vec<connector::Model>, ServiceError> {
    let query = connector::Entity::in_workspace(&viewer.workspace_id).filter(connector::Column::ScenarioId.eq(id));
    Ok(query.order_by_asc(connector::Column::Id).all(services.db()).await?)
}

/// Whether it is the connector that the pack means. One that was connected to a real account is somebody's own by now.
pub(super) fn is_it(row: &connector::Model, wanted: &PackConnector) -> bool {
    let slug = names::slug(&wanted.name);
    let is_numbered =
        |rest: &str| rest.strip_prefix('_').is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()));
    let is_named = row.slug.strip_prefix(&slug).is_some_and(|rest| rest.is_empty() || is_numbered(rest));
    row.demo_mode && row.connector_type == wanted.connector_type && is_named
}

/// Whether a connector reads the world of a scenario, in its size.
pub(super) fn reads_world(row: &connector::Model, pack: &Pack, size_factor: f64) -> bool {
    let size = row.connection_config.get("size_factor").map_or(Some(1.0), Value::as_f64);
    row.connection_config["world"] == pack.world.as_str() && size == Some(size_factor)
}

async fn one(
    run: &Run,
    pack: &Pack,
    wanted: &PackConnector,
    before: Option<connector::Model>,
) -> Result<(connector::Model, bool), Break> {
    let (services, viewer) = (&run.services, run.viewer());
    if let Some(row) = before {
        if reads_world(&row, pack, run.lease.size_factor) {
            return Ok((as_wanted(services, &viewer, row, wanted).await?, false));
        }
        remove(services, &viewer, &row).await?;
    }
    let new = NewConnector {
        name: wanted.name.clone(),
        description: Some(wanted.description.clone()),
        connector_type: wanted.connector_type,
        auth_type: AuthType::None,
        auth_config: None,
        connection_config: Some(json!({ "world": pack.world, "size_factor": run.lease.size_factor })),
        demo_mode: true,
        sync_enabled: false,
        sync_schedule: None,
        timezone: "UTC".to_owned(),
    };
    let mut row = prepared(services, &viewer, new).await?;
    row.scenario_id = Set(Some(pack.id.clone()));
    let transaction = begin_immediate(services.db()).await?;
    // In the same transaction, so that whoever tears the scenario down meanwhile is not left with a new connector.
    run.lease.hold(&transaction).await?;
    let row = insert(&transaction, &viewer, row).await?;
    transaction.commit().await?;
    services.events().connector_changed(&row);
    Ok((row, true))
}

/// Gives a connector back its name and description.
async fn as_wanted(
    services: &Services,
    viewer: &Viewer,
    row: connector::Model,
    wanted: &PackConnector,
) -> Result<connector::Model, ServiceError> {
    if row.name == wanted.name && row.description.as_ref() == Some(&wanted.description) {
        return Ok(row);
    }
    let changes = ConnectorChanges {
        name: Some(wanted.name.clone()),
        description: Some(Some(wanted.description.clone())),
        ..ConnectorChanges::default()
    };
    connectors::update(services, viewer, &row.id, changes).await
}

/// Looks whether every connector is reached.
pub(super) async fn test(run: &Run, rows: &[connector::Model]) -> Result<((), String), Break> {
    let viewer = run.viewer();
    let tests = rows.iter().map(|row| connectors::test(&run.services, &viewer, &row.id));
    let results = try_join_all(tests).await?;
    let told = |success: bool| {
        let told = results.iter().filter(|result| result.success == success);
        told.map(|result| format!("{}: {}", result.connector.name, result.message)).collect::<Vec<_>>().join("; ")
    };
    if results.iter().any(|result| !result.success) {
        return Err(Break::Failed(told(false)));
    }
    Ok(((), told(true)))
}

/// Removes a connector with its data sources and their lake tables. A sync of it is cancelled first.
pub(super) async fn remove(services: &Services, viewer: &Viewer, row: &connector::Model) -> Result<(), ServiceError> {
    for trial in 1.. {
        syncs::cancel_live(services, viewer, &row.id).await?;
        match connectors::delete(services, viewer, &row.id, true).await {
            // Another sync began meanwhile.
            Err(ServiceError::Conflict { .. }) if trial < TRIALS => {}
            Err(ServiceError::NotFound { .. }) => return Ok(()),
            done => return done,
        }
    }
    Ok(())
}

/// Lets a connector go that is somebody's own by now: it stays, and is no part of the scenario any more.
pub(super) async fn let_go(services: &Services, row: &connector::Model) -> Result<(), ServiceError> {
    let mut change = row.clone().into_active_model();
    change.scenario_id = Set(None);
    let transaction = begin_immediate(services.db()).await?;
    let changed = connector::Entity::update(change).exec(&transaction).await?;
    transaction.commit().await?;
    services.events().connector_changed(&changed);
    Ok(())
}

fn listed(rows: &[connector::Model]) -> String {
    rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>().join(", ")
}
