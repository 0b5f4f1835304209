//! A line that gives up: on a server that is silent for too long, and on one that sends more than it was asked for.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// What mail comes over.
pub(super) trait Line: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Line for T {}

/// The server has sent more than fits what it was asked for.
#[derive(Debug, thiserror::Error)]
#[error("more was sent than was asked for")]
pub(super) struct TooMuch;

/// A line with its limits.
pub(super) struct Metered {
    line: Box<dyn Line>,
    /// Bytes that may still come.
    left: u64,
    announced: Announced,
    patience: Duration,
    /// When the silence has lasted for too long.
    alarm: Pin<Box<Sleep>>,
}

impl Metered {
    /// A line on which nothing is expected yet.
    pub(super) fn new(line: Box<dyn Line>, patience: Duration) -> Self {
        Self { line, left: 0, announced: Announced::default(), patience, alarm: Box::pin(tokio::time::sleep(patience)) }
    }

    /// From here on, so many bytes are expected, the next of them before the patience is over.
    pub(super) fn expect(&mut self, bytes: u64) {
        self.left = bytes;
        self.calm();
    }

    /// The line itself, to go on with in another way.
    pub(super) fn into_line(self) -> Box<dyn Line> {
        self.line
    }

    fn calm(&mut self) {
        self.alarm.as_mut().reset(Instant::now() + self.patience);
    }
}

impl AsyncRead for Metered {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        match Pin::new(&mut self.line).poll_read(cx, buffer) {
            Poll::Ready(read) => {
                let came = (buffer.filled().len() - before) as u64;
                if came > self.left {
                    return Poll::Ready(Err(io::Error::other(TooMuch)));
                }
                self.left -= came;
                let largest = self.announced.look(&buffer.filled()[before..]);
                // Whoever reads makes room for all that is announced.
                if largest > self.left.saturating_add(came) {
                    return Poll::Ready(Err(io::Error::other(TooMuch)));
                }
                self.calm();
                Poll::Ready(read)
            }
            Poll::Pending if self.alarm.as_mut().poll(cx).is_ready() => {
                Poll::Ready(Err(io::Error::from(io::ErrorKind::TimedOut)))
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

/// Follows what comes as far as to know which literals it announces: `{310}` at the end of a line, and then so many bytes.
#[derive(Debug, Default)]
struct Announced {
    /// Bytes of a literal that are still to come.
    literal: u64,
    /// The end of the line so far.
    tail: Vec<u8>,
}

/// How much of a line is kept: as much as the length of a literal takes.
const TAIL: usize = 24;

impl Announced {
    /// The largest literal that these bytes announce.
    fn look(&mut self, mut bytes: &[u8]) -> u64 {
        let mut largest = 0;
        while !bytes.is_empty() {
            let of_literal = usize::try_from(self.literal).unwrap_or(usize::MAX).min(bytes.len());
            self.literal -= of_literal as u64;
            bytes = &bytes[of_literal..];
            let end = memchr::memchr(b'\n', bytes).map_or(bytes.len(), |at| at + 1);
            let (line, rest) = bytes.split_at(end);
            self.tail.extend_from_slice(&line[line.len().saturating_sub(TAIL)..]);
            self.tail.drain(..self.tail.len().saturating_sub(TAIL));
            if self.tail.ends_with(b"\n") {
                self.literal = length(&self.tail).unwrap_or(0);
                largest = largest.max(self.literal);
                self.tail.clear();
            }
            bytes = rest;
        }
        largest
    }
}

/// The length of the literal that a line ends with.
fn length(line: &[u8]) -> Option<u64> {
    let line = line.strip_suffix(b"\n")?;
    let line = line.strip_suffix(b"\r").unwrap_or(line).strip_suffix(b"}")?;
    let digits = &line[memchr::memrchr(b'{', line)? + 1..];
    std::str::from_utf8(digits).ok()?.trim_end_matches('+').parse().ok()
}

impl AsyncWrite for Metered {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.line).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.line).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.line).poll_shutdown(cx)
    }
}

impl fmt::Debug for Metered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metered").field("left", &self.left).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_seen_however_the_bytes_come() {
        let line: &[u8] =
            b"* 1 FETCH (BODY[] {12}\r\nab {99}\r\ncd {7}\r\nxyzxyzx)\r\n* OK {5} done\r\n* LIST () {3}\nabc\n";
        for size in 1..line.len() {
            let mut announced = Announced::default();
            let seen: Vec<u64> =
                line.chunks(size).map(|piece| announced.look(piece)).filter(|seen| *seen > 0).collect();
            assert_eq!(seen.iter().copied().max(), Some(12), "in pieces of {size}");
            assert!(!seen.contains(&99) && !seen.contains(&5), "{seen:?} in pieces of {size}");
        }
    }
}
