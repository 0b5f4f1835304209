//! Which tables a statement of a pack names: `{{ source('Sales Report') }}` and `{{ ref('scores') }}`.

use std::sync::LazyLock;

use regex::Regex;

/// What a reference names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A data source.
    Source,
    /// A table of a TRANSFORM step.
    Ref,
}

/// A table that a statement names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) kind: Kind,
    pub(super) name: String,
}

static REFERENCE: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r#"\b(source|ref)\s*\(\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*\)"#;
    Regex::new(pattern).expect("the pattern is sound")
});

/// The tables that a statement names, in their order.
pub(super) fn references(sql: &str) -> Vec<Reference> {
    let reference = |found: regex::Captures<'_>| Reference {
        kind: if &found[1] == "source" { Kind::Source } else { Kind::Ref },
        name: found.get(2).or_else(|| found.get(3)).map_or("", |name| name.as_str()).replace("\\'", "'"),
    };
    REFERENCE.captures_iter(sql).map(reference).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_are_found() {
        let found = references("SELECT * FROM {{ source('Sales Report') }} s JOIN {{ref( \"scores\" )}} USING (id)");
        let found: Vec<(Kind, &str)> = found.iter().map(|found| (found.kind, found.name.as_str())).collect();
        assert_eq!(found, [(Kind::Source, "Sales Report"), (Kind::Ref, "scores")]);
        assert_eq!(references("SELECT resource('x'), 'source' FROM t"), []);
    }
}
