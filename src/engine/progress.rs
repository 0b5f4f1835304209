//! How far a source is: a bar that never lies and never goes backwards.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::events::{SourceProgress, round_percent};
use crate::sdk::Estimate;
use crate::vocabulary::SyncStatus;

/// The rate is that of the last seconds.
const RATE_WINDOW: Duration = Duration::from_secs(5);
/// What is shown at the most before the end.
const ALMOST: f64 = 99.0;

/// The live figures of one source. Shared by the reader that moves it and the ticker that tells it.
pub(super) struct Meter {
    state: Mutex<State>,
}

struct State {
    progress: SourceProgress,
    estimate: Estimate,
    samples: VecDeque<(Instant, u64)>,
    /// Where and why the first row was rejected.
    first_rejected: Option<String>,
    /// Whether all that is known of what it waits for is how long it has been silent.
    is_stalled: bool,
}

impl Meter {
    /// A meter that goes on from what was recorded before.
    pub(super) fn new(before: SourceProgress) -> Self {
        let (estimate, samples) = (Estimate::default(), VecDeque::new());
        let state = State { progress: before, estimate, samples, first_rejected: None, is_stalled: false };
        Self { state: Mutex::new(state) }
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    /// The source goes on from rows that an earlier attempt has made durable.
    pub(super) fn resume_at(&self, rows: u64, bytes: u64) {
        self.change(|state| {
            state.progress.rows = state.progress.rows.max(rows);
            state.progress.bytes = state.progress.bytes.max(bytes);
            state.samples.clear();
        });
    }

    /// What the source does now.
    pub(super) fn phase(&self, phase: &str) {
        self.change(|state| {
            phase.clone_into(&mut state.progress.phase);
            state.progress.waiting_reason = None;
        });
    }

    /// What it waits for.
    pub(super) fn waiting(&self, reason: String) {
        self.change(|state| {
            state.progress.waiting_reason = Some(reason);
            state.is_stalled = false;
        });
    }

    /// For how long it has been silent, unless something better is known. Gives whether that is news.
    pub(super) fn stalled(&self, reason: String) -> bool {
        self.change(|state| {
            let is_news = state.progress.waiting_reason.is_none();
            state.is_stalled |= is_news;
            if state.is_stalled {
                state.progress.waiting_reason = Some(reason);
            }
            is_news
        })
    }

    /// What was silent has answered.
    pub(super) fn answered(&self) {
        self.change(|state| {
            if state.is_stalled {
                state.progress.waiting_reason = None;
                state.is_stalled = false;
            }
        });
    }

    /// A better estimate.
    pub(super) fn estimate(&self, estimate: Estimate) {
        self.change(|state| {
            state.estimate.rows = estimate.rows.or(state.estimate.rows);
            state.estimate.bytes = estimate.bytes.or(state.estimate.bytes);
            state.estimate.fraction = estimate.fraction.or(state.estimate.fraction);
        });
    }

    /// Rows read so far, those that earlier attempts made durable included.
    pub(super) fn read(&self, rows: u64, bytes: u64) {
        self.change(|state| {
            // A retry reads again what was not durable: the figure waits until it is passed.
            state.progress.rows = state.progress.rows.max(rows);
            state.progress.bytes = state.progress.bytes.max(bytes);
            state.progress.waiting_reason = None;
        });
    }

    /// Rows rejected so far, and where and why the first of those that this process has seen was.
    pub(super) fn rejected(&self, count: u64, first: Option<&str>) {
        self.change(|state| {
            state.progress.rejected = count;
            if state.first_rejected.is_none() {
                state.first_rejected = first.map(str::to_owned);
            }
        });
    }

    /// Where and why the first row was rejected, as far as this process has seen it.
    pub(super) fn first_rejected(&self) -> Option<String> {
        self.change(|state| state.first_rejected.clone())
    }

    /// The read is complete with so many rows. They may be fewer than an attempt before it had seen, where the source has
    /// lost some since.
    pub(super) fn complete(&self, rows: u64, bytes: u64) {
        self.change(|state| {
            state.progress.rows = rows;
            state.progress.bytes = bytes;
        });
    }

    /// The source has ended, with so many rows in the table of rejected rows.
    pub(super) fn finish(&self, status: SyncStatus, rejected: u64, error: Option<String>) -> SourceProgress {
        self.change(|state| {
            let progress = &mut state.progress;
            progress.rejected = rejected;
            progress.status = status;
            progress.phase = "done".into();
            progress.waiting_reason = None;
            progress.eta_seconds = None;
            progress.error_message = error;
            if status == SyncStatus::Succeeded {
                progress.percent = Some(100.0);
                progress.estimated_rows = Some(progress.rows);
                progress.eta_seconds = Some(0.0);
            }
            progress.clone()
        })
    }

    /// The source has begun.
    pub(super) fn start(&self) {
        self.change(|state| {
            state.progress.status = SyncStatus::Running;
            state.progress.phase = "connecting".into();
        });
    }

    /// The figures of this moment.
    pub(super) fn now(&self) -> SourceProgress {
        self.change(|state| {
            if state.progress.status == SyncStatus::Running {
                state.measure(Instant::now());
            }
            state.progress.clone()
        })
    }
}

impl State {
    fn measure(&mut self, now: Instant) {
        let rows = self.progress.rows;
        self.samples.push_back((now, rows));
        while self.samples.len() > 2 && self.samples.front().is_some_and(|(at, _)| now - *at > RATE_WINDOW) {
            self.samples.pop_front();
        }
        if let Some((since, before)) = self.samples.front() {
            let seconds = (now - *since).as_secs_f64();
            if seconds >= 0.2 {
                self.progress.rows_per_second = Some((rows.saturating_sub(*before)) as f64 / seconds);
            }
        }
        self.progress.estimated_rows = self.estimate.rows.map(|estimated| estimated.max(rows));
        if let Some(fraction) = self.fraction() {
            let percent = round_percent((fraction * 100.0).clamp(0.0, ALMOST));
            self.progress.percent = Some(self.progress.percent.unwrap_or(0.0).max(percent));
        }
        self.progress.eta_seconds = self.eta();
    }

