//! SQL over everything that was synced, and downloads of it.

use std::sync::Arc;

use super::tables::ViewerTables;
use super::{ServiceError, Services, Viewer, connectors};
use crate::entity::data_source;
use crate::query::QueryOutput;

fn tables(services: &Services, viewer: &Viewer) -> Arc<ViewerTables> {
    Arc::new(ViewerTables { services: services.clone(), viewer: viewer.clone() })
}

/// Runs a read-only statement over the viewer's tables.
///
/// # Errors
/// `BadInput` for a negative limit or offset; the statement's own errors.
pub async fn sql(
    services: &Services,
    viewer: &Viewer,
    statement: &str,
    limit: i32,
    offset: i32,
) -> Result<QueryOutput, ServiceError> {
    let limit = u64::try_from(limit).map_err(|_| ServiceError::bad_input("limit", "must not be negative"))?;
    let offset = u64::try_from(offset).map_err(|_| ServiceError::bad_input("offset", "must not be negative"))?;
    Ok(services.query.run(tables(services, viewer), statement, limit, offset).await?)
}

/// The statement that reads a whole lake table.
pub(super) async fn select_all(
    services: &Services,
    viewer: &Viewer,
    row: &data_source::Model,
) -> Result<String, ServiceError> {
    let connector = connectors::get(services, viewer, &row.connector_id).await?;
    Ok(format!("SELECT * FROM \"{}\".\"{}\"", connector.slug, row.slug))
}
