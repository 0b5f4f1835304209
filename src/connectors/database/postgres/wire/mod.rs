//! The PostgreSQL protocol, as far as reading needs it: sign in, simple queries, `COPY … TO STDOUT`, cancel.
//!
//! The rows of a COPY are handed out where they lie in the receive buffer. `tokio-postgres`, the runner-up, allocates
//! and sends each row through a channel between two tasks; with five million rows that costs more than decoding them.
//! Protocol: <https://www.postgresql.org/docs/current/protocol.html>.

pub(super) mod binding;
mod cancel;
mod connect;
mod sign_in;

use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::failure::{Doing, ServerError};
use super::target::Target;
use crate::sdk::{BoxError, ConnectorError};
use cancel::CancelKey;

/// How much is received at once; a larger row grows the buffer for as long as it is there.
const RECEIVE_BYTES: usize = 256 * 1024;
/// No message of a server is longer before it has let us in; what says so is no such server.
const SIGN_IN_BYTES: usize = 64 * 1024;

/// A line to the server, plain or encrypted.
trait Socket: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Socket for T {}

/// One signed-in connection; of no use any more after an error. Dropping it closes it, and cancels the query that runs on it.
pub(super) struct Connection {
    socket: Box<dyn Socket>,
    received: Vec<u8>,
    start: usize,
    end: usize,
    target: Arc<Target>,
    cancel_key: Option<CancelKey>,
    is_signed_in: bool,
    /// Whether the server works on a query of ours.
    is_busy: bool,
    /// The server's version as it says it, for example `15.4 (Debian 15.4-1)`.
    pub(super) server_version: String,
    /// The database's encoding; text of `SQL_ASCII` may be anything.
    pub(super) server_encoding: String,
}

/// The rows that one statement of a simple query gave, as text.
pub(super) type Rows = Vec<Vec<Option<String>>>;

/// How far the received part of a COPY got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Drained {
    /// The taker of the rows asked to stop here for a while.
    Paused,
    /// All that was received is taken: receive more.
    Empty,
    /// The COPY is over.
    End,
}

impl Connection {
    /// Runs statements in one round trip and gives the rows of each statement that gives rows.
    ///
    /// # Errors
    /// What the server says of `relation`, or `Unreachable`.
    pub(super) async fn query(&mut self, sql: &str, relation: Option<&str>) -> Result<Vec<Rows>, ConnectorError> {
        self.send_query(sql).await?;
        let mut results = Vec::new();
        loop {
            let (tag, body) = self.message().await?;
            match tag {
                b'T' => results.push(Rows::new()),
                b'D' => {
                    let row = text_row(body).ok_or_else(|| self.malformed("a row of text"))?;
                    if let Some(rows) = results.last_mut() {
                        rows.push(row);
                    }
                }
                b'E' => {
                    let error = ServerError::parse(body);
                    self.is_busy = false;
                    return Err(self.failed(error, relation));
                }
                b'Z' => {
                    self.is_busy = false;
                    return Ok(results);
                }
                _ => {}
            }
        }
    }

    /// Says good-bye, so that the server's log does not call it a lost client.
    pub(super) async fn close(mut self) {
        self.send(b'X', &[]).await.ok();
    }

    /// Starts `COPY (…) TO STDOUT`; the rows are then taken by [`drain`](Self::drain) and [`receive`](Self::receive).
    ///
    /// # Errors
    /// What the server says of `relation`, or `Unreachable`.
    pub(super) async fn start_copy(&mut self, sql: &str, relation: &str) -> Result<(), ConnectorError> {
        self.send_query(sql).await?;
        loop {
            let (tag, body) = self.message().await?;
            match tag {
                b'H' => return Ok(()),
                b'E' => {
                    let error = ServerError::parse(body);
                    self.is_busy = false;
                    return Err(self.failed(error, Some(relation)));
                }
                b'N' | b'S' | b'A' => {}
                _ => return Err(self.malformed("the start of a copy")),
            }
        }
    }

    /// Hands the received parts of a COPY to `take`, in order, until it answers `true` or nothing is left.
    ///
    /// # Errors
    /// Those of `take`, and what the server says of `relation`.
    pub(super) fn drain(
        &mut self,
        relation: &str,
        mut take: impl FnMut(&[u8]) -> Result<bool, ConnectorError>,
    ) -> Result<Drained, ConnectorError> {
        loop {
            let Some(length) = self.message_length()? else { return Ok(Drained::Empty) };
            let tag = self.received[self.start];
            let body = &self.received[self.start + 5..self.start + length];
            self.start += length;
            match tag {
                b'd' if take(body)? => return Ok(Drained::Paused),
                b'd' => {}
                b'E' => {
                    let error = ServerError::parse(body);
                    self.is_busy = false;
                    return Err(self.failed(error, Some(relation)));
                }
                b'Z' => {
                    self.is_busy = false;
                    return Ok(Drained::End);
                }
                _ => {}
            }
        }
    }

