//! Equal queries of the same moment: executed once, and answered with the same bytes.
//!
//! Whatever changes is asked for anew by all who look at it, at once. A query goes along with an equal one of the same
//! viewer that has not begun yet; one that has begun may not know what the client knows already, and is waited for a short
//! while, during which others can come along. A query that nobody else asks is executed at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_graphql::{Response, Value};
use bytes::Bytes;
use futures::FutureExt;
use futures::future::{BoxFuture, Shared, WeakShared};
use tokio::time::timeout;

use super::asked::Key;
use super::context::RequestId;
use super::errors;

/// How long a query waits for an equal one that has begun.
const PATIENCE: Duration = Duration::from_millis(20);

/// A response, written down. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// It, as JSON.
    pub body: Bytes,
    /// Whether the operation was refused before it began.
    pub is_refusal: bool,
}

impl From<Response> for Answer {
    fn from(response: Response) -> Self {
        Self::from(&response)
    }
}

impl From<&Response> for Answer {
    fn from(response: &Response) -> Self {
        // Refused before it was executed: then the specification wants no data at all.
        let is_refusal = response.data == Value::Null && response.errors.iter().any(|error| error.path.is_empty());
        let body = if is_refusal {
            serde_json::to_vec(&serde_json::json!({ "errors": response.errors }))
        } else {
            serde_json::to_vec(response)
        };
        Self { body: body.expect("an answer has text keys only").into(), is_refusal }
    }
}

/// What came of a query, for all who have asked it. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    answer: Answer,
    /// Where an error of it names a request.
    failed: Option<Arc<Response>>,
}

impl From<Response> for Outcome {
    fn from(response: Response) -> Self {
        let answer = Answer::from(&response);
        Self { answer, failed: errors::names_request(&response).then(|| Arc::new(response)) }
    }
}

impl Outcome {
    /// The answer to one of the requests.
    pub(super) fn for_request(self, id: &RequestId) -> Answer {
        match self.failed {
            Some(response) => errors::for_request(&response, id).into(),
            None => self.answer,
        }
    }
}

/// A query that is going to be executed for all who have asked it. It stops with the last of them.
type Execution = Shared<BoxFuture<'static, Outcome>>;

/// The queries that are being executed. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Answers(Arc<Mutex<HashMap<Key, Queue>>>);

/// The executions of equal queries.
#[derive(Default)]
struct Queue {
    /// One that has not begun.
    next: Option<WeakShared<BoxFuture<'static, Outcome>>>,
    /// Held by the one that has begun.
    turn: Arc<tokio::sync::Mutex<()>>,
    /// How many there are that have not ended.
    executions: usize,
}

impl Answers {
    /// What comes of a query: the same as of an equal one which has not begun, or what `execute` gives.
    pub(super) fn of(&self, key: Key, execute: impl FnOnce() -> BoxFuture<'static, Outcome>) -> Execution {
        let mut queues = self.queues();
        let queue = queues.entry(key.clone()).or_default();
        if let Some(next) = queue.next.as_ref().and_then(WeakShared::upgrade) {
            return next;
        }
        let (turn, place, executed) = (Arc::clone(&queue.turn), Place { answers: self.clone(), key }, execute());
        let execution = async move {
            let turn = timeout(PATIENCE, turn.lock_owned()).await;
            place.begins();
            let outcome = executed.await;
            drop((turn, place));
            outcome
        };
        let execution = execution.boxed().shared();
        queue.executions += 1;
        queue.next = execution.downgrade();
        execution
    }

    fn queues(&self) -> MutexGuard<'_, HashMap<Key, Queue>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place of an execution in its queue, which is gone with the last of them.
struct Place {
    answers: Answers,
    key: Key,
}

impl Place {
    /// Nobody goes along with it any more.
    fn begins(&self) {
        if let Some(queue) = self.answers.queues().get_mut(&self.key) {
            queue.next = None;
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut queues = self.answers.queues();
        if let Some(queue) = queues.get_mut(&self.key) {
            queue.executions -= 1;
            if queue.executions == 0 {
                queues.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::future::join_all;
    use tokio::sync::Notify;

    use super::*;

    fn outcome(number: usize) -> Outcome {
        Outcome::from(Response::new(Value::from(number)))
    }

    fn number(outcome: Outcome) -> usize {
        let answer = outcome.for_request(&RequestId("1".into()));
        let answer: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        usize::try_from(answer["data"].as_u64().unwrap()).unwrap()
    }

    #[tokio::test]
    async fn who_asks_while_one_is_executed_shares_the_next() {
        let (answers, key) = (Answers::default(), Key::of_text("{ a }"));
        let (begun, go_on) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
        let ask = || {
            let (begun, go_on) = (Arc::clone(&begun), Arc::clone(&go_on));
            answers.of(key.clone(), move || {
                let executed = async move {
                    let number = begun.fetch_add(1, Ordering::SeqCst);
                    go_on.notified().await;
                    outcome(number)
                };
                executed.boxed()
            })
        };
        let first = tokio::spawn(ask());
        tokio::task::yield_now().await;
        assert_eq!(begun.load(Ordering::SeqCst), 1, "nobody is waited for");
        let others = tokio::spawn(join_all((0..5).map(|_| ask())));
        tokio::task::yield_now().await;
        assert_eq!(begun.load(Ordering::SeqCst), 1);
        go_on.notify_one();
        assert_eq!(number(first.await.unwrap()), 0);
        go_on.notify_one();
        let others: Vec<usize> = others.await.unwrap().into_iter().map(number).collect();
        assert_eq!(others, [1; 5], "what they ask for was read after they asked");
        assert!(answers.queues().is_empty());
    }

    #[tokio::test]
    async fn nobody_waits_long_for_another() {
        let (answers, key) = (Answers::default(), Key::of_text("{ a }"));
        let slow = tokio::spawn(answers.of(key.clone(), || std::future::pending().boxed()));
        tokio::task::yield_now().await;
        let quick = answers.of(key, || async { outcome(1) }.boxed());
        assert_eq!(number(quick.await), 1);
        slow.abort();
        assert!(slow.await.is_err());
        assert!(answers.queues().is_empty(), "it stops with the last who wants it");
    }

    #[tokio::test]
    async fn an_execution_that_nobody_wants_any_more_is_no_ones_answer() {
        let (answers, key) = (Answers::default(), Key::of_text("{ a }"));
        drop(answers.of(key.clone(), || async { outcome(0) }.boxed()));
        assert_eq!(number(answers.of(key, || async { outcome(1) }.boxed()).await), 1);
        assert!(answers.queues().is_empty());
    }
}
