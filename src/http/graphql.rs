//! GraphQL over HTTP: `POST` and `GET /graphql`, and from here to the [transports](super::transport) that stay open.
//!
//! After the GraphQL over HTTP specification: `application/graphql-response+json` with statuses that mean something,
//! and `application/json`, where a well-formed request is always answered with 200. `GET` never changes anything.

use std::collections::HashMap;

use async_graphql::parser::types::OperationType;
use async_graphql::{Request, Response as Refused};
use axum::extract::rejection::BytesRejection;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{Extension, FromRequestParts, RawQuery, State};
use axum::http::header::{ACCEPT, CONTENT_TYPE, UPGRADE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use bytes::Bytes;
use serde_json::Value;

use super::Server;
use super::auth::SignedIn;
use super::media::{Media, accepted};
use super::refusal::Refusal;
use super::request::{body_of, json_body, request_of};
use super::transport::{events, parts, socket};
use crate::graphql::{Answer, Asked, LastSeen, RequestId};

/// Sent by an `EventSource` that connects again.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// `POST /graphql`
pub(super) async fn post(
    State(server): State<Server>,
    viewer: SignedIn,
    Extension(id): Extension<RequestId>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    let accepted = accepted(&headers)?;
    let request = server.request(json_body(&headers, body)?)?;
    let is_subscription = matches!(server.api.kind(&request), Ok(OperationType::Subscription));
    match accepted.media(is_subscription) {
        Media::Events => Ok(events::answer(&server, viewer.0, id, with_last_seen(request, &headers)?)),
        Media::Parts if is_subscription => {
            let answered = parts::answer(&server, viewer.0, id, request);
            Ok(answered.unwrap_or_else(|errors| answer(Refused::from_errors(errors).into(), accepted.single)))
        }
        _ => Ok(answer(server.api.answer(Asked::new(request, viewer.0, id)).await, accepted.single)),
    }
}

/// `GET /graphql`: a WebSocket, a query in the URL, or a person who is shown GraphiQL.
pub(super) async fn get(
    State(server): State<Server>,
    Extension(id): Extension<RequestId>,
    RawQuery(url_query): RawQuery,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    mut parts: Parts,
) -> Result<Response, Refusal> {
    if wants_socket(&parts.headers) {
        let upgrade = upgrade.map_err(|error| Refusal::bad_request(error.body_text()))?;
        return socket::accept(server, upgrade, &parts.headers, id);
    }
    let parameters: HashMap<String, String> =
        url::form_urlencoded::parse(url_query.unwrap_or_default().as_bytes()).into_owned().collect();
    if !parameters.contains_key("query") && !parameters.contains_key("extensions") && wants_page(&parts.headers) {
        return Ok(Redirect::to("/graphiql").into_response());
    }
    let viewer = SignedIn::from_request_parts(&mut parts, &server).await?;
    let accepted = accepted(&parts.headers)?;
    let request = server.request(body_of(parameters)?)?;
    let wants_events = accepted.best == Media::Events;
    match server.api.kind(&request) {
        Ok(OperationType::Subscription) if wants_events => {}
        Ok(OperationType::Subscription) => {
            let message = "GET answers queries, and subscriptions with Accept: text/event-stream; send that, or POST";
            return Err(Refusal::method("POST", message));
        }
        Ok(OperationType::Mutation) => {
            return Err(Refusal::method("POST", "GET answers queries only; send this by POST"));
        }
        Ok(OperationType::Query) | Err(_) => {}
    }
    if wants_events {
        return Ok(events::answer_source(&server, viewer.0, id, with_last_seen(request, &parts.headers)?));
    }
    Ok(answer(server.api.answer(Asked::new(request, viewer.0, id)).await, accepted.single))
}

impl Server {
    /// The operation that a body asks for, or names by its hash.
    pub(super) fn request(&self, mut body: Value) -> Result<Request, Refusal> {
        self.persisted.complete(&mut body)?;
        request_of(body).map_err(Refusal::bad_request)
    }
}

/// The request with the id of the last event that an `EventSource` has seen, where it connects again.
///
/// # Errors
/// 400 where that is none of ours: what it has missed cannot be known.
fn with_last_seen(request: Request, headers: &HeaderMap) -> Result<Request, Refusal> {
    match headers.get(LAST_EVENT_ID).map(HeaderValue::to_str) {
        None | Some(Ok("")) => Ok(request),
        Some(Ok(id)) => Ok(request.data(LastSeen(id.to_owned()))),
        Some(Err(_)) => Err(Refusal::bad_request("Last-Event-ID is not the cursor of an event")),
    }
}

/// A client may offer other protocols than WebSocket, too, and is content with an answer.
fn wants_socket(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(UPGRADE).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|protocol| protocol.trim().eq_ignore_ascii_case("websocket"))
}

fn wants_page(headers: &HeaderMap) -> bool {
    headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|accept| accept.contains("text/html"))
}

fn answer(Answer { body, is_refusal }: Answer, media: Media) -> Response {
    let (content_type, status) = match media {
        Media::Graphql if is_refusal => ("application/graphql-response+json; charset=utf-8", StatusCode::BAD_REQUEST),
        Media::Graphql => ("application/graphql-response+json; charset=utf-8", StatusCode::OK),
        _ => ("application/json; charset=utf-8", StatusCode::OK),
    };
    (status, [(CONTENT_TYPE, HeaderValue::from_static(content_type))], body).into_response()
}
