//! A clock for tests of HTTP connectors: hours of waiting for rate limits pass in no time.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use crate::sdk::http::{Clock, SharedHttp};

/// A clock that stands still until it is moved. Cheap to clone.
#[derive(Clone)]
pub struct VirtualClock(Arc<Mutex<State>>);

struct State {
    now: Instant,
    sleepers: BTreeMap<Instant, Vec<oneshot::Sender<()>>>,
}

impl VirtualClock {
    /// Stands still at the present.
    #[expect(clippy::new_without_default, reason = "two of them are never equal")]
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(State { now: Instant::now(), sleepers: BTreeMap::new() })))
    }

    /// Moves on, and wakes whoever waited for that.
    pub fn advance(&self, by: Duration) {
        let mut state = self.state();
        state.now += by;
        let later = state.now + Duration::from_nanos(1);
        let asleep = state.sleepers.split_off(&later);
        let awake = std::mem::replace(&mut state.sleepers, asleep);
        drop(state);
        for sleeper in awake.into_values().flatten() {
            // Who has gone in the meantime need not be woken.
            sleeper.send(()).ok();
        }
    }

    /// Moves on by itself from now on, in a runtime of one thread: to the next wait that ends, whenever everybody waits
    /// and no request of `http` is under way. Ends when what is returned is dropped.
    pub fn run(&self, http: &SharedHttp) -> RunningClock {
        let (clock, http) = (self.clone(), http.clone());
        let running = tokio::spawn(async move {
            loop {
                // Whoever can go on does so first.
                for _ in 0..16 {
                    tokio::task::yield_now().await;
                }
                match clock.next_wake() {
                    Some(by) if http.open_requests() == 0 => clock.advance(by),
                    _ => tokio::time::sleep(Duration::from_millis(1)).await,
                }
            }
        });
        RunningClock(running.abort_handle())
    }

    /// How long it is until somebody is woken.
    fn next_wake(&self) -> Option<Duration> {
        let mut state = self.state();
        state.sleepers.retain(|_, sleepers| {
            sleepers.retain(|sleeper| !sleeper.is_closed());
            !sleepers.is_empty()
        });
        let first = state.sleepers.keys().next()?;
        Some(first.saturating_duration_since(state.now))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Instant {
        self.state().now
    }

    fn until(&self, time: Instant) -> BoxFuture<'static, ()> {
        let clock = self.clone();
        Box::pin(async move {
            let (wake, woken) = oneshot::channel();
            {
                let mut state = clock.state();
                if state.now >= time {
                    return;
                }
                state.sleepers.entry(time).or_default().push(wake);
            }
            woken.await.ok();
        })
    }
}

impl fmt::Debug for VirtualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a virtual clock")
    }
}

/// A clock that runs until this is dropped.
pub struct RunningClock(AbortHandle);

impl Drop for RunningClock {
    fn drop(&mut self) {
        self.0.abort();
    }
}
