//! graphql-transport-ws: a WebSocket from its upgrade to its close.

use std::future::pending;
use std::iter::once;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;

use ::metrics::{counter, gauge};
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::HeaderMap;
use axum::response::Response;
use futures::stream::{FuturesUnordered, SplitSink, SplitStream};
use futures::{FutureExt, SinkExt, StreamExt, poll};
use serde_json::Value;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until, timeout};

use super::operations::{NotBegun, Operations};
use super::outbox::{Outbox, Parcel};
use super::protocol::{self, Closing, Said};
use super::{too_many_operations, until};
use crate::config::LiveSettings;
use crate::graphql::{RequestId, refusal};
use crate::http::Server;
use crate::http::auth::bearer;
use crate::http::refusal::Refusal;
use crate::http::request::request_of;
use crate::services::{ServiceError, Viewer};

/// How long a close frame may take to be sent, and again its answer to come.
const GOODBYE: Duration = Duration::from_secs(3);
/// How long the answer may take where the server stops.
const SHORT_GOODBYE: Duration = Duration::from_millis(500);
/// What is read at once; each connection holds as much, and what clients say is short.
const READ_BUFFER: usize = 1024;
/// Messages are put together up to this size before they are sent.
const WRITE_BUFFER: usize = 8 * 1024;
/// Bytes for which a client may take `live.slow_seconds` once more.
const SLOW_BYTES: usize = 64 * 1024;
/// How many times `live.slow_seconds` a client may take at the most, whatever is sent.
const SLOW_TIMES: u32 = 20;
/// The largest message before the `connection_init` was taken up, of a client of which nothing is known; in bytes.
const UNKNOWN_BYTES: usize = 16 * 1024;

/// Accepts a socket. The token comes with the request, or in `connection_init`: browsers can only do the latter.
pub(in crate::http) fn accept(
    server: Server,
    mut upgrade: WebSocketUpgrade,
    headers: &HeaderMap,
    id: RequestId,
) -> Result<Response, Refusal> {
    let token = server.header_token(headers)?.map(str::to_owned);
    let is_ours = upgrade.requested_protocols().any(|name| name == protocol::NAME);
    // A client that asks for another one learns by a code that we do not speak it; it would not hear the code if its
    // upgrade named no protocol that it knows.
    let named = upgrade.requested_protocols().find(|name| !is_ours || *name == protocol::NAME).cloned();
    if let Some(name) = named {
        upgrade.set_selected_protocol(name);
    }
    let limit = server.config.live.message_bytes;
    let upgrade = upgrade
        .max_message_size(limit)
        .max_frame_size(limit)
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER);
    let sockets = server.sockets.clone();
    Ok(upgrade.on_upgrade(move |socket| sockets.track_future(serve(server, socket, is_ours.then_some(token), id))))
}

/// Talks with a client until either closes. `token` is none where the client speaks another protocol.
async fn serve(server: Server, socket: WebSocket, token: Option<Option<String>>, id: RequestId) {
    gauge!("dataweaver_live_connections", "transport" => "websocket").increment(1.0);
    let (mut sink, mut messages) = socket.split();
    let closing = match token {
        Some(token) => converse(&server, &mut sink, &mut messages, token, id).await,
        None => Closing::OtherProtocol,
    };
    gauge!("dataweaver_live_connections", "transport" => "websocket").decrement(1.0);
    let code = closing.code().map_or_else(|| "none".to_owned(), |code| code.to_string());
    counter!("dataweaver_live_sockets_closed_total", "code" => code).increment(1);
    let is_readable = closing.is_readable();
    match closing.frame() {
        Some(frame) => {
            tracing::debug!(code = frame.code, reason = %frame.reason, "a socket is closed");
            let patience = if closing == Closing::Restart { SHORT_GOODBYE } else { GOODBYE };
            say_goodbye(&mut sink, is_readable.then_some(&mut messages), frame, patience).await;
        }
        // The answer to the client's close frame is ready to be sent, where there was one.
        None => {
            timeout(GOODBYE, sink.flush()).await.ok();
        }
    }
}

