//! What ends and tells the waits of a client: a cancelled read, the time of a check, the stream of a read.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::StreamExt;
use futures::stream::Stream;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::client::HttpClient;
use super::clock::Clock;
use crate::sdk::{ConnectorError, ReadEvent, ReadStream};

/// How long a connector's `check` should give its requests ([`HttpClient::within`]): it must end within 10 seconds.
pub const CHECK_TIME: Duration = Duration::from_secs(9);

/// Shorter waits are not worth a word.
const WORTH_A_WORD: Duration = Duration::from_secs(2);
/// The same reason is not told again before this.
const QUIET: Duration = Duration::from_secs(10);
/// Waits that are told and not heard yet.
const UNHEARD: usize = 16;

/// What bounds everything that is done with one client.
#[derive(Clone)]
pub(super) struct Bounds {
    clock: Arc<dyn Clock>,
    cancel: Option<CancellationToken>,
    deadline: Option<Instant>,
    waits: Option<Waits>,
}

/// Where the waits of a read are told.
#[derive(Clone)]
struct Waits {
    events: mpsc::Sender<ReadEvent>,
    last: Arc<Mutex<Option<(String, Instant)>>>,
}

impl Bounds {
    /// None.
    pub(super) fn none(clock: Arc<dyn Clock>) -> Self {
        Self { clock, cancel: None, deadline: None, waits: None }
    }

    pub(super) fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }

    /// Ends `work` where the read is cancelled or the time is over.
    pub(super) async fn keep<T>(
        &self,
        what: impl FnOnce() -> String,
        work: impl Future<Output = Result<T, ConnectorError>>,
    ) -> Result<T, ConnectorError> {
        let cancelled = async {
            match &self.cancel {
                Some(cancel) => cancel.cancelled().await,
                None => std::future::pending().await,
            }
        };
        let late = async {
            match self.deadline {
                Some(deadline) => self.clock.until(deadline).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = cancelled => Err(ConnectorError::Cancelled),
            done = work => done,
            () = late => {
                Err(ConnectorError::Unreachable { message: format!("{} was not answered in time", what()), cause: None })
            }
        }
    }

    /// Whether a wait would go beyond the time there is.
    pub(super) fn allows(&self, until: Instant) -> bool {
        self.deadline.is_none_or(|deadline| until < deadline)
    }

    /// Tells the read's stream what is waited for.
    pub(super) fn tell(&self, reason: impl FnOnce() -> String, until: Option<Instant>) {
        let Some(waits) = &self.waits else { return };
        let now = self.clock.now();
        let wait = until.map(|until| until.saturating_duration_since(now));
        if wait.is_some_and(|wait| wait < WORTH_A_WORD) {
            return;
        }
        let reason = reason();
        let mut last = waits.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.as_ref().is_some_and(|(told, at)| *told == reason && now.duration_since(*at) < QUIET) {
            return;
        }
        let until = wait.map(|wait| chrono::Utc::now() + wait);
        // A stream that does not listen has more urgent news.
        if waits.events.try_send(ReadEvent::Waiting { reason: reason.clone(), until }).is_ok() {
            *last = Some((reason, now));
        }
    }
}

impl HttpClient {
    /// The stream of a read that is written with the client it is given: what that client and its clones wait for becomes
    /// [`ReadEvent::Waiting`], and `cancel` ends their waits and requests at once.
    pub fn reading<S>(&self, cancel: &CancellationToken, read: impl FnOnce(Self) -> S) -> ReadStream
    where
        S: Stream<Item = Result<ReadEvent, ConnectorError>> + Send + 'static,
    {
        let (events, mut waits) = mpsc::channel(UNHEARD);
        let bounds = Bounds {
            cancel: Some(cancel.clone()),
            waits: Some(Waits { events, last: Arc::default() }),
            ..self.bounds().clone()
        };
        let read = read(self.with_bounds(bounds));
        async_stream::stream! {
            let mut read = std::pin::pin!(read);
            loop {
                tokio::select! {
                    biased;
                    event = read.next() => match event {
                        Some(event) => yield event,
                        None => break,
                    },
                    Some(wait) = waits.recv() => yield Ok(wait),
                }
            }
        }
        .boxed()
    }

    /// Now, by the clock by which everything waits.
    pub fn now(&self) -> Instant {
        self.bounds().clock.now()
    }

    /// Waits, for a connector that has rules of its own for when a request is sent: the read is told why, and cancel ends it.
    ///
    /// # Errors
    /// `Cancelled`; `Unreachable` where the time that there is would end before.
    pub async fn pause(&self, time: Duration, reason: impl Fn() -> String) -> Result<(), ConnectorError> {
        let bounds = self.bounds();
        let until = bounds.clock.now() + time;
        if !bounds.allows(until) {
            return Err(ConnectorError::Unreachable { message: reason(), cause: None });
        }
        bounds.tell(&reason, Some(until));
        let waited = async {
            bounds.clock.until(until).await;
            Ok(())
        };
        bounds.keep(&reason, waited).await
    }

    /// A client whose requests end within `time` from now, all together; for `check`, with [`CHECK_TIME`]. A wait that
    /// would take longer is not begun: the failure that it would follow is given at once.
    #[must_use]
    pub fn within(&self, time: Duration) -> Self {
        let deadline = self.bounds().clock.now() + time;
        let deadline = self.bounds().deadline.map_or(deadline, |earlier| earlier.min(deadline));
        self.with_bounds(Bounds { deadline: Some(deadline), ..self.bounds().clone() })
    }

    /// A client whose waits and requests end when `cancel` fires.
    #[must_use]
    pub fn cancelled_by(&self, cancel: &CancellationToken) -> Self {
        self.with_bounds(Bounds { cancel: Some(cancel.clone()), ..self.bounds().clone() })
    }
}
