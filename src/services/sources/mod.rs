//! Data sources: find, discover, tune, reset and remove them.

mod change;
mod discover;
mod find;
mod reset;
mod rules;
mod table;

pub use change::{NewSource, SourceChanges, create, update};
pub use discover::discover;
pub(super) use discover::discover_named;
pub use find::{SourceFilter, count, get, list};
pub use reset::reset;
pub(super) use rules::refuse_unreadable;
pub use table::{columns, lake_columns, preview, primary_key};

use super::{ServiceError, Services, Viewer, removal};
use crate::entity::ids::DataSourceId;

/// Removes a data source; its lake table stays unless `drop_data`. Discovery finds it again.
///
/// # Errors
/// `NotFound`, or `Conflict` while it is synced.
pub async fn delete(
    services: &Services,
    viewer: &Viewer,
    id: &DataSourceId,
    drop_data: bool,
) -> Result<(), ServiceError> {
    removal::data_source(services, viewer, id, drop_data).await
}
