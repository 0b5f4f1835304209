//! The clock by which budgets, retries and checks wait. Tests inject one of their own, so that nothing sleeps.

use std::fmt;

use futures::future::BoxFuture;
use tokio::time::Instant;

/// A clock that only goes forward.
pub trait Clock: Send + Sync + fmt::Debug {
    /// Now.
    fn now(&self) -> Instant;

    /// Ends at a time, or at once if it is over.
    fn until(&self, time: Instant) -> BoxFuture<'static, ()>;
}

/// The clock of the machine.
#[derive(Debug)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn until(&self, time: Instant) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep_until(time))
    }
}
