//! graphql-sse in its single-connection mode: `PUT`, `GET`, `POST` and `DELETE /graphql/stream`.
//!
//! A client reserves an event stream and gets a token, opens it with the token alone, as an `EventSource` must, and then
//! begins and stops operations by requests of their own, of which the results come over the stream.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Body;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Extension, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::StreamExt;
use serde::Deserialize;

use super::connection::{Connection, locked};
use super::events::{Labelled, response};
use super::operations::{NotBegun, Operations};
use super::outbox::OperationId;
use super::too_many_operations;
use crate::graphql::RequestId;
use crate::http::Server;
use crate::http::auth::SignedIn;
use crate::http::refusal::Refusal;
use crate::http::request::json_body;
use crate::services::Viewer;

/// Streams that may be reserved and not opened yet, of all clients.
const UNOPENED: usize = 1000;

/// Carries the token of a stream; an `EventSource` puts it into the URL.
pub(in crate::http) const TOKEN: &str = "x-graphql-event-stream-token";

/// The event streams that are reserved or open, by their tokens. Cheap to clone.
#[derive(Clone, Default)]
pub(in crate::http) struct Streams(Arc<Mutex<HashMap<String, Reserved>>>);

struct Reserved {
    viewer: Viewer,
    operations: Arc<Mutex<Operations>>,
    /// Taken by whoever opens the stream.
    connection: Option<Connection>,
}

impl Reserved {
    fn is_unopened(&self) -> bool {
        self.connection.is_some()
    }
}

/// What stands in the URL.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct Asked {
    token: Option<String>,
    operation_id: Option<String>,
}

/// `PUT`: reserves a stream, and answers with its token.
pub(in crate::http) async fn reserve(
    State(server): State<Server>,
    viewer: SignedIn,
    Extension(id): Extension<RequestId>,
) -> Result<Response, Refusal> {
    let token = hex::encode(rand::random::<[u8; 16]>());
    let most = server.config.live.operations;
    let connection = Connection::new(&server, viewer.0.clone(), id, most);
    let operations = connection.operations();
    server.streams.add(token.clone(), Reserved { viewer: viewer.0, operations, connection: Some(connection) })?;
    let (streams, reserved, patience) = (server.streams.clone(), token.clone(), server.config.live.init());
    tokio::spawn(async move {
        tokio::time::sleep(patience).await;
        let mut all = streams.all();
        if all.get(&reserved).is_some_and(Reserved::is_unopened) {
            all.remove(&reserved);
        }
    });
    Ok((StatusCode::CREATED, token).into_response())
}

/// `GET`: opens a reserved stream. Its token is the ticket.
pub(in crate::http) async fn open(
    State(server): State<Server>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let token = token(&headers, &asked)?;
    let connection = match server.streams.all().get_mut(&token) {
        None => return Err(no_stream()),
        Some(reserved) => reserved.connection.take(),
    };
    let Some(connection) = connection else {
        return Err(Refusal::new(
            StatusCode::CONFLICT,
            "CONFLICT",
            "this event stream is open already; reserve another",
        ));
    };
    let open = Open { streams: server.streams.clone(), token };
    let mut body = connection.body::<Labelled>().into_data_stream();
    let events = async_stream::stream! {
        let _open = open;
        while let Some(event) = body.next().await {
            yield event;
        }
    };
    Ok(response(Body::from_stream(events)))
}

/// `POST`: begins an operation, named by `extensions.operationId`.
pub(in crate::http) async fn begin(
    State(server): State<Server>,
    viewer: SignedIn,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<StatusCode, Refusal> {
    let operations = server.streams.operations(&token(&headers, &asked)?, &viewer.0)?;
    let body = json_body(&headers, body)?;
    let id = match body["extensions"]["operationId"].as_str() {
        Some(id) if !id.is_empty() => OperationId::from(id),
        _ => return Err(Refusal::bad_request("extensions.operationId is missing, or is not a text")),
    };
    let request = server.request(body)?;
    let begun = locked(&operations).begin(Arc::clone(&id), request);
    match begun {
        Ok(()) => Ok(StatusCode::ACCEPTED),
        Err(NotBegun::Refused(errors)) => Err(Refusal::of(StatusCode::BAD_REQUEST, errors)),
        Err(NotBegun::Taken) => {
            let message = format!("an operation {id} goes on already");
            Err(Refusal::new(StatusCode::CONFLICT, "CONFLICT", message))
        }
        Err(NotBegun::TooMany) => Err(too_many_operations(&server.config.live).into()),
    }
}

/// `DELETE`: stops an operation, named by `operationId` in the URL.
pub(in crate::http) async fn stop(
    State(server): State<Server>,
    viewer: SignedIn,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<StatusCode, Refusal> {
    let operations = server.streams.operations(&token(&headers, &asked)?, &viewer.0)?;
    let Some(id) = asked.operation_id else {
        return Err(Refusal::bad_request("operationId is missing in the URL"));
    };
    locked(&operations).stop(&id);
    Ok(StatusCode::OK)
}

fn token(headers: &HeaderMap, asked: &Asked) -> Result<String, Refusal> {
    let header = headers.get(TOKEN).and_then(|value| value.to_str().ok()).map(str::to_owned);
    header.or_else(|| asked.token.clone()).ok_or_else(no_stream)
}

fn no_stream() -> Refusal {
    let message = format!("there is no such event stream: reserve one by PUT, and send its token as {TOKEN}");
    Refusal::new(StatusCode::NOT_FOUND, "NOT_FOUND", message)
}

impl Streams {
    fn add(&self, token: String, stream: Reserved) -> Result<(), Refusal> {
        let mut all = self.all();
        if all.values().filter(|stream| stream.is_unopened()).count() >= UNOPENED {
            let message =
                format!("{UNOPENED} event streams are reserved and not opened; open yours, or try again later");
            return Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "LIMIT_EXCEEDED", message));
        }
        all.insert(token, stream);
        Ok(())
    }

    /// The operations of a stream of this viewer.
    fn operations(&self, token: &str, viewer: &Viewer) -> Result<Arc<Mutex<Operations>>, Refusal> {
        let all = self.all();
        let stream = all.get(token).filter(|stream| stream.viewer == *viewer).ok_or_else(no_stream)?;
        Ok(Arc::clone(&stream.operations))
    }

    fn all(&self) -> MutexGuard<'_, HashMap<String, Reserved>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A stream while it is open; then its token means nothing any more, and its operations stop.
struct Open {
    streams: Streams,
    token: String,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.streams.all().remove(&self.token);
    }
}
