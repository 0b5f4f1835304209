//! A vendor on loopback whose every answer is scripted.

use std::io;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use futures::stream;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A request as the vendor saw it.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    /// How many came before it.
    pub index: usize,
    pub method: Method,
    /// Path and query.
    pub target: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Seen {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(super) fn path(&self) -> &str {
        self.target.split('?').next().unwrap()
    }
}

pub(super) struct Vendor {
    pub url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    server: JoinHandle<()>,
}

impl Vendor {
    /// Answers every request by the script.
    pub(super) async fn new(script: impl Fn(&Seen) -> Response + Clone + Send + Sync + 'static) -> Self {
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let book = Arc::clone(&seen);
        let router = Router::new().fallback(move |request: Request| {
            let (book, script) = (Arc::clone(&book), script.clone());
            async move {
                let (head, body) = request.into_parts();
                let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
                let seen = {
                    let mut book = book.lock().unwrap();
                    let seen = Seen {
                        index: book.len(),
                        method: head.method,
                        target: head.uri.path_and_query().map(ToString::to_string).unwrap_or_default(),
                        headers: head.headers,
                        body,
                    };
                    book.push(seen.clone());
                    seen
                };
                script(&seen)
            }
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, seen, server }
    }

    /// Answers the requests one after the other, and with the last from then on.
    pub(super) async fn answers(answers: Vec<fn() -> Response>) -> Self {
        Self::new(move |seen| answers[seen.index.min(answers.len() - 1)]()).await
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

impl Drop for Vendor {
    fn drop(&mut self) {
        self.server.abort();
    }
}

pub(super) fn ok() -> Response {
    json(r#"{"ok":true}"#)
}

pub(super) fn json(body: &'static str) -> Response {
    ([("content-type", "application/json")], body).into_response()
}

pub(super) fn status(status: u16, headers: &[(&str, &str)], body: &'static str) -> Response {
    let mut response = Response::builder().status(StatusCode::from_u16(status).unwrap());
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(Body::from(body)).unwrap()
}

pub(super) fn failure() -> Response {
    status(500, &[], "")
}

/// An answer whose connection is cut after its first bytes.
pub(super) fn cut() -> Response {
    let pieces = async_stream::stream! {
        yield Ok(Bytes::from_static(b"{\"ok\":"));
        // What is there is sent when nothing more is.
        tokio::task::yield_now().await;
        yield Err(io::Error::other("cut"));
    };
    let response = Response::builder().header("content-length", "100");
    response.body(Body::from_stream(pieces)).unwrap()
}

/// An answer that never ends.
pub(super) fn stalled() -> Response {
    use futures::StreamExt;
    let first = stream::iter([Ok::<_, io::Error>(Bytes::from_static(b"{"))]);
    Response::new(Body::from_stream(first.chain(stream::pending())))
}
