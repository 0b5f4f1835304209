//! The linker: knows the right side, has heard how the left one writes, and decides record by record.

use super::course::Course;
use super::evidence::Gathering;
use super::index::Index;
use super::record::{Decision, Record, Rules, Verdict};
use super::usage::Usage;
use super::weigh::{Weighed, weigh};
use super::words::Words;

/// Doubtful decisions about one record that are given at most.
const MOST_POSSIBLE: usize = 5;

/// Decides which records of a right side each left record is, or speaks of. Needs memory for the right side and for the
/// words of the left one, not for its records: these come one after the other.
#[derive(Clone, Debug)]
pub struct Linker {
    index: Index,
    usage: Usage,
    rules: Rules,
}

impl Linker {
    /// A linker for these records of the right side.
    pub fn new(right: impl IntoIterator<Item = Record>, rules: Rules) -> Self {
        Self { index: Index::of(right, &rules), usage: Usage::default(), rules }
    }

    /// By which rules it decides.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// How many records the right side has.
    pub fn right_records(&self) -> usize {
        self.index.len()
    }

    /// Hears how a left record writes. All of them should be heard before the first decision: names that are everyday words,
    /// too, and slips of the pen are told by how often and with which letters a word is written.
    pub fn hear(&mut self, left: &Record) {
        for text in &left.texts {
            self.usage.read(&Words::of(text));
        }
    }

    /// Decides about a left record, the surest decision first.
    ///
    /// A text may speak of several; a record without texts is one other at most.
    pub fn decide(&self, left: &Record) -> Vec<Decision> {
        let besides = self.index.place_of(&left.key);
        let gathering = Gathering { index: &self.index, usage: &self.usage, rules: &self.rules, besides };
        let spans = gathering.of(left);
        let mut weighed = weigh(&self.index, left, &spans);
        if left.texts.is_empty() && !self.rules.same_table {
            weighed.truncate(if weighed.first().is_some_and(|best| best.score >= Rules::MATCH) {
                1
            } else {
                MOST_POSSIBLE
            });
        }
        weighed.retain(|found| found.score >= self.rules.minimum_score);
        let doubtful = weighed.iter().position(|found| found.score < Rules::MATCH).unwrap_or(weighed.len());
        weighed.truncate(doubtful + MOST_POSSIBLE);
        weighed.into_iter().map(|found| self.decision(left, found)).collect()
    }

    fn decision(&self, left: &Record, found: Weighed) -> Decision {
        let (mut left_key, mut right_key) = (left.key.clone(), self.index.known(found.record).key.to_string());
        // Each pair of duplicates has one order.
        if self.rules.same_table && left_key > right_key {
            std::mem::swap(&mut left_key, &mut right_key);
        }
        Decision { left_key, right_key, score: found.score, verdict: Verdict::of(found.score), reasons: found.reasons }
    }
}

/// Decides about all records of two sides at hand: hears, decides and looks at conversations.
pub fn decide(left: &[Record], right: &[Record], rules: &Rules) -> Vec<Decision> {
    let mut linker = Linker::new(right.iter().cloned(), rules.clone());
    for record in left {
        linker.hear(record);
    }
    let mut course = Course::default();
    let mut decisions = Vec::new();
    for record in left {
        decisions.extend(course.go_on(record, linker.decide(record), rules));
    }
    decisions.extend(course.finish(rules));
    decisions
}
