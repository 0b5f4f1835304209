//! The client against a vendor on loopback that does what each test scripts, waits on a virtual clock.

mod addresses;
mod answers;
mod budgets;
mod grants;
mod retries;
mod secrets;
mod tokens;
mod vendor;
mod waits;

use std::sync::Arc;

use vendor::Vendor;

use super::{HttpClient, HttpClientBuilder, HttpSettings, SharedHttp};
use crate::sdk::testing::{RunningClock, VirtualClock};
use crate::sdk::{ConnectorType, OpenContext};

/// A process: what its connectors share, and its clock, which passes over every wait.
struct Process {
    context: OpenContext,
    clock: VirtualClock,
    running: Option<RunningClock>,
}

impl Process {
    fn new() -> Self {
        Self::with(HttpSettings::default())
    }

    fn with(settings: HttpSettings) -> Self {
        let clock = VirtualClock::new();
        let http = SharedHttp::with_clock(settings, Arc::new(clock.clone()));
        let running = clock.run(&http);
        let context = OpenContext { allow_private_network: true, http, ..OpenContext::default() };
        Self { context, clock, running: Some(running) }
    }

    /// The clock stands still from now on.
    fn stop_clock(&mut self) {
        self.running = None;
    }

    fn client(&self, vendor: &Vendor) -> HttpClientBuilder {
        HttpClient::builder(&self.context, ConnectorType::Slack, &vendor.url)
    }
}
