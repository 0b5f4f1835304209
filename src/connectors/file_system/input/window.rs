//! A text in pieces: the part that a scanner looks at, which grows until it holds a whole row.

use std::io::{self, Read};
use std::ops::Range;

use memchr::memchr;

const BUFFER: usize = 256 << 10;

/// A window over a text that is read from front to back.
pub(in crate::connectors::file_system) struct Window<R> {
    source: R,
    buffer: Vec<u8>,
    /// What of the buffer is not yet used.
    unread: Range<usize>,
    /// Bytes of the text before `unread`.
    offset: u64,
    /// Lines of the text before `unread`.
    lines: u64,
    ended: bool,
    failed: Option<io::Error>,
}

impl<R: Read> Window<R> {
    /// A window over `source`, before which the text has `offset` bytes and `lines` lines.
    pub(in crate::connectors::file_system) fn new(source: R, offset: u64, lines: u64) -> Self {
        Self { source, buffer: Vec::new(), unread: 0..0, offset, lines, ended: false, failed: None }
    }

    /// Bytes of the text before the window.
    pub(in crate::connectors::file_system) fn offset(&self) -> u64 {
        self.offset
    }

    /// Lines of the text before the window.
    pub(in crate::connectors::file_system) fn lines(&self) -> u64 {
        self.lines
    }

    /// What the window shows.
    pub(in crate::connectors::file_system) fn bytes(&self) -> &[u8] {
        &self.buffer[self.unread.clone()]
    }

    /// Whether the text ends where the window does.
    pub(in crate::connectors::file_system) fn is_last(&self) -> bool {
        self.ended
    }

    /// Moves the window past `length` bytes that hold `lines` line ends. The bytes can still be had by [`used`](Self::used).
    pub(in crate::connectors::file_system) fn advance(&mut self, length: usize, lines: u64) -> usize {
        let start = self.unread.start;
        self.unread.start += length;
        self.offset += length as u64;
        self.lines += lines;
        start
    }

    /// Bytes that the window moved past, from the place that [`advance`](Self::advance) gave, until it grows.
    pub(in crate::connectors::file_system) fn used(&self, start: usize, length: usize) -> &[u8] {
        &self.buffer[start..start + length]
    }

    /// Shows more of the text.
    ///
    /// # Errors
    /// What reading ran into before; what came until then has been shown.
    pub(in crate::connectors::file_system) fn grow(&mut self) -> io::Result<()> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        if self.unread.start > 0 {
            self.buffer.copy_within(self.unread.clone(), 0);
            self.unread = 0..self.unread.len();
        }
        // Twice as large each time, since a row that did not fit is looked at again from its beginning.
        let room = (self.unread.end + BUFFER).max(2 * self.unread.end);
        self.buffer.resize(room, 0);
        while self.unread.end < room {
            match self.source.read(&mut self.buffer[self.unread.end..]) {
                Ok(0) => {
                    self.ended = true;
                    break;
                }
                Ok(length) => self.unread.end += length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.failed = Some(error);
                    break;
                }
            }
        }
        Ok(())
    }

    /// Moves past the rest of a line, however long it is.
    ///
    /// # Errors
    /// What reading ran into.
    pub(in crate::connectors::file_system) fn skip_line(&mut self, line_end: u8) -> io::Result<()> {
        loop {
            if let Some(end) = memchr(line_end, self.bytes()) {
                self.advance(end + 1, 1);
                return Ok(());
            }
            self.advance(self.unread.len(), 0);
            if self.ended {
                return Ok(());
            }
            self.grow()?;
        }
    }
}
