//! A look whether a connector's other end answers.

use std::sync::Arc;

use serde_json::{Value, json};
use tracing::Instrument;

use super::{get, reach};
use crate::entity::connector;
use crate::entity::ids::ConnectorId;
use crate::sdk::with_causes;
use crate::services::{Context, Role, ServiceError, Services, Viewer, settings};

/// What a test of the connection found.
#[derive(Clone, Debug)]
pub struct TestResult {
    /// Whether reading will work.
    pub success: bool,
    /// A sentence for people.
    pub message: String,
    /// Facts for machines.
    pub details: Value,
    /// The connector with its new status.
    pub connector: connector::Model,
}

/// Connects and looks whether reading will work; the connector's status follows, when the caller stops waiting too.
///
/// # Errors
/// `NotFound`; a source that does not answer is a result, not an error.
pub async fn test(services: &Services, viewer: &Viewer, id: &ConnectorId) -> Result<TestResult, ServiceError> {
    viewer.require(Role::Editor)?;
    let row = get(services, viewer, id).await?;
    let context = Arc::clone(&services.context);
    let looking = async move {
        reach::begin(&context, &row).await?;
        look(&context, row).await
    };
    match tokio::spawn(looking.in_current_span()).await {
        Ok(result) => result,
        Err(cause) => Err(ServiceError::Internal { what: "the test of a connection broke off", cause: cause.into() }),
    }
}

/// Connects and looks whether reading will work; sets the status by that. It is being reached for already.
///
/// # Errors
/// Where we fail ourselves.
pub(in crate::services) async fn look(context: &Context, row: connector::Model) -> Result<TestResult, ServiceError> {
    let checked = match settings::open(context, &row) {
        Ok(connector) => connector.check().await.map_err(ServiceError::from),
        Err(error) => Err(error),
    };
    let (success, message, details) = match checked {
        Ok(reachable) => (true, reachable.message, reachable.details),
        Err(error @ (ServiceError::Database(_) | ServiceError::Internal { .. })) => {
            reach::end(context, &row, Some(error.public_message())).await?;
            return Err(error);
        }
        Err(error) => (false, with_causes(&error), json!({ "code": error.code() })),
    };
    let connector = reach::end(context, &row, (!success).then(|| message.clone())).await?;
    Ok(TestResult { success, message, details, connector })
}
