//! The operations of one connection: each runs by itself and puts what it gives into the connection's outbox.

use std::collections::HashMap;
use std::sync::Arc;

use ::metrics::gauge;
use async_graphql::parser::types::OperationType;
use async_graphql::{Request, ServerError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::{AbortHandle, JoinSet};

use super::outbox::{OperationId, Outbox, Slot};
use crate::graphql::{Api, Asked, Following, Left, Listener, Offered, RequestId, Step, Whereabouts};
use crate::services::Viewer;

/// Queries and mutations of one connection that are executed at once, or whose answer waits for room in the outbox, which
/// takes one large answer, and no other as long as that waits. What is asked beyond that begins when one has found room.
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
    hands: Hands,
    tasks: JoinSet<()>,
    running: HashMap<OperationId, Running>,
}

struct Running {
    task: AbortHandle,
    /// It gives messages until somebody ends it.
    is_subscription: bool,
    whereabouts: Whereabouts,
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

/// Subscriptions whose message finds no room in the outbox wait with it in their hands, as long as all hands together hold
/// no more than the outbox does. The others let go of theirs, and make it anew when it is their turn.
#[derive(Clone)]
struct Hands {
    /// A permit for each KiB that they may hold.
    free: Arc<Semaphore>,
    most_kib: usize,
}

impl Hands {
    fn for_bytes(limit: usize) -> Self {
        let most_kib = limit.div_ceil(1024).min(Semaphore::MAX_PERMITS);
        Self { free: Arc::new(Semaphore::new(most_kib)), most_kib }
    }

    /// Room for a message of so many bytes, if there is any just now; a larger one than all may hold needs all.
    fn try_hold(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.free).try_acquire_many_owned(self.permits(bytes)).ok()
    }

    /// The same when there is room. Who has waited longest is first.
    async fn hold(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.free).acquire_many_owned(self.permits(bytes)).await.ok()
    }

    fn permits(&self, bytes: usize) -> u32 {
        let kib = bytes.div_ceil(1024).clamp(1, self.most_kib);
        u32::try_from(kib).unwrap_or(u32::MAX)
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
        let (answers, hands) = (Arc::new(Semaphore::new(ANSWERS)), Hands::for_bytes(outbox.limit()));
        let (tasks, running) = (JoinSet::new(), HashMap::new());
        Self { api, viewer, request_id, most, outbox, answers, hands, tasks, running }
    }

    /// Begins an operation. When this returns, a subscription listens already.
    ///
    /// A query or mutation that has to wait for others is looked at later: that it is refused is then a message.
    pub(super) fn begin(&mut self, id: OperationId, request: Request) -> Result<(), NotBegun> {
        self.forget_ended();
        self.outbox.open(Arc::clone(&id)).map_err(|_| NotBegun::Taken)?;
        if self.outbox.holds_more_than(self.most) {
            self.outbox.close(&id);
            return Err(NotBegun::TooMany);
        }
        let is_subscription = matches!(self.api.kind(&request), Ok(OperationType::Subscription));
        let mut operation = self.api.follow(Asked::new(request, self.viewer.clone(), self.request_id.clone()));
        let turn = if is_subscription { Turn::Needless } else { Turn::of(&self.answers) };
        if !matches!(turn, Turn::Later(_))
            && let Err(errors) = operation.begin()
        {
            self.outbox.close(&id);
            return Err(NotBegun::Refused(errors));
        }
        let slot = Slot { outbox: Arc::clone(&self.outbox), id: Arc::clone(&id) };
        let whereabouts = operation.whereabouts();
        let hands = is_subscription.then(|| self.hands.clone());
        let task = self.tasks.spawn(async move {
            let _turn = turn.come().await;
            let _counted = Counted::begin();
            match hands {
                Some(hands) => follow(operation, slot, hands).await,
                None => answer(operation, slot).await,
            }
        });
        self.running.insert(id, Running { task, is_subscription, whereabouts });
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

    /// How far a subscription is that goes on.
    pub(super) fn whereabouts(&self, id: &str) -> Option<Whereabouts> {
        self.running.get(id).filter(|running| running.is_subscription).map(|running| running.whereabouts.clone())
    }

    fn forget_ended(&mut self) {
        while self.tasks.try_join_next().is_some() {}
        self.running.retain(|_, running| !running.task.is_finished());
    }
}

/// Executes a query or a mutation.
async fn answer(mut operation: Following, slot: Slot) {
    loop {
        let message = operation.message().await;
        let is_last = message.is_last();
        if !slot.outbox.put(&slot.id, message).await || is_last {
            return;
        }
    }
}

/// Executes a subscription.
async fn follow(mut operation: Following, slot: Slot, hands: Hands) {
    let slot = Arc::new(slot);
    let listener: Arc<dyn Listener> = Arc::clone(&slot) as _;
    // Kept for a message that it makes anew, until that has found room.
    let mut held = None;
    loop {
        match operation.next(&listener).await {
            Step::Message(message) => {
                let message = Arc::new(message);
                let offered = slot.offer(&mut [&message].into_iter());
                if offered == Offered::Full && held.is_none() {
                    held = hands.try_hold(message.size());
                    if held.is_none() {
                        let size = message.size();
                        drop(message);
                        operation.step_back();
                        held = hands.hold(size).await;
                        continue;
                    }
                }
                let is_placed = match offered {
                    Offered::Taken => true,
                    Offered::Closed => false,
                    Offered::Full => slot.outbox.put(&slot.id, Arc::clone(&message)).await,
                };
                held = None;
                if !is_placed || message.is_last() {
                    return;
                }
                operation.is_placed(&message.mark);
            }
            Step::Joined(membership) => {
                held = None;
                match membership.left().await {
                    Left::Over => return,
                    Left::Behind(place) => operation.go_on(place),
                }
            }
        }
    }
}
