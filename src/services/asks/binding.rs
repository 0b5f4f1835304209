//! Binding: which table each dataset of a semantic model is, and which tables there are where no scenario says what they mean.

use super::narrow::narrowed;
use super::per_tables::{Subject, Versions};
use super::tables::{self, KnownTable};
use crate::ask::{Bound, Dataset, Model};
use crate::scenario::Pack;
use crate::services::{ServiceError, Services, Viewer, scenarios};

/// Tables that are asked about where no scenario is named, those that changed last.
const MOST_TABLES: usize = 200;

/// A semantic model with its tables.
pub(super) struct Binding {
    pub(super) bound: Bound,
    /// What was left out and why, in words.
    pub(super) left_out: Vec<String>,
    pub(super) subject: Subject,
    pub(super) versions: Versions,
}

/// What a viewer can ask about: a scenario, or all tables of the workspace.
///
/// # Errors
/// `NotFound` for a scenario that is not there, `Conflict` where nothing was synced yet.
pub(super) async fn of(
    services: &Services,
    viewer: &Viewer,
    scenario_id: Option<&str>,
) -> Result<Binding, ServiceError> {
    match scenario_id {
        Some(id) => of_scenario(services, viewer, &*scenarios::pack(services, id)?).await,
        None => of_everything(services, viewer).await,
    }
}

async fn of_scenario(services: &Services, viewer: &Viewer, pack: &Pack) -> Result<Binding, ServiceError> {
    let mut known = tables::of_sources(services, viewer, Some(&pack.id)).await?;
    known.extend(tables::of_workflows(services, viewer, Some(&pack.id)).await?);
    let found_all = pack.model.datasets.iter().all(|dataset| table_of(dataset, pack, &known).is_some());
    if !found_all {
        // As in its workflow: what the scenario's own connectors do not have is looked for in the whole workspace.
        known.extend(tables::of_sources(services, viewer, None).await?);
    }
    let found: Vec<Option<&KnownTable>> =
        pack.model.datasets.iter().map(|dataset| table_of(dataset, pack, &known)).collect();
    let is_there = |found: &Option<&KnownTable>| found.is_some_and(|table| table.version.is_some());
    let left_out = pack.model.datasets.iter().zip(&found).filter(|(_, found)| !is_there(found));
    let left_out: Vec<String> = left_out.map(|(dataset, found)| why_left_out(dataset, found.is_some())).collect();
    let kept: Vec<bool> = found.iter().map(is_there).collect();
    let tables: Vec<KnownTable> = found.into_iter().filter(is_there).flatten().cloned().collect();
    if tables.is_empty() {
        return Err(ServiceError::Conflict {
            message: format!("the scenario {} has no tables yet, so that nothing can be asked about it", pack.id),
            hint: Some(format!("set it up first: dataweaver scenarios setup {}, or setupScenario", pack.id)),
        });
    }
    Ok(binding(viewer, Some(pack.id.clone()), narrowed(pack.model.clone(), &kept), tables, left_out))
}

fn why_left_out(dataset: &Dataset, is_known: bool) -> String {
    let name = dataset.source.as_ref().or(dataset.reference.as_ref()).unwrap_or(&dataset.label);
    match (&dataset.source, is_known) {
        (_, false) => format!("{name} (there is no such table)"),
        (Some(_), true) => format!("{name} (never synced)"),
        (None, true) => format!("{name} (its workflow has not run)"),
    }
}

/// The table that a dataset is, by its name in the scenario or the one that discovery gave it.
fn table_of<'a>(dataset: &Dataset, pack: &Pack, known: &'a [KnownTable]) -> Option<&'a KnownTable> {
    if let Some(reference) = &dataset.reference {
        return known.iter().find(|known| known.table.source_id.is_none() && known.table.source == *reference);
    }
    let name = dataset.source.as_ref()?;
    let sources = pack.connectors.iter().flat_map(|connector| &connector.sources);
    let discovered = sources.filter(|source| source.name == *name).find_map(|source| source.discovered.as_ref());
    let of_sources = || known.iter().filter(|known| known.table.source_id.is_some());
    [Some(name), discovered].into_iter().flatten().find_map(|name| {
        let is_named = |known: &&KnownTable| known.table.source.eq_ignore_ascii_case(name);
        // One that was synced is worth more than one of the same name that was not.
        of_sources().find(|known| is_named(known) && known.version.is_some()).or_else(|| of_sources().find(is_named))
    })
}

async fn of_everything(services: &Services, viewer: &Viewer) -> Result<Binding, ServiceError> {
    let mut known = tables::of_sources(services, viewer, None).await?;
    known.extend(tables::of_workflows(services, viewer, None).await?);
    known.retain(|known| known.version.is_some());
    known.sort_by_key(|known| std::cmp::Reverse(known.table.last_updated));
    known.truncate(MOST_TABLES);
    known.sort_by(|one, other| one.table.name.cmp(&other.table.name));
    if known.is_empty() {
        return Err(ServiceError::Conflict {
            message: "nothing was synced yet, so that nothing can be asked".to_owned(),
            hint: Some("sync a connector, or set up a scenario, and ask again".to_owned()),
        });
    }
    let tables: Vec<_> = known.iter().map(|known| known.table.clone()).collect();
    Ok(binding(viewer, None, Model::derived(&tables), known, Vec::new()))
}

fn binding(
    viewer: &Viewer,
    scenario: Option<String>,
    model: Model,
    tables: Vec<KnownTable>,
    left_out: Vec<String>,
) -> Binding {
    let versions = tables.iter().map(|known| (known.table.name.clone(), known.version.unwrap_or_default())).collect();
    let tables = tables.into_iter().map(|known| known.table).collect();
    let subject = Subject { workspace: viewer.workspace_id.clone(), scenario };
    Binding { bound: Bound { model, tables }, left_out, subject, versions }
}
