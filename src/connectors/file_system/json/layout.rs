//! Where the rows of a JSON file are, found by looking at its beginning.

use memchr::memchr_iter;

use super::split::{Cut, Layout, value_length};

/// Where the first row begins, and how the rows follow each other.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rows {
    pub(super) layout: Layout,
    /// Bytes and lines before the first row.
    pub(super) offset: u64,
    pub(super) lines: u64,
    /// The key whose array holds the rows, as `data.items`, where they are not at the top.
    pub(super) key: Option<String>,
}

/// How deep in an object an array of rows is looked for.
const DEPTH: usize = 4;

/// Finds the rows of a `.json` file: the elements of an array or of several, of the first array of objects in a lone
/// object, or objects one after the other. `is_whole` says that `start` is the whole file.
///
/// # Errors
/// What the file begins with, where it is none of these.
pub(super) fn find_rows(start: &[u8], is_whole: bool) -> Result<Rows, String> {
    let blanks = start.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let text = &start[blanks..];
    match text.first() {
        None => Ok(rows(start, 0, Layout::Sequence, None)),
        Some(b'[') => Ok(rows(start, blanks + 1, Layout::Elements, None)),
        Some(b'{') => {
            let is_lone = match value_length(text, is_whole) {
                Ok(length) => is_whole && text[length..].trim_ascii().is_empty(),
                Err(Cut) => true,
            };
            match is_lone.then(|| array_of_objects(text, DEPTH)).flatten() {
                Some((at, key)) => Ok(rows(start, blanks + at, Layout::Members, Some(key))),
                None => Ok(rows(start, 0, Layout::Sequence, None)),
            }
        }
        Some(_) => {
            let shown: String = String::from_utf8_lossy(text).chars().take(20).collect();
            Err(format!("begins with {shown:?} where an array or an object must be"))
        }
    }
}

fn rows(start: &[u8], at: usize, layout: Layout, key: Option<String>) -> Rows {
    Rows { layout, offset: at as u64, lines: memchr_iter(b'\n', &start[..at]).count() as u64, key }
}

/// The place after the bracket of the first array of objects in an object, those of its own keys first. The object may
/// be cut off.
fn array_of_objects(object: &[u8], depth: usize) -> Option<(usize, String)> {
    let members = members(object);
    for (key, at) in &members {
        let value = &object[*at..];
        if value.first() == Some(&b'[') && value[1..].trim_ascii_start().first() == Some(&b'{') {
            return Some((at + 1, key.clone()));
        }
    }
    if depth == 0 {
        return None;
    }
    let nested = members.iter().filter(|(_, at)| object.get(*at) == Some(&b'{'));
    let mut found = nested.filter_map(|(key, at)| {
        let (inner, path) = array_of_objects(&object[*at..], depth - 1)?;
        Some((at + inner, format!("{key}.{path}")))
    });
    found.next()
}

/// The keys of an object and where their values begin, as far as it goes.
fn members(object: &[u8]) -> Vec<(String, usize)> {
    let mut members = Vec::new();
    let mut at = 1;
    loop {
        at += blanks(&object[at.min(object.len())..], b',');
        let Some(b'"') = object.get(at) else { return members };
        let Ok(length) = value_length(&object[at..], false) else { return members };
        let key = serde_json::from_slice::<String>(&object[at..at + length]).unwrap_or_default();
        at += length;
        at += blanks(&object[at..], b':');
        if at >= object.len() {
            return members;
        }
        members.push((key, at));
        let Ok(length) = value_length(&object[at..], false) else { return members };
        at += length;
    }
}

fn blanks(bytes: &[u8], separator: u8) -> usize {
    bytes.iter().take_while(|byte| byte.is_ascii_whitespace() || **byte == separator).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> (Layout, u64, Option<String>) {
        let rows = find_rows(text.as_bytes(), true).unwrap();
        (rows.layout, rows.offset, rows.key)
    }

    #[test]
    fn the_rows_of_a_json_file_are_found() {
        assert_eq!(found(" [ {} ]"), (Layout::Elements, 2, None));
        assert_eq!(found(r#"{"count": 2, "items": [ {"a": 1} ]}"#), (Layout::Members, 23, Some("items".into())));
        assert_eq!(found(r#"{"data": {"x": [1], "rows": [{}]}}"#), (Layout::Members, 29, Some("data.rows".into())));
        assert_eq!(found(r#"{"a": [{}]} {"a": [{}]}"#), (Layout::Sequence, 0, None));
        assert_eq!(found(r#"{"a": 1}"#), (Layout::Sequence, 0, None));
        assert_eq!(found(""), (Layout::Sequence, 0, None));
        assert!(find_rows(b"<html>", true).is_err());
        assert_eq!(find_rows(br#"{"a": "x", "items": [{"b": 1}, {"b"#, false).unwrap().key.as_deref(), Some("items"));
    }
}
