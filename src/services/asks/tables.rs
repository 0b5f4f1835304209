//! The tables that can be asked about: those of synced data sources, and those that workflows make.

use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Deserialize;

use crate::ask::BoundTable;
use crate::entity::{connector, data_source, workflow, workflow_table};
use crate::services::{ServiceError, Services, Viewer, sources};

/// Data sources of a workspace that are looked at, the newest ones.
const MOST_SOURCES: u64 = 5_000;

/// A table that there is, or will be when its data source is synced.
#[derive(Clone, Debug)]
pub(super) struct KnownTable {
    pub(super) table: BoundTable,
    /// Its version; none where it was never synced.
    pub(super) version: Option<i64>,
}

/// The tables of data sources: of a scenario's connectors, or of all.
pub(super) async fn of_sources(
    services: &Services,
    viewer: &Viewer,
    scenario_id: Option<&str>,
) -> Result<Vec<KnownTable>, ServiceError> {
    let mut query = data_source::Entity::in_workspace(&viewer.workspace_id)
        .find_also_related(connector::Entity)
        .filter(data_source::Column::IsActive.eq(true));
    if let Some(id) = scenario_id {
        query = query.filter(connector::Column::ScenarioId.eq(id));
    }
    let rows = query.order_by_desc(data_source::Column::Id).limit(MOST_SOURCES).all(services.db()).await?;
    let known = rows.into_iter().rev().filter_map(|(source, connector)| Some(of_source(&source, &connector?)));
    Ok(known.collect())
}

fn of_source(source: &data_source::Model, connector: &connector::Model) -> KnownTable {
    let columns = sources::columns(source).into_iter();
    KnownTable {
        table: BoundTable {
            name: format!("{}.{}", connector.slug, source.slug),
            source: source.name.clone(),
            source_id: Some(source.id.to_string()),
            columns: columns.map(|column| (column.name, column.data_type)).collect(),
            last_updated: source.last_updated,
            rows: source.row_count.and_then(|rows| u64::try_from(rows).ok()),
            connector: Some(connector.name.clone()),
        },
        version: (source.sequence > 0).then(|| source.table_version.unwrap_or(source.sequence)),
    }
}

/// The tables that workflows have made: those of a scenario, or of all.
pub(super) async fn of_workflows(
    services: &Services,
    viewer: &Viewer,
    scenario_id: Option<&str>,
) -> Result<Vec<KnownTable>, ServiceError> {
    let mut query = workflow_table::Entity::in_workspace(&viewer.workspace_id).find_also_related(workflow::Entity);
    if let Some(id) = scenario_id {
        query = query.filter(workflow::Column::ScenarioId.eq(id));
    }
    let rows = query.limit(MOST_SOURCES).all(services.db()).await?;
    Ok(rows.into_iter().filter_map(|(table, workflow)| Some(of_workflow(&table, &workflow?))).collect())
}

/// A column as a workflow's table has it.
#[derive(Deserialize)]
struct TableColumn {
    name: String,
    #[serde(rename = "type", default)]
    data_type: String,
}

fn of_workflow(table: &workflow_table::Model, workflow: &workflow::Model) -> KnownTable {
    let columns: Vec<TableColumn> = Vec::deserialize(&table.columns).unwrap_or_default();
    KnownTable {
        table: BoundTable {
            name: format!("{}.{}", workflow.slug, table.name),
            source: table.name.clone(),
            source_id: None,
            columns: columns.into_iter().map(|column| (column.name, column.data_type)).collect(),
            last_updated: Some(table.updated_at),
            rows: table.row_count.and_then(|rows| u64::try_from(rows).ok()),
            connector: None,
        },
        version: table.table_version,
    }
}
