//! mbox files: messages one after the other, each behind a line that begins with `From ` (RFC 4155).
//!
//! A `From ` line counts where the line before it is empty, or there is none, and where a time of day is in it. Lines of a
//! message that would be taken for one are written with `>` in front; one `>` is taken away.

use std::io::{self, BufRead};

use chrono::{DateTime, NaiveDateTime};

use super::super::message::BEGINNING;

/// One message of a file.
#[derive(Debug, PartialEq)]
pub(super) struct Piece {
    /// Where its `From ` line begins.
    pub(super) position: u64,
    /// Where the next message begins, or the file ends.
    pub(super) end: u64,
    /// When it was put into the file, in microseconds since 1970.
    pub(super) received_at: Option<i64>,
    /// Its bytes, or the beginning of them.
    pub(super) raw: Vec<u8>,
    pub(super) size: u64,
    pub(super) is_whole: bool,
}

/// Takes a file apart, message by message.
pub(super) struct Pieces<R> {
    reader: R,
    position: u64,
    limit: u64,
    /// The `From ` line that was read already, and where it begins.
    separator: Option<(u64, Vec<u8>)>,
    line: Vec<u8>,
}

/// The longest `From ` line.
const LONGEST_SEPARATOR: usize = 4 << 10;

impl<R: BufRead> Pieces<R> {
    /// Of a reader that stands at `position`; messages above the limit are not held in memory.
    pub(super) fn new(reader: R, position: u64, limit: u64) -> Self {
        Self { reader, position, limit, separator: None, line: Vec::new() }
    }

    /// The next message.
    ///
    /// # Errors
    /// Where reading fails, and where the file does not begin like an mbox file.
    pub(super) fn next(&mut self) -> io::Result<Option<Piece>> {
        let (position, separator) = match self.separator.take() {
            Some(separator) => separator,
            None => {
                let position = self.position;
                if !self.read_piece()? {
                    return Ok(None);
                }
                if !is_separator(&self.line) {
                    return Err(io::Error::from(io::ErrorKind::InvalidData));
                }
                (position, self.line.clone())
            }
        };
        let mut raw = Vec::new();
        let (mut size, mut is_whole) = (0, true);
        let (mut after_empty, mut at_start) = (false, true);
        loop {
            let start = self.position;
            let was_at_start = at_start;
            if !self.read_piece()? {
                break;
            }
            at_start = self.line.ends_with(b"\n");
            if was_at_start && after_empty && is_separator(&self.line) {
                self.separator = Some((start, self.line.clone()));
                break;
            }
            let content = if was_at_start { unquoted(&self.line) } else { &self.line };
            size += content.len() as u64;
            if is_whole {
                raw.extend_from_slice(content);
                if size > self.limit {
                    is_whole = false;
                    raw.truncate(BEGINNING as usize);
                    raw.shrink_to_fit();
                }
            }
            if was_at_start {
                after_empty = matches!(self.line.as_slice(), b"\n" | b"\r\n");
            } else {
                after_empty = false;
            }
        }
        if after_empty && is_whole {
            // It stands between the messages, and belongs to neither.
            let end = if raw.ends_with(b"\r\n") { 2 } else { 1 };
            raw.truncate(raw.len() - end.min(raw.len()));
            size = raw.len() as u64;
        }
        let end = self.separator.as_ref().map_or(self.position, |(start, _)| *start);
        Ok(Some(Piece { position, end, received_at: date(&separator), raw, size, is_whole }))
    }

