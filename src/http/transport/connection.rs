//! An answer that stays open: the messages of operations as the body of an HTTP response.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ::metrics::gauge;
use axum::body::Body;
use bytes::Bytes;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::operations::Operations;
use super::outbox::{OperationId, Outbox, Parcel};
use super::until;
use crate::config::Config;
use crate::graphql::{Message, RequestId};
use crate::http::Server;
use crate::services::Viewer;

/// How the messages of a transport look in a body.
pub(super) trait Shape {
    /// What the metrics call the transport.
    const NAME: &'static str;
    /// What comes before everything else, and shows that the answer has begun.
    const BEGIN: &'static str;
    /// Says nothing but that the connection lives.
    const ALIVE: &'static str;
    /// Whether the answer ends with its operation.
    const ENDS: bool;

    /// A message of an operation.
    fn message(id: &OperationId, message: &Message) -> String;
}

/// The operations of one answer and what waits of them.
pub(super) struct Connection {
    config: Arc<Config>,
    /// Fires when the server stops.
    stop: CancellationToken,
    outbox: Arc<Outbox>,
    operations: Arc<Mutex<Operations>>,
}

/// What comes next in an answer.
enum Step {
    Message(OperationId, Arc<Message>),
    Alive,
    End,
}

impl Connection {
    /// A connection for `most` operations with the rights of `viewer`.
    pub(super) fn new(server: &Server, viewer: Viewer, id: RequestId, most: usize) -> Self {
        let outbox = Arc::new(Outbox::new(server.config.live.queue_bytes()));
        let operations = Operations::new(server.api.clone(), viewer, id, most, Arc::clone(&outbox));
        let (config, stop) = (Arc::clone(&server.config), server.stop.clone());
        Self { config, stop, outbox, operations: Arc::new(Mutex::new(operations)) }
    }

    /// Its operations, which others may begin and stop while the body is read.
    pub(super) fn operations(&self) -> Arc<Mutex<Operations>> {
        Arc::clone(&self.operations)
    }

    /// The body. Where it is dropped, the operations stop with the last who holds them.
    pub(super) fn body<S: Shape + 'static>(self) -> Body {
        let parts = async_stream::stream! {
            let _counted = Counted::of(S::NAME);
            let mut drain_ends = None;
            yield Ok::<_, Infallible>(Bytes::from_static(S::BEGIN.as_bytes()));
            loop {
                match self.step(&mut drain_ends).await {
                    Step::Message(id, message) => {
                        yield Ok(S::message(&id, &message).into());
                        if S::ENDS && message.is_last() {
                            return;
                        }
                    }
                    Step::Alive => yield Ok(Bytes::from_static(S::ALIVE.as_bytes())),
                    Step::End => return,
                }
            }
        };
        Body::from_stream(parts)
    }

    async fn step(&self, drain_ends: &mut Option<Instant>) -> Step {
        let settings = &self.config.live;
        let alive_at = Instant::now() + settings.keep_alive();
        loop {
            tokio::select! {
                parcel = self.outbox.take() => match parcel {
                    Parcel::Of(id, message) => return Step::Message(id, message),
                    Parcel::Note(_) => {}
                },
                () = sleep_until(alive_at) => return Step::Alive,
                () = self.stop.cancelled(), if drain_ends.is_none() => {
                    *drain_ends = Some(Instant::now() + settings.drain());
                    locked(&self.operations).stop_subscriptions();
                }
                () = self.outbox.emptied(), if drain_ends.is_some() => return Step::End,
                () = until(*drain_ends) => return Step::End,
            }
        }
    }
}

/// Counts a connection for as long as it is open.
struct Counted(&'static str);

impl Counted {
    fn of(transport: &'static str) -> Self {
        gauge!("dataweaver_live_connections", "transport" => transport).increment(1.0);
        Self(transport)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        gauge!("dataweaver_live_connections", "transport" => self.0).decrement(1.0);
    }
}

/// The operations, for as long as no message is waited for.
pub(super) fn locked(operations: &Mutex<Operations>) -> MutexGuard<'_, Operations> {
    operations.lock().unwrap_or_else(PoisonError::into_inner)
}
