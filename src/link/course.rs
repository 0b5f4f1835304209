//! What has been decided so far, and what follows from it: in a conversation, what its beginning speaks of, the rest speaks of,
//! too; and of duplicates, each pair is found from both sides, and given once.

use std::collections::{HashMap, HashSet};

use super::record::{Decision, Reason, Record, Rule, Rules, Verdict};

/// What is left of a score from one part of a conversation to another.
const KEPT: f64 = 0.85;

/// What has been decided so far, while the left records are decided one after the other.
#[derive(Clone, Debug, Default)]
pub struct Course {
    threads: HashMap<String, Thread>,
    pairs: HashSet<(String, String)>,
}

#[derive(Clone, Debug, Default)]
struct Thread {
    /// The record that begins it, by what it speaks of; none until it came.
    beginning: Option<Vec<Subject>>,
    /// What any part of it speaks of.
    subjects: Vec<Subject>,
    /// The keys of the records that speak of nobody themselves.
    silent: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
struct Subject {
    key: String,
    score: f64,
}

impl Course {
    /// Goes on with what was decided of a record; gives what of it was not decided before.
    pub fn go_on(&mut self, record: &Record, decisions: Vec<Decision>, rules: &Rules) -> Vec<Decision> {
        self.remember(record, &decisions);
        if !rules.same_table {
            return decisions;
        }
        let mut new = |decision: &Decision| self.pairs.insert((decision.left_key.clone(), decision.right_key.clone()));
        decisions.into_iter().filter(|decision| new(decision)).collect()
    }

    /// Remembers what a part of a conversation speaks of.
    fn remember(&mut self, record: &Record, decisions: &[Decision]) {
        let Some(name) = record.thread.as_ref().filter(|name| !name.is_empty()) else { return };
        let thread = self.threads.entry(name.clone()).or_default();
        let matches = decisions.iter().filter(|decision| decision.verdict == Verdict::Match);
        let found: Vec<Subject> =
            matches.map(|decision| Subject { key: decision.right_key.clone(), score: decision.score }).collect();
        if found.is_empty() {
            thread.silent.push(record.key.clone());
        }
        for subject in &found {
            match thread.subjects.iter_mut().find(|known| known.key == subject.key) {
                Some(known) => known.score = known.score.max(subject.score),
                None => thread.subjects.push(subject.clone()),
            }
        }
        // Vendors name a conversation after its first message.
        if thread.beginning.is_none() && record.key == *name {
            thread.beginning = Some(found);
        }
    }

    /// At the end: the decisions about the records that speak of nobody themselves, in conversations of which it is known of
    /// whom they are. Their beginning says it, or else all that is said in them agrees.
    pub fn finish(self, rules: &Rules) -> Vec<Decision> {
        let mut decisions = Vec::new();
        let mut threads: Vec<(String, Thread)> = self.threads.into_iter().collect();
        threads.sort_unstable_by(|left, right| left.0.cmp(&right.0));
        for (name, thread) in threads {
            let subjects = match thread.beginning {
                Some(beginning) if !beginning.is_empty() => beginning,
                _ if thread.subjects.len() == 1 => thread.subjects,
                _ => continue,
            };
            for left_key in thread.silent {
                for subject in &subjects {
                    let score = (subject.score * KEPT * 10_000.0).round() / 10_000.0;
                    if score < rules.minimum_score {
                        continue;
                    }
                    let reason = Reason {
                        rule: Rule::Thread,
                        left: name.clone(),
                        right: subject.key.clone(),
                        weight: score,
                        note: Some("said in the same conversation".to_owned()),
                    };
                    decisions.push(Decision {
                        left_key: left_key.clone(),
                        right_key: subject.key.clone(),
                        score,
                        verdict: Verdict::of(score),
                        reasons: vec![reason],
                    });
                }
            }
        }
        decisions
    }
}
