//! Notes of tests that were not run, from the binary that runs tests to the one that sums up (`tests/summary.rs`).
//!
//! All test binaries of one run have the same parent, `cargo test` or nextest: the notes of one run are a file with
//! its number. What an earlier run left behind, because it broke off, is another file.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Notes of a run that broke off are kept for so long.
const OLD: Duration = Duration::from_secs(24 * 60 * 60);

/// One test that was not run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    /// What is missing.
    pub service: String,
    /// How to get it.
    pub how: String,
    /// The test.
    pub test: String,
}

/// Whether this machine calls itself CI, where everything has to be there.
pub fn is_ci() -> bool {
    std::env::var("CI").as_deref() == Ok("true")
}

/// Leaves a note.
#[allow(dead_code, reason = "the other binary takes them")]
pub fn leave(note: &Note) {
    let line = serde_json::json!([note.service, note.how, note.test]).to_string() + "\n";
    fs::create_dir_all(folder()).expect("the target folder can be written");
    let file = fs::OpenOptions::new().append(true).create(true).open(file());
    // One write, so that tests of several processes do not mix their lines.
    file.and_then(|mut file| file.write_all(line.as_bytes())).expect("the target folder can be written");
}

/// Takes the notes of this run away, each test once.
#[allow(dead_code, reason = "the other binary leaves them")]
pub fn take() -> Vec<Note> {
    let text = fs::read_to_string(file()).unwrap_or_default();
    // There may be none.
    fs::remove_file(file()).ok();
    remove_old(&folder());
    let notes: BTreeSet<Note> = text
        .lines()
        .filter_map(|line| serde_json::from_str::<[String; 3]>(line).ok())
        .map(|[service, how, test]| Note { service, how, test })
        .collect();
    notes.into_iter().collect()
}

fn remove_old(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let age = entry.metadata().and_then(|about| about.modified()).ok().and_then(|at| at.elapsed().ok());
        if age.is_some_and(|age| age > OLD) {
            // Somebody else may have been first.
            fs::remove_file(entry.path()).ok();
        }
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("not-run")
}

fn file() -> PathBuf {
    #[cfg(unix)]
    let run = std::os::unix::process::parent_id();
    #[cfg(not(unix))]
    let run = 0;
    folder().join(run.to_string())
}
