//! The simulator as a service: one address a method, and the consent page of the app.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{any, get};
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::SlackSimulator;
use super::access::Granted;
use super::arguments::Arguments;
use super::faults::too_many;
use super::methods::{Asked, Refusal};
use crate::sdk::simulator::AskedConsent;

pub(super) fn router(simulator: SlackSimulator) -> Router {
    Router::new().route("/api/{method}", any(call)).route("/oauth/v2/authorize", get(install)).with_state(simulator)
}

async fn call(
    State(simulator): State<SlackSimulator>,
    Path(method): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let fault = simulator.faults().due();
    if let Some(fault) = fault {
        return fault.answer();
    }
    let arguments = match Arguments::of(query.as_deref(), &headers, &body) {
        Ok(arguments) => arguments,
        Err(error) => return refused(&error.into(), None),
    };
    if method == "oauth.v2.access" {
        return grant(&simulator, &arguments);
    }
    let now = simulator.now();
    let given = arguments.text("token");
    let token = match simulator.access().token(given, now) {
        Ok(token) => token,
        Err(error) => return refused(&error.into(), None),
    };
    let clock_now = simulator.options().clock.now();
    let counted = simulator.limits().count(given.unwrap_or_default(), &method, clock_now);
    if let Err(seconds) = counted {
        return too_many(seconds);
    }
    let workspace = simulator.workspace();
    let options = simulator.options();
    let asked = Asked {
        workspace: &workspace,
        token: &token,
        arguments: &arguments,
        now,
        cursor_life: options.cursor_life,
        most_messages: options.tiers.most_messages(),
    };
    let scopes = token.scopes.join(",");
    match asked.answer(&method) {
        Ok(answer) => with_scopes(ok(answer), &scopes),
        Err(refusal) => with_scopes(refused(&refusal, Some(&scopes)), &scopes),
    }
}

/// `oauth.v2.access`: what a bot is given stands at the top, what a user is given below `authed_user`; a user's token that is
/// renewed stands at the top, too.
fn grant(simulator: &SlackSimulator, arguments: &Arguments) -> Response {
    let text = |name: &str| arguments.text(name).unwrap_or_default();
    let now = simulator.now();
    let life = simulator.options().token_life;
    let granted = simulator.access().grant(text, now, TimeDelta::from_std(life).unwrap_or_default());
    let (bot, user) = match granted {
        Ok(granted) => granted,
        Err(error) => return refused(&error.into(), None),
    };
    let workspace = simulator.workspace();
    let tokens = |granted: Granted, kind: &str| {
        json!({
            "access_token": granted.token, "token_type": kind, "scope": granted.scope,
            "refresh_token": granted.refresh_token, "expires_in": life.as_secs(),
        })
    };
    let mut answer = json!({
        "app_id": "A0SIMULATED", "team": { "id": workspace.team_id, "name": workspace.name }, "enterprise": null,
        "authed_user": { "id": workspace.first_user }, "is_enterprise_install": false,
    });
    if let Some(bot) = bot {
        extend(&mut answer, tokens(bot, "bot"));
        answer["bot_user_id"] = json!(workspace.bot_user);
    }
    if let Some(user) = user {
        let place = if text("grant_type") == "refresh_token" { &mut answer } else { &mut answer["authed_user"] };
        extend(place, tokens(user, "user"));
    }
    ok(answer)
}

fn extend(object: &mut Value, more: Value) {
    if let (Value::Object(object), Value::Object(more)) = (object, more) {
        object.extend(more);
    }
}

/// The page on which somebody installs the app.
async fn install(State(simulator): State<SlackSimulator>, RawQuery(query): RawQuery) -> Response {
    let asked = AskedConsent::of(query.as_deref());
    let Some(mut back) = asked.back() else { return "bad_redirect_uri".into_response() };
    let answer = match simulator.access().install(asked) {
        Ok(answer) => answer,
        Err(error) => return error.into_response(),
    };
    back.query_pairs_mut().extend_pairs(answer);
    Redirect::to(back.as_str()).into_response()
}

fn ok(mut answer: Value) -> Response {
    answer["ok"] = json!(true);
    axum::Json(answer).into_response()
}

fn refused(refusal: &Refusal, provided: Option<&str>) -> Response {
    let mut answer = json!({ "ok": false, "error": refusal.error });
    if let Some(needed) = &refusal.needed {
        answer["needed"] = json!(needed);
        answer["provided"] = json!(provided);
    }
    axum::Json(answer).into_response()
}

fn with_scopes(mut response: Response, scopes: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(scopes) {
        response.headers_mut().insert(HeaderName::from_static("x-oauth-scopes"), value);
    }
    response
}
