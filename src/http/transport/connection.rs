//! An answer that stays open: the messages of operations as the body of an HTTP response.

use std::convert::Infallible;
use std::future::pending;
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
use crate::events::EventCursor;
use crate::graphql::{Message, RequestId, Whereabouts};
use crate::http::Server;
use crate::services::Viewer;

/// The operation of an answer that has only one.
pub(super) const ONLY: &str = "";

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
    /// Says from where to go on, to clients of a transport that remember it though nothing else was said.
    const AT: Option<fn(EventCursor) -> String> = None;

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
    /// Everything up to here was said.
    At(EventCursor),
    Alive,
    End,
}

/// How far an answer is.
#[derive(Default)]
struct Course {
    drain_ends: Option<Instant>,
    /// Of its one operation, where the client is told.
    whereabouts: Option<Whereabouts>,
    /// The client was told where it has begun, or something that says the same.
    has_begun: bool,
}

impl Course {
    /// Waits until it is known where the operation has begun.
    async fn begins(&self) {
        match &self.whereabouts {
            Some(whereabouts) => whereabouts.known().await,
            None => pending().await,
        }
    }
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
            let whereabouts = S::AT.and_then(|_| locked(&self.operations).whereabouts(ONLY));
            let mut course = Course { whereabouts, ..Course::default() };
            yield Ok::<_, Infallible>(Bytes::from_static(S::BEGIN.as_bytes()));
            loop {
                match self.step(&mut course).await {
                    Step::Message(id, message) => {
                        yield Ok(S::message(&id, &message).into());
                        if S::ENDS && message.is_last() {
                            return;
                        }
                    }
                    Step::At(place) => yield Ok(S::AT.map_or_else(String::new, |at| at(place)).into()),
                    Step::Alive => yield Ok(Bytes::from_static(S::ALIVE.as_bytes())),
                    Step::End => return,
                }
            }
        };
        Body::from_stream(parts)
    }

    async fn step(&self, course: &mut Course) -> Step {
        let settings = &self.config.live;
        let alive_at = Instant::now() + settings.keep_alive();
        loop {
            tokio::select! {
                parcel = self.outbox.take() => match parcel {
                    Parcel::Of(id, message) => return Step::Message(id, message),
                    Parcel::Note(_) => {}
                },
                () = sleep_until(alive_at) => return self.at(course).unwrap_or(Step::Alive),
                () = course.begins(), if !course.has_begun => {
                    course.has_begun = true;
                    if let Some(at) = self.at(course) {
                        return at;
                    }
                }
                () = self.stop.cancelled(), if course.drain_ends.is_none() => {
                    course.drain_ends = Some(Instant::now() + settings.drain());
                    locked(&self.operations).stop_subscriptions();
                }
                () = self.outbox.emptied(), if course.drain_ends.is_some() => return Step::End,
                () = until(course.drain_ends) => return Step::End,
            }
        }
    }

    /// Up to where everything was said, if that is known.
    fn at(&self, course: &Course) -> Option<Step> {
        // First how far it is, and then whether all up to there was taken out of where it waits.
        let place = course.whereabouts.as_ref()?.reached()?;
        self.outbox.has_nothing().then_some(Step::At(place))
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
