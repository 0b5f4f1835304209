//! One scenario, or all of them, and what belongs to them.

use std::collections::HashMap;
use std::sync::Arc;

use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};

use super::Scenario;
use crate::entity::ids::WorkspaceId;
use crate::entity::{connector, data_source, scenario, workflow};
use crate::query::near_names;
use crate::scenario::{BrokenPack, Pack};
use crate::services::{ServiceError, Services, Viewer};
use crate::vocabulary::ScenarioStatus;

/// The pack of a scenario.
///
/// # Errors
/// `NotFound`, naming ids that are near.
pub fn pack(services: &Services, id: &str) -> Result<Arc<Pack>, ServiceError> {
    services.context.scenarios.packs().get(id).cloned().ok_or_else(|| unknown(services, id))
}

/// The files that should be packs and are none, with what is wrong with them.
pub fn broken(services: &Services) -> Vec<BrokenPack> {
    services.context.scenarios.packs().broken().to_vec()
}

/// Every scenario, sorted by id: those that there are packs of, and those that were set up.
///
/// # Errors
/// Where the database fails.
pub async fn list(services: &Services, viewer: &Viewer) -> Result<Vec<Scenario>, ServiceError> {
    let rows = scenario::Entity::in_workspace(&viewer.workspace_id).all(services.db()).await?;
    let mut rows: HashMap<String, scenario::Model> = rows.into_iter().map(|row| (row.id.clone(), row)).collect();
    let packs = services.context.scenarios.packs();
    let of_pack = |pack: &Arc<Pack>| Scenario::of(&pack.id, Some(Arc::clone(pack)), rows.remove(&pack.id).as_ref());
    let mut all: Vec<Scenario> = packs.all().map(of_pack).collect();
    let left = rows.into_values().filter(|row| row.status != ScenarioStatus::NotSetUp);
    all.extend(left.map(|row| Scenario::of(&row.id, None, Some(&row))));
    all.sort_by(|one, other| one.id.cmp(&other.id));
    Ok(all)
}

/// One scenario.
///
/// # Errors
/// `NotFound`, naming ids that are near.
pub async fn get(services: &Services, viewer: &Viewer, id: &str) -> Result<Scenario, ServiceError> {
    let of_this = &[id.to_owned()];
    let mut found = by_ids(services, &viewer.workspace_id, of_this).await?;
    found.remove(id).ok_or_else(|| unknown(services, id))
}

/// These scenarios, without those that are unknown.
///
/// # Errors
/// Where the database fails.
pub async fn by_ids(
    services: &Services,
    workspace: &WorkspaceId,
    ids: &[String],
) -> Result<HashMap<String, Scenario>, ServiceError> {
    let of_these = scenario::Column::Id.is_in(ids.iter().map(String::as_str));
    let rows = scenario::Entity::in_workspace(workspace).filter(of_these).all(services.db()).await?;
    let packs = services.context.scenarios.packs();
    let found = ids.iter().filter_map(|id| {
        let (pack, row) = (packs.get(id).cloned(), rows.iter().find(|row| row.id == *id));
        let row = row.filter(|row| pack.is_some() || row.status != ScenarioStatus::NotSetUp);
        (pack.is_some() || row.is_some()).then(|| (id.clone(), Scenario::of(id, pack, row)))
    });
    Ok(found.collect())
}

fn unknown(services: &Services, id: &str) -> ServiceError {
    let packs = services.context.scenarios.packs();
    let near = near_names(id, packs.all().map(|pack| pack.id.as_str()));
    let hint = match near.as_slice() {
        [] => {
            let known: Vec<&str> = packs.all().map(|pack| pack.id.as_str()).collect();
            format!("known: {}", known.join(", "))
        }
        near => format!("did you mean {}?", near.join(" or ")),
    };
    ServiceError::NotFound { kind: "scenario", id: id.chars().take(LONGEST_SHOWN).collect(), hint: Some(hint) }
}

/// How much of an unknown id is repeated, in characters.
const LONGEST_SHOWN: usize = 60;

/// The connectors of each scenario, the oldest first.
///
/// # Errors
/// Where the database fails.
pub async fn connectors_of(
    services: &Services,
    workspace: &WorkspaceId,
    ids: &[String],
) -> Result<HashMap<String, Vec<connector::Model>>, ServiceError> {
    let of_these = connector::Column::ScenarioId.is_in(ids.iter().map(String::as_str));
    let query = connector::Entity::in_workspace(workspace).filter(of_these);
    let mut found: HashMap<String, Vec<connector::Model>> = HashMap::new();
    for row in query.order_by_asc(connector::Column::Id).all(services.db()).await? {
        if let Some(id) = row.scenario_id.clone() {
            found.entry(id).or_default().push(row);
        }
    }
    Ok(found)
}

/// The data sources of each scenario that it uses, with their connectors, the oldest first.
///
/// # Errors
/// Where the database fails.
pub async fn sources_of(
    services: &Services,
    workspace: &WorkspaceId,
    ids: &[String],
) -> Result<HashMap<String, Vec<(data_source::Model, connector::Model)>>, ServiceError> {
    let rows = data_source::Entity::in_workspace(workspace)
        .find_also_related(connector::Entity)
        .filter(connector::Column::ScenarioId.is_in(ids.iter().map(String::as_str)))
        .filter(data_source::Column::IsActive.eq(true))
        .order_by_asc(data_source::Column::Id)
        .all(services.db())
        .await?;
    let mut found: HashMap<String, Vec<(data_source::Model, connector::Model)>> = HashMap::new();
    for (row, connector) in rows.into_iter().filter_map(|(row, connector)| Some((row, connector?))) {
        if let Some(id) = connector.scenario_id.clone() {
            found.entry(id).or_default().push((row, connector));
        }
    }
    Ok(found)
}

/// The workflow of each scenario; the newest, where one has several.
///
/// # Errors
/// Where the database fails.
pub async fn workflows_of(
    services: &Services,
    workspace: &WorkspaceId,
    ids: &[String],
) -> Result<HashMap<String, workflow::Model>, ServiceError> {
    let of_these = workflow::Column::ScenarioId.is_in(ids.iter().map(String::as_str));
    let query = workflow::Entity::in_workspace(workspace).filter(of_these);
    let rows = query.order_by_asc(workflow::Column::Id).all(services.db()).await?;
    Ok(rows.into_iter().filter_map(|row| Some((row.scenario_id.clone()?, row))).collect())
}
