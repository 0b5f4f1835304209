//! A scenario as it changes, whichever process changes it.

use futures::Stream;
use tokio::sync::broadcast::error::RecvError;

use super::{Scenario, get};
use crate::services::{ServiceError, Services, Viewer};
use crate::vocabulary::ScenarioStatus;

/// First its state now, then every newer one; it ends when the scenario is READY or FAILED.
///
/// # Errors
/// `NotFound`.
pub async fn follow(
    services: &Services,
    viewer: &Viewer,
    id: &str,
) -> Result<impl Stream<Item = Result<Scenario, ServiceError>> + Send + use<>, ServiceError> {
    // Before the state is read, so that no change falls between the two.
    let mut changes = services.events().scenario_changes();
    let first = get(services, viewer, id).await?;
    let (services, viewer, id) = (services.clone(), viewer.clone(), id.to_owned());
    Ok(async_stream::try_stream! {
        let mut state = first;
        loop {
            let (version, status) = (state.version, state.status);
            yield state;
            if matches!(status, ScenarioStatus::Ready | ScenarioStatus::Failed) {
                return;
            }
            state = loop {
                match changes.recv().await {
                    Ok(change) if change.workspace_id != viewer.workspace_id || change.scenario_id != id => continue,
                    Ok(_) | Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return,
                }
                let now = get(&services, &viewer, &id).await?;
                if now.version != version {
                    break now;
                }
            };
        }
    })
}
