//! Limits of what is followed live.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Limits of what is followed live: WebSockets, event streams and multipart subscriptions.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LiveSettings {
    /// Seconds for which a WebSocket may be silent before its `connection_init`, and a reserved event stream may wait to be opened.
    pub init_seconds: u64,
    /// Seconds between two signs of life from us. A WebSocket whose client answers neither of two in a row is closed.
    pub keep_alive_seconds: u64,
    /// Operations that one connection may have at once.
    pub operations: usize,
    /// The largest message of a client over a WebSocket, in bytes.
    pub message_bytes: usize,
    /// What may wait to be sent over one connection, in KiB. Where it is full, the connection's subscriptions pause: facts stay in the log until there is room, and of each gauge the newest is kept.
    pub queue_kib: usize,
    /// Seconds after which a client that takes nothing of what waits for it is sent away from a WebSocket, with 1013; for other connections, see `server.stalled_seconds`. 45 at the most: a large message may take 20 times as long.
    pub slow_seconds: u64,
    /// Seconds that a server which stops gives to what waits to be sent, and to queries, answers and downloads under way; what has not ended by then is cut off. An hour at the most.
    pub drain_seconds: u64,
    /// Milliseconds between two looks into the database for what other processes did. On PostgreSQL they give hints of facts, which are looked for at once; of changed connectors, of how far syncs are, and on SQLite, there are none.
    pub poll_milliseconds: u64,
}

impl Default for LiveSettings {
    fn default() -> Self {
        Self {
            init_seconds: 10,
            keep_alive_seconds: 15,
            operations: 100,
            message_bytes: 1024 * 1024,
            queue_kib: 1024,
            slow_seconds: 30,
            drain_seconds: 5,
            poll_milliseconds: 500,
        }
    }
}

impl LiveSettings {
    /// See [`init_seconds`](Self::init_seconds); a second at least.
    pub fn init(&self) -> Duration {
        Duration::from_secs(self.init_seconds.max(1))
    }

    /// See [`keep_alive_seconds`](Self::keep_alive_seconds); a second at least.
    pub fn keep_alive(&self) -> Duration {
        Duration::from_secs(self.keep_alive_seconds.max(1))
    }

    /// See [`queue_kib`](Self::queue_kib), in bytes; a KiB at least.
    pub fn queue_bytes(&self) -> usize {
        self.queue_kib.max(1).saturating_mul(1024)
    }

    /// See [`slow_seconds`](Self::slow_seconds); a second at least.
    pub fn slow(&self) -> Duration {
        Duration::from_secs(self.slow_seconds.clamp(1, 45))
    }

    /// See [`drain_seconds`](Self::drain_seconds); an hour at the most.
    pub fn drain(&self) -> Duration {
        Duration::from_secs(self.drain_seconds.min(3600))
    }

    /// See [`poll_milliseconds`](Self::poll_milliseconds); ten at least.
    pub fn poll(&self) -> Duration {
        Duration::from_millis(self.poll_milliseconds.max(10))
    }
}
