//! An answer that stays open, with a result in each event or part. Over a connection of our own, since the clients that
//! there are read ahead of whoever reads nothing.

use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::connection::{Event, event_of};

/// How results are told from each other.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// graphql-sse.
    Events,
    /// Apollo's multipart subscriptions.
    Parts,
}

impl Framing {
    fn accept(self) -> &'static str {
        match self {
            Self::Events => "text/event-stream",
            Self::Parts => "multipart/mixed;subscriptionSpec=1.0",
        }
    }

    /// What closes each event or part.
    fn delimiter(self) -> &'static str {
        match self {
            Self::Events => "\n\n",
            Self::Parts => "\r\n--graphql",
        }
    }
}

/// The body of an answer.
pub struct Body {
    stream: TcpStream,
    framing: Framing,
    /// What has come, in the chunks of HTTP.
    chunks: Vec<u8>,
    /// What was in chunks that are complete, and in no event that was given.
    text: String,
}

impl Body {
    pub(super) async fn begin(
        mut stream: TcpStream,
        address: SocketAddr,
        framing: Framing,
        operation: &Value,
        last_event_id: Option<&str>,
    ) -> Option<Self> {
        let content = operation.to_string();
        let last_event_id = last_event_id.map_or_else(String::new, |id| format!("last-event-id: {id}\r\n"));
        let request = format!(
            "POST /graphql HTTP/1.1\r\nhost: {address}\r\naccept: {}\r\n{last_event_id}content-type: application/json\r\n\
             content-length: {}\r\n\r\n{content}",
            framing.accept(),
            content.len()
        );
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut body = Self { stream, framing, chunks: Vec::new(), text: String::new() };
        let head = body.head().await?;
        assert!(head.starts_with("http/1.1 200 ok\r\n"), "the answer begins with {head}");
        assert!(head.contains("\r\ntransfer-encoding: chunked"), "an answer without an end has no length: {head}");
        Some(body)
    }

    pub(super) async fn next(&mut self) -> Option<Event> {
        loop {
            while let Some(piece) = self.piece() {
                let event = match self.framing {
                    Framing::Events => event(&piece),
                    Framing::Parts => part(&piece),
                };
                if event.is_some() {
                    return event;
                }
            }
            while !self.take_chunk() {
                self.read().await?;
            }
        }
    }

    pub(super) fn stream(&self) -> &TcpStream {
        &self.stream
    }

    /// What comes before the body, in small letters.
    async fn head(&mut self) -> Option<String> {
        loop {
            if let Some(place) = self.chunks.windows(4).position(|window| window == b"\r\n\r\n") {
                let head: Vec<u8> = self.chunks.drain(..place + 4).collect();
                return Some(String::from_utf8(head).expect("headers are text").to_ascii_lowercase());
            }
            self.read().await?;
        }
    }

    async fn read(&mut self) -> Option<()> {
        let read = self.stream.read_buf(&mut self.chunks).await.ok()?;
        (read > 0).then_some(())
    }

    /// Takes a chunk over to the text, if there is a complete one.
    fn take_chunk(&mut self) -> bool {
        let Some(line_end) = self.chunks.windows(2).position(|window| window == b"\r\n") else { return false };
        let size = str::from_utf8(&self.chunks[..line_end]).expect("a size is text");
        let size = usize::from_str_radix(size, 16).unwrap_or_else(|_| panic!("{size:?} is no size of a chunk"));
        assert_ne!(size, 0, "a subscription of events has no end: {:?}", self.text);
        let begin = line_end + 2;
        if self.chunks.len() < begin + size + 2 {
            return false;
        }
        self.text += str::from_utf8(&self.chunks[begin..begin + size]).expect("chunks are text");
        self.chunks.drain(..begin + size + 2);
        true
    }

    fn piece(&mut self) -> Option<String> {
        let delimiter = self.framing.delimiter();
        let place = self.text.find(delimiter)?;
        let rest = self.text.split_off(place + delimiter.len());
        self.text.truncate(place);
        Some(std::mem::replace(&mut self.text, rest))
    }
}

/// Nothing where it is a comment, which only shows that the connection lives.
fn event(text: &str) -> Option<Event> {
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    let name = field("event")?;
    assert_eq!(name, "next", "the stream says {text:?}");
    let result = serde_json::from_str(field("data").expect("an event has data")).expect("data are JSON");
    Some(Event { event: event_of(result), id: field("id").map(str::to_owned) })
}

/// Nothing where it is the begin of the body, or empty, which only shows that the connection lives.
fn part(text: &str) -> Option<Event> {
    let (_, content) = text.split_once("\r\n\r\n")?;
    let mut part: Value = serde_json::from_str(content).expect("parts are JSON");
    let result = part.get_mut("payload")?.take();
    Some(Event { event: event_of(result), id: None })
}
