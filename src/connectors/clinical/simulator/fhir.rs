//! The FHIR server: searches with parameters, ordered, in pages that are asked for by links.

use axum::extract::{OriginalUri, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::traffic::{Fault, outcome};
use super::{Access, ClinicalSimulator, lock};
use crate::sdk::simulator::bearer_token;

const MEDIA_TYPE: (&str, &str) = ("content-type", "application/fhir+json;charset=UTF-8");
/// Resources of a page: where it is not told how many, and at the most.
const PAGE: (usize, usize) = (20, 100);
const TYPES: [&str; 5] = ["Patient", "Observation", "Condition", "Encounter", "Specimen"];

/// Names and values.
type Parameters = Vec<(String, String)>;

pub(super) async fn metadata() -> Response {
    let resources: Vec<Value> = TYPES.iter().map(|name| json!({ "type": name })).collect();
    let statement = json!({
        "resourceType": "CapabilityStatement", "status": "active", "kind": "instance", "fhirVersion": "4.0.1",
        "software": { "name": "Simulator" }, "format": ["json"], "rest": [{ "mode": "server", "resource": resources }],
    });
    ([MEDIA_TYPE], statement.to_string()).into_response()
}

pub(super) async fn search(
    State(simulator): State<ClinicalSimulator>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    Path(name): Path<String>,
) -> Response {
    if let Some(refused) = simulator.refusal(&uri.to_string(), &headers) {
        return refused;
    }
    if !TYPES.contains(&name.as_str()) {
        let words = format!("Unknown resource type '{name}' - Server knows how to handle: {TYPES:?}");
        return (StatusCode::NOT_FOUND, outcome("not-supported", &words)).into_response();
    }
    let parameters = parameters(uri.query());
    let found = match simulator.found(&name, &parameters) {
        Ok(found) => found,
        Err(words) => return (StatusCode::BAD_REQUEST, outcome("processing", &words)).into_response(),
    };
    if get(&parameters, "_summary") == Some("count") {
        let bundle = json!({ "resourceType": "Bundle", "type": "searchset", "total": found.len() });
        return ([MEDIA_TYPE], bundle.to_string()).into_response();
    }
    let count = get(&parameters, "_count").and_then(|count| count.parse().ok()).unwrap_or(PAGE.0).clamp(1, PAGE.1);
    let id = {
        let mut searches = lock(&simulator.0.searches);
        let id = format!("search-{}", searches.len() + lock(&simulator.0.traffic).requests().len());
        searches.insert(id.clone(), found);
        id
    };
    simulator.bundle(&base_of(&headers), &id, 0, count)
}

/// The next page of a search.
pub(super) async fn page(
    State(simulator): State<ClinicalSimulator>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Response {
    if let Some(refused) = simulator.refusal(&uri.to_string(), &headers) {
        return refused;
    }
    let parameters = parameters(uri.query());
    let number = |name: &str| get(&parameters, name).and_then(|number| number.parse::<usize>().ok());
    let (Some(id), Some(offset), Some(count)) =
        (get(&parameters, "_getpages"), number("_getpagesoffset"), number("_count"))
    else {
        return (StatusCode::BAD_REQUEST, outcome("processing", "This is the base URL of the server")).into_response();
    };
    simulator.bundle(&base_of(&headers), id, offset, count)
}

impl ClinicalSimulator {
    /// Lets requests fail that are to, and those that may not read.
    fn refusal(&self, request: &str, headers: &HeaderMap) -> Option<Response> {
        match lock(&self.0.traffic).count(request.to_owned()) {
            None => {}
            Some(Fault::LostSearch) => self.forget_searches(),
            Some(fault) => return fault.answer(),
        }
        let may_read = match &self.0.access {
            Access::Everybody => true,
            Access::Bearer(known) => bearer_token(headers) == Some(known),
            Access::Client(_) => lock(&self.0.tokens).take(headers),
        };
        let refused = || (StatusCode::UNAUTHORIZED, outcome("login", "The access token is not valid")).into_response();
        (!may_read).then(refused)
    }

    /// What a search finds, by type and id.
    fn found(&self, name: &str, parameters: &Parameters) -> Result<Vec<(String, String)>, String> {
        let resources = lock(&self.0.resources);
        let mut found = Vec::new();
        for resource in resources.all().iter().filter(|one| one["resourceType"] == name) {
            let mut is_found = true;
            for (parameter, value) in parameters {
                is_found &= holds(resource, parameter, value)?;
            }
            if is_found {
                found.push(resource);
            }
        }
        if get(parameters, "_sort") == Some("_lastUpdated") && !self.0.is_unsorted {
            found.sort_by_cached_key(|one| updated(one));
        }
        Ok(found.iter().map(|one| (name.to_owned(), one["id"].as_str().unwrap_or_default().to_owned())).collect())
    }

    fn bundle(&self, base: &str, id: &str, offset: usize, count: usize) -> Response {
        let searches = lock(&self.0.searches);
        let Some(found) = searches.get(id) else {
            let words = format!("Search ID \"{id}\" does not exist and may have expired");
            return (StatusCode::GONE, outcome("processing", &words)).into_response();
        };
        let resources = lock(&self.0.resources);
        let entries = found.iter().skip(offset).take(count).filter_map(|(name, id)| {
            let resource = resources.get(name, id)?;
            Some(json!({ "fullUrl": format!("{base}/{name}/{id}"), "resource": resource, "search": { "mode": "match" } }))
        });
        let warning = self.0.warning.iter().map(|words| {
            let issue = json!({ "severity": "warning", "code": "processing", "diagnostics": words });
            let resource = json!({ "resourceType": "OperationOutcome", "issue": [issue] });
            json!({ "resource": resource, "search": { "mode": "outcome" } })
        });
        let entries: Vec<Value> = entries.chain(warning).collect();
        let mut links = vec![json!({ "relation": "self", "url": base })];
        if offset + count < found.len() {
            let next = format!(
                "{base}?_getpages={id}&_getpagesoffset={}&_count={count}&_bundletype=searchset",
                offset + count
            );
            links.push(json!({ "relation": "next", "url": next }));
        }
        let bundle = json!({
            "resourceType": "Bundle", "type": "searchset", "total": found.len() + self.0.overcount, "link": links,
            "entry": entries,
        });
        ([MEDIA_TYPE], bundle.to_string()).into_response()
    }
}

/// Whether a resource is what a parameter asks for.
fn holds(resource: &Value, parameter: &str, value: &str) -> Result<bool, String> {
    let code_of = |concept: &Value| {
        let (system, code) = value.split_once('|').map_or((None, value), |(system, code)| (Some(system), code));
        let coding = &concept["coding"][0];
        coding["code"] == code && system.is_none_or(|system| coding["system"] == system)
    };
    Ok(match parameter {
        "_sort" | "_count" | "_summary" | "_format" => true,
        "_id" => resource["id"] == value,
        "status" => resource["status"] == value,
        "category" => code_of(&resource["category"][0]),
        "code" => code_of(&resource["code"]),
        "patient" => resource["subject"]["reference"] == format!("Patient/{}", value.trim_start_matches("Patient/")),
        "_lastUpdated" => {
            let (prefix, instant) = value.split_at(value.len().min(2));
            let wrong = || format!("Invalid date/time format: \"{value}\"");
            let instant: DateTime<Utc> = instant.parse().map_err(|_| wrong())?;
            match prefix {
                "ge" => updated(resource) >= Some(instant),
                "gt" => updated(resource) > Some(instant),
                "le" => updated(resource) <= Some(instant),
                "lt" => updated(resource) < Some(instant),
                _ => return Err(wrong()),
            }
        }
        other => return Err(format!("Unknown search parameter \"{other}\" for resource type")),
    })
}

fn updated(resource: &Value) -> Option<DateTime<Utc>> {
    resource["meta"]["lastUpdated"].as_str()?.parse().ok()
}

fn base_of(headers: &HeaderMap) -> String {
    let host = headers.get("host").and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    format!("http://{host}/fhir")
}

fn parameters(query: Option<&str>) -> Parameters {
    url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect()
}

fn get<'a>(parameters: &'a Parameters, name: &str) -> Option<&'a str> {
    parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}
