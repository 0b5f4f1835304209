//! One client's operation, from its first message until it shares a tail with others.

use std::sync::Arc;

use async_graphql::parser::types::OperationType;
use async_graphql::{Request, ServerError};
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt, stream};
use tokio::sync::watch;

use super::Message;
use super::api::{Api, Told};
use super::asked::{Asked, Key};
use super::mark::{Beginning, LastSeen, Mark, Marker, Standing};
use super::tail::{Listener, Membership, Place, Source, Tail};
use super::whereabouts::Whereabouts;

/// An operation of any kind that is executed for one client: a subscription gives messages until it ends or shares those of
/// an equal one, the others give one.
pub struct Following {
    api: Api,
    asked: Asked,
    /// None where nothing can be shared.
    key: Option<Key>,
    messages: BoxStream<'static, Told>,
    standing: watch::Receiver<Option<Standing>>,
    /// A message was given with which it stands elsewhere than it has said.
    has_moved: bool,
    /// The number of the last gauge that was given.
    gauge: u64,
    whereabouts: Whereabouts,
    tail: Option<(Arc<Tail>, watch::Receiver<Option<Standing>>)>,
}

/// How an operation goes on.
pub enum Step {
    /// With a message.
    Message(Message),
    /// The listener is told the messages from now on.
    Joined(Membership),
}

impl Following {
    pub(super) fn new(api: Api, mut asked: Asked) -> Self {
        let document = api.document(asked.request()).ok();
        let subscription = document.filter(|document| document.kind() == Ok(OperationType::Subscription));
        let key = subscription.and_then(|document| asked.key(&document));
        let marker = Marker::default();
        let standing = marker.standing();
        let messages = api.messages(asked.take(), marker);
        let whereabouts = Whereabouts::alone(standing.clone());
        Self { api, asked, key, messages, standing, has_moved: false, gauge: 0, whereabouts, tail: None }
    }

    /// Looks for the first message: then a subscription listens, and the faults of the document are known.
    ///
    /// # Errors
    /// The errors of an operation that cannot be executed. What is wrong with its arguments is found later or now, as it
    /// happens, and is told as a message.
    pub fn begin(&mut self) -> Result<(), Vec<ServerError>> {
        match self.messages.next().now_or_never() {
            Some(Some(first))
                if first.is_refusal && first.response.errors.iter().all(|error| error.path.is_empty()) =>
            {
                return Err(first.response.errors);
            }
            Some(Some(first)) => {
                let messages = std::mem::replace(&mut self.messages, stream::empty().boxed());
                self.messages = stream::iter([first]).chain(messages).boxed();
            }
            Some(None) => self.messages = stream::empty().boxed(),
            None => {}
        }
        Ok(())
    }

    /// Its next message, of a query or a mutation.
    pub async fn message(&mut self) -> Message {
        self.messages.next().await.map_or_else(Message::complete, Message::from)
    }

    /// How a subscription goes on: with a message, or with others that listen to the same.
    pub async fn next(&mut self, listener: &Arc<dyn Listener>) -> Step {
        loop {
            if let Some(membership) = self.join(listener) {
                return Step::Joined(membership);
            }
            tokio::select! {
                biased;
                told = self.messages.next() => {
                    let standing = *self.standing.borrow();
                    self.whereabouts.note(standing);
                    let message = told.map_or_else(Message::complete, Message::from);
                    if message.mark.standing().is_some() {
                        // Where it stood is over; it says where it stands when it is asked for more.
                        self.standing.mark_unchanged();
                        self.has_moved = true;
                    }
                    self.gauge = self.gauge.max(message.mark.gauge());
                    return Step::Message(message);
                }
                Ok(()) = self.standing.changed(), if self.key.is_some() => self.has_moved = false,
                Ok(()) = changed(&mut self.tail) => {}
            }
        }
    }

    /// The message that it gave last has found its place.
    pub fn is_placed(&self, mark: &Mark) {
        self.whereabouts.note(mark.standing());
    }

    /// Up to where its client has had everything, as it goes on.
    pub fn whereabouts(&self) -> Whereabouts {
        self.whereabouts.clone()
    }

    /// Goes on by itself from before the message that it gave last, which has found no place. Of subscriptions only: what
    /// else is executed is executed once.
    pub fn step_back(&mut self) {
        match self.whereabouts.had() {
            Some(standing) => self.go_on(Place(standing)),
            None => self.execute(self.asked.again()),
        }
    }

    /// Goes on by itself after it has left a tail.
    pub fn go_on(&mut self, Place(standing): Place) {
        self.whereabouts.note(Some(standing));
        let request = self.asked.anew(Beginning::Missed(standing));
        let request = match standing.cursor() {
            Some(cursor) => request.data(LastSeen(cursor.to_string())),
            None => request,
        };
        self.execute(request);
    }

    fn execute(&mut self, request: Request) {
        let marker = Marker::default();
        self.standing = marker.standing();
        self.has_moved = false;
        self.tail = None;
        self.whereabouts.go_alone(self.standing.clone());
        self.messages = self.api.messages(request, marker);
    }

    fn join(&mut self, listener: &Arc<dyn Listener>) -> Option<Membership> {
        let key = self.key.as_ref().filter(|_| !self.has_moved)?;
        let standing = (*self.standing.borrow())?;
        let (tail, told) = self.tail.get_or_insert_with(|| {
            let tail = self.api.tails().of(key, || {
                let marker = Marker::default();
                let standing = marker.standing();
                let messages = self.api.messages(self.asked.anew(Beginning::Now), marker);
                Source { messages: messages.map(Message::from).boxed(), standing }
            });
            let told = tail.standing();
            (tail, told)
        });
        told.mark_unchanged();
        if tail.is_over() {
            // The next who wants to share one makes it.
            self.tail = None;
            return None;
        }
        let membership = tail.join(standing, self.gauge, listener)?;
        self.whereabouts.join(membership.seat());
        // What the client was told alone ends here.
        self.messages = stream::empty().boxed();
        self.tail = None;
        Some(membership)
    }
}

async fn changed(
    tail: &mut Option<(Arc<Tail>, watch::Receiver<Option<Standing>>)>,
) -> Result<(), watch::error::RecvError> {
    match tail {
        Some((_, told)) => told.changed().await,
        None => std::future::pending().await,
    }
}
