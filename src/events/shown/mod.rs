//! What was told of how far data sources are: what is told next does not go back behind it.
//!
//! Gauges are told at once, and facts when they are committed and read: a gauge may overtake a fact that was made before it,
//! and a heartbeat of another process may be looked at later than a fact that it wrote after it.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{EventCursor, SourceProgress, SyncEvent};
use crate::entity::ids::{DataSourceId, SyncLogId};

/// Facts of which is remembered that they were told with other figures than the table has.
const REMEMBERED: usize = 10_000;

/// Those of the figures of a data source that do not fall while it is read.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Figures {
    rows: u64,
    bytes: u64,
    percent: Option<f64>,
}

impl Figures {
    fn of(progress: &SourceProgress) -> Self {
        Self { rows: progress.rows, bytes: progress.bytes, percent: progress.percent }
    }

    fn or_more(self, other: Self) -> Self {
        let percent = match (self.percent, other.percent) {
            (Some(one), Some(other)) => Some(one.max(other)),
            (one, other) => one.or(other),
        };
        Self { rows: self.rows.max(other.rows), bytes: self.bytes.max(other.bytes), percent }
    }

    /// The event with no less than these. What stands at the end of a data source is left as it is.
    fn raise(self, event: Arc<SyncEvent>) -> Arc<SyncEvent> {
        let Some(progress) = event.progress.as_ref().filter(|progress| !progress.status.is_final()) else {
            return event;
        };
        let figures = self.or_more(Self::of(progress));
        if figures == Self::of(progress) {
            return event;
        }
        let Self { rows, bytes, percent } = figures;
        let estimated_rows = progress.estimated_rows.map(|estimated| estimated.max(rows));
        let progress = SourceProgress { rows, bytes, percent, estimated_rows, ..progress.clone() };
        Arc::new(SyncEvent { progress: Some(progress), ..(*event).clone() })
    }
}

/// What somebody was told last of each data source, until its sync has ended and nothing older can come any more.
pub(super) struct Shown {
    sources: HashMap<DataSourceId, Last>,
    /// Syncs whose end was told, in the order of their ends, of which something older may still come.
    ended: VecDeque<(EventCursor, SyncLogId)>,
    /// The last fact that was heard live: what was told before it was heard, too, if it was to be.
    heard: EventCursor,
}

struct Last {
    sync_log_id: SyncLogId,
    /// When its newest fact was made.
    fact_at: Option<DateTime<Utc>>,
    figures: Figures,
}

impl Shown {
    /// Nothing yet, to somebody who hears live what is told after a fact.
    pub(super) fn after(heard: EventCursor) -> Self {
        Self { sources: HashMap::new(), ended: VecDeque::new(), heard }
    }

    /// The next event, as it is told after those before it; none where it is a gauge that is older than a fact.
    pub(super) fn next(&mut self, event: Arc<SyncEvent>) -> Option<Arc<SyncEvent>> {
        self.note_end(&event);
        let Some(source) = event.data_source_id.clone() else { return Some(event) };
        let last = self.sources.entry(source).or_insert_with(|| Last {
            sync_log_id: event.sync_log_id.clone(),
            fact_at: None,
            figures: Figures::default(),
        });
        let is_gauge = event.id.is_none();
        if is_gauge && last.fact_at.is_some_and(|at| event.at < at) {
            return None;
        }
        if last.sync_log_id != event.sync_log_id {
            last.sync_log_id = event.sync_log_id.clone();
            last.figures = Figures::default();
        }
        if !is_gauge {
            last.fact_at = Some(event.at);
        }
        let event = last.figures.raise(event);
        if let Some(progress) = &event.progress {
            last.figures = Figures::of(progress);
        }
        Some(event)
    }

    /// A fact was heard live, whether it was wanted or not, and was told before by [`next`](Self::next) if it was.
    pub(super) fn heard(&mut self, fact: &SyncEvent) {
        self.heard = fact.cursor;
        self.note_end(fact);
    }

    /// What is told of a sync is forgotten with its end, or, where that was read from the table, when all that was told
    /// live before it has been heard.
    fn note_end(&mut self, event: &SyncEvent) {
        if event.ends_sync() && self.ended.back().is_none_or(|(end, _)| *end < event.cursor) {
            self.ended.push_back((event.cursor, event.sync_log_id.clone()));
        }
        while self.ended.front().is_some_and(|(end, _)| *end <= self.heard) {
            let ended = self.ended.pop_front();
            self.sources.retain(|_, last| ended.as_ref().is_none_or(|(_, sync)| last.sync_log_id != *sync));
        }
    }
}

/// What this process tells live.
pub(super) struct Telling {
    shown: Shown,
    /// The number of the newest event.
    number: u64,
    /// The newest fact.
    fact: EventCursor,
    /// The figures of the facts that were told with others than the table has.
    raised: BTreeMap<i64, Figures>,
}

impl Telling {
    /// Nothing yet, of facts those after a place.
    pub(super) fn after(fact: EventCursor) -> Self {
        Self { shown: Shown::after(fact), number: 0, fact, raised: BTreeMap::new() }
    }

    /// The next event, as it is told, with its number; none where it is a gauge that is older than a fact.
    pub(super) fn next(&mut self, mut event: SyncEvent) -> Option<Arc<SyncEvent>> {
        let written = event.progress.as_ref().map(Figures::of);
        event.number = self.number + 1;
        let event = self.shown.next(Arc::new(event))?;
        self.number = event.number;
        if event.id.is_some() {
            self.fact = event.cursor;
            self.shown.heard(&event);
            let told = event.progress.as_ref().map(Figures::of);
            if let Some(told) = told.filter(|_| told != written) {
                self.raised.insert(event.cursor.0, told);
                if self.raised.len() > REMEMBERED {
                    self.raised.pop_first();
                }
            }
        }
        Some(event)
    }

    /// A fact that was read from the table, as it was told live, or as it will be at the least.
    pub(super) fn as_told(&self, fact: SyncEvent) -> Arc<SyncEvent> {
        let fact = Arc::new(fact);
        if fact.cursor <= self.fact {
            return match self.raised.get(&fact.cursor.0) {
                Some(figures) => figures.raise(fact),
                None => fact,
            };
        }
        let last = fact.data_source_id.as_ref().and_then(|source| self.shown.sources.get(source));
        match last.filter(|last| last.sync_log_id == fact.sync_log_id) {
            Some(last) => last.figures.raise(fact),
            None => fact,
        }
    }
}

#[cfg(test)]
mod tests;
