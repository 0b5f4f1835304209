//! Rate limits: for each token and method, so many calls within any minute.

use std::time::Duration;

use tokio::time::Instant;

use crate::sdk::simulator::Windows;

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
    minutes: Windows,
    pub(super) calls: Vec<Call>,
    pub(super) refused: usize,
}

impl Limits {
    pub(super) fn new(tiers: Tiers) -> Self {
        Self { tiers, minutes: Windows::default(), calls: Vec::new(), refused: 0 }
    }

    /// Counts a call, or says how many seconds it comes too soon.
    pub(super) fn count(&mut self, token: &str, method: &str, now: Instant) -> Result<(), u64> {
        if let Some(most) = self.tiers.a_minute(method) {
            let counted = self.minutes.count(format!("{token} {method}"), most, MINUTE, now);
            counted.inspect_err(|_| self.refused += 1)?;
        }
        self.calls.push(Call { method: method.to_owned(), at: now });
        Ok(())
    }
}
