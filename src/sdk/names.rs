//! Names that need no quotes in SQL, made from whatever a source calls its things.

use std::collections::HashSet;

/// The longest name that is made; longer ones are cut.
pub const MAX_NAME: usize = 63;

/// What names of columns begin with that the library of the lake's format adds to the rows it reads.
const OF_THE_LAKE: &str = "__delta_rs";

/// Words that SQL does not take as a bare name.
const RESERVED: &[&str] = &[
    "all",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "begin",
    "between",
    "both",
    "by",
    "case",
    "cast",
    "check",
    "collate",
    "column",
    "commit",
    "constraint",
    "create",
    "cross",
    "current_date",
    "current_time",
    "current_timestamp",
    "default",
    "delete",
    "desc",
    "describe",
    "distinct",
    "drop",
    "else",
    "end",
    "except",
    "exists",
    "explain",
    "false",
    "fetch",
    "filter",
    "for",
    "foreign",
    "from",
    "full",
    "global",
    "group",
    "grouping",
    "having",
    "in",
    "inner",
    "insert",
    "intersect",
    "interval",
    "into",
    "is",
    "join",
    "lateral",
    "left",
    "like",
    "limit",
    "natural",
    "not",
    "null",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "outer",
    "over",
    "partition",
    "primary",
    "qualify",
    "references",
    "returning",
    "right",
    "rollback",
    "row",
    "rows",
    "select",
    "set",
    "some",
    "table",
    "then",
    "to",
    "true",
    "union",
    "unique",
    "unnest",
    "update",
    "user",
    "using",
    "values",
    "view",
    "when",
    "where",
    "window",
    "with",
];

/// A lower-case name of `[a-z0-9_]`: other scripts are written in Latin letters, what is left becomes `_`.
///
/// ```
/// use dataweaver::sdk::names::safe;
/// assert_eq!(safe("Größe (cm)"), "grosse_cm");
/// assert_eq!(safe("2nd try"), "_2nd_try");
/// ```
pub fn safe(name: &str) -> String {
    let mut safe = String::with_capacity(name.len());
    for letter in deunicode::deunicode(name).chars() {
        if letter.is_ascii_alphanumeric() {
            safe.push(letter.to_ascii_lowercase());
        } else if letter == '_' || !safe.ends_with('_') {
            safe.push('_');
        }
    }
    if !name.ends_with('_') {
        safe.truncate(safe.trim_end_matches('_').len());
    }
    if !name.starts_with('_') && safe.starts_with('_') {
        safe.remove(0);
    }
    safe.truncate(MAX_NAME - 4);
    if safe.is_empty() || safe.starts_with(|first: char| first.is_ascii_digit()) {
        safe.insert(0, '_');
    }
    if safe.starts_with(OF_THE_LAKE) {
        safe.drain(..2);
    }
    safe
}

/// A schema's or table's name that SQL takes without quotes: [`safe`], with `_` after a reserved word.
pub fn slug(name: &str) -> String {
    let mut slug = safe(name);
    if RESERVED.contains(&slug.as_str()) {
        slug.push('_');
    }
    slug
}

/// The first of `name`, `name_2`, `name_3` … that is not taken.
pub fn unique(name: String, is_taken: impl Fn(&str) -> bool) -> String {
    if !is_taken(&name) {
        return name;
    }
    (2u32..).map(|number| format!("{name}_{number}")).find(|numbered| !is_taken(numbered)).unwrap_or(name)
}

/// Lake names for the columns of one table, in order: safe, and each different from the others.
pub fn columns<'a>(source_names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut taken = HashSet::new();
    source_names
        .into_iter()
        .map(|source_name| {
            let name = unique(safe(source_name), |name| taken.contains(name));
            taken.insert(name.clone());
            name
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_any_script_become_safe_and_unique() {
        assert_eq!(
            columns(["Order ID", "order-id", "ORDER_ID", "日付", "", "__x_"]),
            ["order_id", "order_id_2", "order_id_3", "ri_fu", "_", "__x_"]
        );
    }

    #[test]
    fn no_column_is_called_like_one_of_the_lake() {
        assert_eq!(
            columns(["__delta_rs_file_id__", "delta_rs_file_id__"]),
            ["delta_rs_file_id__", "delta_rs_file_id___2"]
        );
    }

    #[test]
    fn reserved_words_and_leading_digits_get_an_underscore() {
        assert_eq!(slug("Order"), "order_");
        assert_eq!(slug("2024 sales"), "_2024_sales");
        assert_eq!(slug("customers"), "customers");
    }

    #[test]
    fn long_names_are_cut_and_stay_unique() {
        let long = "x".repeat(200);
        let names = columns([long.as_str(), long.as_str()]);
        assert!(names[0] != names[1] && names.iter().all(|name| name.len() <= MAX_NAME), "{names:?}");
    }
}
