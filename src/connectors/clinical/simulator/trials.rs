//! ClinicalTrials.gov's search for studies.

use std::time::Duration;

use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::NaiveDate;
use serde_json::{Value, json};

use super::traffic::Fault;
use super::{ClinicalSimulator, lock};
use crate::demo::clinic::Trial;

const MINUTE: Duration = Duration::from_secs(60);
/// Studies of a page: where it is not told how many, and at the most.
const PAGE: (usize, usize) = (10, 1_000);

pub(super) async fn search(State(simulator): State<ClinicalSimulator>, OriginalUri(uri): OriginalUri) -> Response {
    if let Some(limit) = &simulator.0.limit {
        let counted = lock(&limit.windows).count("studies".to_owned(), limit.in_a_minute, MINUTE, limit.clock.now());
        if let Err(seconds) = counted {
            return lock(&simulator.0.traffic).refuse(seconds);
        }
    }
    let fault = lock(&simulator.0.traffic).count(uri.to_string());
    if let Some(answer) = fault.filter(|fault| *fault != Fault::LostSearch).and_then(Fault::answer) {
        return answer;
    }
    let parameters: Vec<(String, String)> =
        url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    let get = |name: &str| parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let size = get("pageSize").map_or(Ok(PAGE.0), str::parse);
    let Ok(size) = size.map(|size: usize| size.min(PAGE.1)) else {
        return refused("Invalid value for `pageSize` parameter");
    };
    let range = match get("filter.advanced").map(range) {
        None => None,
        Some(Some(range)) => Some(range),
        Some(None) => return refused("Cannot parse `filter.advanced` parameter"),
    };
    let after = match get("pageToken").map(read_token) {
        None => None,
        Some(Some(after)) => Some(after),
        Some(None) => return refused("Invalid value for `pageToken` parameter"),
    };
    let term = get("query.term").unwrap_or_default().to_lowercase();
    let trials = lock(&simulator.0.trials);
    let is_found = |one: &&Trial| {
        let is_within = range.is_none_or(|(from, to)| (from..=to).contains(&one.updated));
        let text = format!("{} {} {} {}", one.nct_id, one.title, one.condition, one.sponsor).to_lowercase();
        is_within && term.split_whitespace().all(|word| text.contains(word))
    };
    let mut found: Vec<&Trial> = trials.iter().filter(is_found).collect();
    found.sort_by_key(|one| place(one));
    let start = after.map_or(0, |after| found.partition_point(|one| place(one) <= after));
    let shown = &found[start..(start + size).min(found.len())];
    let mut page = json!({ "studies": shown.iter().map(|one| study(one)).collect::<Vec<_>>() });
    if let Some(last) = shown.last().filter(|_| start + shown.len() < found.len()) {
        page["nextPageToken"] = json!(write_token(&place(last)));
    }
    if get("countTotal") == Some("true") {
        page["totalCount"] = json!(found.len() + simulator.0.overcount);
    }
    ([("content-type", "application/json")], page.to_string()).into_response()
}

/// Which version of the API it is, and of when its data are.
pub(super) async fn version(State(simulator): State<ClinicalSimulator>) -> Response {
    let newest = lock(&simulator.0.trials).iter().map(|one| one.updated).max().unwrap_or_default();
    axum::Json(json!({ "apiVersion": "2.0.5", "dataTimestamp": format!("{newest}T09:00:04") })).into_response()
}

fn refused(words: &str) -> Response {
    (StatusCode::BAD_REQUEST, [("content-type", "text/plain")], words.to_owned()).into_response()
}

/// `AREA[LastUpdatePostDate]RANGE[2024-01-01,MAX]`.
fn range(text: &str) -> Option<(NaiveDate, NaiveDate)> {
    let inner = text.strip_prefix("AREA[LastUpdatePostDate]RANGE[")?.strip_suffix(']')?;
    let (from, to) = inner.split_once(',')?;
    let to = if to == "MAX" { Some(NaiveDate::MAX) } else { to.parse().ok() };
    Some((from.parse().ok()?, to?))
}

/// Where a study stands in the order of `LastUpdatePostDate:asc`.
fn place(one: &Trial) -> (NaiveDate, String) {
    (one.updated, one.nct_id.clone())
}

fn write_token((day, id): &(NaiveDate, String)) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(format!("{day} {id}"))
}

fn read_token(token: &str) -> Option<(NaiveDate, String)> {
    let text = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    let (day, id) = text.split_once(' ')?;
    Some((day.parse().ok()?, id.to_owned()))
}

fn study(one: &Trial) -> Value {
    let locations =
        one.cities.iter().map(|(city, country)| json!({ "facility": "Clinic", "city": city, "country": country }));
    json!({
        "protocolSection": {
            "identificationModule": {
                "nctId": one.nct_id, "orgStudyIdInfo": { "id": format!("ORG-{}", one.nct_id) },
                "organization": { "fullName": one.sponsor, "class": "OTHER" }, "briefTitle": one.title,
            },
            "statusModule": {
                "overallStatus": one.status,
                // Of a start that is planned, no more than the month is stated.
                "startDateStruct": { "date": one.starts.format("%Y-%m").to_string() },
                "completionDateStruct": { "date": (one.starts + chrono::TimeDelta::days(900)).to_string() },
                "studyFirstPostDateStruct": { "date": one.starts.to_string(), "type": "ACTUAL" },
                "lastUpdatePostDateStruct": { "date": one.updated.to_string(), "type": "ACTUAL" },
            },
            "sponsorCollaboratorsModule": { "leadSponsor": { "name": one.sponsor, "class": "OTHER" } },
            "descriptionModule": { "briefSummary": format!("Whether {} helps.", one.drug) },
            "conditionsModule": { "conditions": [one.condition] },
            "designModule": {
                "studyType": "INTERVENTIONAL", "phases": one.phases,
                "designInfo": { "allocation": "RANDOMIZED", "maskingInfo": { "masking": "DOUBLE" } },
                "enrollmentInfo": { "count": one.enrollment, "type": "ESTIMATED" },
            },
            "armsInterventionsModule": { "interventions": [{ "type": "DRUG", "name": one.drug }] },
            "eligibilityModule": { "sex": "ALL", "minimumAge": "18 Years", "healthyVolunteers": false },
            "contactsLocationsModule": { "locations": locations.collect::<Vec<_>>() },
        },
        "hasResults": false,
    })
}
