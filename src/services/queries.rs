//! SQL over everything that was synced, and downloads of it.

use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::{self, BoxStream};

use super::tables::ViewerTables;
use super::{ServiceError, Services, Viewer, connectors, sources};
use crate::entity::data_source;
use crate::entity::ids::DataSourceId;
use crate::query::{self, ExportFormat, QueryError, QueryOutput, RowCount, RowStream};

/// A file on its way out.
pub struct Export {
    /// A safe name for it, with its ending.
    pub file_name: String,
    /// Its format.
    pub format: ExportFormat,
    /// Its bytes; an error in the middle cuts it off.
    pub bytes: BoxStream<'static, Result<Bytes, QueryError>>,
    /// The rows in the bytes so far.
    pub rows: RowCount,
}

/// The tables that a viewer's statements can name.
pub(super) fn tables(services: &Services, viewer: &Viewer) -> Arc<ViewerTables> {
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

/// All rows of a statement, as fast as they are taken, within the limits of downloads.
///
/// # Errors
/// The statement's own.
pub(super) async fn rows(services: &Services, viewer: &Viewer, statement: &str) -> Result<RowStream, ServiceError> {
    Ok(services.query.stream(tables(services, viewer), statement).await?)
}

/// The answer to a statement as a file. Comes back with its first bytes: what fails before them is an error here.
///
/// # Errors
/// The statement's own, and what the format cannot hold.
pub async fn export(
    services: &Services,
    viewer: &Viewer,
    statement: &str,
    format: ExportFormat,
) -> Result<Export, ServiceError> {
    let rows = rows(services, viewer, statement).await?;
    let count = rows.row_count();
    let mut bytes = query::export(rows, format).boxed();
    let first = bytes.next().await.transpose()?;
    let bytes = stream::iter(first.map(Ok)).chain(bytes).boxed();
    Ok(Export { file_name: format!("query.{}", format.extension()), format, bytes, rows: count })
}

/// A lake table as a file.
///
/// # Errors
/// `NotFound` where there is no such data source, or it was never synced; `BadInput` where the format cannot hold so many
/// rows.
pub async fn export_source(
    services: &Services,
    viewer: &Viewer,
    id: &DataSourceId,
    format: ExportFormat,
) -> Result<Export, ServiceError> {
    let row = sources::get(services, viewer, id).await?;
    if row.sequence == 0 {
        return Err(ServiceError::not_found("lake table of", format!("{}: sync it first", row.name)));
    }
    if let (Some(most), Some(rows)) = (format.most_rows(), row.row_count)
        && rows > most
    {
        let message = format!("{format} holds {most} rows, and {} has {rows}: choose csv or parquet", row.name);
        return Err(ServiceError::bad_input("format", message));
    }
    let statement = select_all(services, viewer, &row).await?;
    let export = export(services, viewer, &statement, format).await?;
    Ok(Export { file_name: format!("{}.{}", row.slug, format.extension()), ..export })
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
