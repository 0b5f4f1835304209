//! Connectors: make, find, change, test and remove them.

mod create;
mod find;
pub(super) mod reach;
mod rules;
mod test;
mod update;

pub use create::{NewConnector, create};
pub(super) use create::{insert, prepared};
pub use find::{ConnectorFilter, as_they_are, by_id_or_slug, count, get, list, windowed};
pub(super) use find::{find, locked};
pub(super) use test::look;
pub use test::{TestResult, test};
pub use update::{ConnectorChanges, update};

use super::{ServiceError, Services, Viewer, removal};
use crate::entity::ids::ConnectorId;

/// Removes a connector with its data sources and records; the files of its lake tables stay unless `drop_data`.
///
/// # Errors
/// `NotFound`, or `Conflict` while it syncs.
pub async fn delete(
    services: &Services,
    viewer: &Viewer,
    id: &ConnectorId,
    drop_data: bool,
) -> Result<(), ServiceError> {
    removal::connector(services, viewer, id, drop_data).await
}
