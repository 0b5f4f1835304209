//! Rate limits: so many requests within any span of time.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;

/// The requests of late of everybody who is limited.
#[derive(Default)]
pub struct Windows(HashMap<String, VecDeque<Instant>>);

impl Windows {
    /// Counts a request of `whose`, who may send `most` within any span of `per`.
    ///
    /// # Errors
    /// The seconds by which it comes too soon; then it is not counted.
    pub fn count(&mut self, whose: String, most: usize, per: Duration, now: Instant) -> Result<(), u64> {
        let window = self.0.entry(whose).or_default();
        while window.front().is_some_and(|first| *first + per <= now) {
            window.pop_front();
        }
        if window.len() >= most {
            let wait = window.front().map_or(per, |first| *first + per - now);
            return Err(wait.as_secs() + 1);
        }
        window.push_back(now);
        Ok(())
    }
}
