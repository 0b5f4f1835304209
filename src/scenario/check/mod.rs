//! Whether a pack makes sense, before anything is set up from it: what it names is there, once, and means something.

mod model;
mod references;
mod workflow;

use std::collections::HashSet;
use std::fmt;

use super::{Pack, PackCheck};
use crate::demo::World;
use references::{Kind, references};

/// The longest id of a pack, in characters.
const LONGEST_ID: usize = 60;

/// Something in a pack that makes no sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where: `connectors[0].sources[1].name`.
    pub path: String,
    /// What is wrong there, and what would be right.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

/// What is found while a pack is looked through.
#[derive(Default)]
struct Problems(Vec<Problem>);

impl Problems {
    fn add(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.0.push(Problem { path: path.into(), message: message.into() });
    }

    /// Refuses a text that says nothing.
    fn says_something(&mut self, path: impl Into<String>, text: &str) {
        if text.trim().is_empty() {
            self.add(path, "must not be empty");
        }
    }

    /// Refuses a name that something before it has.
    fn is_new<'a>(&mut self, path: impl Into<String>, name: &'a str, seen: &mut HashSet<&'a str>) {
        if !seen.insert(name) {
            self.add(path, format!("{name} stands here twice; each needs a name of its own"));
        }
    }

    /// Refuses a name that is none of those that are known.
    fn is_known<'a>(
        &mut self,
        path: impl Into<String>,
        what: &str,
        name: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) -> bool {
        let known: Vec<&str> = known.into_iter().collect();
        let is_known = known.contains(&name);
        if !is_known {
            self.add(path, format!("there is no {what} {name} (known: {})", known.join(", ")));
        }
        is_known
    }
}

/// All that makes no sense in a pack.
pub(super) fn check_pack(pack: &Pack) -> Vec<Problem> {
    let mut problems = Problems::default();
    check_words(pack, &mut problems);
    check_connectors(pack, &mut problems);
    let sources: Vec<&str> = sources_of(pack).collect();
    workflow::check(&pack.workflow, &sources, &mut problems);
    let tables: Vec<&str> = workflow::tables(&pack.workflow).collect();
    model::check(&pack.model, &sources, &tables, &mut problems);
    check_checks(pack, &sources, &tables, &mut problems);
    problems.0
}

/// All that a pack says of its world and that is not so. The world is made for that.
pub(super) fn check_truth(pack: &Pack) -> Vec<Problem> {
    let mut problems = Problems::default();
    match World::named(Some(&pack.world), 1.0) {
        Err(error) => problems.add("world", error.to_string()),
        Ok(world) => {
            let truth = world.truth();
            let known: Vec<&str> = truth.names().collect();
            for (place, check) in pack.checks.iter().enumerate() {
                let path = format!("checks[{place}].truth");
                problems.is_known(
                    path,
                    &format!("fact of the world {}", pack.world),
                    &check.truth,
                    known.iter().copied(),
                );
            }
        }
    }
    problems.0
}

fn sources_of(pack: &Pack) -> impl Iterator<Item = &str> {
    pack.connectors.iter().flat_map(|connector| &connector.sources).map(|source| source.name.as_str())
}

fn check_words(pack: &Pack, problems: &mut Problems) {
    let is_id = pack.id.starts_with(|first: char| first.is_ascii_lowercase())
        && pack.id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        && pack.id.len() <= LONGEST_ID;
    if !is_id {
        let right = format!("lower-case letters, digits and _, at most {LONGEST_ID}, as in customer_intelligence");
        problems.add("id", format!("{:?} is no id: it takes {right}", pack.id));
    }
    for (path, text) in [("name", &pack.name), ("description", &pack.description), ("category", &pack.category)] {
        problems.says_something(path, text);
    }
    for (path, list) in [("expected_outcomes", &pack.expected_outcomes), ("sample_questions", &pack.sample_questions)] {
        if list.is_empty() {
            problems.add(path, "must name one at least");
        }
        for (place, text) in list.iter().enumerate() {
            problems.says_something(format!("{path}[{place}]"), text);
        }
    }
}

fn check_connectors(pack: &Pack, problems: &mut Problems) {
    if pack.connectors.is_empty() {
        problems.add("connectors", "must name one at least");
    }
    let mut slugs = HashSet::new();
    let mut sources = HashSet::new();
    for (place, connector) in pack.connectors.iter().enumerate() {
        let at = format!("connectors[{place}]");
        problems.says_something(format!("{at}.name"), &connector.name);
        problems.says_something(format!("{at}.description"), &connector.description);
        if !slugs.insert(plain(&connector.name)) {
            let message = format!("another connector's name is the same in SQL as {}", connector.name);
            problems.add(format!("{at}.name"), message);
        }
        if connector.sources.is_empty() {
            problems.add(format!("{at}.sources"), "must name one at least");
        }
        let mut discovered = HashSet::new();
        for (place, source) in connector.sources.iter().enumerate() {
            let at = format!("{at}.sources[{place}]");
            problems.says_something(format!("{at}.name"), &source.name);
            problems.says_something(format!("{at}.description"), &source.description);
            problems.is_new(format!("{at}.name"), &source.name, &mut sources);
            let found_as = source.discovered.as_deref().unwrap_or(&source.name);
            problems.is_new(format!("{at}.discovered"), found_as, &mut discovered);
            if source.columns.is_empty() {
                problems.add(format!("{at}.columns"), "must name one at least");
            }
            let mut columns = HashSet::new();
            for (place, column) in source.columns.iter().enumerate() {
                problems.is_new(format!("{at}.columns[{place}]"), column, &mut columns);
            }
        }
    }
}

/// A name without all that names in SQL do not tell apart.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase()
}

fn check_checks(pack: &Pack, sources: &[&str], tables: &[&str], problems: &mut Problems) {
    let mut names = HashSet::new();
    for (place, check) in pack.checks.iter().enumerate() {
        let at = format!("checks[{place}]");
        problems.says_something(format!("{at}.name"), &check.name);
        problems.is_new(format!("{at}.name"), &check.name, &mut names);
        check_asked(check, &at, problems);
        for reference in check.sql.iter().flat_map(|sql| references(sql)) {
            let path = format!("{at}.sql");
            match reference.kind {
                Kind::Source => problems.is_known(path, "data source", &reference.name, sources.iter().copied()),
                Kind::Ref => {
                    problems.is_known(path, "table of a TRANSFORM step", &reference.name, tables.iter().copied())
                }
            };
        }
    }
}

fn check_asked(check: &PackCheck, at: &str, problems: &mut Problems) {
    match (&check.question, &check.sql) {
        (Some(question), None) => problems.says_something(format!("{at}.question"), question),
        (None, Some(sql)) => problems.says_something(format!("{at}.sql"), sql),
        (None, None) => problems.add(at, "asks nothing; it needs question or sql"),
        (Some(_), Some(_)) => problems.add(at, "has question and sql; it takes one of them"),
    }
    use super::Comparison::{Found, Rows, Value};
    let shares: &[(&str, f64)] = match &check.compare {
        Value { tolerance, .. } | Rows { tolerance } => &[("tolerance", *tolerance)],
        Found { recall, precision, .. } => &[("recall", *recall), ("precision", *precision)],
        super::Comparison::First { .. } => &[],
    };
    for (key, share) in shares {
        if !(0.0..=1.0).contains(share) {
            problems.add(format!("{at}.compare.{key}"), format!("{share} is no share; it takes 0 to 1"));
        }
    }
}

#[cfg(test)]
mod tests;

/// The example of the guide.
#[cfg(test)]
pub(super) use tests::example;
