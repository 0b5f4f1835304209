//! The operations of one connection: each runs by itself and puts what it gives into the connection's outbox.

use std::collections::HashMap;
use std::sync::Arc;

use ::metrics::gauge;
use async_graphql::parser::types::OperationType;
use async_graphql::{Request, ServerError};
use futures::stream::{self, BoxStream};
use futures::{FutureExt, StreamExt};
use tokio::task::{AbortHandle, JoinSet};

use super::outbox::{Letter, OperationId, Outbox};
use crate::graphql::{Api, RequestId, Told};
use crate::services::Viewer;

/// Why an operation was not begun.
#[derive(Debug)]
pub(super) enum NotBegun {
    /// Another one goes on under its id.
    Taken,
    /// The connection has as many as it may have.
    TooMany,
    /// It cannot be executed.
    Refused(Vec<ServerError>),
}

/// The operations of one connection; they stop where this is dropped.
pub(super) struct Operations {
    api: Api,
    viewer: Viewer,
    request_id: RequestId,
    most: usize,
    outbox: Arc<Outbox>,
    tasks: JoinSet<()>,
    running: HashMap<OperationId, Running>,
}

struct Running {
    task: AbortHandle,
    /// It gives messages until somebody ends it.
    is_subscription: bool,
}

/// Counts an operation for as long as it runs.
struct Counted;

impl Counted {
    fn begin() -> Self {
        gauge!("dataweaver_live_operations").increment(1.0);
        Self
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        gauge!("dataweaver_live_operations").decrement(1.0);
    }
}

impl Operations {
    /// None yet, of `most` at once, with the rights of `viewer`.
    pub(super) fn new(api: Api, viewer: Viewer, request_id: RequestId, most: usize, outbox: Arc<Outbox>) -> Self {
        Self { api, viewer, request_id, most, outbox, tasks: JoinSet::new(), running: HashMap::new() }
    }

    /// Begins an operation. When this returns, a subscription listens already.
    pub(super) fn begin(&mut self, id: OperationId, mut request: Request) -> Result<(), NotBegun> {
        self.forget_ended();
        if !self.outbox.has_room(self.most) {
            return Err(NotBegun::TooMany);
        }
        self.outbox.open(Arc::clone(&id)).map_err(|_| NotBegun::Taken)?;
        let is_subscription = matches!(Api::kind(&mut request), Ok(OperationType::Subscription));
        let request = request.data(self.viewer.clone()).data(self.request_id.clone());
        let messages = match polled_once(self.api.follow(request)) {
            Ok(messages) => messages,
            Err(errors) => {
                self.outbox.close(&id);
                return Err(NotBegun::Refused(errors));
            }
        };
        let (outbox, own_id) = (Arc::clone(&self.outbox), Arc::clone(&id));
        let task = self.tasks.spawn(async move { run(messages, &outbox, &own_id).await });
        self.running.insert(id, Running { task, is_subscription });
        Ok(())
    }

    /// Stops an operation; nothing more is sent of it.
    pub(super) fn stop(&mut self, id: &str) {
        if let Some(running) = self.running.remove(id) {
            running.task.abort();
        }
        self.outbox.close(id);
    }

    /// Stops the subscriptions, of which only what waits already is sent; the others may go on to their end.
    pub(super) fn stop_subscriptions(&mut self) {
        for (id, running) in &self.running {
            if running.is_subscription {
                running.task.abort();
                self.outbox.end(id);
            }
        }
    }

    fn forget_ended(&mut self) {
        while self.tasks.try_join_next().is_some() {}
        self.running.retain(|_, running| !running.task.is_finished());
    }
}

/// The same messages, polled for the first one: then a subscription listens, and the faults of the document are known.
fn polled_once(mut messages: BoxStream<'static, Told>) -> Result<BoxStream<'static, Told>, Vec<ServerError>> {
    match messages.next().now_or_never() {
        // What is wrong with its arguments is found later or now, as it happens, and is told as a message.
        Some(Some(first)) if first.is_refusal && first.response.errors.iter().all(|error| error.path.is_empty()) => {
            Err(first.response.errors)
        }
        Some(Some(first)) => Ok(stream::iter([first]).chain(messages).boxed()),
        Some(None) => Ok(stream::empty().boxed()),
        None => Ok(messages),
    }
}

async fn run(mut messages: BoxStream<'static, Told>, outbox: &Outbox, id: &OperationId) {
    let _counted = Counted::begin();
    while let Some(told) = messages.next().await {
        let letter = Letter::from(told);
        let is_last = letter.is_last();
        if !outbox.put(id, letter).await || is_last {
            return;
        }
    }
    outbox.put(id, Letter::complete()).await;
}
