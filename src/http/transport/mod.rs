//! How operations come to clients that stay: WebSockets, event streams and multipart answers.
//!
//! All of them are built of two parts. [`operations`] runs what a connection has asked for and puts each message into the
//! connection's [`outbox`]; the transport takes them out again, gives them its own shape and sends them. The outbox is
//! bounded: a subscription whose messages nobody takes pauses, and goes on from the event log when there is room again.

mod connection;
pub(super) mod events;
mod operations;
mod outbox;
pub(super) mod parts;
mod protocol;
pub(super) mod socket;
pub(super) mod stream;

use std::future::pending;

use axum::http::HeaderName;
use tokio::time::{Instant, sleep_until};

use crate::config::LiveSettings;
use crate::services::ServiceError;

/// Tells nginx to pass on each message as it comes.
const BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// One more operation on a connection than it may have.
fn too_many_operations(settings: &LiveSettings) -> ServiceError {
    ServiceError::LimitExceeded {
        message: format!("this connection has {} operations already", settings.operations),
        hint: Some("complete some, open another connection, or raise live.operations".to_owned()),
    }
}

/// Waits for a moment, or for ever.
async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => pending().await,
    }
}
