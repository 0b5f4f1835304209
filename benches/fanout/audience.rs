//! All subscribers together: what was told to them, what they have heard, and whether each heard everything once.

use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::lateness::Lateness;

/// Facts that one turn may tell.
const FACTS: usize = 1 << 19;
/// How long nothing may be heard of what was told.
const PATIENCE: Duration = Duration::from_secs(60);

/// Subscribers of one server. Facts are numbered from 0 on.
pub(crate) struct Audience {
    size: usize,
    clock: Instant,
    told: Vec<AtomicU64>,
    heard: Vec<AtomicU32>,
    /// Subscribers that have heard anything.
    awake: AtomicUsize,
    /// Every fact below it was heard by all; some of the first ones, told while the audience gathered, by fewer.
    complete: AtomicU64,
    deliveries: AtomicU64,
    /// Bytes of the last message.
    length: AtomicUsize,
    went_wrong: OnceLock<String>,
    progress: Notify,
    /// How late the deliveries were since it was cleared.
    pub(crate) lateness: Lateness,
}

impl Audience {
    /// Of so many subscribers.
    pub(crate) fn of(size: usize) -> Self {
        Self {
            size,
            clock: Instant::now(),
            told: (0..FACTS).map(|_| AtomicU64::new(0)).collect(),
            heard: (0..FACTS).map(|_| AtomicU32::new(0)).collect(),
            awake: AtomicUsize::new(0),
            complete: AtomicU64::new(0),
            deliveries: AtomicU64::new(0),
            length: AtomicUsize::new(0),
            went_wrong: OnceLock::new(),
            progress: Notify::new(),
            lateness: Lateness::default(),
        }
    }

    /// Facts are handed over now: what is heard of them later is late by the time since.
    pub(crate) fn are_told(&self, facts: Range<u64>) {
        let now = self.now();
        for fact in facts {
            self.told[place(fact)].store(now, Ordering::Relaxed);
        }
    }

    /// Facts for which there is room.
    pub(crate) fn capacity() -> u64 {
        FACTS as u64
    }

    /// A subscriber has heard a fact in a message of so many bytes; `expected` is the one that it has to hear next, none before its first one.
    pub(crate) fn hears(&self, fact: u64, length: usize, expected: &mut Option<u64>) -> Result<()> {
        match *expected {
            None => {
                self.awake.fetch_add(1, Ordering::Relaxed);
                self.length.store(length, Ordering::Relaxed);
                self.progress.notify_one();
            }
            Some(expected) if expected != fact => bail!("a subscriber hears fact {fact} in the place of {expected}"),
            Some(_) => {}
        }
        *expected = Some(fact + 1);
        let late = self.now() - self.told[place(fact)].load(Ordering::Relaxed);
        self.lateness.count(Duration::from_nanos(late));
        self.deliveries.fetch_add(1, Ordering::Relaxed);
        if self.heard[place(fact)].fetch_add(1, Ordering::Relaxed) as usize + 1 == self.size {
            self.complete.fetch_max(fact + 1, Ordering::Relaxed);
            self.progress.notify_one();
        }
        Ok(())
    }

    /// A subscriber cannot go on.
    pub(crate) fn goes_wrong(&self, error: &anyhow::Error) {
        // The first one is the one that is told.
        self.went_wrong.set(format!("{error:#}")).ok();
        self.progress.notify_one();
    }

    /// Messages that came to subscribers so far.
    pub(crate) fn deliveries(&self) -> u64 {
        self.deliveries.load(Ordering::Relaxed)
    }

    /// Facts that all have heard.
    pub(crate) fn complete(&self) -> u64 {
        self.complete.load(Ordering::Relaxed)
    }

    /// Bytes of a message.
    pub(crate) fn length(&self) -> usize {
        self.length.load(Ordering::Relaxed)
    }

    /// Waits until so many subscribers have heard anything.
    pub(crate) async fn is_awake(&self, subscribers: usize) -> Result<()> {
        self.comes_to(|| self.awake.load(Ordering::Relaxed) >= subscribers).await
    }

    /// Waits until all have heard every fact below this one.
    pub(crate) async fn has_heard(&self, facts: u64) -> Result<()> {
        self.comes_to(|| self.complete() >= facts).await
    }

    async fn comes_to(&self, is_there: impl Fn() -> bool) -> Result<()> {
        loop {
            if let Some(error) = self.went_wrong.get() {
                bail!("{error}");
            }
            if is_there() {
                return Ok(());
            }
            let before = self.deliveries();
            let progress = timeout(PATIENCE, self.progress.notified()).await;
            if progress.is_err() && self.deliveries() == before {
                bail!("nothing is heard any more; {} facts have come to all", self.complete());
            }
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.clock.elapsed().as_nanos()).expect("no turn takes centuries")
    }
}

fn place(fact: u64) -> usize {
    usize::try_from(fact).expect("facts are few")
}
