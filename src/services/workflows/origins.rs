//! Origins: from which data sources the rows of workflows' tables come.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::config::StepConfig;
use super::names::Names;
use super::placeholders::Statement;
use crate::entity::ids::DataSourceId;
use crate::entity::{workflow, workflow_step};
use crate::services::{ServiceError, Services, Viewer};
use crate::vocabulary::StepKind;

/// What stands for a data source that is gone: no table has this name.
const GONE: &str = "gone";

/// Which tables the workflows of a workspace make of which.
pub(in crate::services) struct Origins {
    names: Names,
    /// The tables that the statement of each table reads, all by their names in SQL.
    read: BTreeMap<String, Vec<String>>,
}

/// The origins of all tables that the workflows of a workspace make. A step that makes no sense any more tells nothing.
///
/// # Errors
/// Where the database fails.
pub(in crate::services) async fn origins(services: &Services, viewer: &Viewer) -> Result<Origins, ServiceError> {
    let steps = workflow_step::Entity::find()
        .find_also_related(workflow::Entity)
        .filter(workflow::Column::WorkspaceId.eq(viewer.workspace_id.clone()))
        .filter(workflow_step::Column::Kind.eq(StepKind::Transform))
        .all(services.db())
        .await?;
    let names = Names::of(services, viewer, None, "", BTreeMap::new()).await?;
    let mut read = BTreeMap::new();
    for (step, workflow) in steps {
        let Some((table, sql)) = workflow.and_then(|workflow| made(&step, &workflow, &names)) else { continue };
        read.insert(table, services.query.tables_named(&sql).await.unwrap_or_default());
    }
    Ok(Origins { names, read })
}

/// The table that a step makes, by its name in SQL, and the statement that gives its rows.
fn made(step: &workflow_step::Model, workflow: &workflow::Model, names: &Names) -> Option<(String, String)> {
    let Ok(StepConfig::Transform(transform)) = StepConfig::read(step.kind, &step.config, "config") else { return None };
    let source = |name: &str| {
        let found = names.source_for(workflow.scenario_id.as_deref(), "sql", name);
        Ok(found.map_or_else(|_| GONE.to_owned(), |source| source.table_name.clone()))
    };
    let statement = Statement::read("sql", &transform.sql).ok()?;
    let sql = statement.filled(source, |name| Ok(format!("{}.{name}", workflow.slug))).ok()?;
    Some((format!("{}.{}", workflow.slug, transform.table), sql))
}

impl Origins {
    /// The data sources that the rows of a table come from, by its name in SQL: those that its statement reads, and those of the
    /// workflows' tables that it reads.
    pub(in crate::services) fn of(&self, table: &str) -> BTreeSet<DataSourceId> {
        let mut waiting = vec![table];
        let mut seen = BTreeSet::new();
        let mut found = BTreeSet::new();
        while let Some(table) = waiting.pop() {
            if !seen.insert(table) {
                continue;
            }
            match self.read.get(table) {
                Some(read) => waiting.extend(read.iter().map(String::as_str)),
                None => found.extend(self.names.source_of_table(table).map(|source| source.id.clone())),
            }
        }
        found
    }
}
