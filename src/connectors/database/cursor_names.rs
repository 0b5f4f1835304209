//! Which column looks as if it grew with every change of its row, by its name and type.

/// Names of such columns, the surest first.
const NAMES: &[&str] = &[
    "updated_at",
    "modified_at",
    "changed_at",
    "last_modified",
    "last_modified_at",
    "last_updated",
    "last_updated_at",
    "last_update",
    "last_change",
    "updated_on",
    "modified_on",
    "update_time",
    "modified_time",
    "updatedat",
    "modifiedat",
    "updated",
    "modified",
    "mtime",
];

/// What the values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Form {
    Time,
    Number,
    Text,
}

/// The best of columns that are given by name, form, and whether they are never NULL: one whose name is known as it is
/// before one whose name ends so, times before numbers before texts, those that are never NULL before others.
pub(super) fn best<'a>(columns: impl Iterator<Item = (&'a str, Form, bool)>) -> Option<String> {
    let ranked = columns.filter_map(|(name, form, not_null)| {
        let (is_part, place) = place(name)?;
        Some(((is_part, form, !not_null, place), name))
    });
    ranked.min_by_key(|(rank, _)| *rank).map(|(_, name)| name.to_owned())
}

/// Whether only the end of a name is known, and where in the list it stands.
fn place(name: &str) -> Option<(bool, usize)> {
    let name = name.to_ascii_lowercase().replace([' ', '-'], "_");
    if name.starts_with("is_") || name.starts_with("has_") {
        return None;
    }
    if let Some(place) = NAMES.iter().position(|known| *known == name) {
        return Some((false, place));
    }
    let ends = |known: &str| name.strip_suffix(known).is_some_and(|rest| rest.ends_with('_'));
    NAMES.iter().position(|known| ends(known)).map(|place| (true, place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_and_parts_of_names_stand_back() {
        let columns = [
            ("is_updated", Form::Number, true),
            ("row_updated_at", Form::Time, true),
            ("modified", Form::Number, true),
            ("Last-Modified", Form::Time, false),
            ("updated_at", Form::Text, true),
            ("created_at", Form::Time, true),
        ];
        assert_eq!(best(columns.into_iter()).as_deref(), Some("Last-Modified"));
        assert_eq!(best(columns[..2].iter().copied()).as_deref(), Some("row_updated_at"));
        assert_eq!(best(columns[..1].iter().copied()), None);
    }
}
