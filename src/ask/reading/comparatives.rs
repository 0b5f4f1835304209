//! Words that compare without a "than": "lower", "more".

use super::Task;
use super::walk::Walk;
use crate::ask::lexicon::{Cue, Meaning};

/// They ask for more of something, and bound nothing by themselves.
const BARE: &[&str] = &["more", "less", "fewer", "lower", "higher", "heavier"];

impl Walk<'_> {
    /// Whether a word may put one measure beside another: "spending above budget", but not "more visits".
    pub(super) fn may_bound_by_measure(&self, at: usize) -> bool {
        !BARE.contains(&self.word(at).as_str())
    }

    /// "is satisfaction lower when wards are full": where nothing was made of such a word, another question would be answered.
    pub(super) fn keep_comparatives(&mut self) {
        let reading = &self.reading;
        let compares = matches!(reading.task, Some(Task::Compare | Task::Correlate));
        if compares || reading.change.is_some() || reading.than {
            return;
        }
        for at in 0..self.spans.len() {
            let compared = matches!(self.spans[at].cue(), Some(Cue::More | Cue::Less));
            let timed = matches!(self.spans.get(at + 1).map(|span| &span.meaning), Some(Meaning::Time(_)));
            if compared && !timed && !self.used[at] && BARE.contains(&self.word(at).as_str()) {
                self.reading.critical += 1;
                self.reading.unknown.push(self.spans[at].text.clone());
            }
        }
    }
}
