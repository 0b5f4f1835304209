//! Limits of HTTP: those of the installation, and what one connector sets over them.

use std::num::{NonZeroU32, NonZeroU64, NonZeroUsize};
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How connectors speak HTTP. A connector's own `http` settings go over these.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct HttpSettings {
    /// Seconds within which a connection must stand: name looked up, TCP and TLS.
    pub connect_seconds: u64,
    /// Seconds for which the other end may be silent, before its answer and within it.
    pub idle_seconds: u64,
    /// Seconds for one attempt at a request, the answer included. A file that is read as it comes has no such limit.
    pub request_seconds: u64,
    /// The largest answer that is held in memory, decompressed, in MiB. A connector cannot set more.
    pub response_mib: u64,
    /// How often a request is tried, if it fails in a way that may pass: 1 is once.
    pub attempts: u32,
    /// The longest that a request waits for the vendor in this process, in seconds, all its waits together. If more is
    /// asked for, the sync engine waits, and tries the data source again.
    pub wait_seconds: u64,
    /// Requests that one credential has open at once, all its data sources and syncs together; of connectors of the type
    /// `API`, all requests to one host.
    pub concurrency: usize,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            connect_seconds: 10,
            idle_seconds: 60,
            request_seconds: 300,
            response_mib: 64,
            attempts: 5,
            wait_seconds: 120,
            concurrency: 8,
        }
    }
}

/// Limits of this connector's requests. What is not given here is as the installation has it (`http_client` in its settings).
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct HttpOptions {
    /// Seconds within which a connection must stand.
    pub connect_seconds: Option<NonZeroU64>,
    /// Seconds for which the other end may be silent, before its answer and within it.
    pub idle_seconds: Option<NonZeroU64>,
    /// Seconds for one attempt at a request, the answer included.
    pub request_seconds: Option<NonZeroU64>,
    /// The largest answer, decompressed, in MiB; no more than the installation allows.
    pub response_mib: Option<NonZeroU64>,
    /// How often a request is tried, if it fails in a way that may pass: 1 is once.
    pub attempts: Option<NonZeroU32>,
    /// The longest that a request waits for the vendor, in seconds, all its waits together.
    pub wait_seconds: Option<u64>,
    /// Requests that the credential has open at once, all data sources and syncs together.
    pub concurrency: Option<NonZeroUsize>,
}

/// The limits of one client.
#[derive(Clone, Debug)]
pub(super) struct Limits {
    pub connect: Duration,
    pub idle: Duration,
    pub whole: Duration,
    /// The largest answer, in bytes.
    pub bytes: u64,
    pub attempts: u32,
    /// All waits of a request together.
    pub wait: Duration,
    pub concurrency: usize,
}

impl Limits {
    pub(super) fn new(settings: &HttpSettings, options: &HttpOptions) -> Self {
        let seconds = |own: Option<NonZeroU64>, general: u64| {
            // Longer than a day is no limit, and more than clocks can add.
            Duration::from_secs(own.map_or(general, NonZeroU64::get).clamp(1, 86_400))
        };
        let most_mib = settings.response_mib.max(1);
        Self {
            // Connections are pooled by it, so that there should not be many.
            connect: seconds(options.connect_seconds, settings.connect_seconds).min(Duration::from_secs(300)),
            idle: seconds(options.idle_seconds, settings.idle_seconds),
            whole: seconds(options.request_seconds, settings.request_seconds),
            bytes: options.response_mib.map_or(most_mib, NonZeroU64::get).min(most_mib).saturating_mul(1024 * 1024),
            attempts: options.attempts.map_or(settings.attempts, NonZeroU32::get).max(1),
            wait: Duration::from_secs(options.wait_seconds.unwrap_or(settings.wait_seconds).min(86_400)),
            concurrency: options.concurrency.map_or(settings.concurrency, NonZeroUsize::get).max(1),
        }
    }
}
