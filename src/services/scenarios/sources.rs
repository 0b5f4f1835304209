//! The data sources of a scenario: found by what their connectors call them, named and set as the pack says. What the scenario
//! does not need is switched off.

use std::collections::HashMap;

use chrono::Utc;
use futures::future::try_join_all;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::run::{Break, Run};
use crate::engine::Column;
use crate::entity::ids::DataSourceId;
use crate::entity::{connector, data_source, stored_time};
use crate::query::near_names;
use crate::scenario::{Pack, PackConnector, PackSource};
use crate::services::sources::{self, SourceChanges};
use crate::services::{ServiceError, Services, Viewer};

/// Names that an error lists.
const MOST_LISTED: usize = 20;

/// Looks what every connector can read, and sets what the scenario needs.
pub(super) async fn find(run: &Run, pack: &Pack, connectors: &[connector::Model]) -> Result<((), String), Break> {
    let of_connectors = pack.connectors.iter().zip(connectors);
    let found = try_join_all(of_connectors.map(|(wanted, row)| find_one(run, wanted, row))).await?;
    let (used, all) = found.iter().fold((0, 0), |(used, all), found| (used + found.0, all + found.1));
    Ok(((), format!("{used} data sources of {all} that were found")))
}

async fn find_one(run: &Run, wanted: &PackConnector, row: &connector::Model) -> Result<(usize, usize), Break> {
    let (services, viewer) = (&run.services, run.viewer());
    let found = sources::discover_named(services, &viewer, &row.id).await?;
    let known: Vec<Known<'_>> = found.sources.iter().map(|row| Known::of(row, &found.names)).collect();
    let mut used: Vec<DataSourceId> = Vec::new();
    for source in &wanted.sources {
        let found = called(source, &known).ok_or_else(|| Break::Failed(missing(source, &row.name, &known)))?;
        set(services, &viewer, found.row, source).await?;
        used.push(found.row.id.clone());
    }
    switch_off_others(services, row, &used).await?;
    Ok((used.len(), known.len()))
}

/// Something that a connector can read.
pub(super) trait Readable {
    /// What the connector calls it; none where it is not at the source any more.
    fn name(&self) -> Option<&str>;

    /// Its columns, as far as they are known.
    fn columns(&self) -> Vec<Column>;
}

/// A data source with what its connector calls it.
struct Known<'a> {
    row: &'a data_source::Model,
    /// None where it is not at the source any more.
    name: Option<&'a str>,
}

impl<'a> Known<'a> {
    fn of(row: &'a data_source::Model, names: &'a HashMap<String, String>) -> Self {
        Self { row, name: names.get(&row.source_path).map(String::as_str) }
    }
}

impl Readable for Known<'_> {
    fn name(&self) -> Option<&str> {
        self.name
    }

    fn columns(&self) -> Vec<Column> {
        sources::columns(self.row)
    }
}

/// What the pack means; of several of one name the one with the columns that must be there.
pub(super) fn called<'a, R: Readable>(wanted: &PackSource, known: &'a [R]) -> Option<&'a R> {
    let name = wanted.discovered.as_deref().unwrap_or(&wanted.name);
    let named = |is_it: &dyn Fn(&str) -> bool| -> Vec<&'a R> {
        known.iter().filter(|known| known.name().is_some_and(is_it)).collect()
    };
    let mut found = named(&|called| called == name);
    if found.is_empty() {
        found = named(&|called| called.eq_ignore_ascii_case(name));
    }
    let whole = found.iter().find(|known| lacking(wanted, &known.columns()).is_empty());
    whole.or_else(|| found.first()).copied()
}

/// The columns that must be there and are not.
pub(super) fn lacking<'a>(wanted: &'a PackSource, columns: &[Column]) -> Vec<&'a str> {
    let has = |name: &&String| !columns.iter().any(|column| column.name == **name || column.source_name == **name);
    wanted.columns.iter().filter(has).map(String::as_str).collect()
}

/// That a connector cannot read what the pack means, with what it can read.
pub(super) fn missing<R: Readable>(wanted: &PackSource, connector: &str, known: &[R]) -> String {
    let name = wanted.discovered.as_deref().unwrap_or(&wanted.name);
    let mut names: Vec<&str> = known.iter().filter_map(R::name).collect();
    names.sort_unstable();
    let near = near_names(name, names.iter().copied());
    let others = if near.is_empty() { names } else { near };
    let others = others.into_iter().take(MOST_LISTED).collect::<Vec<_>>().join(", ");
    format!("{connector} has no data source {name} (it has {others}); correct `discovered` in the pack")
}

/// Names and sets a data source as the pack says, where it is not so.
async fn set(
    services: &Services,
    viewer: &Viewer,
    row: &data_source::Model,
    wanted: &PackSource,
) -> Result<(), ServiceError> {
    let is_so = row.name == wanted.name
        && row.description.as_ref() == Some(&wanted.description)
        && wanted.extract_type.is_none_or(|extract_type| extract_type == row.extract_type)
        && wanted.write_mode.is_none_or(|write_mode| write_mode == row.write_mode)
        && row.is_active
        && row.sync_enabled;
    if is_so {
        return Ok(());
    }
    let changes = SourceChanges {
        name: Some(wanted.name.clone()),
        description: Some(Some(wanted.description.clone())),
        extract_type: wanted.extract_type,
        write_mode: wanted.write_mode,
        is_active: Some(true),
        sync_enabled: Some(true),
        ..SourceChanges::default()
    };
    sources::update(services, viewer, &row.id, changes).await?;
    Ok(())
}

async fn switch_off_others(
    services: &Services,
    row: &connector::Model,
    used: &[DataSourceId],
) -> Result<(), ServiceError> {
    use data_source::Column;
    data_source::Entity::update_many()
        .col_expr(Column::IsActive, Expr::value(false))
        .col_expr(Column::UpdatedAt, Expr::value(stored_time(Utc::now())))
        .filter(Column::ConnectorId.eq(row.id.clone()))
        .filter(Column::Id.is_not_in(used.iter().cloned()))
        .filter(Column::IsActive.eq(true))
        .exec(services.db())
        .await?;
    Ok(())
}
