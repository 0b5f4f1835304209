//! Limits of how accounts are connected and their tokens renewed.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How accounts at vendors are connected, and their tokens renewed.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AuthorisationSettings {
    /// Minutes within which whoever is sent to a vendor's page must come back from it.
    pub consent_minutes: u32,
    /// Seconds after which a process that renews tokens and says nothing any more counts as dead, so that another may renew them.
    pub lease_seconds: u32,
    /// Seconds for which a process waits while another one renews the tokens that it needs.
    pub wait_seconds: u32,
}

impl Default for AuthorisationSettings {
    fn default() -> Self {
        Self { consent_minutes: 10, lease_seconds: 30, wait_seconds: 60 }
    }
}

impl AuthorisationSettings {
    pub(super) fn consent(&self) -> Duration {
        Duration::from_secs(60 * u64::from(self.consent_minutes.clamp(1, 24 * 60)))
    }

    pub(in crate::services) fn lease(&self) -> Duration {
        Duration::from_secs(u64::from(self.lease_seconds.clamp(3, 3600)))
    }

    pub(in crate::services) fn patience(&self) -> Duration {
        Duration::from_secs(u64::from(self.wait_seconds.clamp(1, 3600)))
    }
}
