//! The routes of `senaite.jsonapi`.

use axum::extract::{OriginalUri, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::objects::{Object, TYPES, uid};
use super::render::{Renderer, portal_type};
use super::traffic::refused;
use super::{LimsSimulator, Parameters, number, parameter, parameters};

/// Objects of a page where it is not told how many.
const PAGE: usize = 25;
/// What every catalogue indexes.
const INDEXES: [&str; 6] = ["UID", "created", "id", "path", "portal_type", "review_state"];

pub(super) async fn login() -> Response {
    ([(header::CONTENT_TYPE, "text/html;charset=utf-8")], "<!DOCTYPE html><title>SENAITE LIMS</title>").into_response()
}

pub(super) async fn version(State(simulator): State<LimsSimulator>, OriginalUri(uri): OriginalUri) -> Response {
    if let Some(failure) = simulator.failure(uri.to_string()) {
        return failure;
    }
    axum::Json(json!({ "version": "2.6.0", "date": "2024-10-21", "url": uri.to_string(), "_runtime": 0.001 }))
        .into_response()
}

pub(super) async fn auth(
    State(simulator): State<LimsSimulator>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Response {
    if let Some(failure) = simulator.failure(uri.to_string()) {
        return failure;
    }
    match simulator.user(&headers) {
        Some(_) => axum::Json(json!({ "_runtime": 0.001 })).into_response(),
        None => {
            let asks = [(header::WWW_AUTHENTICATE, "basic realm=\"JSONAPI AUTH\"")];
            (StatusCode::UNAUTHORIZED, asks, axum::Json(json!({ "_runtime": 0.001 }))).into_response()
        }
    }
}

pub(super) async fn current_user(
    State(simulator): State<LimsSimulator>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Response {
    if let Some(failure) = simulator.failure(uri.to_string()) {
        return failure;
    }
    let user = match simulator.user(&headers) {
        Some(name) => json!({ "username": name, "authenticated": true, "roles": ["LabManager", "Authenticated"] }),
        None => json!({ "username": "Anonymous User", "authenticated": false, "roles": ["Anonymous"] }),
    };
    axum::Json(json!({ "count": 1, "pagesize": PAGE, "items": [user], "page": 1, "pages": 1 })).into_response()
}

pub(super) async fn catalogs(
    State(simulator): State<LimsSimulator>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Response {
    if let Some(failure) = simulator.failure(uri.to_string()) {
        return failure;
    }
    if simulator.user(&headers).is_none() {
        return refused(StatusCode::OK, "Unauthorized: You are not allowed to access 'archetype_tool' in this context");
    }
    let objects = simulator.objects();
    let mut items: Vec<Value> = TYPES
        .iter()
        .map(|(resource, name)| {
            let changes = objects.indexes_changes(resource).then_some("modified");
            let indexes: Vec<&str> = INDEXES.into_iter().chain(changes).collect();
            json!({ "id": catalog_of(resource), "indexes": indexes, "schema": [], "portal_types": [name] })
        })
        .collect();
    // It is switched off, and holds nothing.
    let all: Vec<&str> = TYPES.iter().map(|(_, name)| *name).collect();
    let indexes: Vec<&str> = INDEXES.into_iter().chain(["modified"]).collect();
    items.insert(0, json!({ "id": AUDIT_LOG, "indexes": indexes, "schema": [], "portal_types": all }));
    axum::Json(json!({ "count": items.len(), "pagesize": PAGE, "items": items, "page": 1, "pages": 1 })).into_response()
}

const AUDIT_LOG: &str = "senaite_catalog_auditlog";

/// Each type has a catalogue of its own here; in SENAITE, types that a laboratory is set up with share one.
fn catalog_of(resource: &str) -> String {
    let name = if resource == "analysisrequest" { "sample" } else { resource };
    format!("senaite_catalog_{name}")
}

pub(super) async fn search(
    State(simulator): State<LimsSimulator>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    Path(resource): Path<String>,
) -> Response {
    if let Some(failure) = simulator.failure(uri.to_string()) {
        return failure;
    }
    let resource = resource.to_lowercase();
    if portal_type(&resource).is_empty() {
        return refused(StatusCode::NOT_FOUND, "Not Found");
    }
    let parameters = parameters(uri.query());
    // Who is not signed in finds nothing.
    let is_known = simulator.user(&headers).is_some();
    let found = if is_known { simulator.found(&resource, &parameters) } else { Ok(Vec::new()) };
    let found = match found {
        Ok(found) => found,
        Err(words) => return refused(StatusCode::OK, &words),
    };
    let size = number(&parameters, "limit").filter(|size| *size > 0).unwrap_or(PAGE).min(simulator.0.most);
    // Behind its end, a batch is the last object of the list.
    let start = number(&parameters, "b_start").unwrap_or_default().min(found.len().saturating_sub(1));
    let end = (start + size).min(found.len());
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    let site = format!("http://{host}/senaite");
    let is_complete = matches!(parameter(&parameters, "complete"), Some("yes" | "y" | "1" | "true" | "True"));
    let renderer = Renderer { lab: simulator.lab(), site: &site, is_complete };
    let items: Vec<Value> = found[start..end].iter().map(|object| renderer.object(&resource, object)).collect();
    let next = (end < found.len()).then(|| next_url(&site, &resource, &parameters, end));
    axum::Json(json!({
        "count": found.len(), "pagesize": size, "items": items, "page": start / size + 1,
        "pages": found.len().div_ceil(size), "next": next, "previous": null, "_runtime": 0.012,
    }))
    .into_response()
}

/// Records of the query lose their members when it is written again.
fn next_url(site: &str, resource: &str, parameters: &Parameters, start: usize) -> String {
    let kept = parameters.iter().filter(|(name, _)| name != "b_start");
    let kept = kept.map(|(name, value)| match name.split_once('.') {
        Some((index, member)) => (index.to_owned(), member.split(':').next().unwrap_or_default().to_owned()),
        None => (name.clone(), value.clone()),
    });
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(kept.chain([("b_start".to_owned(), start.to_string())]))
        .finish();
    format!("{site}/@@API/senaite/v1/{resource}?{query}")
}

impl LimsSimulator {
    /// What a search finds.
    fn found(&self, resource: &str, parameters: &Parameters) -> Result<Vec<Object>, String> {
        let objects = self.objects();
        let catalog = parameter(parameters, "catalog");
        if catalog.is_some_and(|catalog| catalog != catalog_of(resource)) {
            return Ok(Vec::new());
        }
        let mut found: Vec<&Object> = objects.of_type(resource).unwrap_or_default().iter().collect();
        let has_index =
            |index: &str| INDEXES.contains(&index) || (index == "modified" && objects.indexes_changes(resource));
        for (index, of) in DATES {
            let query = parameter(parameters, &format!("{index}.query:record"));
            let Some(query) = query.filter(|_| has_index(index)) else { continue };
            let from: DateTime<Utc> = query.parse().map_err(|_| format!("SyntaxError: {query}"))?;
            match parameter(parameters, &format!("{index}.range:record")) {
                Some("min") => found.retain(|object| minute(of(object)) >= minute(from)),
                Some("max") => found.retain(|object| minute(of(object)) <= minute(from)),
                _ => found.retain(|object| minute(of(object)) == minute(from)),
            }
        }
        if let Some(wanted) = parameter(parameters, "UID") {
            found.retain(|object| uid(resource, object.place) == wanted);
        }
        let sort = parameter(parameters, "sort_on").filter(|index| has_index(index));
        let order = DATES.into_iter().find(|(index, _)| Some(*index) == sort);
        match order {
            // Within a minute, in no order that means anything.
            Some((_, of)) => found.sort_by_cached_key(|object| (minute(of(object)), uid(resource, object.place))),
            None => found.sort_by_cached_key(|object| uid(resource, object.place)),
        }
        if matches!(parameter(parameters, "sort_order"), Some("descending" | "desc")) {
            found.reverse();
        }
        Ok(found.into_iter().cloned().collect())
    }
}

/// A date of an object.
type DateOf = fn(&Object) -> DateTime<Utc>;

const DATES: [(&str, DateOf); 2] = [("created", |object| object.created), ("modified", |object| object.modified)];

/// Date indexes are exact to the minute.
fn minute(instant: DateTime<Utc>) -> i64 {
    instant.timestamp().div_euclid(60)
}
