//! Splits JSON text into the values that are rows: by lines, or by their brackets.

use std::io::{self, Read};

use memchr::{memchr, memchr_iter, memchr2};

use crate::connectors::file_system::input::Window;
use crate::connectors::file_system::table::MAX_ROW_BYTES;
use crate::sdk::ConnectorError;

/// How the rows of a file follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// One value a line.
    Lines,
    /// Values one after the other, with or without blanks between them.
    Sequence,
    /// The elements of an array, or of several, one after the other.
    Elements,
    /// The elements of an array within an object.
    Members,
}

impl Layout {
    fn is_array(self) -> bool {
        matches!(self, Self::Elements | Self::Members)
    }
}

/// One row's text, in the splitter's window.
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub(super) text: &'a [u8],
    /// The number of its first line, from 1.
    pub(super) line: u64,
    /// It is longer than a row may be, and this is its beginning.
    pub(super) too_long: bool,
}

/// Reads rows from text in bounded memory.
pub(super) struct Splitter<R> {
    window: Window<R>,
    layout: Layout,
    in_tail: bool,
    ended: bool,
    /// Bytes and lines before the end of the array, once it was met.
    end: Option<(u64, u64)>,
}

impl<R: Read> Splitter<R> {
    pub(super) fn new(window: Window<R>, layout: Layout) -> Self {
        Self { window, layout, in_tail: false, ended: false, end: None }
    }

    /// Bytes before the next row, or before the end of the array, so that who goes on there finds it again.
    pub(super) fn offset(&self) -> u64 {
        self.end.map_or_else(|| self.window.offset(), |(offset, _)| offset)
    }

    /// Lines, likewise.
    pub(super) fn lines(&self) -> u64 {
        self.end.map_or_else(|| self.window.lines(), |(_, lines)| lines)
    }

    /// Moves past the rest of a line that was rejected as too long.
    pub(super) fn settle(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.in_tail) { self.window.skip_line(b'\n') } else { Ok(()) }
    }

    /// The next row; `None` at the end.
    ///
    /// # Errors
    /// What reading ran into, or a [`ConnectorError`] where brackets and commas are not as they must be: after the last
    /// row that came whole.
    pub(super) fn next(&mut self) -> io::Result<Option<Row<'_>>> {
        if self.layout == Layout::Lines {
            return self.next_line();
        }
        if self.ended || !self.find_value()? {
            self.ended = true;
            return Ok(None);
        }
        let length = loop {
            let bytes = self.window.bytes();
            match value_length(bytes, self.window.is_last()) {
                Ok(length) => break length,
                Err(Cut) if self.window.is_last() => return Err(self.broken("the file ends within a value")),
                Err(Cut) if bytes.len() > MAX_ROW_BYTES => return Err(self.broken("a value is longer than 16 MiB")),
                Err(Cut) => self.window.grow()?,
            }
        };
        let line = self.window.lines() + 1;
        let inner_lines = memchr_iter(b'\n', &self.window.bytes()[..length]).count() as u64;
        let start = self.window.advance(length, inner_lines);
        Ok(Some(Row { text: self.window.used(start, length), line, too_long: false }))
    }

    fn next_line(&mut self) -> io::Result<Option<Row<'_>>> {
        loop {
            self.settle()?;
            let (bytes, is_last) = (self.window.bytes(), self.window.is_last());
            let (content, whole, too_long) = match memchr(b'\n', bytes) {
                Some(end) => (end, end + 1, end > MAX_ROW_BYTES),
                None if bytes.len() > MAX_ROW_BYTES => (bytes.len(), bytes.len(), true),
                None if is_last && bytes.is_empty() => return Ok(None),
                None if is_last => (bytes.len(), bytes.len(), false),
                None => {
                    self.window.grow()?;
                    continue;
                }
            };
            let is_blank = bytes[..content].trim_ascii().is_empty();
            self.in_tail = too_long && whole == content && !is_last;
            let line = self.window.lines() + 1;
            let start = self.window.advance(whole, u64::from(!self.in_tail));
            if !is_blank || too_long {
                return Ok(Some(Row { text: self.window.used(start, content).trim_ascii(), line, too_long }));
            }
        }
    }

    /// Moves to the next value; `false` where there is none.
    fn find_value(&mut self) -> io::Result<bool> {
        loop {
            match self.next_byte(self.layout.is_array())? {
                Some(b']') if self.layout == Layout::Members => return Ok(false),
                Some(b']') if self.layout == Layout::Elements => {
                    if !self.find_array()? {
                        return Ok(false);
                    }
                }
                Some(b']' | b'}' | b':' | b',') => {
                    return Err(self.broken("a bracket or comma stands where a value must be"));
                }
                Some(_) => return Ok(true),
                None if self.layout.is_array() => return Err(self.broken("the file ends before its array does")),
                None => return Ok(false),
            }
        }
    }

    /// Moves from the end of an array into the one that follows it; `false` where nothing follows.
    fn find_array(&mut self) -> io::Result<bool> {
        self.end = Some((self.window.offset(), self.window.lines()));
        self.window.advance(1, 0);
        match self.next_byte(false)? {
            None => Ok(false),
            Some(b'[') => {
                self.window.advance(1, 0);
                self.end = None;
                Ok(true)
            }
            Some(_) => Err(self.broken("something other than an array follows the array")),
        }
    }

    /// Moves past blanks, and commas if they are nothing else here, to the next byte; `None` at the end.
    fn next_byte(&mut self, past_commas: bool) -> io::Result<Option<u8>> {
        loop {
            let bytes = self.window.bytes();
            let is_between = |byte: &u8| byte.is_ascii_whitespace() || (*byte == b',' && past_commas);
            let blanks = bytes.iter().take_while(|byte| is_between(byte)).count();
            let lines = memchr_iter(b'\n', &bytes[..blanks]).count() as u64;
            self.window.advance(blanks, lines);
            match self.window.bytes().first() {
                Some(byte) => return Ok(Some(*byte)),
                None if self.window.is_last() => return Ok(None),
                None => self.window.grow()?,
            }
        }
    }

    fn broken(&self, message: &str) -> io::Error {
        io::Error::other(ConnectorError::data(format!("line {}", self.window.lines() + 1), message))
    }
}

/// The text ends before the value does.
#[derive(Debug, PartialEq)]
pub(super) struct Cut;

/// How long the value at the beginning of `bytes` is: to its closing bracket or quote, or to where a plain word ends.
/// What is between the brackets is not looked at.
pub(super) fn value_length(bytes: &[u8], is_last: bool) -> Result<usize, Cut> {
    match bytes.first() {
        Some(b'"') => string_length(bytes),
        Some(b'{' | b'[') => bracket_length(bytes),
        _ => {
            let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b',' | b']' | b'}' | b':');
            match bytes.iter().position(ends) {
                Some(end) => Ok(end),
                None if is_last && !bytes.is_empty() => Ok(bytes.len()),
                None => Err(Cut),
            }
        }
    }
}

fn bracket_length(bytes: &[u8]) -> Result<usize, Cut> {
    let mut depth = 0usize;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at += string_length(&bytes[at..])?;
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return Ok(at + 1);
                }
            }
            _ => {}
        }
        at += 1;
    }
    Err(Cut)
}

fn string_length(bytes: &[u8]) -> Result<usize, Cut> {
    let mut at = 1;
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
        at += found;
        if bytes[at] == b'"' {
            return Ok(at + 1);
        }
        at += 2;
    }
    Err(Cut)
}
