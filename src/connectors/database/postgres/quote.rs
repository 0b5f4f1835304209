//! Names and texts as SQL writes them, and a table's path in the catalogue.

/// A name in double quotes, whatever it is made of.
pub(super) fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text in single quotes, whatever the server's `standard_conforming_strings`.
pub(super) fn literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if quoted.contains('\\') { format!("E'{}'", quoted.replace('\\', "\\\\")) } else { format!("'{quoted}'") }
}

/// `schema.table`; a part that holds a dot or a quote stands in double quotes.
pub(super) fn path(schema: &str, table: &str) -> String {
    let part = |name: &str| if name.contains(['.', '"']) { identifier(name) } else { name.to_owned() };
    format!("{}.{}", part(schema), part(table))
}

/// Schema and table of a [`path`]; a path of one part lies in `public`.
pub(super) fn split_path(path: &str) -> Option<(String, String)> {
    let mut parts = Vec::new();
    let mut rest = path;
    loop {
        let (part, after) = first_part(rest)?;
        parts.push(part);
        match after.strip_prefix('.') {
            Some(next) => rest = next,
            None if after.is_empty() => break,
            None => return None,
        }
    }
    match <[String; 2]>::try_from(parts) {
        Ok([schema, table]) => Some((schema, table)),
        Err(mut parts) => parts.pop().filter(|_| parts.is_empty()).map(|table| ("public".to_owned(), table)),
    }
}

fn first_part(path: &str) -> Option<(String, &str)> {
    let Some(quoted) = path.strip_prefix('"') else {
        let end = path.find('.').unwrap_or(path.len());
        return (end > 0).then(|| (path[..end].to_owned(), &path[end..]));
    };
    let mut name = String::new();
    let mut rest = quoted;
    loop {
        let end = rest.find('"')?;
        name.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('"') {
            Some(after) => {
                name.push('"');
                rest = after;
            }
            None => return Some((name, rest)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_any_names_is_read_back() {
        for (schema, table) in
            [("public", "orders"), ("a.b", "c\"d"), ("Größe", "日付 x"), ("\"", "."), ("s", "with space")]
        {
            assert_eq!(split_path(&path(schema, table)), Some((schema.to_owned(), table.to_owned())));
        }
        assert_eq!(split_path("orders"), Some(("public".to_owned(), "orders".to_owned())));
        for wrong in ["", "a.", ".a", "a.b.c", "\"a", "\"a\"b.c"] {
            assert_eq!(split_path(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_literal_cannot_be_left() {
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(literal("a\\'b"), "E'a\\\\''b'");
    }
}
