//! The simulator as a service: one door for all APIs, told apart by their paths.

use std::collections::HashMap;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::GoogleSimulator;
use super::account::Account;
use super::refusal::Refusal;
use super::{calendars, documents, fields, files, mailbox, spreadsheets};
use crate::sdk::simulator::{AskedConsent, bearer_token};

/// What an API answers.
pub(super) type Answer = Result<Value, Refusal>;

/// The parameters of a request.
pub(super) struct Asked(Vec<(String, String)>);

impl Asked {
    fn of(query: Option<&str>) -> Self {
        Self(url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect())
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn all(&self, name: &str) -> Vec<&str> {
        self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect()
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        self.text(name) == Some("true")
    }

    /// The size of a page: `usual` where none is asked for, and `most` at the most.
    pub(super) fn size(&self, name: &str, usual: usize, most: usize) -> Result<usize, Refusal> {
        let Some(text) = self.text(name) else { return Ok(usual) };
        let size: usize = text.parse().map_err(|_| Refusal::invalid(format!("Invalid value '{text}' for {name}")))?;
        if size == 0 { Err(Refusal::invalid(format!("Invalid value '0' for {name}"))) } else { Ok(size.min(most)) }
    }

    /// Where a list goes on: tokens are places in it, marked by what it is a list of.
    pub(super) fn place(&self, mark: &str) -> Result<usize, Refusal> {
        let Some(token) = self.text("pageToken") else { return Ok(0) };
        let place =
            token.strip_prefix(mark).and_then(|rest| rest.strip_prefix('~')).and_then(|place| place.parse().ok());
        place.ok_or_else(|| Refusal::invalid("Invalid Value: pageToken"))
    }
}

/// A page of a list: what is on it, and the token that leads on.
pub(super) fn page<T: Clone>(
    all: &[T],
    asked: &Asked,
    mark: &str,
    size: usize,
) -> Result<(Vec<T>, Option<String>), Refusal> {
    let place = asked.place(mark)?;
    let end = all.len().min(place.saturating_add(size));
    let next = (end < all.len()).then(|| format!("{mark}~{end}"));
    Ok((all.get(place..end).unwrap_or_default().to_vec(), next))
}

pub(super) fn router(simulator: GoogleSimulator) -> Router {
    Router::new()
        .route("/token", post(token))
        .route("/o/oauth2/v2/auth", get(consent))
        .fallback(api)
        .with_state(simulator)
}

/// An API with what it asks for.
struct Api {
    name: &'static str,
    service: &'static str,
    scopes: &'static [&'static str],
}

const DRIVE: Api = Api {
    name: "drive",
    service: "drive.googleapis.com",
    scopes: &["drive", "drive.readonly", "drive.metadata", "drive.metadata.readonly"],
};
/// Drive's list of shared drives, which takes more than the list of files.
const DRIVES: Api = Api { scopes: &["drive", "drive.readonly"], ..DRIVE };
const SHEETS: Api = Api {
    name: "sheets",
    service: "sheets.googleapis.com",
    scopes: &["spreadsheets", "spreadsheets.readonly", "drive", "drive.readonly"],
};
const DOCS: Api = Api {
    name: "docs",
    service: "docs.googleapis.com",
    scopes: &["documents", "documents.readonly", "drive", "drive.readonly"],
};
const GMAIL: Api = Api {
    name: "gmail",
    service: "gmail.googleapis.com",
    scopes: &["gmail.readonly", "gmail.modify", "https://mail.google.com/"],
};
const CALENDAR: Api = Api {
    name: "calendar",
    service: "calendar-json.googleapis.com",
    scopes: &["calendar", "calendar.readonly", "calendar.events", "calendar.events.readonly"],
};

async fn api(
    State(simulator): State<GoogleSimulator>,
    method: Method,
    uri: Uri,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let path: Vec<String> = uri
        .path()
        .split('/')
        .filter(|segment| !segment.is_empty())
        .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
        .collect();
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let api = match path.as_slice() {
        ["drive", "v3", "drives", ..] => DRIVES,
        ["drive", "v3", ..] => DRIVE,
        ["v4", "spreadsheets", ..] => SHEETS,
        ["v1", "documents", ..] => DOCS,
        ["gmail", "v1", "users", _, ..] => GMAIL,
        ["calendar", "v3", ..] => CALENDAR,
        _ => return (StatusCode::NOT_FOUND, "Not Found").into_response(),
    };
    if method != Method::GET {
        return (StatusCode::METHOD_NOT_ALLOWED, "only reading is simulated").into_response();
    }
    let fault = simulator.faults().due();
    if let Some(fault) = fault {
        return fault.answer(api.service);
    }
    answered(&simulator, &api, &path, &Asked::of(query.as_deref()), &headers)
        .map_or_else(IntoResponse::into_response, |answer| axum::Json(answer).into_response())
}

