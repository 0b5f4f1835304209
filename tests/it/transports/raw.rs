//! A WebSocket without any helpfulness: it says what it is told to, and shows what comes.

use std::net::SocketAddr;

use futures::{SinkExt, StreamExt};
use reqwest::header::HeaderValue;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use crate::harness::PATIENCE;

/// The subprotocol.
pub const PROTOCOL: &str = "graphql-transport-ws";

/// What a server says.
#[derive(Debug, PartialEq)]
pub enum Heard {
    /// A message.
    Message(Value),
    /// The end, with code and reason; none where there was no close frame.
    Close(Option<(u16, String)>),
}

async fn narrow(address: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4096).expect("a small buffer");
    socket.connect(address).await.expect("the server listens")
}

/// A request whose answer nobody reads after its first bytes.
pub struct Unread {
    stream: TcpStream,
}

impl Unread {
    /// Asks for an operation by a media type, and waits until the answer begins.
    pub async fn begun(address: SocketAddr, accept: &str, query: &str) -> Self {
        Self::answer(address, "/graphql", accept, &json!({ "query": query })).await
    }

    /// Asks for the download of what a statement gives, and waits until it begins.
    pub async fn download(address: SocketAddr, statement: &str) -> Self {
        Self::answer(address, "/download/query", "*/*", &json!({ "query": statement })).await
    }

    async fn answer(address: SocketAddr, path: &str, accept: &str, body: &Value) -> Self {
        let mut stream = narrow(address).await;
        let body = body.to_string();
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {address}\r\nAccept: {accept}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await.expect("the server reads");
        let mut begin = [0; 15];
        stream.read_exact(&mut begin).await.expect("the server answers");
        assert_eq!(&begin, b"HTTP/1.1 200 OK");
        Self { stream }
    }

    /// Reads on until the last chunk of the body has come, or the connection ends; gives whether the body is whole.
    pub async fn ends_whole(mut self) -> bool {
        let mut body = Vec::new();
        let read = async {
            while !body.ends_with(b"\r\n0\r\n\r\n") {
                match self.stream.read_buf(&mut body).await {
                    Ok(0) | Err(_) => return false,
                    Ok(_) => {}
                }
            }
            true
        };
        tokio::time::timeout(PATIENCE, read).await.expect("the answer ends")
    }
}

/// An open socket.
pub struct RawSocket(WebSocketStream<TcpStream>);

impl RawSocket {
    /// A socket that has said nothing.
    pub async fn open(address: SocketAddr) -> Self {
        Self::speaking(address, Some(PROTOCOL)).await
    }

    /// A socket that asks for a subprotocol, or for none.
    pub async fn speaking(address: SocketAddr, protocol: Option<&'static str>) -> Self {
        let stream = TcpStream::connect(address).await.expect("the server listens");
        Self::over(stream, address, protocol).await
    }

    /// A socket of which little is on its way as long as nobody reads.
    pub async fn narrow(address: SocketAddr) -> Self {
        Self::over(narrow(address).await, address, Some(PROTOCOL)).await
    }

    async fn over(stream: TcpStream, address: SocketAddr, protocol: Option<&'static str>) -> Self {
        let mut request = format!("ws://{address}/graphql").into_client_request().expect("a URL");
        if let Some(protocol) = protocol {
            request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static(protocol));
        }
        Self(tokio_tungstenite::client_async(request, stream).await.expect("the server upgrades").0)
    }

    /// A socket whose `connection_init` was acknowledged.
    pub async fn begun(address: SocketAddr) -> Self {
        let mut socket = Self::open(address).await;
        socket.say(json!({ "type": "connection_init" })).await;
        assert_eq!(socket.hear().await, Heard::Message(json!({ "type": "connection_ack" })));
        socket
    }

    /// Sends a message.
    pub async fn say(&mut self, message: Value) {
        self.say_frame(Message::Text(Utf8Bytes::from(message.to_string()))).await;
    }

    /// Sends any frame. A server that has closed meanwhile says so to whoever listens.
    pub async fn say_frame(&mut self, frame: Message) {
        self.0.send(frame).await.ok();
    }

    /// Sends bytes as they are, whether they are a frame or not.
    pub async fn say_bytes(&mut self, bytes: &[u8]) {
        self.0.get_mut().write_all(bytes).await.expect("the server listens");
    }

    /// Asks for an operation.
    pub async fn subscribe(&mut self, id: &str, query: &str, variables: Value) {
        let payload = json!({ "query": query, "variables": variables });
        self.say(json!({ "type": "subscribe", "id": id, "payload": payload })).await;
    }

    /// What the server says next, pings of the protocol included, frames of the WebSocket itself not.
    pub async fn hear(&mut self) -> Heard {
        loop {
            let heard = tokio::time::timeout(PATIENCE, self.0.next()).await.expect("the server says something");
            match heard {
                Some(Ok(Message::Text(text))) => {
                    return Heard::Message(serde_json::from_str(&text).expect("messages are JSON"));
                }
                Some(Ok(Message::Close(frame))) => {
                    return Heard::Close(frame.map(|frame| (frame.code.into(), frame.reason.to_string())));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Heard::Close(None),
            }
        }
    }

    /// The next message.
    pub async fn message(&mut self) -> Value {
        match self.hear().await {
            Heard::Message(message) => message,
            Heard::Close(why) => panic!("the socket was closed: {why:?}"),
        }
    }

    /// The code and reason with which the server closes, whatever it says before.
    pub async fn closed(&mut self) -> (u16, String) {
        let closed = async {
            loop {
                if let Heard::Close(why) = self.hear().await {
                    return why;
                }
            }
        };
        let why = tokio::time::timeout(PATIENCE, closed).await.expect("the server closes");
        why.expect("there is a close frame")
    }
}
