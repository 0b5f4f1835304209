//! The last words of `cargo test`: which tests were not run for want of something on this machine, and how to run them.
//!
//! The harness keeps what a passing test prints to itself. So those tests leave a note (`it/not_run.rs`), and this
//! target, which comes after `it` by its name, prints the notes once and removes them. It is no test of anything: it
//! fails only where `CI=true`, where everything has to be there.

#[path = "it/not_run.rs"]
mod not_run;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;
use std::{env, fs};

use not_run::Note;

/// Notes of a run that broke off are kept for so long.
const OLD: Duration = Duration::from_secs(24 * 60 * 60);

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    // How cargo-nextest asks for the names of tests.
    if arguments.iter().any(|argument| argument == "--list") {
        let is_of_ignored = arguments.iter().any(|argument| argument == "--ignored");
        let listed = if is_of_ignored { Ok(()) } else { writeln!(io::stdout(), "tests_that_were_not_run: test") };
        return if listed.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let notes = take();
    if notes.is_empty() {
        return ExitCode::SUCCESS;
    }
    // Where nobody can be told, nobody is told.
    io::stdout().write_all(summary(&notes).as_bytes()).ok();
    if not_run::is_ci() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Takes the notes of this run away, each test once.
fn take() -> Vec<Note> {
    let text = fs::read_to_string(not_run::file()).unwrap_or_default();
    // There may be none.
    fs::remove_file(not_run::file()).ok();
    remove_old(&not_run::folder());
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

fn summary(notes: &[Note]) -> String {
    let mut missing: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for note in notes {
        missing.entry((&note.service, &note.how)).or_default().push(&note.test);
    }
    let tests = if notes.len() == 1 { "1 test was" } else { &format!("{} tests were", notes.len()) };
    let mut text = format!("\n{tests} not run:\n");
    for ((service, how), tests) in missing {
        text += &format!("  {service} is missing; to run these, {how}\n");
        for test in tests {
            text += &format!("    {test}\n");
        }
    }
    text + "\n"
}
