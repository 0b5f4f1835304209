//! The questions of a scenario, each in several wordings, with what the answer is compared with.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use dataweaver::scenario::{Comparison, read_yaml};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Entries that each scenario has at least, and wordings of each entry.
const ENTRIES: usize = 12;
const WORDINGS: usize = 6;

/// One question in several wordings.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The fact of the world's truth that the answer must agree with.
    pub truth: Option<String>,
    /// Or a statement, with `source('…')` and `ref('…')`, whose rows it must agree with.
    pub sql: Option<String>,
    /// How the two are compared.
    pub compare: Comparison,
    /// The wordings.
    pub questions: Vec<String>,
}

/// Reads a file of this folder.
pub fn read<T: DeserializeOwned>(name: &str) -> T {
    let path = folder().join(name);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    read_yaml(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The questions of a scenario.
pub fn of_scenario(scenario: &str) -> Vec<Entry> {
    let entries: Vec<Entry> = read(&format!("{scenario}.yaml"));
    let mut seen = BTreeSet::new();
    for (place, entry) in entries.iter().enumerate() {
        let name = format!("{scenario}.yaml, entry {}", place + 1);
        assert!(entry.truth.is_some() != entry.sql.is_some(), "{name}: give truth or sql");
        assert!(entry.questions.len() >= WORDINGS, "{name} has {} wordings, of {WORDINGS}", entry.questions.len());
        for question in &entry.questions {
            assert!(seen.insert(question.to_lowercase()), "{name}: {question:?} stands there twice");
        }
    }
    assert!(entries.len() >= ENTRIES, "{scenario}.yaml has {} entries, of {ENTRIES}", entries.len());
    entries
}

/// Where the questions are.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/asking")
}
