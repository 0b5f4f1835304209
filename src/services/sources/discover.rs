//! A look at what a connector can read.

use std::sync::Arc;

use tracing::Instrument;

use crate::entity::data_source;
use crate::entity::ids::ConnectorId;
use crate::services::connectors::reach::{self, PATIENCE};
use crate::services::discovery::Discovered;
use crate::services::{Role, ServiceError, Services, Viewer, connectors, discovery, settings};

/// Looks what the connector can read; adds what is new, refreshes what is known, returns all. It goes on, and keeps what
/// it finds, when the caller stops waiting.
///
/// # Errors
/// The connector's, if it fails; `LimitExceeded` where it does not come to an end.
pub async fn discover(
    services: &Services,
    viewer: &Viewer,
    connector: &ConnectorId,
) -> Result<Vec<data_source::Model>, ServiceError> {
    Ok(discover_named(services, viewer, connector).await?.sources)
}

/// The same, with what the connector itself calls what it has found.
pub(in crate::services) async fn discover_named(
    services: &Services,
    viewer: &Viewer,
    connector: &ConnectorId,
) -> Result<Discovered, ServiceError> {
    viewer.require(Role::Editor)?;
    let row = connectors::get(services, viewer, connector).await?;
    let opened = settings::open(&services.context, &row)?;
    let context = Arc::clone(&services.context);
    let discovering = async move {
        reach::begin(&context, &row).await?;
        let found = discovery::discover(&context, &row, opened.as_ref());
        let found = tokio::time::timeout(PATIENCE, found).await.unwrap_or_else(|_| Err(found_no_end(&row.name)));
        if let Err(error) = &found {
            reach::end(&context, &row, Some(error.public_message())).await?;
        }
        found
    };
    match tokio::spawn(discovering.in_current_span()).await {
        Ok(found) => found,
        Err(cause) => Err(ServiceError::Internal { what: "the discovery broke off", cause: cause.into() }),
    }
}

fn found_no_end(name: &str) -> ServiceError {
    ServiceError::LimitExceeded {
        message: format!("{name} did not say within {} s what it can read", PATIENCE.as_secs()),
        hint: Some("narrow its settings, for example to some schemas, tables or folders".to_owned()),
    }
}