    /// Waits for more from the server.
    ///
    /// # Errors
    /// `Unreachable` where the connection is lost.
    pub(super) async fn receive(&mut self) -> Result<(), ConnectorError> {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        } else if self.start > 0 {
            self.received.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        // Nobody's word for a length is taken: there is room for as much again as has come.
        let wanted = match self.header_length() {
            Some(length) if length > RECEIVE_BYTES => length.min(RECEIVE_BYTES.max(2 * self.end)),
            _ => RECEIVE_BYTES,
        };
        if self.received.len() != wanted && self.end <= wanted {
            self.received.resize(wanted, 0);
            self.received.shrink_to_fit();
        }
        match self.socket.read(&mut self.received[self.end..]).await {
            Ok(0) => Err(self.lost("it was closed by the other end")),
            Ok(count) => {
                self.end += count;
                Ok(())
            }
            Err(error) => Err(self.lost(error)),
        }
    }

    /// `host:port`, for messages.
    pub(super) fn endpoint(&self) -> String {
        self.target.endpoint.to_string()
    }

    async fn send_query(&mut self, sql: &str) -> Result<(), ConnectorError> {
        if sql.contains('\0') {
            return Err(ConnectorError::config("source", "a name holds a NUL character, which PostgreSQL cannot have"));
        }
        self.is_busy = true;
        self.send(b'Q', &[sql.as_bytes(), b"\0"]).await
    }

    async fn send(&mut self, tag: u8, parts: &[&[u8]]) -> Result<(), ConnectorError> {
        let length = parts.iter().map(|part| part.len()).sum::<usize>() + 4;
        let Ok(declared) = i32::try_from(length) else { return Err(self.malformed("a message of such length")) };
        let mut message = Vec::with_capacity(length + 1);
        message.push(tag);
        message.extend_from_slice(&declared.to_be_bytes());
        for part in parts {
            message.extend_from_slice(part);
        }
        self.write(&message).await
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), ConnectorError> {
        let written = match self.socket.write_all(bytes).await {
            Ok(()) => self.socket.flush().await,
            failed => failed,
        };
        written.map_err(|error| self.lost(error))
    }

    /// The next message whole: its tag and body.
    async fn message(&mut self) -> Result<(u8, &[u8]), ConnectorError> {
        loop {
            if let Some(length) = self.message_length()? {
                let from = self.start;
                self.start += length;
                return Ok((self.received[from], &self.received[from + 5..from + length]));
            }
            self.receive().await?;
        }
    }

    /// Length of the next message with its tag, once it is there whole.
    fn message_length(&self) -> Result<Option<usize>, ConnectorError> {
        match self.header_length() {
            Some(length) if length < 5 => Err(self.malformed("the length of a message")),
            Some(length) if length > SIGN_IN_BYTES && !self.is_signed_in => Err(self.malformed("a request to sign in")),
            Some(length) if length <= self.end - self.start => Ok(Some(length)),
            _ => Ok(None),
        }
    }

    fn header_length(&self) -> Option<usize> {
        let header = self.received.get(self.start + 1..self.start + 5).filter(|_| self.end - self.start >= 5)?;
        let declared = u32::from_be_bytes(header.try_into().ok()?);
        Some(declared.min(i32::MAX as u32) as usize + 1)
    }

    fn failed(&self, error: ServerError, relation: Option<&str>) -> ConnectorError {
        let endpoint = self.endpoint();
        let doing = Doing { endpoint: &endpoint, user: &self.target.user, database: &self.target.database, relation };
        doing.failed(error)
    }

    fn lost(&self, cause: impl Into<BoxError>) -> ConnectorError {
        ConnectorError::unreachable(format!("the connection to {} was lost", self.target.endpoint), cause)
    }

    fn malformed(&self, what: &str) -> ConnectorError {
        ConnectorError::Protocol {
            message: format!("{} does not speak PostgreSQL's protocol: {what} was expected", self.target.endpoint),
            cause: None,
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(key) = self.cancel_key.take().filter(|_| self.is_busy) {
            key.send_in_background(Arc::clone(&self.target));
        }
    }
}

fn text_row(body: &[u8]) -> Option<Vec<Option<String>>> {
    let (count, mut rest) = body.split_first_chunk::<2>()?;
    let mut row = Vec::with_capacity(usize::from(u16::from_be_bytes(*count)));
    for _ in 0..u16::from_be_bytes(*count) {
        let (length, after) = rest.split_first_chunk::<4>()?;
        rest = after;
        let Ok(length) = usize::try_from(i32::from_be_bytes(*length)) else {
            row.push(None);
            continue;
        };
        let (value, after) = rest.split_at_checked(length)?;
        row.push(Some(String::from_utf8_lossy(value).into_owned()));
        rest = after;
    }
    Some(row)
}
