//! What all HTTP connectors of a process share.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::redirect::Policy;
use url::Url;

use super::address::{self, PublicResolver};
use super::budget::Budgets;
use super::clock::{Clock, SystemClock};
use super::lasting::LastingThings;
use super::settings::HttpSettings;
use super::tokens::MemoryStores;
use crate::sdk::ConnectorError;

/// Connections, rate budgets and tokens in memory, with the installation's limits. Cheap to clone; a process has one,
/// which its connectors are given in their context. A default one shares nothing with any other.
#[derive(Clone)]
pub struct SharedHttp(Arc<Shared>);

struct Shared {
    settings: HttpSettings,
    transports: Mutex<HashMap<Transport, reqwest::Client>>,
    budgets: Budgets,
    lasting: LastingThings,
    stores: MemoryStores,
    clock: Arc<dyn Clock>,
    open_requests: AtomicUsize,
}

/// What tells pools of connections apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Transport {
    allow_private: bool,
    is_loopback: bool,
    connect: Duration,
}

impl SharedHttp {
    /// Begins without connections.
    pub fn new(settings: HttpSettings) -> Self {
        Self::with_clock(settings, Arc::new(SystemClock))
    }

    /// Waits by another clock than the machine's; for tests.
    pub fn with_clock(settings: HttpSettings, clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Shared {
            settings,
            transports: Mutex::default(),
            budgets: Budgets::new(Arc::clone(&clock)),
            lasting: LastingThings::default(),
            stores: MemoryStores::default(),
            clock,
            open_requests: AtomicUsize::new(0),
        }))
    }

    /// Requests that were sent and whose answers are not read to the end.
    pub fn open_requests(&self) -> usize {
        self.0.open_requests.load(Ordering::Acquire)
    }

    /// Counts a request as open until what is returned is dropped.
    pub(super) fn count_open(&self) -> OpenRequest {
        self.0.open_requests.fetch_add(1, Ordering::AcqRel);
        OpenRequest(self.clone())
    }

    pub(super) fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.clock
    }

    pub(super) fn settings(&self) -> &HttpSettings {
        &self.0.settings
    }

    pub(super) fn budgets(&self) -> &Budgets {
        &self.0.budgets
    }

    pub(super) fn lasting(&self) -> &LastingThings {
        &self.0.lasting
    }

    pub(super) fn stores(&self) -> &MemoryStores {
        &self.0.stores
    }

    /// The connections for a URL; made when they are first asked for.
    ///
    /// # Errors
    /// `Unreachable` where the system has no certificates to trust.
    pub(super) fn transport(
        &self,
        url: &Url,
        allow_private: bool,
        connect: Duration,
    ) -> Result<reqwest::Client, ConnectorError> {
        let transport = Transport { allow_private, is_loopback: address::is_loopback(url), connect };
        let mut transports = self.0.transports.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = transports.get(&transport) {
            return Ok(client.clone());
        }
        let client = transport.build().map_err(|error| ConnectorError::unreachable("HTTPS cannot be set up", error))?;
        transports.insert(transport, client.clone());
        Ok(client)
    }
}

/// A request that is being counted.
pub(super) struct OpenRequest(SharedHttp);

impl Drop for OpenRequest {
    fn drop(&mut self) {
        self.0.0.open_requests.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Transport {
    fn build(self) -> reqwest::Result<reqwest::Client> {
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("dataweaver/", env!("CARGO_PKG_VERSION")))
            // Followed by us, who know what may go along.
            .redirect(Policy::none())
            .connect_timeout(self.connect)
            .tcp_nodelay(true)
            .http2_adaptive_window(true)
            .referer(false);
        if !self.allow_private {
            builder = builder.dns_resolver(PublicResolver);
        }
        if self.is_loopback {
            builder = builder.no_proxy();
        }
        builder.build()
    }
}

impl Default for SharedHttp {
    fn default() -> Self {
        Self::new(HttpSettings::default())
    }
}

impl fmt::Debug for SharedHttp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedHttp").field("settings", &self.0.settings).finish_non_exhaustive()
    }
}
