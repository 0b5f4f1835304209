//! What is planted in a demo world: the answers to questions that its data can be asked.
//!
//! No simulator tells it. Validation and tests compare with it what was found in the data.

use std::collections::BTreeMap;

use serde_json::Value;

/// The ground truth of a world, by the names of its facts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Truth {
    facts: BTreeMap<&'static str, Fact>,
}

/// One thing that is true in a world, as the table that a right answer would be.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// What it says, in a sentence.
    pub about: &'static str,
    /// What the columns are called, the one that names the thing first.
    pub columns: Vec<&'static str>,
    /// The rows, in their order where the fact is a ranking or a course of time.
    pub rows: Vec<Vec<Value>>,
}

impl Truth {
    /// With one fact more.
    #[must_use]
    pub fn with(
        mut self,
        name: &'static str,
        about: &'static str,
        columns: &[&'static str],
        rows: Vec<Vec<Value>>,
    ) -> Self {
        self.facts.insert(name, Fact { about, columns: columns.to_vec(), rows });
        self
    }

    /// The fact of that name.
    pub fn fact(&self, name: &str) -> Option<&Fact> {
        self.facts.get(name)
    }

    /// The names of all facts.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.facts.keys().copied()
    }
}
