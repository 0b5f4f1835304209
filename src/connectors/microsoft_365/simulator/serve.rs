//! The simulator as a service: Graph, the token endpoint, and the consent page.

use std::collections::HashMap;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{OriginalUri, Path, RawQuery, State};
use axum::http::{HeaderMap, Method, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{any, get, post};
use chrono::TimeDelta;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::GraphSimulator;
use super::query::{Prefer, Query};
use super::reply::Reply;
use super::routes::Asked;
use crate::sdk::simulator::AskedConsent;

pub(super) fn router(simulator: GraphSimulator) -> Router {
    Router::new()
        .route("/{tenant}/oauth2/v2.0/token", post(token))
        .route("/{tenant}/oauth2/v2.0/authorize", get(consent))
        .route("/v1.0/{*path}", any(resource))
        .with_state(simulator)
}

/// What comes with every request of a batch, too.
struct Caller {
    bearer: Option<String>,
    origin: String,
}

async fn resource(
    State(simulator): State<GraphSimulator>,
    OriginalUri(uri): OriginalUri,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let fault = simulator.faults().due_of(|fault| fault.of_a_part().is_none());
    if let Some(fault) = fault {
        return fault.answer();
    }
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    // Behind a proxy, links lead to the proxy.
    let proxied = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let host = proxied("x-forwarded-host").unwrap_or_else(|| text(header::HOST));
    let scheme = proxied("x-forwarded-proto").unwrap_or("http");
    let caller = Caller {
        bearer: text(header::AUTHORIZATION).strip_prefix("Bearer ").map(str::to_owned),
        origin: format!("{scheme}://{host}"),
    };
    let path = uri.path().strip_prefix("/v1.0/").unwrap_or_default();
    let reply = match (&method, path) {
        (&Method::POST, "$batch") => batch(&simulator, &caller, &body),
        (&Method::POST, path) => posted(&simulator, &caller, path),
        (&Method::GET, path) => one(&simulator, &caller, path, uri.query().unwrap_or_default(), &headers),
        _ => Reply::error(405, "BadRequest", "Specified HTTP method is not allowed."),
    };
    reply.into_response()
}

fn one(simulator: &GraphSimulator, caller: &Caller, path: &str, query: &str, headers: &HeaderMap) -> Reply {
    let now = simulator.now();
    let token = match simulator.access().token(caller.bearer.as_deref(), now) {
        Ok(token) => token,
        Err(refusal) => return refusal,
    };
    let parts: Vec<String> =
        path.split('/').map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned()).collect();
    let options = simulator.options();
    let counted = simulator.limits().count(&options.throttle, &parts.join("/"), options.clock.now());
    if let Err(seconds) = counted {
        return Reply::too_many(seconds);
    }
    let mut tenant = simulator.tenant();
    let mut asked = Asked {
        simulator,
        tenant: &mut tenant,
        token: &token,
        origin: &caller.origin,
        path,
        query: Query::of(query),
        prefer: Prefer::of(headers),
    };
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match asked.answer(&parts) {
        Ok(answer) => Reply::ok(answer),
        Err(refusal) => refusal,
    }
}

/// Sessions of workbooks.
fn posted(simulator: &GraphSimulator, caller: &Caller, path: &str) -> Reply {
    let now = simulator.now();
    if let Err(refusal) = simulator.access().token(caller.bearer.as_deref(), now) {
        return refusal;
    }
    if path.ends_with("/workbook/createSession") {
        return Reply {
            status: 201,
            headers: Vec::new(),
            body: json!({ "id": "cluster=SIM&session=1", "persistChanges": false }),
        };
    }
    if path.ends_with("/workbook/closeSession") {
        return Reply { status: 204, headers: Vec::new(), body: Value::Null };
    }
    Reply::error(405, "BadRequest", "Specified HTTP method is not allowed.")
}

/// Each request by itself: one that fails leaves the others.
fn batch(simulator: &GraphSimulator, caller: &Caller, body: &Bytes) -> Reply {
    let asked: Value = serde_json::from_slice(body).unwrap_or_default();
    let Some(requests) = asked["requests"].as_array() else {
        return Reply::error(400, "BadRequest", "Invalid batch payload format.");
    };
    if requests.len() > 20 {
        return Reply::error(400, "BadRequest", "Number of batch request steps exceeds the maximum value of 20.");
    }
    let mut answers = Vec::new();
    // Graph answers in any order.
    for request in requests.iter().rev() {
        let url = request["url"].as_str().unwrap_or_default().trim_start_matches('/');
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        let mut headers = HeaderMap::new();
        for (name, value) in request["headers"].as_object().into_iter().flatten() {
            let pair = name.parse::<header::HeaderName>().ok().zip(value.as_str().and_then(|value| value.parse().ok()));
            headers.extend(pair);
        }
        let late = simulator.faults().due_of(|fault| fault.of_a_part().is_some());
        let late = late.and_then(|fault| fault.of_a_part());
        let reply = match (late, request["method"].as_str()) {
            (Some(seconds), _) => Reply::too_many(seconds),
            (None, Some("GET")) => one(simulator, caller, path, query, &headers),
            (None, _) => posted(simulator, caller, path),
        };
        let mut headers: HashMap<&str, &str> =
            reply.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        if !reply.body.is_null() {
            headers.insert("Content-Type", "application/json; odata.metadata=minimal");
        }
        answers.push(json!({ "id": request["id"], "status": reply.status, "headers": headers, "body": reply.body }));
    }
    Reply::ok(json!({ "responses": answers }))
}

async fn token(State(simulator): State<GraphSimulator>, Path(tenant): Path<String>, body: Bytes) -> Response {
    let form: HashMap<String, String> =
        url::form_urlencoded::parse(&body).map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    let now = simulator.now();
    let life = TimeDelta::from_std(simulator.options().token_life).unwrap_or_default();
    let reply = simulator.access().grant(&tenant, &form, now, life);
    reply.into_response()
}

/// The consent page.
async fn consent(
    State(simulator): State<GraphSimulator>,
    Path(tenant): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let asked = AskedConsent::of(query.as_deref());
    let Some(mut back) = asked.back() else { return "AADSTS90102: redirect_uri is missing".into_response() };
    let answer = match simulator.access().consent(&tenant, asked) {
        Ok(answer) => answer,
        Err(words) => return words.into_response(),
    };
    back.query_pairs_mut().extend_pairs(answer);
    Redirect::to(back.as_str()).into_response()
}
