//! A REST API of JSON: lists of records, in pages, with what was changed since a time.

use std::collections::HashMap;

use axum::extract::{OriginalUri, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::{LimsSimulator, Parameters, lock, number, parameter, parameters};
use crate::demo::lab::{Lab, SAMPLE_TYPES};

/// Records of a page where it is not told how many.
const PAGE: usize = 50;

/// How pages are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// `page` and `page_size`; records in `data`, their number in `total`.
    Page,
    /// `offset` and `limit`; records in `items`, their number in `count`.
    Offset,
    /// `cursor` and `limit`; records in `results`, the next cursor in `next_cursor`.
    Cursor,
    /// `page_size`; records in `records`, the next page's address in `links.next`.
    Link,
    /// `page_size`; the answer is the list, the next page's address in the header `Link`.
    Header,
}

/// Records that were added or put in the place of others, by collection and key.
#[derive(Default)]
pub(super) struct Changes(HashMap<String, HashMap<String, Value>>);

impl Changes {
    pub(super) fn put(&mut self, collection: &str, records: &[Value]) {
        let key = key_of(collection);
        for record in records {
            let of = record[key].as_str().unwrap_or_default().to_owned();
            self.0.entry(collection.to_owned()).or_default().insert(of, record.clone());
        }
    }
}

/// The data sources of the API, as settings give them.
pub fn collections() -> Value {
    let source = |name: &str, path: &str| {
        json!({
            "name": name, "path": path, "records": "data", "primary_key": [key_of(path)], "modified": "modified_at",
            "modified_parameter": "modified_since",
        })
    };
    let whole = |name: &str, path: &str| json!({ "name": name, "path": path, "records": "data", "primary_key": [key_of(path)] });
    json!([
        source("Sample Database", "samples"),
        source("Experimental Results", "results"),
        source("Quality Control", "controls"),
        whole("Projects", "projects"),
        whole("Compounds", "compounds"),
        whole("Instruments", "instruments"),
    ])
}

fn key_of(collection: &str) -> &'static str {
    match collection {
        "samples" => "sample_id",
        "results" => "result_id",
        "controls" => "control_id",
        "projects" => "project_id",
        "compounds" => "compound_id",
        _ => "instrument_id",
    }
}

pub(super) async fn list(
    State(simulator): State<LimsSimulator>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    Path(collection): Path<String>,
) -> Response {
    if let Some(failure) = simulator.failure(uri.to_string()) {
        return failure;
    }
    if !simulator.may_read(&headers) {
        return (StatusCode::UNAUTHORIZED, axum::Json(json!({ "error": "not signed in" }))).into_response();
    }
    let parameters = parameters(uri.query());
    let since = match parameter(&parameters, "modified_since").map(str::parse::<DateTime<Utc>>) {
        None => None,
        Some(Ok(since)) => Some(since),
        Some(Err(_)) => {
            let words = json!({ "error": "modified_since is no date and time" });
            return (StatusCode::BAD_REQUEST, axum::Json(words)).into_response();
        }
    };
    let Some(found) = simulator.records(&collection, since) else {
        return (StatusCode::NOT_FOUND, axum::Json(json!({ "error": "there is no such collection" }))).into_response();
    };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    page(&simulator, &found, &parameters, &format!("http://{host}{}", uri.path()))
}

