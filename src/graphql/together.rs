//! What many ask for one by one is read together.
//!
//! Whoever asks for something of a kind first waits until all who ask in the same breath have done so, and leaves with
//! them: an object asks for what belongs to its parts in one breath. While reads of the kind are under way, the others that
//! ask wait for the next one, so that the busier a server is, the more goes into one statement. Nobody is given what was
//! read before they asked. (The loader of async-graphql waits for a millisecond of a timer instead, in each request and at
//! each of its levels.)

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::hash::Hash;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::yield_now;

use crate::services::ServiceError;

/// A failure that many waiters share.
pub(super) type LoadError = Arc<ServiceError>;

/// Reads of one kind that are under way at once, at most.
const AT_ONCE: usize = 2;

/// Reads what belongs to keys of a kind.
pub(super) trait Load<K>: Send + Sync + 'static {
    /// What belongs to a key.
    type Value: Clone + Send + Sync + 'static;

    /// What belongs to these keys; those that nothing belongs to are left out.
    fn load(&self, keys: &[K]) -> impl Future<Output = Result<HashMap<K, Self::Value>, LoadError>> + Send;
}

/// A reader that is asked by many. Cheap to clone.
pub(super) struct Together<R> {
    reader: Arc<R>,
    /// Those who wait, by the type of their keys.
    queues: Arc<Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>>,
}

impl<R> Clone for Together<R> {
    fn clone(&self) -> Self {
        Self { reader: Arc::clone(&self.reader), queues: Arc::clone(&self.queues) }
    }
}

impl<R: Send + Sync + 'static> Together<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader: Arc::new(reader), queues: Arc::default() }
    }

    /// What belongs to `key`, if there is anything.
    pub(super) async fn load<K>(&self, key: K) -> Result<Option<R::Value>, LoadError>
    where
        K: Hash + Eq + Clone + Send + Sync + 'static,
        R: Load<K>,
    {
        let queue = self.queue();
        let (sender, answer) = oneshot::channel();
        if queue.enter(key, sender) {
            let departure = Departure { reader: Arc::clone(&self.reader), queue };
            yield_now().await;
            drop(departure);
        }
        let broken = |cause: oneshot::error::RecvError| {
            let what = "a read that others share has broken off";
            Err(Arc::new(ServiceError::Internal { what, cause: cause.into() }))
        };
        answer.await.unwrap_or_else(broken)
    }

    fn queue<K>(&self) -> Arc<Queue<K, R::Value>>
    where
        K: Send + Sync + 'static,
        R: Load<K>,
    {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        let queue = queues.entry(TypeId::of::<K>()).or_insert_with(|| Arc::new(Queue::<K, R::Value>::default()));
        Arc::clone(queue).downcast().expect("a queue is kept by the type of its keys")
    }
}

/// Leaves with all who wait, also where whoever called for it is gone by then.
struct Departure<K, R>
where
    K: Hash + Eq + Clone + Send + Sync + 'static,
    R: Load<K>,
{
    reader: Arc<R>,
    queue: Arc<Queue<K, R::Value>>,
}

impl<K, R> Drop for Departure<K, R>
where
    K: Hash + Eq + Clone + Send + Sync + 'static,
    R: Load<K>,
{
    fn drop(&mut self) {
        let (reader, queue) = (Arc::clone(&self.reader), Arc::clone(&self.queue));
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(read(reader, queue))),
            Err(_) => drop(queue.leave()),
        }
    }
}

/// Reads for those who wait, and for those who have come meanwhile.
async fn read<K, R>(reader: Arc<R>, queue: Arc<Queue<K, R::Value>>)
where
    K: Hash + Eq + Clone + Send + Sync + 'static,
    R: Load<K>,
{
    let mut next = Some(queue.leave());
    while let Some(trip) = next {
        let keys: Vec<K> = trip.waiting.keys().cloned().collect();
        let found = reader.load(&keys).await;
        next = trip.arrive(&found);
    }
}

type Answer<V> = oneshot::Sender<Result<Option<V>, LoadError>>;

type Waiting<K, V> = HashMap<K, Vec<Answer<V>>>;

/// Those who wait for reads of one kind.
struct Queue<K, V>(Mutex<State<K, V>>);

struct State<K, V> {
    waiting: Waiting<K, V>,
    /// Whether somebody is about to leave with them.
    is_leaving: bool,
    /// Reads that have begun and not ended.
    under_way: usize,
}

impl<K, V> Default for Queue<K, V> {
    fn default() -> Self {
        Self(Mutex::new(State { waiting: HashMap::new(), is_leaving: false, under_way: 0 }))
    }
}

impl<K: Hash + Eq, V: Clone> Queue<K, V> {
    fn state(&self) -> MutexGuard<'_, State<K, V>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Joins those who wait. Whether the one who enters has to call for the departure.
    fn enter(&self, key: K, answer: Answer<V>) -> bool {
        let mut state = self.state();
        state.waiting.entry(key).or_default().push(answer);
        let calls = !state.is_leaving && state.under_way < AT_ONCE;
        state.is_leaving |= calls;
        calls
    }