fn answered(simulator: &GoogleSimulator, api: &Api, path: &[&str], asked: &Asked, headers: &HeaderMap) -> Answer {
    let now = simulator.now();
    let given = bearer_token(headers).or_else(|| asked.text("access_token")).ok_or_else(Refusal::unauthenticated)?;
    let tokens = simulator.tokens();
    let scopes = tokens.scopes(given, now).ok_or_else(Refusal::unauthenticated)?;
    if simulator.account().disabled.contains(api.name) {
        return Err(Refusal::disabled(api.service));
    }
    if !api.scopes.iter().any(|scope| scopes.iter().any(|known| known == scope)) {
        return Err(Refusal::no_scope());
    }
    drop(tokens);
    let cost = match api.name {
        "gmail" => mailbox::cost(path),
        "drive" => files::cost(path),
        _ => 1,
    };
    let counted = simulator.counters().count(&simulator.options().quotas, api.name, &path.join("/"), cost, now);
    counted.map_err(|seconds| Refusal::too_many(api.service, Some(seconds)))?;
    let answer = answer(&simulator.account(), path, asked)?;
    fields::masked(answer, asked.text("fields"))
}

fn answer(account: &Account, path: &[&str], asked: &Asked) -> Answer {
    match path {
        ["drive", "v3", "about"] => files::about(account, asked),
        ["drive", "v3", "files"] => files::list(account, asked),
        ["drive", "v3", "files", id] => files::get(account, id),
        ["drive", "v3", "drives"] => files::drives(account, asked),
        ["drive", "v3", "changes", "startPageToken"] => files::start_token(account, asked),
        ["drive", "v3", "changes"] => files::changes(account, asked),
        ["v4", "spreadsheets", id] => spreadsheets::get(account, id, asked),
        ["v4", "spreadsheets", id, "values", range] => spreadsheets::values(account, id, range, asked),
        ["v4", "spreadsheets", id, "values:batchGet"] => spreadsheets::values_of_many(account, id, asked),
        ["v1", "documents", id] => documents::get(account, id, asked),
        ["gmail", "v1", "users", user, rest @ ..] if *user == "me" || *user == account.email => {
            mailbox::answer(account, rest, asked)
        }
        ["calendar", "v3", "users", "me", "calendarList"] => calendars::list(account, asked),
        ["calendar", "v3", "users", "me", "calendarList", id] | ["calendar", "v3", "calendars", id] => {
            calendars::get(account, id)
        }
        ["calendar", "v3", "calendars", id, "events"] => calendars::events(account, id, asked),
        ["calendar", "v3", "calendars", id, "events", event] => calendars::event(account, id, event),
        _ => Err(Refusal::not_found("Requested entity was not found.")),
    }
}

async fn token(State(simulator): State<GoogleSimulator>, body: Bytes) -> Response {
    let form: HashMap<String, String> = url::form_urlencoded::parse(&body).into_owned().collect();
    let (now, life) = (simulator.now(), simulator.options().token_life);
    let granted = simulator.tokens().grant(&form, now, life);
    match granted {
        Ok(answer) => axum::Json(answer).into_response(),
        Err(answer) => {
            let is_client = answer["error"] == "invalid_client";
            let status = if is_client { StatusCode::UNAUTHORIZED } else { StatusCode::BAD_REQUEST };
            (status, axum::Json(answer)).into_response()
        }
    }
}

/// The consent page, where everybody consents.
async fn consent(State(simulator): State<GoogleSimulator>, RawQuery(query): RawQuery) -> Response {
    let asked = AskedConsent::of(query.as_deref());
    let Some(mut back) = asked.back() else { return "Error 400: redirect_uri_mismatch".into_response() };
    back.query_pairs_mut().extend_pairs(simulator.tokens().consent(asked));
    Redirect::to(back.as_str()).into_response()
}
