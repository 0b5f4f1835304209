//! Which input rows have met a row of the table before: for tables that hold a key more than once.

use std::collections::HashMap;

/// Remembers, of each input row, the file of the first table row that it met, and whether it was written.
pub(super) enum Meetings {
    /// The rows of a key come one after the other: the last one is enough.
    InOrder { key: Option<Vec<u8>>, file: String, is_written: bool },
    /// They come in any order; input rows are told apart by their number.
    ByNumber { met: Vec<Met>, files: Vec<String>, numbers: HashMap<String, u32> },
}

/// What is known of an input row: 0 for nothing, otherwise one more than its file's number, and the lowest bit.
#[derive(Clone, Copy, Default)]
pub(super) struct Met(u32);

/// An earlier meeting of an input row.
pub(super) struct Earlier {
    pub(super) file: String,
    pub(super) is_written: bool,
}

impl Meetings {
    pub(super) fn in_order() -> Self {
        Self::InOrder { key: None, file: String::new(), is_written: false }
    }

    /// For input rows with the numbers from 0 to `rows`.
    pub(super) fn by_number(rows: u64) -> Self {
        let rows = usize::try_from(rows).unwrap_or(usize::MAX);
        Self::ByNumber { met: vec![Met::default(); rows], files: Vec::new(), numbers: HashMap::new() }
    }

    /// The first meeting of the input row with this number and key, if this is not the first.
    pub(super) fn earlier(&self, number: i64, key: &[u8]) -> Option<Earlier> {
        match self {
            Self::InOrder { key: last, file, is_written } => {
                (last.as_deref() == Some(key)).then(|| Earlier { file: file.clone(), is_written: *is_written })
            }
            Self::ByNumber { met, files, .. } => {
                let Met(known) = *met.get(usize::try_from(number).ok()?)?;
                let file = files.get((known >> 1).checked_sub(1)? as usize)?;
                Some(Earlier { file: file.clone(), is_written: known & 1 == 1 })
            }
        }
    }

    pub(super) fn remember(&mut self, number: i64, key: &[u8], file: &str, is_written: bool) {
        match self {
            Self::InOrder { key: last, file: first, is_written: was_written } => {
                let last = last.get_or_insert_default();
                last.clear();
                last.extend_from_slice(key);
                first.clear();
                first.push_str(file);
                *was_written = is_written;
            }
            Self::ByNumber { met, files, numbers } => {
                let file = match numbers.get(file) {
                    Some(number) => *number,
                    None => {
                        let next = u32::try_from(files.len()).unwrap_or(u32::MAX >> 2);
                        files.push(file.to_owned());
                        numbers.insert(file.to_owned(), next);
                        next
                    }
                };
                if let Some(met) = usize::try_from(number).ok().and_then(|number| met.get_mut(number)) {
                    *met = Met((file + 1) << 1 | u32::from(is_written));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_meeting_is_remembered() {
        let mut meetings = Meetings::by_number(3);
        assert!(meetings.earlier(2, b"").is_none());
        meetings.remember(2, b"", "a", false);
        meetings.remember(0, b"", "b", true);
        let known = |number| meetings.earlier(number, b"").map(|earlier| (earlier.file, earlier.is_written));
        assert_eq!(known(0), Some(("b".to_owned(), true)));
        assert_eq!(known(1), None);
        assert_eq!(known(2), Some(("a".to_owned(), false)));
    }
}
