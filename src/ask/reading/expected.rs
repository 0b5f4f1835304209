//! "When will it be done": the column that has that day, where a table has one.

use super::FieldAsk;
use super::parts::kinds;
use super::walk::Walk;
use crate::ask::lexicon::{Cue, Field};
use crate::ask::sql::is_time;

/// How well words have to fit a column that they call.
const CALLED: f64 = 0.9;

impl Walk<'_> {
    /// Takes a word of a question for a day to come as the column of days that is called so: "when will each project be completed",
    /// where there is an expected end. Whether it is one.
    pub(super) fn expects(&mut self, at: usize) -> bool {
        let asked = |cue: Cue| self.spans.iter().any(|span| span.cue() == Some(cue));
        if !asked(Cue::When) || !asked(Cue::Forecast) {
            return false;
        }
        let of_days = |(field, fit): &&(Field, f64)| *fit > CALLED && self.kind_of(*field).is_some_and(is_time);
        let Some(kinds) = kinds(&self.spans[at]) else { return false };
        let candidates: Vec<(Field, f64)> = kinds.fields.iter().filter(of_days).copied().collect();
        if candidates.is_empty() {
            return false;
        }
        self.meant(at);
        self.reading.expected = Some(FieldAsk { candidates, words: self.spans[at].text.clone() });
        true
    }
}