fn page(simulator: &LimsSimulator, found: &[Record<'_>], parameters: &Parameters, address: &str) -> Response {
    let style = simulator.0.style;
    let size = match style {
        Style::Offset | Style::Cursor => number(parameters, "limit"),
        _ => number(parameters, "page_size"),
    };
    let size = size.unwrap_or(PAGE).clamp(1, simulator.0.most);
    let start = match style {
        Style::Page => number(parameters, "page").unwrap_or(1).saturating_sub(1) * size,
        Style::Offset => number(parameters, "offset").unwrap_or_default(),
        Style::Cursor => number(parameters, "cursor").unwrap_or_default(),
        Style::Link | Style::Header => number(parameters, "from").unwrap_or_default(),
    };
    let end = (start + size).min(found.len());
    let shown: Vec<Value> = found.get(start..end).unwrap_or_default().iter().map(Record::render).collect();
    let next = (end < found.len()).then_some(end);
    let link = next.map(|next| {
        let since = parameter(parameters, "modified_since").map(|since| ("modified_since", since.to_owned()));
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(since.into_iter().chain([("from", next.to_string()), ("page_size", size.to_string())]))
            .finish();
        format!("{address}?{query}")
    });
    let answer = match style {
        Style::Page => json!({ "data": shown, "page": start / size + 1, "total": found.len() }),
        Style::Offset => json!({ "items": shown, "count": found.len() }),
        Style::Cursor => json!({ "results": shown, "next_cursor": next.map(|next| next.to_string()) }),
        Style::Link => json!({ "records": shown, "links": { "next": link } }),
        Style::Header => {
            let links = link.map(|link| (header::LINK, format!("<{link}>; rel=\"next\"")));
            let headers: HeaderMap =
                links.into_iter().filter_map(|(name, link)| Some((name, link.parse().ok()?))).collect();
            return (headers, axum::Json(shown)).into_response();
        }
    };
    axum::Json(answer).into_response()
}

/// A record that is rendered when its page is.
enum Record<'a> {
    Sample(&'a Lab, usize),
    Result(&'a Lab, usize),
    Control(&'a Lab, usize),
    Other(Value),
}

impl LimsSimulator {
    /// What was changed since a time, in the order of the keys; `None` where there is no such collection.
    fn records(&self, collection: &str, since: Option<DateTime<Utc>>) -> Option<Vec<Record<'_>>> {
        let lab = self.lab();
        let mut records: Vec<Record<'_>> = match collection {
            "samples" => (0..lab.samples.len()).map(|place| Record::Sample(lab, place)).collect(),
            "results" => (0..lab.results.len()).map(|place| Record::Result(lab, place)).collect(),
            "controls" => (0..lab.controls.len()).map(|place| Record::Control(lab, place)).collect(),
            "projects" => lab
                .projects
                .iter()
                .map(|one| {
                    Record::Other(json!({
                        "project_id": one.id, "title": one.title, "client": lab.clients[one.client].name,
                    }))
                })
                .collect(),
            "compounds" => lab
                .compounds
                .iter()
                .map(|one| {
                    Record::Other(json!({
                        "compound_id": one.id, "series": one.series, "project_id": lab.projects[one.project].id,
                        "molecular_weight": one.molecular_weight,
                    }))
                })
                .collect(),
            "instruments" => lab
                .instruments
                .iter()
                .map(|one| {
                    Record::Other(json!({
                        "instrument_id": one.id, "name": one.name, "kind": one.kind, "model": one.model,
                        "serial_number": one.serial, "room": one.room, "installed_on": one.installed,
                    }))
                })
                .collect(),
            _ => return None,
        };
        let changes = lock(&self.0.changes);
        if let Some(changed) = changes.0.get(collection) {
            let key = key_of(collection);
            records.retain(|record| !changed.contains_key(record.render()[key].as_str().unwrap_or_default()));
            let mut added: Vec<&Value> = changed.values().collect();
            added.sort_by_key(|record| record[key].as_str().unwrap_or_default());
            records.extend(added.into_iter().cloned().map(Record::Other));
        }
        if let Some(since) = since {
            records.retain(|record| record.modified_at().is_none_or(|modified| modified >= since));
        }
        Some(records)
    }
}

impl Record<'_> {
    fn modified_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Sample(lab, place) => Some(lab.samples[*place].modified_at),
            Self::Result(lab, place) => Some(lab.results[*place].at),
            Self::Control(lab, place) => Some(lab.controls[*place].at),
            Self::Other(record) => record["modified_at"].as_str()?.parse().ok(),
        }
    }

    fn render(&self) -> Value {
        match self {
            Self::Sample(lab, place) => {
                let sample = &lab.samples[*place];
                json!({
                    "sample_id": sample.id, "sample_type": SAMPLE_TYPES[sample.sample_type].name,
                    "collection_date": sample.collected, "status": sample.status.name(), "location": sample.location,
                    "project_id": lab.projects[sample.project].id,
                    "compound_id": sample.compound.map(|place| &lab.compounds[place].id),
                    "received_at": text(sample.received_at), "modified_at": text(sample.modified_at),
                })
            }
            Self::Result(lab, place) => {
                let result = &lab.results[*place];
                let test = &lab.tests[result.test];
                json!({
                    "result_id": result.id, "sample_id": lab.samples[result.sample].id, "test_type": test.keyword,
                    "value": result.value, "unit": test.unit, "timestamp": text(result.at),
                    "instrument_id": lab.instruments[result.instrument].id,
                    "analyst": lab.analysts[result.analyst].username, "modified_at": text(result.at),
                })
            }
            Self::Control(lab, place) => {
                let control = &lab.controls[*place];
                let material = &lab.materials[control.material];
                let test = &lab.tests[material.test];
                json!({
                    "control_id": control.id, "material_id": material.id, "level": material.level, "lot": material.lot,
                    "test_type": test.keyword, "instrument_id": lab.instruments[control.instrument].id,
                    "target": material.target, "standard_deviation": material.deviation, "value": control.value,
                    "unit": test.unit, "passed": lab.passes(control), "timestamp": text(control.at),
                    "modified_at": text(control.at),
                })
            }
            Self::Other(record) => record.clone(),
        }
    }
}

fn text(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Secs, true)
}
