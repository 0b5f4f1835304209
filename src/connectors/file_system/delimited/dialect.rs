//! How a delimited file is written: its delimiter and its line ends, found by looking at its beginning.

use memchr::memchr;

use super::scan::Scanner;
use crate::connectors::file_system::input::Window;

/// The delimiters that are looked for, the usual one first.
const DELIMITERS: [u8; 4] = *b",;\t|";
/// How many records are looked at.
const LOOKED_AT: usize = 200;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dialect {
    pub(super) delimiter: u8,
    /// `\n`, which takes `\r\n` too, or `\r` in files of old Macs.
    pub(super) line_end: u8,
}

impl Dialect {
    /// Looks at the beginning of a text; `delimiter` is the one that is known beforehand.
    pub(super) fn of(start: &[u8], delimiter: Option<u8>) -> Self {
        let line_end = if memchr(b'\n', start).is_none() && memchr(b'\r', start).is_some() { b'\r' } else { b'\n' };
        Self { delimiter: delimiter.unwrap_or_else(|| likely_delimiter(start, line_end)), line_end }
    }
}

/// The delimiter that splits most records into the same number of fields; of equals the one with more fields.
fn likely_delimiter(start: &[u8], line_end: u8) -> u8 {
    let mut best = (0, 0, DELIMITERS[0]);
    for delimiter in DELIMITERS {
        let counts = field_counts(start, delimiter, line_end);
        let Some(usual) =
            counts.iter().copied().filter(|count| *count > 1).max_by_key(|count| frequency(&counts, *count))
        else {
            continue;
        };
        let share = frequency(&counts, usual) * 1000 / counts.len();
        if (share, usual) > (best.0, best.1) {
            best = (share, usual, delimiter);
        }
    }
    best.2
}

fn frequency(counts: &[usize], wanted: usize) -> usize {
    counts.iter().filter(|count| **count == wanted).count()
}

fn field_counts(start: &[u8], delimiter: u8, line_end: u8) -> Vec<usize> {
    let mut scanner = Scanner::new(Window::new(start, 0, 0), delimiter, line_end, start.len());
    let mut counts = Vec::new();
    while counts.len() < LOOKED_AT {
        match scanner.next() {
            Ok(Some(record)) if record.problem.is_none() => counts.push(record.fields.len()),
            Ok(Some(_)) => {}
            _ => break,
        }
    }
    // The last record may be cut off.
    if counts.len() > 1 && counts.len() < LOOKED_AT {
        counts.pop();
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delimiter(text: &str) -> char {
        char::from(Dialect::of(text.as_bytes(), None).delimiter)
    }

    #[test]
    fn the_delimiter_is_the_one_that_splits_evenly() {
        assert_eq!(delimiter("a,b\n1,2\n"), ',');
        assert_eq!(delimiter("a;b\n1,5;2\n3,5;4\n"), ';');
        assert_eq!(delimiter("a\tb\n1, 2\t3\nx, y\tz\n"), '\t');
        assert_eq!(delimiter("a|b|c\n\"x,y\"|2|3\n"), '|');
        assert_eq!(delimiter("one\ntwo\n"), ',');
        assert_eq!(delimiter(""), ',');
        assert_eq!(delimiter("name;text\na;\"b, c, d\"\nb;\"e\nf, g\"\n"), ';');
    }

    #[test]
    fn carriage_returns_alone_end_lines_too() {
        assert_eq!(Dialect::of(b"a,b\r1,2\r", None).line_end, b'\r');
        assert_eq!(Dialect::of(b"a,b\r\n1,2\r\n", None).line_end, b'\n');
    }
}
