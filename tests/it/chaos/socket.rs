//! graphql-transport-ws for one subscription.

use std::net::SocketAddr;

use futures::{SinkExt, StreamExt};
use reqwest::header::HeaderValue;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use super::connection::{Event, event_of};

/// A socket with one subscription.
pub struct Socket(WebSocketStream<TcpStream>);

impl Socket {
    pub(super) async fn begin(stream: TcpStream, address: SocketAddr, operation: Value) -> Option<Self> {
        let mut request = format!("ws://{address}/graphql").into_client_request().expect("a URL");
        request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static("graphql-transport-ws"));
        let mut socket = Self(tokio_tungstenite::client_async(request, stream).await.ok()?.0);
        socket.say(json!({ "type": "connection_init" })).await?;
        socket.say(json!({ "type": "subscribe", "id": "1", "payload": operation })).await?;
        Some(socket)
    }

    pub(super) async fn next(&mut self) -> Option<Event> {
        loop {
            let Message::Text(text) = self.0.next().await?.ok()? else { continue };
            let mut message: Value = serde_json::from_str(&text).expect("messages are JSON");
            match message["type"].as_str() {
                Some("next") => return Some(Event { event: event_of(message["payload"].take()), id: None }),
                Some("ping") => self.say(json!({ "type": "pong" })).await?,
                Some("connection_ack") => {}
                _ => panic!("the socket says {message:#}"),
            }
        }
    }

    pub(super) fn stream(&self) -> &TcpStream {
        self.0.get_ref()
    }

    async fn say(&mut self, message: Value) -> Option<()> {
        self.0.send(Message::Text(Utf8Bytes::from(message.to_string()))).await.ok()
    }
}