async fn converse(
    server: &Server,
    sink: &mut SplitSink<WebSocket, Message>,
    messages: &mut SplitStream<WebSocket>,
    token: Option<String>,
    id: RequestId,
) -> Closing {
    let outbox = Arc::new(Outbox::new(server.config.live.queue_bytes()));
    let is_heard = AtomicBool::new(false);
    let mut conversation =
        Conversation { server, token, id, outbox: Arc::clone(&outbox), operations: None, is_heard: &is_heard };
    // Each is woken for itself: a message to the client is no reason to look whether the client has said something.
    let mut both = FuturesUnordered::from_iter([
        conversation.listen(messages).left_future(),
        speak(sink, &outbox, &server.config.live, &is_heard).right_future(),
    ]);
    both.next().await.unwrap_or(Closing::Gone)
}

/// What a client says, and what is done about it.
struct Conversation<'a> {
    server: &'a Server,
    /// That of the upgrade.
    token: Option<String>,
    id: RequestId,
    outbox: Arc<Outbox>,
    /// None before the `connection_init`.
    operations: Option<Operations>,
    /// The client has said something since it was asked whether it is there.
    is_heard: &'a AtomicBool,
}

impl Conversation<'_> {
    /// Listens until there is a reason to close.
    async fn listen(&mut self, messages: &mut SplitStream<WebSocket>) -> Closing {
        let settings = &self.server.config.live;
        let init_ends = Instant::now() + settings.init();
        let outbox = Arc::clone(&self.outbox);
        let mut drain_ends = None;
        loop {
            tokio::select! {
                message = messages.next() => {
                    self.is_heard.store(true, Ordering::Relaxed);
                    let heard = match message {
                        Some(Ok(Message::Text(text))) if self.operations.is_none() && text.len() > UNKNOWN_BYTES => {
                            Err(Closing::TooLarge)
                        }
                        Some(Ok(Message::Text(text))) => protocol::read(&text),
                        Some(Ok(Message::Binary(_))) => {
                            Err(Closing::BadMessage("Invalid message: messages are text".to_owned()))
                        }
                        Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                        Some(Err(error)) => Err(closing_of(&error)),
                        Some(Ok(Message::Close(_))) | None => Err(Closing::Gone),
                    };
                    let done = match heard {
                        Ok(said) => self.hear(said, drain_ends.is_some()).await,
                        Err(closing) => Err(closing),
                    };
                    if let Err(closing) = done {
                        return closing;
                    }
                }
                () = sleep_until(init_ends), if self.operations.is_none() => return Closing::InitTimeout,
                () = self.server.stop.cancelled(), if drain_ends.is_none() => {
                    drain_ends = Some(Instant::now() + settings.drain());
                    if let Some(operations) = &mut self.operations {
                        operations.stop_subscriptions();
                    }
                }
                () = outbox.emptied(), if drain_ends.is_some() => return Closing::Restart,
                () = until(drain_ends) => return Closing::Restart,
            }
        }
    }

    async fn hear(&mut self, said: Said, is_draining: bool) -> Result<(), Closing> {
        match (said, &mut self.operations) {
            (Said::Ping(payload), _) => self.outbox.note(protocol::pong(payload)).await,
            (Said::Pong, _) => {}
            (Said::Init(_), Some(_)) => return Err(Closing::SecondInit),
            (Said::Init(payload), none) => {
                let viewer = signed_in(self.server, self.token.as_deref(), &payload).map_err(|_| Closing::Forbidden)?;
                let (api, most) = (self.server.api.clone(), self.server.config.live.operations);
                *none = Some(Operations::new(api, viewer, self.id.clone(), most, Arc::clone(&self.outbox)));
                self.outbox.note(protocol::ack()).await;
            }
            (Said::Subscribe(..), None) => return Err(Closing::Unauthorized),
            // The client asks again where it connects to next.
            (Said::Subscribe(..), Some(_)) if is_draining => {}
            (Said::Subscribe(id, payload), Some(operations)) => {
                let request =
                    request_of(payload).map_err(|why| Closing::BadMessage(format!("Invalid message: {why}")))?;
                match operations.begin(Arc::clone(&id), request) {
                    Ok(()) => {}
                    Err(NotBegun::Taken) => return Err(Closing::Taken(id)),
                    Err(NotBegun::TooMany) => {
                        let error = refusal(&too_many_operations(&self.server.config.live));
                        self.outbox.note(protocol::error(&id, &[error])).await;
                    }
                    Err(NotBegun::Refused(errors)) => self.outbox.note(protocol::error(&id, &errors)).await,
                }
            }
            (Said::Complete(id), Some(operations)) => operations.stop(&id),
            (Said::Complete(_), None) => {}
        }
        Ok(())
    }
}

