//! Splits delimited text into records and fields, as RFC 4180 has it and as people write it.
//!
//! Written here and not taken from the `csv` crate, because a record's exact bytes and lines are needed to reject it,
//! an empty field differs from an empty quoted one, and a quote that is never closed must neither swallow the file nor
//! fill the memory: its first line is rejected and reading goes on at the next.

use std::io::{self, Read};

use memchr::{memchr, memchr_iter, memchr2};

use crate::connectors::file_system::input::Window;

const QUOTE: u8 = b'"';

/// One field of a record: a range of its bytes, without the quotes around it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::connectors::file_system) struct Field {
    start: usize,
    end: usize,
    pub(in crate::connectors::file_system) quoted: bool,
    /// Whether it holds doubled quotes, which stand for one.
    doubled: bool,
}

/// One record, in the scanner's buffer.
pub(in crate::connectors::file_system) struct Record<'a> {
    /// The record as it came, without its line end.
    pub(in crate::connectors::file_system) raw: &'a [u8],
    pub(in crate::connectors::file_system) fields: &'a [Field],
    /// The number of its first line, from 1.
    pub(in crate::connectors::file_system) line: u64,
    /// Why it cannot be split into fields.
    pub(in crate::connectors::file_system) problem: Option<Problem>,
}

/// Why a record cannot be split into fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::connectors::file_system) enum Problem {
    /// A quoted field goes on to the end of the file, or beyond the longest record.
    NeverClosed,
    /// Something other than a delimiter follows the closing quote.
    TextAfterQuote,
    /// The record is longer than any may be.
    TooLong,
}

impl Problem {
    pub(in crate::connectors::file_system) fn reason(self) -> &'static str {
        match self {
            Self::NeverClosed => "a quoted field is never closed",
            Self::TextAfterQuote => "text follows the closing quote of a field",
            Self::TooLong => "the row is longer than 16 MiB",
        }
    }
}

impl<'a> Record<'a> {
    /// The text of a field; `scratch` holds it where doubled quotes had to be undone.
    pub(in crate::connectors::file_system) fn text<'b>(&self, field: Field, scratch: &'b mut Vec<u8>) -> &'b [u8]
    where
        'a: 'b,
    {
        let bytes = &self.raw[field.start..field.end];
        if !field.doubled {
            return bytes;
        }
        scratch.clear();
        let mut from = 0;
        while let Some(quote) = memchr(QUOTE, &bytes[from..]) {
            scratch.extend_from_slice(&bytes[from..=from + quote]);
            from += quote + 2;
        }
        scratch.extend_from_slice(&bytes[from.min(bytes.len())..]);
        scratch
    }
}

/// Reads records from text in bounded memory: a window that holds at most the longest record and a little more.
pub(in crate::connectors::file_system) struct Scanner<R> {
    window: Window<R>,
    delimiter: u8,
    line_end: u8,
    max_record: usize,
    fields: Vec<Field>,
    /// The window stands within a line that was rejected as too long.
    in_tail: bool,
}

/// How splitting a record at the beginning of some bytes went.
enum Split {
    /// The record's length without its line end, and with it.
    Done { content: usize, whole: usize, problem: Option<Problem> },
    /// The bytes end before the record does.
    NeedsMore,
}

impl<R: Read> Scanner<R> {
    /// Splits what the window shows.
    pub(in crate::connectors::file_system) fn new(
        window: Window<R>,
        delimiter: u8,
        line_end: u8,
        max_record: usize,
    ) -> Self {
        Self { window, delimiter, line_end, max_record, fields: Vec::new(), in_tail: false }
    }

    /// Bytes of the text before the next record.
    pub(in crate::connectors::file_system) fn offset(&self) -> u64 {
        self.window.offset()
    }

    /// Lines of the text before the next record.
    pub(in crate::connectors::file_system) fn lines(&self) -> u64 {
        self.window.lines()
    }

    /// Moves past the rest of a line that was rejected as too long, so that the next record begins where the window does.
    ///
    /// # Errors
    /// What reading ran into.
    pub(in crate::connectors::file_system) fn settle(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.in_tail) { self.window.skip_line(self.line_end) } else { Ok(()) }
    }

    /// The next record that is not an empty line; `None` at the end.
    ///
    /// # Errors
    /// What reading ran into, after the last record that came whole.
    pub(in crate::connectors::file_system) fn next(&mut self) -> io::Result<Option<Record<'_>>> {
        loop {
            self.settle()?;
            let (bytes, is_last) = (self.window.bytes(), self.window.is_last());
            let split = split(bytes, self.delimiter, self.line_end, is_last, self.max_record, &mut self.fields);
            let Split::Done { content, whole, problem } = split else {
                self.window.grow()?;
                continue;
            };
            if whole == 0 {
                return Ok(None);
            }
            let is_one_line = problem.is_some() || self.fields.iter().all(|field| !field.quoted);
            let line_ends = if is_one_line { 0 } else { memchr_iter(self.line_end, &bytes[..content]).count() as u64 };
            // A line without its end was cut off, or is the last.
            self.in_tail = problem.is_some() && whole == content && !is_last;
            let line = self.window.lines() + 1;
            let start = self.window.advance(whole, line_ends + u64::from(!self.in_tail));
            if content > 0 {
                return Ok(Some(Record { raw: self.window.used(start, content), fields: &self.fields, line, problem }));
            }
        }
    }
}

