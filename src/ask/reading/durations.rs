//! "how long" and "how many days": measures in units of time.

use super::MeasureAsk;
use super::parts::kinds;
use super::walk::Walk;
use crate::ask::lexicon::{Cue, Meaning};

impl Walk<'_> {
    /// "how many days": a duration, where no thing of the model is called so.
    pub(super) fn counts_time(&self, at: usize) -> bool {
        let unit = matches!(self.word(at + 1).as_str(), "days" | "hours" | "minutes" | "weeks" | "seconds");
        unit && self.spans.get(at + 1).is_some_and(|span| matches!(span.meaning, Meaning::Filler))
    }

    /// Whether "how long" or "how many days" was asked.
    pub(super) fn asks_how_long(&self) -> bool {
        self.spans.iter().enumerate().any(|(at, span)| match span.cue() {
            Some(Cue::HowLong) => true,
            Some(Cue::Count) => self.counts_time(at),
            _ => false,
        })
    }

    /// "by how many days were milestones late": of what is also the name of a duration, that is meant, and not those of which it is
    /// true.
    pub(super) fn duration_at(&self, at: usize) -> Option<MeasureAsk> {
        let kinds = kinds(&self.spans[at])?;
        let timed = kinds.measures.iter().any(|(of, measure, fit)| *fit > 0.9 && self.is_duration(*of, *measure));
        timed.then(|| kinds.measure(self.ahead.aggregate, &self.spans[at].text))
    }

    /// Whether a measure is in units of time.
    pub(super) fn is_duration(&self, dataset: usize, measure: usize) -> bool {
        self.bound.model.datasets[dataset].measures[measure].is_duration()
    }

    /// "how long": a measure in days or hours.
    pub(super) fn durations(&mut self) {
        let mut candidates = Vec::new();
        for (dataset, of) in self.bound.model.datasets.iter().enumerate() {
            for measure in 0..of.measures.len() {
                if self.is_duration(dataset, measure) {
                    candidates.push((dataset, measure, 0.75));
                }
            }
        }
        if !candidates.is_empty() {
            let ask = MeasureAsk {
                candidates,
                fields: Vec::new(),
                rows_of: Vec::new(),
                aggregate: None,
                words: "how long".to_owned(),
            };
            self.reading.measures.push(ask);
        }
    }

    /// "how many days were they late": a duration, where what was named is none.
    pub(super) fn prefer_durations(&mut self) {
        let named: Vec<usize> =
            self.reading.measures.iter().flat_map(|ask| &ask.candidates).map(|(dataset, ..)| *dataset).collect();
        let before = std::mem::take(&mut self.reading.measures);
        let timed = |ask: &MeasureAsk| ask.candidates.iter().any(|(of, measure, _)| self.is_duration(*of, *measure));
        if before.iter().any(timed) {
            self.reading.measures = before.into_iter().filter(|ask| timed(ask)).collect();
            return;
        }
        self.durations();
        for ask in &mut self.reading.measures {
            if ask.candidates.iter().any(|(dataset, ..)| named.contains(dataset)) {
                ask.candidates.retain(|(dataset, ..)| named.contains(dataset));
            }
        }
        if self.reading.measures.is_empty() {
            self.reading.measures = before;
        }
    }
}
