//! What placeholders name: the data sources of a workspace, and the tables of a workflow.

use std::collections::BTreeMap;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::entity::ids::{ConnectorId, DataSourceId};
use crate::entity::{connector, data_source, workflow, workflow_table};
use crate::query::near_names;
use crate::services::{ServiceError, Services, Viewer};

/// Names that an error lists.
const MOST_LISTED: usize = 20;

/// A data source, as far as a workflow has to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NamedSource {
    pub(super) id: DataSourceId,
    pub(super) connector_id: ConnectorId,
    pub(super) name: String,
    /// Its name in SQL.
    pub(super) table_name: String,
    /// The scenario whose connector reads it.
    scenario_id: Option<String>,
}

/// What the statements of a workflow may name.
#[derive(Clone, Debug)]
pub(super) struct Names {
    sources: Vec<NamedSource>,
    /// The scenario that the workflow is of.
    scenario_id: Option<String>,
    /// The workflow's schema in SQL.
    slug: String,
    /// Its tables, each with the step that makes it.
    tables: BTreeMap<String, String>,
}

impl Names {
    /// Those of a workflow with these tables, each with the step that makes it.
    pub(super) async fn of(
        services: &Services,
        viewer: &Viewer,
        scenario_id: Option<&str>,
        slug: &str,
        tables: BTreeMap<String, String>,
    ) -> Result<Self, ServiceError> {
        let rows: Vec<(DataSourceId, String, String, ConnectorId, String, Option<String>)> =
            data_source::Entity::in_workspace(&viewer.workspace_id)
                .inner_join(connector::Entity)
                .filter(data_source::Column::IsActive.eq(true))
                .order_by_asc(data_source::Column::Id)
                .select_only()
                .columns([data_source::Column::Id, data_source::Column::Name, data_source::Column::Slug])
                .columns([connector::Column::Id, connector::Column::Slug, connector::Column::ScenarioId])
                .into_tuple()
                .all(services.db())
                .await?;
        let named = |(id, name, source_slug, connector_id, connector_slug, scenario_id): (
            _,
            _,
            String,
            _,
            String,
            Option<String>,
        )| {
            NamedSource { id, connector_id, name, table_name: format!("{connector_slug}.{source_slug}"), scenario_id }
        };
        Ok(Self {
            sources: rows.into_iter().map(named).collect(),
            scenario_id: scenario_id.map(str::to_owned),
            slug: slug.to_owned(),
            tables,
        })
    }

    /// Those of a scenario in a workspace: its workflow's tables are what `ref` names.
    pub(super) async fn of_scenario(
        services: &Services,
        viewer: &Viewer,
        scenario_id: &str,
    ) -> Result<Self, ServiceError> {
        let workflow = workflow::Entity::in_workspace(&viewer.workspace_id)
            .filter(workflow::Column::ScenarioId.eq(scenario_id))
            .order_by_desc(workflow::Column::Id)
            .one(services.db())
            .await?;
        let (slug, tables) = match workflow {
            Some(workflow) => {
                let tables =
                    workflow_table::Entity::find().filter(workflow_table::Column::WorkflowId.eq(workflow.id.clone()));
                (workflow.slug, tables.all(services.db()).await?)
            }
            None => (String::new(), Vec::new()),
        };
        let tables = tables.into_iter().map(|table| (table.name, String::new())).collect();
        Self::of(services, viewer, Some(scenario_id), &slug, tables).await
    }

    /// The data source that is called so: among those of the scenario, or else of the workspace; by its name, or its name in
    /// SQL.
    ///
    /// # Errors
    /// `BadInput` where there is none, or several are called so.
    pub(super) fn source(&self, field: &str, name: &str) -> Result<&NamedSource, ServiceError> {
        self.source_for(self.scenario_id.as_deref(), field, name)
    }

    /// The same for a workflow of another scenario, or of none.
    ///
    /// # Errors
    /// As [`source`](Self::source).
    pub(super) fn source_for(
        &self,
        scenario_id: Option<&str>,
        field: &str,
        name: &str,
    ) -> Result<&NamedSource, ServiceError> {
        let called = || self.sources.iter().filter(|source| source.name == name);
        let is_of_scenario =
            |source: &&NamedSource| scenario_id.is_some() && source.scenario_id.as_deref() == scenario_id;
        let mut found: Vec<&NamedSource> = called().filter(is_of_scenario).collect();
        if found.is_empty() {
            found = called().collect();
        }
        if found.is_empty() {
            found = self.sources.iter().filter(|source| source.table_name == name).collect();
        }
        match found.as_slice() {
            [found] => Ok(found),
            [] => Err(self.no_source(field, name)),
            several => {
                let names: Vec<_> = several.iter().take(MOST_LISTED).map(|source| source.table_name.as_str()).collect();
                let message = format!("several data sources are called {name}: say which of {}", names.join(", "));
                Err(ServiceError::bad_input(field, message))
            }
        }
    }

    /// The data source with this name in SQL.
    pub(super) fn source_of_table(&self, table_name: &str) -> Option<&NamedSource> {
        self.sources.iter().find(|source| source.table_name == table_name)
    }

    /// The name in SQL of a table of the workflow.
    ///
    /// # Errors
    /// `BadInput` where no step makes it.
    pub(super) fn reference(&self, field: &str, name: &str) -> Result<String, ServiceError> {
        if self.tables.contains_key(name) {
            return Ok(format!("{}.{name}", self.slug));
        }
        let known: Vec<_> = self.tables.keys().map(String::as_str).collect();
        let known = if known.is_empty() { "none is made".to_owned() } else { format!("known: {}", known.join(", ")) };
        let message = format!("no TRANSFORM step of this workflow makes a table {name} ({known})");
        Err(ServiceError::bad_input(field, message))
    }

    /// The step that makes a table.
    pub(super) fn maker(&self, table: &str) -> Option<&str> {
        self.tables.get(table).map(String::as_str)
    }

    fn no_source(&self, field: &str, name: &str) -> ServiceError {
        let names = || self.sources.iter().map(|source| source.name.as_str());
        let near = near_names(name, names());
        let message = match (near.is_empty(), self.sources.is_empty()) {
            (false, _) => format!("there is no data source {name}; did you mean {}?", near.join(" or ")),
            (true, true) => format!("there is no data source {name}: none was discovered yet"),
            (true, false) => {
                let mut known: Vec<_> = names().collect();
                known.sort_unstable();
                known.dedup();
                let more = known.len().saturating_sub(MOST_LISTED);
                known.truncate(MOST_LISTED);
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                format!("there is no data source {name} (known: {}{more})", known.join(", "))
            }
        };
        let hint = Some("dataweaver connectors discover looks for what a connector can read".to_owned());
        ServiceError::BadInput { field: field.to_owned(), message, hint }
    }
}