    fn fraction(&self) -> Option<f64> {
        let of =
            |done: u64, whole: Option<u64>| whole.filter(|whole| *whole > 0).map(|whole| done as f64 / whole as f64);
        self.estimate
            .fraction
            .or_else(|| of(self.progress.rows, self.estimate.rows))
            .or_else(|| of(self.progress.bytes, self.estimate.bytes))
    }

    fn eta(&self) -> Option<f64> {
        let rate = self.progress.rows_per_second.filter(|rate| *rate > 0.0)?;
        let rows = self.progress.rows as f64;
        let whole = match self.estimate.rows {
            Some(estimated) => estimated as f64,
            None => rows / self.fraction().filter(|fraction| *fraction > 0.0)?,
        };
        Some((((whole - rows).max(0.0) / rate) * 10.0).round() / 10.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entity::ids::DataSourceId;

    #[test]
    fn percent_never_falls_and_is_100_only_at_the_end() {
        let before = SourceProgress { status: SyncStatus::Running, ..SourceProgress::queued(DataSourceId::generate()) };
        let meter = Meter::new(before);
        meter.estimate(Estimate { rows: Some(100), ..Estimate::default() });
        meter.read(50, 500);
        assert_eq!(meter.now().percent, Some(50.0));
        meter.estimate(Estimate { rows: Some(1000), ..Estimate::default() });
        assert_eq!(meter.now().percent, Some(50.0));
        meter.read(2000, 20_000);
        assert_eq!(meter.now().percent, Some(99.0));
        assert_eq!(meter.now().estimated_rows, Some(2000));
        assert_eq!(meter.finish(SyncStatus::Succeeded, 0, None).percent, Some(100.0));
    }

    #[test]
    fn how_long_a_source_is_silent_is_told_until_it_says_something() {
        let meter = Meter::new(SourceProgress::queued(DataSourceId::generate()));
        let reason = |meter: &Meter| meter.now().waiting_reason;
        assert!(meter.stalled("silent for 1 s".into()));
        assert!(!meter.stalled("silent for 2 s".into()));
        assert_eq!(reason(&meter).as_deref(), Some("silent for 2 s"));
        meter.waiting("a lock".into());
        assert!(!meter.stalled("silent for 3 s".into()));
        assert_eq!(reason(&meter).as_deref(), Some("a lock"), "what the source says itself is better");
        meter.read(1, 1);
        assert_eq!(reason(&meter), None);
        assert!(meter.stalled("silent for 1 s".into()));
        assert_eq!(reason(&meter).as_deref(), Some("silent for 1 s"));
    }
}
