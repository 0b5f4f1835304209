//! A request's turn: the credential's budget, and one of its connections.

use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::budget::{Holdup, SharedBudget, Slot};
use super::client::HttpClient;
use super::shared::OpenRequest;
use crate::sdk::ConnectorError;

/// After so long in the queue of a budget, a read says what it waits for.
const LONG_QUEUE: Duration = Duration::from_secs(2);

/// What a request holds until its answer is read.
pub(super) struct Slots {
    pub budget: Slot,
    _connection: Slot,
    _open: OpenRequest,
}

impl HttpClient {
    /// Waits for the budget, and for one of the connections with which a request to `url` is counted.
    pub(super) async fn slots(
        &self,
        url: &Url,
        budget: &Arc<SharedBudget>,
        cost: u32,
    ) -> Result<Slots, ConnectorError> {
        let name = format!("{} ({})", self.base().host_str().unwrap_or_default(), budget.name());
        let clock = self.bounds().clock();
        let held_up = |holdup: Holdup| {
            let Some(until) = holdup.until else { return Ok(()) };
            let long = until.saturating_duration_since(clock.now());
            if long > self.limits().wait || !self.bounds().allows(until) {
                return Err(ConnectorError::RateLimited { endpoint: name.clone(), retry_after: Some(long) });
            }
            self.tell_of_limit(&name, holdup);
            Ok(())
        };
        let taken = budget.take(cost, held_up);
        let mut taken = std::pin::pin!(taken);
        let slot = tokio::select! {
            slot = &mut taken => slot?,
            () = clock.until(clock.now() + LONG_QUEUE) => {
                // Others are before us in the queue, and are told of their waits themselves.
                if let Some(holdup) = budget.holdup().filter(|holdup| holdup.until.is_some()) {
                    self.tell_of_limit(&name, holdup);
                }
                taken.await?
            }
        };
        let connection = self.connections(url).take(1, |_| Ok::<_, ConnectorError>(())).await?;
        Ok(Slots { budget: slot, _connection: connection, _open: self.shared().count_open() })
    }

    fn tell_of_limit(&self, name: &str, holdup: Holdup) {
        let reason = || match holdup.is_pause {
            true => format!("{name} asked us to slow down"),
            false => format!("the rate limit of {name} is used up for the moment"),
        };
        self.bounds().tell(reason, holdup.until);
    }
}
