//! How often a request is tried, and how long it waits between.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

use super::failure::Failure;
use super::settings::Limits;
use crate::sdk::ErrorClass;

/// The first pause between two attempts, if the vendor names none; each further one is twice as long, with jitter.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The longest pause, if the vendor names none.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Who asks for less is not meant to be asked at once.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);

/// What is left to try and to wait of one request.
pub(super) struct Patience {
    pauses: ExponentialBackoff,
    /// How much longer the request may wait.
    left: Duration,
    may_repeat: bool,
}

impl Patience {
    pub(super) fn new(limits: &Limits, may_repeat: bool) -> Self {
        let pauses = ExponentialBuilder::default()
            .with_min_delay(FIRST_PAUSE)
            .with_max_delay(LONGEST_PAUSE)
            .with_max_times(usize::try_from(limits.attempts - 1).unwrap_or(usize::MAX))
            .with_jitter()
            .build();
        Self { pauses, left: limits.wait, may_repeat }
    }

    /// How long to wait before the next attempt; `None` where there is none.
    pub(super) fn pause(&mut self, failure: &Failure) -> Option<Duration> {
        let may_pass = matches!(failure.error.class(), ErrorClass::RateLimited | ErrorClass::Transient);
        if !self.may_repeat || !may_pass {
            return None;
        }
        let own = self.pauses.next()?;
        let pause = failure.after.map_or(own, |after| after.max(SHORTEST_PAUSE));
        self.left = self.left.checked_sub(pause)?;
        Some(pause)
    }
}
