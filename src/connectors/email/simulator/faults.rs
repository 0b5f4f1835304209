//! Failures on demand: each kind hits every so many commands that ask for messages.

use std::time::Duration;

/// A way to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The server says good-bye in the middle of its answer.
    Bye,
    /// The line breaks in the middle of the answer.
    Cut,
    /// NO with `[LIMIT]`.
    Limit,
    /// NO with `[THROTTLED]`.
    Throttled,
    /// NO with `[UNAVAILABLE]`.
    Unavailable,
    /// The answer comes so much later.
    Slow(Duration),
}

impl Fault {
    /// The words of a refusal, where it is one.
    pub(super) fn refusal(self) -> Option<&'static str> {
        match self {
            Self::Limit => Some("[LIMIT] Too many requests of this account"),
            Self::Throttled => Some("[THROTTLED] Slow down"),
            Self::Unavailable => Some("[UNAVAILABLE] The store of messages is away for a moment"),
            Self::Bye | Self::Cut | Self::Slow(_) => None,
        }
    }
}