    /// Begins to read for all who wait.
    fn leave(&self) -> Trip<'_, K, V> {
        let mut state = self.state();
        state.is_leaving = false;
        state.under_way += 1;
        Trip { waiting: mem::take(&mut state.waiting), queue: self }
    }
}

/// A read, and those it is for. Where it breaks off, they are told.
struct Trip<'a, K: Hash + Eq, V: Clone> {
    waiting: Waiting<K, V>,
    queue: &'a Queue<K, V>,
}

impl<'a, K: Hash + Eq, V: Clone> Trip<'a, K, V> {
    /// Tells what was read. The next read is for those who have come meanwhile, unless another is about to leave with them.
    fn arrive(mut self, found: &Result<HashMap<K, V>, LoadError>) -> Option<Self> {
        for (key, answers) in mem::take(&mut self.waiting) {
            let value = || match found {
                Ok(found) => Ok(found.get(&key).cloned()),
                Err(error) => Err(Arc::clone(error)),
            };
            // One who has gone needs no answer.
            answers.into_iter().for_each(|answer| drop(answer.send(value())));
        }
        let queue = self.queue;
        drop(self);
        let goes_on = {
            let mut state = queue.state();
            let goes_on = !state.waiting.is_empty() && !state.is_leaving;
            state.is_leaving |= goes_on;
            goes_on
        };
        goes_on.then(|| queue.leave())
    }
}

impl<K: Hash + Eq, V: Clone> Drop for Trip<'_, K, V> {
    fn drop(&mut self) {
        let mut state = self.queue.state();
        state.under_way -= 1;
        if std::thread::panicking() && !state.is_leaving {
            // Nobody else would come for them.
            state.waiting.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tokio::sync::Semaphore;

    use super::*;

    /// Doubles numbers that are not 13, as often as it is allowed to; notes what each read was asked for.
    struct Doubler {
        allowed: Semaphore,
        reads: Mutex<Vec<Vec<u32>>>,
    }

    impl Doubler {
        fn allowed(reads: usize) -> Together<Self> {
            Together::new(Self { allowed: Semaphore::new(reads), reads: Mutex::default() })
        }
    }

    impl Load<u32> for Doubler {
        type Value = u32;

        async fn load(&self, keys: &[u32]) -> Result<HashMap<u32, u32>, LoadError> {
            let mut sorted = keys.to_vec();
            sorted.sort_unstable();
            self.reads.lock().unwrap().push(sorted);
            self.allowed.acquire().await.unwrap().forget();
            assert!(!keys.contains(&13), "an unlucky number");
            Ok(keys.iter().filter(|key| **key < 1_000).map(|key| (*key, 2 * key)).collect())
        }
    }

    impl Together<Doubler> {
        fn reads(&self) -> Vec<Vec<u32>> {
            self.reader.reads.lock().unwrap().clone()
        }

        /// Asks, in a task of its own.
        fn ask(&self, key: u32) -> tokio::task::JoinHandle<Result<Option<u32>, LoadError>> {
            let together = self.clone();
            tokio::spawn(async move { together.load(key).await })
        }

        async fn until_reads(&self, count: usize) {
            while self.reads().len() < count {
                yield_now().await;
            }
        }
    }

    #[tokio::test]
    async fn what_is_asked_for_in_one_breath_is_one_read() {
        let together = Doubler::allowed(1);
        let asked = [3, 1, 2_000, 3].map(|key| together.load(key));
        let answers = futures::future::join_all(asked).await.into_iter().map(Result::unwrap).collect::<Vec<_>>();
        assert_eq!(answers, [Some(6), Some(2), None, Some(6)]);
        assert_eq!(together.reads(), [vec![1, 3, 2_000]]);
    }

    #[tokio::test]
    async fn whoever_asks_while_reads_are_under_way_goes_with_the_next_one() {
        let together = Doubler::allowed(0);
        let mut asked = vec![together.ask(1)];
        together.until_reads(1).await;
        asked.push(together.ask(2));
        together.until_reads(2).await;
        asked.extend([1, 2, 3].map(|key| together.ask(key)));
        for _ in 0..100 {
            yield_now().await;
        }
        assert_eq!(together.reads(), [vec![1], vec![2]], "no more than two at once");
        together.reader.allowed.add_permits(10);
        for asked in asked {
            assert!(asked.await.unwrap().unwrap().is_some());
        }
        assert_eq!(together.reads(), [vec![1], vec![2], vec![1, 2, 3]]);
    }

    #[tokio::test]
    async fn one_who_goes_before_the_departure_leaves_nobody_behind() {
        let together = Doubler::allowed(9);
        let mut gone = Box::pin(together.load(1));
        assert!(futures::poll!(&mut gone).is_pending());
        let other = together.ask(2);
        yield_now().await;
        drop(gone);
        assert_eq!(other.await.unwrap().unwrap(), Some(4));
    }

    #[tokio::test]
    async fn those_whose_read_breaks_off_are_told() {
        let together = Doubler::allowed(9);
        assert!(together.ask(13).await.unwrap().is_err());
        assert_eq!(together.ask(4).await.unwrap().unwrap(), Some(8));
    }
}
