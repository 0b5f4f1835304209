//! The token endpoint.

use axum::Form;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::{Access, ClinicalSimulator, lock};
use crate::sdk::simulator::TokenRequest;

pub(super) async fn grant(
    State(simulator): State<ClinicalSimulator>,
    headers: HeaderMap,
    Form(request): Form<TokenRequest>,
) -> Response {
    match &simulator.0.access {
        Access::Client(client) => lock(&simulator.0.tokens).grant(client, &headers, request),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}
