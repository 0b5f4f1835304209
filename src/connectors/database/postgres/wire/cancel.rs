//! Stopping a query that runs on another connection.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::connect::{self, Peer};
use crate::connectors::database::postgres::target::Target;

/// Says that what follows names a query to stop.
const CANCEL_REQUEST: [u8; 4] = [4, 210, 22, 46];

/// How long a server may take to be asked.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the server gave us at the start, to stop our own queries by.
#[derive(Debug)]
pub(super) struct CancelKey {
    peer: Peer,
    key: Vec<u8>,
}

impl CancelKey {
    pub(super) fn new(peer: Peer, key: Vec<u8>) -> Self {
        Self { peer, key }
    }

    /// Asks the server to stop the query; whether it hears it is for nobody to wait for.
    pub(super) fn send_in_background(self, target: Arc<Target>) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(async move {
            if tokio::time::timeout(PATIENCE, self.send(&target)).await.is_err() {
                tracing::debug!(endpoint = %target.endpoint, "the server took no request to cancel");
            }
        });
    }

    async fn send(self, target: &Target) {
        let Ok(mut socket) = connect::again(&self.peer, target).await else { return };
        let length = u32::try_from(self.key.len() + 8).unwrap_or_default().to_be_bytes();
        let request = [&length, CANCEL_REQUEST.as_slice(), &self.key].concat();
        if socket.write_all(&request).await.is_ok() && socket.flush().await.is_ok() {
            // The server closes the line once it has passed the request on.
            socket.read_u8().await.ok();
        }
    }
}
