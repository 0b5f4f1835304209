//! Notes of tests that were not run, from the binary that runs tests to the one that sums up (`tests/summary.rs`).
//!
//! All test binaries of one run have the same parent, `cargo test` or nextest: the notes of one run are a file with
//! its number. What an earlier run left behind, because it broke off, is another file.

use std::path::{Path, PathBuf};

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

/// Where the notes of all runs are.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("not-run")
}

/// The notes of this run, each a line.
pub fn file() -> PathBuf {
    #[cfg(unix)]
    let run = std::os::unix::process::parent_id();
    #[cfg(not(unix))]
    let run = 0;
    folder().join(run.to_string())
}