    /// Reads a line, or a piece of a long one, into `line`; `false` at the end.
    fn read_piece(&mut self) -> io::Result<bool> {
        self.line.clear();
        while self.line.len() < LONGEST_SEPARATOR {
            let available = match self.reader.fill_buf() {
                Ok(available) => available,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if available.is_empty() {
                break;
            }
            let most = &available[..available.len().min(LONGEST_SEPARATOR - self.line.len())];
            let (length, is_end) = match memchr::memchr(b'\n', most) {
                Some(at) => (at + 1, true),
                None => (most.len(), false),
            };
            self.line.extend_from_slice(&most[..length]);
            self.reader.consume(length);
            self.position += length as u64;
            if is_end {
                break;
            }
        }
        Ok(!self.line.is_empty())
    }
}

/// Whether a line stands between messages.
pub(super) fn is_separator(line: &[u8]) -> bool {
    let has_time = |line: &[u8]| {
        line.windows(5).any(|part| {
            let digits = [0, 1, 3, 4].iter().all(|place| part[*place].is_ascii_digit());
            digits && part[2] == b':'
        })
    };
    line.starts_with(b"From ") && has_time(line)
}

/// A line without the `>` that keeps it from being taken for a `From ` line.
fn unquoted(line: &[u8]) -> &[u8] {
    let quotes = line.iter().take_while(|byte| **byte == b'>').count();
    if quotes > 0 && line[quotes..].starts_with(b"From ") { &line[1..] } else { line }
}

/// The date of a `From ` line: `From ada@example.com Sat Jan  3 01:05:34 1998`, in UTC unless a zone stands behind. The day
/// of the week is often wrong, and says nothing that the date does not.
fn date(separator: &[u8]) -> Option<i64> {
    let line = String::from_utf8_lossy(separator);
    let words: Vec<&str> = line.split_whitespace().collect();
    let text = |from: usize| words.get(words.len().checked_sub(from)?..).map(|words| words.join(" "));
    let with_zone = text(5).and_then(|text| DateTime::parse_from_str(&text, "%b %d %H:%M:%S %Y %z").ok());
    if let Some(with_zone) = with_zone {
        return Some(with_zone.timestamp_micros());
    }
    let date = NaiveDateTime::parse_from_str(&text(4)?, "%b %d %H:%M:%S %Y").ok()?;
    Some(date.and_utc().timestamp_micros())
}

/// What the headers `Status` and `X-Status` say, which mail programs write into mbox files.
pub(super) fn flags(raw: &[u8]) -> Vec<String> {
    let mut flags = Vec::new();
    for line in raw.split(|byte| *byte == b'\n').take_while(|line| !matches!(line, [] | [b'\r'])) {
        let Some(colon) = memchr::memchr(b':', line) else { continue };
        let (name, value) = line.split_at(colon);
        if !name.eq_ignore_ascii_case(b"status") && !name.eq_ignore_ascii_case(b"x-status") {
            continue;
        }
        for letter in value {
            let flag = match letter {
                b'R' => "\\Seen",
                b'A' => "\\Answered",
                b'F' => "\\Flagged",
                b'T' => "\\Draft",
                b'D' => "\\Deleted",
                _ => continue,
            };
            if !flags.iter().any(|known| known == flag) {
                flags.push(flag.to_owned());
            }
        }
    }
    flags
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "From ada@example.com Sat Jan  3 01:05:34 1996\nSubject: one\nStatus: RO\nX-Status: A\n\n>From here on\n>>From there\nFrom me to you\n\nFrom nowhere\n\nFrom bob Sun Jan 04 01:05:34 1996 +0100\r\nSubject: two\r\n\r\nbody\r\n";

    fn pieces(file: &str, limit: u64) -> Vec<Piece> {
        let mut pieces = Pieces::new(file.as_bytes(), 0, limit);
        std::iter::from_fn(|| pieces.next().unwrap()).collect()
    }

    #[test]
    fn messages_are_told_apart() {
        let found = pieces(FILE, 1 << 20);
        assert_eq!(found.len(), 2, "{found:?}");
        let text = |piece: &Piece| String::from_utf8_lossy(&piece.raw).into_owned();
        assert!(
            text(&found[0]).ends_with("\nFrom here on\n>From there\nFrom me to you\n\nFrom nowhere\n"),
            "{found:?}"
        );
        assert_eq!(flags(&found[0].raw), ["\\Seen", "\\Answered"]);
        assert_eq!(text(&found[1]), "Subject: two\r\n\r\nbody\r\n");
        assert_eq!(found[0].received_at, Some(820_631_134_000_000));
        assert_eq!(found[1].received_at, Some((820_631_134 + 86_400 - 3_600) * 1_000_000));
        assert_eq!((found[0].position, found[0].end, found[1].end), (0, found[1].position, FILE.len() as u64));
        assert!(FILE[found[1].position as usize..].starts_with("From bob"));
    }

    #[test]
    fn a_message_above_the_limit_is_not_held() {
        let long = format!(
            "From a Sat Jan  3 01:05:34 1996\nSubject: s\n\n{}\n\nFrom b Sat Jan  3 01:05:34 1996\nx: y\n\nz\n",
            "x".repeat(3 << 20)
        );
        let found = pieces(&long, 2 << 20);
        assert_eq!(found.len(), 2);
        assert!(!found[0].is_whole && found[0].raw.len() == BEGINNING as usize && found[0].size > 3 << 20);
        assert!(found[1].is_whole);
    }

    #[test]
    fn what_is_no_mbox_file_is_told() {
        let mut pieces = Pieces::new(&b"Subject: one\n\nFrom x"[..], 0, 100);
        assert_eq!(pieces.next().unwrap_err().kind(), io::ErrorKind::InvalidData);
        assert_eq!(Pieces::new(&b""[..], 0, 100).next().unwrap(), None);
    }
}
