//! What a vendor means by an answer, where the status does not tell.

use std::sync::Arc;
use std::time::Duration;

use super::response::HttpResponse;
use crate::sdk::ErrorClass;

/// The vendor's meaning of one answer: an `ok: false` with status 200, a 403 that is a rate limit.
#[derive(Clone, Debug, PartialEq)]
pub enum Judgement {
    /// It is what was asked for, whatever its status.
    Good,
    /// It is a failure. `Transient` and `RateLimited` ones are tried again, where the request may be; `RateLimited` stops
    /// the whole budget.
    Failed {
        /// What to do about it.
        class: ErrorClass,
        /// The vendor's words; what stands in the body where there are none.
        message: Option<String>,
        /// How long to wait before the next attempt; what the headers say where there is none.
        retry_after: Option<Duration>,
    },
}

impl Judgement {
    /// A failure, with the vendor's words.
    pub fn failed(class: ErrorClass, message: impl Into<String>) -> Self {
        Self::Failed { class, message: Some(message.into()), retry_after: None }
    }

    /// Waits so long before the next attempt.
    #[must_use]
    pub fn after(self, wait: Duration) -> Self {
        match self {
            Self::Failed { class, message, .. } => Self::Failed { class, message, retry_after: Some(wait) },
            Self::Good => Self::Good,
        }
    }
}

/// Judges an answer; `None` leaves it to the status.
pub(super) type Judge = Arc<dyn Fn(&HttpResponse) -> Option<Judgement> + Send + Sync>;
