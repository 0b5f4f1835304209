//! Words that people use for one another, whatever the model calls a thing.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::stem::stem;

/// Each line holds words for about the same thing.
const ALIKE: &str = include_str!("thesaurus.txt");

/// Whether two stems are words for about the same thing.
pub(crate) fn alike(one: &str, other: &str) -> bool {
    static LINES: OnceLock<HashMap<String, Vec<usize>>> = OnceLock::new();
    let lines = LINES.get_or_init(|| {
        let mut lines: HashMap<String, Vec<usize>> = HashMap::new();
        for (line, words) in ALIKE.lines().filter(|line| !line.starts_with('#')).enumerate() {
            for word in words.split_whitespace() {
                lines.entry(stem(word)).or_default().push(line);
            }
        }
        lines
    });
    match (lines.get(one), lines.get(other)) {
        (Some(one), Some(other)) => one.iter().any(|line| other.contains(line)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_one_thing_are_alike() {
        assert!(alike(&stem("turnover"), &stem("revenue")));
        assert!(alike(&stem("clients"), &stem("customer")));
        assert!(!alike(&stem("clients"), &stem("revenue")));
    }
}