/// Splits the first record of `bytes` into `fields`.
fn split(
    bytes: &[u8],
    delimiter: u8,
    line_end: u8,
    is_last: bool,
    max_record: usize,
    fields: &mut Vec<Field>,
) -> Split {
    fields.clear();
    if bytes.is_empty() {
        return if is_last { Split::Done { content: 0, whole: 0, problem: None } } else { Split::NeedsMore };
    }
    let give_up = |problem| first_line(bytes, line_end, is_last, max_record, problem);
    let mut at = 0;
    loop {
        if at > max_record {
            return give_up(if bytes[..at].contains(&QUOTE) { Problem::NeverClosed } else { Problem::TooLong });
        }
        let quoted = bytes.get(at) == Some(&QUOTE);
        let end = if quoted {
            match closing_quote(bytes, at + 1) {
                Closing::At { quote, doubled } => {
                    fields.push(Field { start: at + 1, end: quote, quoted: true, doubled });
                    quote + 1
                }
                Closing::Missing if is_last || bytes.len() - at > max_record => return give_up(Problem::NeverClosed),
                Closing::Missing => return Split::NeedsMore,
            }
        } else {
            match memchr_end(bytes, at, delimiter, line_end) {
                Some(end) => end,
                None if is_last => bytes.len(),
                None if bytes.len() - at > max_record => return give_up(Problem::TooLong),
                None => return Split::NeedsMore,
            }
        };
        match bytes.get(end) {
            Some(byte) if *byte == delimiter => {
                if !quoted {
                    fields.push(Field { start: at, end, quoted: false, doubled: false });
                }
                at = end + 1;
                if at == bytes.len() && !is_last {
                    return Split::NeedsMore;
                }
            }
            Some(byte) if *byte == line_end => {
                let content = end - usize::from(!quoted && end > at && bytes[end - 1] == b'\r' && line_end == b'\n');
                if !quoted {
                    fields.push(Field { start: at, end: content, quoted: false, doubled: false });
                }
                return Split::Done { content, whole: end + 1, problem: None };
            }
            // A carriage return between a closing quote and the line's end.
            Some(b'\r') if quoted && bytes.get(end + 1) == Some(&line_end) => {
                return Split::Done { content: end, whole: end + 2, problem: None };
            }
            Some(b'\r') if quoted && end + 1 == bytes.len() => {
                return if is_last {
                    Split::Done { content: end, whole: end + 1, problem: None }
                } else {
                    Split::NeedsMore
                };
            }
            Some(_) => return give_up(Problem::TextAfterQuote),
            None if is_last => {
                if !quoted {
                    fields.push(Field { start: at, end, quoted: false, doubled: false });
                }
                return Split::Done { content: end, whole: end, problem: None };
            }
            None => return Split::NeedsMore,
        }
    }
}

/// Rejects the first line of a record that cannot be split; the next record begins after it.
fn first_line(bytes: &[u8], line_end: u8, is_last: bool, max_record: usize, problem: Problem) -> Split {
    match memchr(line_end, bytes) {
        Some(end) => {
            let content = if end > 0 && bytes[end - 1] == b'\r' { end - 1 } else { end };
            Split::Done { content, whole: end + 1, problem: Some(problem) }
        }
        None if is_last || bytes.len() > max_record => {
            Split::Done { content: bytes.len(), whole: bytes.len(), problem: Some(problem) }
        }
        None => Split::NeedsMore,
    }
}

enum Closing {
    At { quote: usize, doubled: bool },
    Missing,
}

fn closing_quote(bytes: &[u8], from: usize) -> Closing {
    let mut at = from;
    let mut doubled = false;
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr(QUOTE, rest)) {
        let quote = at + found;
        if bytes.get(quote + 1) != Some(&QUOTE) {
            return Closing::At { quote, doubled };
        }
        doubled = true;
        at = quote + 2;
    }
    Closing::Missing
}

fn memchr_end(bytes: &[u8], from: usize, delimiter: u8, line_end: u8) -> Option<usize> {
    memchr2(delimiter, line_end, &bytes[from..]).map(|found| from + found)
}
