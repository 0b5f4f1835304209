//! One subscription of sync events over one connection, whatever its transport; it can be cut at any byte.

use std::net::SocketAddr;

use serde_json::{Value, json};
use socket2::SockRef;
use tokio::net::{TcpSocket, TcpStream};

use super::body::{Body, Framing};
use super::socket::Socket;

/// Bytes that the kernel takes for a narrow connection of which nobody reads.
const NARROW: u32 = 8 * 1024;
/// The segments of a narrow connection: on loopback they are so large otherwise that the server's kernel would take
/// megabytes for a client that reads nothing.
const NARROW_SEGMENT: u32 = 1024;

/// How events come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    Socket,
    EventStream,
    Multipart,
}

impl Transport {
    pub const ALL: [Self; 3] = [Self::Socket, Self::EventStream, Self::Multipart];
}

/// What is asked of a server.
#[derive(Debug)]
pub struct Request {
    pub query: &'static str,
    pub variables: Value,
    /// Sent beside the operation, as an `EventSource` does.
    pub last_event_id: Option<String>,
    /// Little is on its way as long as nobody reads.
    pub is_narrow: bool,
}

/// An event that has come.
#[derive(Debug)]
pub struct Event {
    pub event: Value,
    /// The id by which an `EventSource` goes on.
    pub id: Option<String>,
}

/// A subscription that has begun.
pub enum Connection {
    Socket(Box<Socket>),
    Body(Body),
}

impl Connection {
    /// Asks a server; `None` where it is not there, or dies before it answers.
    pub async fn open(address: SocketAddr, transport: Transport, request: &Request) -> Option<Self> {
        let stream = connect(address, request.is_narrow).await?;
        let operation = json!({ "query": request.query, "variables": request.variables });
        let last_seen = request.last_event_id.as_deref();
        match transport {
            Transport::Socket => {
                Socket::begin(stream, address, operation).await.map(|socket| Self::Socket(Box::new(socket)))
            }
            Transport::EventStream => {
                Body::begin(stream, address, Framing::Events, &operation, last_seen).await.map(Self::Body)
            }
            Transport::Multipart => {
                Body::begin(stream, address, Framing::Parts, &operation, None).await.map(Self::Body)
            }
        }
    }

    /// The next event; `None` where the connection is lost. Whoever stops waiting for it loses nothing.
    pub async fn next(&mut self) -> Option<Event> {
        match self {
            Self::Socket(socket) => socket.next().await,
            Self::Body(body) => body.next().await,
        }
    }

    /// Ends it without a word of the transport: by the end of what we send, or as a broken network does.
    pub fn cut(self, is_abrupt: bool) {
        let stream = match &self {
            Self::Socket(socket) => socket.stream(),
            Self::Body(body) => body.stream(),
        };
        if is_abrupt {
            // What is lost already cannot be cut any more.
            stream.set_zero_linger().ok();
        }
    }
}

async fn connect(address: SocketAddr, is_narrow: bool) -> Option<TcpStream> {
    let socket = TcpSocket::new_v4().expect("a socket");
    if is_narrow {
        socket.set_recv_buffer_size(NARROW).expect("a small buffer");
        SockRef::from(&socket).set_tcp_mss(NARROW_SEGMENT).expect("small segments");
    }
    socket.connect(address).await.ok()
}

/// The event in the result of an operation, which must be one.
pub(super) fn event_of(mut result: Value) -> Value {
    assert!(result.get("errors").is_none(), "the events cannot be followed: {result:#}");
    result["data"]["syncEvents"].take()
}
