//! GraphQL over HTTP: `POST` and `GET /graphql`.
//!
//! After the GraphQL over HTTP specification: `application/graphql-response+json` with statuses that mean something,
//! and `application/json`, where a well-formed request is always answered with 200. `GET` never changes anything.

use std::collections::HashMap;

use async_graphql::parser::types::OperationType;
use async_graphql::{Response as Answer, Value as GraphqlValue};
use axum::extract::rejection::BytesRejection;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{Extension, FromRequestParts, RawQuery, State};
use axum::http::header::{ACCEPT, CONTENT_TYPE, UPGRADE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use bytes::Bytes;

use super::Server;
use super::auth::SignedIn;
use super::refusal::Refusal;
use super::request::{body_of, json_body, request_of};
use super::transport::socket;
use crate::graphql::{Api, RequestId};

/// The media types of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Media {
    /// `application/graphql-response+json`
    Graphql,
    /// `application/json`
    Json,
}

/// `POST /graphql`
pub(super) async fn post(
    State(server): State<Server>,
    viewer: SignedIn,
    Extension(id): Extension<RequestId>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    let media = accepted(&headers)?;
    let request = request_of(json_body(&headers, body)?).map_err(Refusal::bad_request)?;
    Ok(answer(server.api.execute(request.data(viewer.0).data(id)).await, media))
}

/// `GET /graphql`: a WebSocket, a query in the URL, or a person who is shown GraphiQL.
pub(super) async fn get(
    State(server): State<Server>,
    Extension(id): Extension<RequestId>,
    RawQuery(url_query): RawQuery,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    mut parts: Parts,
) -> Result<Response, Refusal> {
    if parts.headers.contains_key(UPGRADE) {
        let upgrade = upgrade.map_err(|error| Refusal::bad_request(error.body_text()))?;
        return socket::accept(server, upgrade, &parts.headers, id);
    }
    let parameters: HashMap<String, String> =
        url::form_urlencoded::parse(url_query.unwrap_or_default().as_bytes()).into_owned().collect();
    if !parameters.contains_key("query") && wants_page(&parts.headers) {
        return Ok(Redirect::to("/graphiql").into_response());
    }
    let viewer = SignedIn::from_request_parts(&mut parts, &server).await?;
    let media = accepted(&parts.headers)?;
    let mut request = request_of(body_of(parameters)?).map_err(Refusal::bad_request)?;
    if matches!(Api::kind(&mut request), Ok(OperationType::Mutation | OperationType::Subscription)) {
        return Err(Refusal::method("POST", "GET answers queries only; send this by POST"));
    }
    Ok(answer(server.api.execute(request.data(viewer.0).data(id)).await, media))
}

fn wants_page(headers: &HeaderMap) -> bool {
    headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|accept| accept.contains("text/html"))
}

/// The media type of the answer that the client likes best; `application/json` where it does not say.
fn accepted(headers: &HeaderMap) -> Result<Media, Refusal> {
    let Some(accept) = headers.get(ACCEPT) else { return Ok(Media::Json) };
    let ranges = accept.to_str().unwrap_or("").split(',');
    let mut best: Option<(f32, Media)> = None;
    for range in ranges {
        let mut parts = range.split(';').map(str::trim);
        let media = match parts.next().unwrap_or("").to_ascii_lowercase().as_str() {
            "application/graphql-response+json" => Media::Graphql,
            "application/json" | "application/*" | "*/*" => Media::Json,
            _ => continue,
        };
        let quality = parts.find_map(|part| part.strip_prefix("q=")).map_or(1.0, |q| q.parse().unwrap_or(0.0));
        if quality > 0.0 && best.is_none_or(|(known, _)| quality > known) {
            best = Some((quality, media));
        }
    }
    best.map(|(_, media)| media).ok_or_else(|| {
        let message = "answers are application/graphql-response+json or application/json: accept one of them";
        Refusal::new(StatusCode::NOT_ACCEPTABLE, "BAD_USER_INPUT", message)
    })
}

fn answer(answer: Answer, media: Media) -> Response {
    // Refused before it was executed: then the specification wants no data at all.
    let is_refused = answer.data == GraphqlValue::Null && answer.errors.iter().any(|error| error.path.is_empty());
    let body = if is_refused {
        serde_json::to_vec(&serde_json::json!({ "errors": answer.errors }))
    } else {
        serde_json::to_vec(&answer)
    };
    let body = body.expect("an answer has text keys only");
    let (content_type, status) = match media {
        Media::Graphql if is_refused => ("application/graphql-response+json; charset=utf-8", StatusCode::BAD_REQUEST),
        Media::Graphql => ("application/graphql-response+json; charset=utf-8", StatusCode::OK),
        Media::Json => ("application/json; charset=utf-8", StatusCode::OK),
    };
    (status, [(CONTENT_TYPE, HeaderValue::from_static(content_type))], body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn media_for(accept: &'static str) -> Option<Media> {
        accepted(&HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))])).ok()
    }

    #[test]
    fn the_media_type_is_the_one_that_the_client_likes_best() {
        assert_eq!(accepted(&HeaderMap::new()).ok(), Some(Media::Json));
        assert_eq!(media_for("*/*"), Some(Media::Json));
        assert_eq!(media_for("application/graphql-response+json, application/json;q=0.9"), Some(Media::Graphql));
        assert_eq!(media_for("application/json, application/graphql-response+json;q=0.5"), Some(Media::Json));
        assert_eq!(media_for("text/html"), None);
        assert_eq!(media_for("application/json;q=0"), None);
    }
}
