//! Subscriptions over a WebSocket: graphql-transport-ws.

use async_graphql::Data;
use async_graphql_axum::{GraphQLProtocol, GraphQLWebSocket};
use axum::extract::FromRequestParts;
use axum::extract::ws::WebSocketUpgrade;
use axum::http::request::Parts;
use axum::response::Response;
use serde_json::Value;

use super::Server;
use super::auth::bearer;
use super::refusal::Refusal;
use crate::graphql::RequestId;
use crate::services::{ServiceError, Viewer};

/// The subprotocol.
const PROTOCOL: &str = "graphql-transport-ws";

/// Accepts a socket. The token comes with the request, or in `connection_init`: browsers can only do the latter.
pub(super) async fn accept(
    server: Server,
    upgrade: WebSocketUpgrade,
    parts: &mut Parts,
    id: RequestId,
) -> Result<Response, Refusal> {
    let protocol = GraphQLProtocol::from_request_parts(parts, &())
        .await
        .map_err(|_| Refusal::bad_request(format!("the subprotocol has to be {PROTOCOL}")))?;
    let token = server.header_token(&parts.headers)?.map(str::to_owned);
    let upgrade = upgrade.max_message_size(server.config.server.body_limit_bytes).protocols([PROTOCOL]);
    Ok(upgrade.on_upgrade(move |socket| async move {
        let stop = server.stop.clone();
        let api = server.api.clone();
        let serving = GraphQLWebSocket::new(socket, api, protocol)
            .on_connection_init(move |payload| async move {
                let viewer = signed_in(&server, token.as_deref(), &payload)?;
                let mut data = Data::default();
                data.insert(viewer);
                data.insert(id);
                Ok(data)
            })
            .serve();
        tokio::select! {
            () = serving => {}
            () = stop.cancelled() => {}
        }
    }))
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