/// Sends what waits, and asks a client now and then whether it is there.
async fn speak(
    sink: &mut SplitSink<WebSocket, Message>,
    outbox: &Outbox,
    settings: &LiveSettings,
    is_heard: &AtomicBool,
) -> Closing {
    let every = settings.keep_alive();
    let mut pings = interval_at(Instant::now() + every, every);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut unanswered = 0;
    loop {
        let mut is_ping = false;
        let (parcel, more) = tokio::select! {
            parcels = outbox.take_some(WRITE_BUFFER) => parcels,
            _ = pings.tick() => {
                if is_heard.swap(false, Ordering::Relaxed) {
                    unanswered = 0;
                }
                if unanswered == 2 {
                    return Closing::Silent;
                }
                unanswered += 1;
                is_ping = true;
                (Parcel::Note(protocol::ping()), Vec::new())
            }
        };
        let size = parcel.size() + more.iter().map(Parcel::size).sum::<usize>();
        let mut sending = pin!(send(sink, once(parcel).chain(more), is_ping));
        // Nearly always it is taken at once, and nothing has to be timed.
        let sent = match poll!(sending.as_mut()) {
            Poll::Ready(sent) => Ok(sent),
            Poll::Pending => timeout(patience(settings, size), sending).await,
        };
        match sent {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return Closing::Gone,
            Err(_) => return Closing::TooSlow,
        }
    }
}

/// How long a client may take for so many bytes.
fn patience(settings: &LiveSettings, size: usize) -> Duration {
    let times = u32::try_from(1 + size / SLOW_BYTES).map_or(SLOW_TIMES, |times| times.min(SLOW_TIMES));
    settings.slow().saturating_mul(times)
}

async fn send(
    sink: &mut SplitSink<WebSocket, Message>,
    parcels: impl Iterator<Item = Parcel>,
    is_ping: bool,
) -> Result<(), axum::Error> {
    for parcel in parcels {
        sink.feed(Message::from(protocol::written(parcel))).await?;
    }
    if is_ping {
        // The other is for programs that look at messages; this one is answered whatever the program is.
        sink.feed(Message::Ping(Default::default())).await?;
    }
    sink.flush().await
}

/// Sends the close frame, and waits for the client's, so that ours is not lost with a broken connection.
async fn say_goodbye(
    sink: &mut SplitSink<WebSocket, Message>,
    messages: Option<&mut SplitStream<WebSocket>>,
    frame: CloseFrame,
    patience: Duration,
) {
    let Ok(Ok(())) = timeout(GOODBYE, sink.send(Message::Close(Some(frame)))).await else { return };
    let answer = async {
        match messages {
            Some(messages) => while let Some(Ok(_)) = messages.next().await {},
            None => pending().await,
        }
    };
    // A client that does not answer has had its time.
    timeout(patience, answer).await.ok();
}

/// Why to close after an error. axum hides its kind, but not its words.
fn closing_of(error: &axum::Error) -> Closing {
    let words = error.to_string();
    match () {
        () if words.contains("too long") => Closing::TooLarge,
        () if words.starts_with("UTF-8") => Closing::NotText,
        () if words.ends_with("reset without closing handshake") => Closing::Gone,
        () if words.starts_with("WebSocket protocol error") => Closing::BadFrame,
        () => Closing::Gone,
    }
}

/// The viewer of a socket by the token of its request, or by `{"Authorization": "Bearer …"}` in `connection_init`.
fn signed_in(server: &Server, header: Option<&str>, payload: &Value) -> Result<Viewer, ServiceError> {
    let find = |key: &str| {
        let object = payload.as_object()?;
        object.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).and_then(|(_, value)| value.as_str())
    };
    match (find("authorization"), header) {
        _ if server.config.auth.tokens.is_empty() => server.viewer(None),
        (Some(authorization), _) => server.viewer(Some(bearer(authorization)?)),
        (None, header) => server.viewer(header),
    }
}
