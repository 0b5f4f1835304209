//! Rate limits: for each token and method, so many calls within any minute.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;

const MINUTE: Duration = Duration::from_secs(60);

/// Which limits are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tiers {
    /// None.
    None,
    /// The tier of each method.
    Standard,
    /// The same, but messages and answers once a minute, 15 at a time.
    Restricted,
}

impl Tiers {
    /// How many calls of a method a minute has.
    pub fn a_minute(self, method: &str) -> Option<usize> {
        let is_of_messages = matches!(method, "conversations.history" | "conversations.replies");
        match (self, method) {
            (Self::None, _) => None,
            (Self::Restricted, _) if is_of_messages => Some(1),
            (_, "conversations.list" | "users.list") => Some(20),
            (_, "conversations.history" | "conversations.replies" | "conversations.info" | "files.list") => Some(50),
            (_, "users.info" | "conversations.members") => Some(100),
            _ => Some(600),
        }
    }

    /// The most messages of one answer.
    pub(super) fn most_messages(self) -> usize {
        if self == Self::Restricted { 15 } else { 999 }
    }
}

/// A call that was answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The method's name.
    pub method: String,
    /// When, by the simulator's clock.
    pub at: Instant,
}

pub(super) struct Limits {
    tiers: Tiers,
    minutes: HashMap<(String, String), VecDeque<Instant>>,
    pub(super) calls: Vec<Call>,
    pub(super) refused: usize,
}

impl Limits {
    pub(super) fn new(tiers: Tiers) -> Self {
        Self { tiers, minutes: HashMap::new(), calls: Vec::new(), refused: 0 }
    }

    /// Counts a call, or says how many seconds it comes too soon.
    pub(super) fn count(&mut self, token: &str, method: &str, now: Instant) -> Result<(), u64> {
        if let Some(most) = self.tiers.a_minute(method) {
            let minute = self.minutes.entry((token.to_owned(), method.to_owned())).or_default();
            while minute.front().is_some_and(|first| *first + MINUTE <= now) {
                minute.pop_front();
            }
            if minute.len() >= most {
                self.refused += 1;
                let wait = minute.front().map_or(MINUTE, |first| *first + MINUTE - now);
                return Err(wait.as_secs() + 1);
            }
            minute.push_back(now);
        }
        self.calls.push(Call { method: method.to_owned(), at: now });
        Ok(())
    }
}
