//! The operations of one connection: each runs by itself and puts what it gives into the connection's outbox.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use ::metrics::gauge;
use async_graphql::parser::types::OperationType;
use async_graphql::{Request, Response, ServerError};
use futures::stream::{self, BoxStream};
use futures::{FutureExt, StreamExt};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::{AbortHandle, JoinSet};

use super::outbox::{Letter, OperationId, Outbox};
use crate::graphql::{Api, Mark, RequestId, Told, refusal};
use crate::services::{ServiceError, Viewer};

/// Queries and mutations of one connection that are executed at once, or whose answer waits for room in the outbox. Answers
/// may be large, and would all wait for a client that does not read; what is asked beyond that begins when one is done.
const ANSWERS: usize = 4;

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
    /// A permit for each of [`ANSWERS`].
    answers: Arc<Semaphore>,
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

/// When an operation may be executed.
enum Turn {
    /// A subscription pauses by itself where nobody takes its messages.
    Needless,
    /// Now, and until this is dropped.
    Now(OwnedSemaphorePermit),
    /// As soon as one of these is free.
    Later(Arc<Semaphore>),
}

impl Turn {
    fn of(answers: &Arc<Semaphore>) -> Self {
        Arc::clone(answers).try_acquire_owned().map_or_else(|_| Self::Later(Arc::clone(answers)), Self::Now)
    }

    /// Waits for it; the operation holds what this gives until its last message has found its place.
    async fn come(self) -> Option<OwnedSemaphorePermit> {
        match self {
            Self::Needless => None,
            Self::Now(permit) => Some(permit),
            Self::Later(answers) => answers.acquire_owned().await.ok(),
        }
    }
}

impl Operations {
    /// None yet, of `most` at once, with the rights of `viewer`.
    pub(super) fn new(api: Api, viewer: Viewer, request_id: RequestId, most: usize, outbox: Arc<Outbox>) -> Self {
        let answers = Arc::new(Semaphore::new(ANSWERS));
        Self { api, viewer, request_id, most, outbox, answers, tasks: JoinSet::new(), running: HashMap::new() }
    }

    /// Begins an operation. When this returns, a subscription listens already.
    ///
    /// A query or mutation that has to wait for others is looked at later: that it is refused is then a letter.
    pub(super) fn begin(&mut self, id: OperationId, mut request: Request) -> Result<(), NotBegun> {
        self.forget_ended();
        self.outbox.open(Arc::clone(&id)).map_err(|_| NotBegun::Taken)?;
        if self.outbox.holds_more_than(self.most) {
            self.outbox.close(&id);
            return Err(NotBegun::TooMany);
        }
        let is_subscription = matches!(Api::kind(&mut request), Ok(OperationType::Subscription));
        let request = request.data(self.viewer.clone()).data(self.request_id.clone());
        let mut messages = told_of_panics(self.api.follow(request));
        let turn = if is_subscription { Turn::Needless } else { Turn::of(&self.answers) };
        if !matches!(turn, Turn::Later(_)) {
            messages = match polled_once(messages) {
                Ok(messages) => messages,
                Err(errors) => {
                    self.outbox.close(&id);
                    return Err(NotBegun::Refused(errors));
                }
            };
        }
        let (outbox, own_id) = (Arc::clone(&self.outbox), Arc::clone(&id));
        let task = self.tasks.spawn(async move {
            let _turn = turn.come().await;
            run(messages, &outbox, &own_id).await;
        });
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

/// The same messages, where a panic is told as an error that ends them.
fn told_of_panics(messages: BoxStream<'static, Told>) -> BoxStream<'static, Told> {
    let messages = AssertUnwindSafe(messages).catch_unwind();
    messages.map(|message| message.unwrap_or_else(|_| panicked())).boxed()
}

/// The panic itself was told by the panic hook.
fn panicked() -> Told {
    let error =
        refusal(&ServiceError::Internal { what: "an operation panicked", cause: "see the panic before".into() });
    Told { response: Response::from_errors(vec![error]), is_refusal: true, mark: Mark::default() }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_the_last_message() {
        let first = Told { response: Response::default(), is_refusal: false, mark: Mark::default() };
        let broken = stream::iter([first]).chain(stream::once(async { panic!("as a resolver may") }));
        let told: Vec<Told> = told_of_panics(broken.boxed()).collect().await;
        assert_eq!(told.iter().map(|told| told.is_refusal).collect::<Vec<_>>(), [false, true]);
        let code = told[1].response.errors[0].extensions.as_ref().and_then(|extensions| extensions.get("code"));
        assert_eq!(code, Some(&async_graphql::Value::from("INTERNAL")));
    }
}
