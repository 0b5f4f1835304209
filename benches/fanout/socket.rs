//! One subscriber: a WebSocket that is opened, subscribes, and hears facts.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use axum::http::HeaderValue;
use futures::{SinkExt, StreamExt};
use serde_json::json;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::audience::Audience;
use crate::facts::number_in;
use crate::server::Kind;

/// How long a server may take to answer one socket while many are opened.
const PATIENCE: Duration = Duration::from_secs(60);
/// What is read at once.
const READ_BUFFER: usize = 8 * 1024;

const SUBSCRIPTION: &str = "subscription { syncEvents(kinds: [LOG]) { cursor kind message at syncLogId connectorId } }";

/// An open socket with its subscription.
pub(crate) struct Socket(WebSocketStream<TcpStream>);

impl Socket {
    /// Opens one, and subscribes.
    pub(crate) async fn open(address: SocketAddr, kind: Kind) -> Result<Self> {
        timeout(PATIENCE, Self::try_open(address, kind)).await.context("the server answers")?
    }

    async fn try_open(address: SocketAddr, kind: Kind) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let mut request = format!("ws://{address}/graphql").into_client_request()?;
        if kind == Kind::Ours {
            let protocol = HeaderValue::from_static("graphql-transport-ws");
            request.headers_mut().insert("sec-websocket-protocol", protocol);
        }
        let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER);
        let (stream, _) = client_async_with_config(request, stream, Some(config)).await?;
        let mut socket = Self(stream);
        if kind == Kind::Ours {
            socket.say(r#"{"type":"connection_init"}"#).await?;
            socket.waits_for("connection_ack").await?;
            let subscribe = json!({ "type": "subscribe", "id": "1", "payload": { "query": SUBSCRIPTION } });
            socket.say(&subscribe.to_string()).await?;
            // Messages are read in their order: who answers this one has read the other.
            socket.say(r#"{"type":"ping"}"#).await?;
            socket.waits_for("pong").await?;
        }
        Ok(socket)
    }

    /// Hears facts until the server closes, which is a fault.
    pub(crate) async fn listen(mut self, audience: Arc<Audience>) {
        if let Err(error) = self.hear_all(&audience).await {
            audience.goes_wrong(&error);
        }
    }

    async fn hear_all(&mut self, audience: &Audience) -> Result<()> {
        let mut expected = None;
        loop {
            let text = self.next().await?;
            match number_in(text.as_bytes()) {
                Some(fact) => audience.hears(fact, text.len(), &mut expected)?,
                None => self.answer(&text).await?,
            }
        }
    }

    async fn waits_for(&mut self, kind: &str) -> Result<()> {
        loop {
            let text = self.next().await?;
            if text.contains(kind) {
                return Ok(());
            }
            self.answer(&text).await?;
        }
    }

    /// Answers what is no fact.
    async fn answer(&mut self, text: &str) -> Result<()> {
        if text.contains(r#""ping""#) {
            return self.say(r#"{"type":"pong"}"#).await;
        }
        bail!("the server says {text}")
    }

    async fn say(&mut self, text: &str) -> Result<()> {
        Ok(self.0.send(Message::Text(Utf8Bytes::from(text))).await?)
    }

    async fn next(&mut self) -> Result<Utf8Bytes> {
        loop {
            match self.0.next().await.context("the server goes away")?? {
                Message::Text(text) => return Ok(text),
                Message::Close(why) => bail!("the server closes a socket: {why:?}"),
                _ => {}
            }
        }
    }
}
