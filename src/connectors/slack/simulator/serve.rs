//! The simulator as a service: one address a method, and the consent page of the app.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{any, get};
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::SlackSimulator;
use super::access::{Access, CODE, Grant};
use super::arguments::Arguments;
use super::faults::too_many;
use super::methods::{Asked, Refusal};

pub(super) fn router(simulator: SlackSimulator) -> Router {
    Router::new().route("/api/{method}", any(call)).route("/oauth/v2/authorize", get(consent)).with_state(simulator)
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

fn grant(simulator: &SlackSimulator, arguments: &Arguments) -> Response {
    let text = |name| arguments.text(name).unwrap_or_default();
    let grant = match (arguments.text("grant_type"), arguments.text("code")) {
        (Some("refresh_token"), _) => Grant::RefreshToken(text("refresh_token")),
        (None | Some("authorization_code"), Some(code)) => Grant::Code(code),
        _ => return refused(&"invalid_grant_type".into(), None),
    };
    let now = simulator.now();
    let life = simulator.options().token_life;
    let delta = TimeDelta::from_std(life).unwrap_or_default();
    let granted = simulator.access().grant((text("client_id"), text("client_secret")), grant, now, delta);
    let (token, refresh_token) = match granted {
        Ok(granted) => granted,
        Err(error) => return refused(&error.into(), None),
    };
    let workspace = simulator.workspace();
    ok(json!({
        "access_token": token, "token_type": "bot", "refresh_token": refresh_token, "expires_in": life.as_secs(),
        "scope": Access::all_scopes(), "bot_user_id": workspace.bot_user, "app_id": "A0SIMULATED",
        "team": { "id": workspace.team_id, "name": workspace.name }, "enterprise": null,
        "authed_user": { "id": workspace.first_user }, "is_enterprise_install": false,
    }))
}

/// The consent page, where everybody consents.
async fn consent(uri: Uri) -> Response {
    let pairs = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let (mut back, mut state) = (None, String::new());
    for (name, value) in pairs {
        match name.as_ref() {
            "redirect_uri" => back = url::Url::parse(&value).ok(),
            "state" => state = value.into_owned(),
            _ => {}
        }
    }
    let Some(mut back) = back else { return "bad_redirect_uri".into_response() };
    back.query_pairs_mut().append_pair("code", CODE).append_pair("state", &state);
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
