//! The bare server: an axum WebSocket that sends what a tokio broadcast channel brings. It is told what by lines of its
//! stdin, and each line is one message to every client.

use std::io::{BufRead, stdin};

use anyhow::Result;
use axum::Router;
use axum::extract::State;
use axum::extract::ws::{Message, Utf8Bytes, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::any;
use tokio::sync::broadcast;

use crate::measuring::bare_listener;

/// Messages that a client may be behind; more than are ever on their way.
const CAPACITY: usize = 4096;

/// Serves until stdin ends.
pub(crate) fn serve() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let (messages, _) = broadcast::channel(CAPACITY);
        let listener = bare_listener().await?;
        let told = messages.clone();
        // A thread: tokio's own stdin is one, with a hand-over for every read.
        let reader = std::thread::spawn(move || tell(&told));
        let router = Router::new().route("/graphql", any(upgrade)).with_state(messages);
        let serving = axum::serve(listener, router).into_future();
        let told = tokio::task::spawn_blocking(move || reader.join().expect("the reader does not panic"));
        tokio::select! {
            served = serving => Ok(served?),
            told = told => Ok(told??),
        }
    })
}

/// Hands over the lines of stdin.
fn tell(messages: &broadcast::Sender<Utf8Bytes>) -> std::io::Result<()> {
    for line in stdin().lock().lines() {
        // Without any receiver there is nobody to tell.
        drop(messages.send(Utf8Bytes::from(line?)));
    }
    Ok(())
}

async fn upgrade(State(messages): State<broadcast::Sender<Utf8Bytes>>, upgrade: WebSocketUpgrade) -> Response {
    let mut messages = messages.subscribe();
    upgrade.on_upgrade(async move |mut socket| {
        while let Ok(message) = messages.recv().await {
            if socket.send(Message::Text(message)).await.is_err() {
                return;
            }
        }
    })
}
