//! Reading one type of resources, page after page.

use std::collections::HashSet;

use async_stream::try_stream;
use chrono::{DateTime, SecondsFormat, Utc};
use futures::Stream;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Fhir;
use super::bundle::Bundle;
use super::types::Kind;
use crate::sdk::{
    Bookmark, ConnectorError, Cursor, Estimate, EventLevel, Plan, ReadEvent, ReadRequest, RejectedRow, Trail,
    seconds_before,
};

/// Transactions of a server end later than the instant that they are dated with.
const MARGIN_SECONDS: u64 = 60;
/// The most ids that are kept of one instant; where more share it, a read gives no checkpoint there.
const MOST_IDS: usize = 5_000;

/// What a server says in other words each time is told so often.
const MOST_WORDS: usize = 100;

/// Where a read stands: behind everything before an instant, and behind these of the instant itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Place {
    updated: Option<DateTime<Utc>>,
    ids: Vec<String>,
    done: u64,
    of: Option<u64>,
}

pub(super) fn events(
    fhir: Fhir,
    request: ReadRequest,
) -> impl Stream<Item = Result<ReadEvent, ConnectorError>> + Send + 'static {
    try_stream! {
        let name = request.source.source_path.clone();
        if !fhir.resources.contains(&name) {
            Err(ConnectorError::NotFound { what: format!("the resource type {name}"), hint: String::new() })?;
        }
        let kind = Kind::of(&name);
        let parameters = fhir.parameters(&name);
        let query = format!("{name}?{}", url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&parameters).finish());
        let plan: Plan<Place, DateTime<Utc>> = Plan::of(&request, &query, back)?;
        let mut rows = kind.rows();
        if plan.is_whole {
            yield ReadEvent::Whole;
        }
        yield ReadEvent::Schema(rows.schema());
        let bookmark = plan.bookmark;
        let mut progress = Progress::of(&bookmark);
        let batch_bytes = request.batch_bytes.min(request.memory_bytes / 4).max(1);
        let mut next = (!plan.is_done).then_some(Step::Search);
        let mut trail = link_trail();
        let mut told = HashSet::new();
        while let Some(step) = next {
            let answer = match &step {
                Step::Search => {
                    let search = fhir.client.get(&name).queries(parameters.clone()).query("_sort", "_lastUpdated").query("_count", fhir.page);
                    let from = progress.place.updated.or(bookmark.from);
                    let search = from.into_iter().fold(search, |search, from| search.query("_lastUpdated", format!("ge{}", text_of(from))));
                    search.send().await
                }
                Step::Link(link) => fhir.client.get(link).send().await,
            };
            let bundle: Bundle = match answer {
                // A server forgets its searches; what is left is searched anew.
                Err(ConnectorError::NotFound { .. }) if matches!(step, Step::Link(_)) && progress.checkpoint().is_some() => {
                    next = Some(Step::Search);
                    trail = link_trail();
                    continue;
                }
                answer => answer?.json()?,
            };
            if let Some(link) = bundle.next() {
                trail.follow(&link.to_owned())?;
            }
            if progress.place.done == 0 {
                progress.place.of = bundle.total;
            }
            for entry in bundle.entry.iter().filter(|entry| !entry.is_included()) {
                let Some(raw) = &entry.resource else { continue };
                let resource: Value = serde_json::from_str(raw.get())
                    .map_err(|error| ConnectorError::data(&name, format!("a resource cannot be read ({error})")))?;
                if resource["resourceType"] == "OperationOutcome" {
                    for (level, message) in issues(&resource) {
                        // It comes with every page.
                        if told.len() < MOST_WORDS && told.insert(message.clone()) {
                            yield ReadEvent::Log { level, message };
                        }
                    }
                    continue;
                }
                let Some(id) = resource["id"].as_str() else {
                    let reason = "the resource has no id".to_owned();
                    rows.reject(RejectedRow { position: String::new(), reason, row: raw.get().to_owned() });
                    progress.place.done += 1;
                    continue;
                };
                if progress.pass(id, &resource) {
                    rows.add(kind.row(id, &resource, raw.get()));
                }
                if rows.bytes() >= batch_bytes {
                    yield ReadEvent::Batch(rows.finish()?);
                }
            }
            for event in rows.events()? {
                yield event;
            }
            yield progress.estimate();
            next = bundle.next().map(|link| Step::Link(link.to_owned()));
            if let (Some(_), Some(place)) = (&next, progress.checkpoint()) {
                yield ReadEvent::Checkpoint(Cursor::of(&bookmark.at(Some(place), bookmark.next)));
            }
        }
        if !progress.is_sorted {
            let message = format!("the server does not order {name} by _lastUpdated: a read that is cut short begins anew");
            yield ReadEvent::Log { level: EventLevel::Warning, message };
        }
        if let Some(message) = progress.too_few(&name) {
            yield ReadEvent::Log { level: EventLevel::Warning, message };
        }
        let newest = progress.newest.max(bookmark.next);
        yield ReadEvent::Checkpoint(Cursor::of(&bookmark.at(None, newest)));
    }
}

/// How the next page is asked for.
enum Step {
    Search,
    Link(String),
}

/// How far a read has come.
struct Progress {
    place: Place,
    /// Those of the place's instant.
    passed: HashSet<String>,
    newest: Option<DateTime<Utc>>,
    /// Whether every resource has come no earlier than the one before it.
    is_sorted: bool,
}

impl Progress {
    fn of(bookmark: &Bookmark<Place, DateTime<Utc>>) -> Self {
        let place = bookmark.place.clone().unwrap_or_default();
        let passed = place.ids.iter().cloned().collect();
        Self { newest: place.updated, passed, place, is_sorted: true }
    }

    /// Counts a resource; whether it was not read before.
    fn pass(&mut self, id: &str, resource: &Value) -> bool {
        let updated = resource["meta"]["lastUpdated"].as_str().and_then(|text| text.parse::<DateTime<Utc>>().ok());
        let is_of_place = updated.is_some() && updated == self.place.updated;
        if is_of_place && self.passed.contains(id) {
            return false;
        }
        self.place.done += 1;
        self.newest = self.newest.max(updated);
        match updated {
            Some(updated) if self.place.updated.is_none_or(|last| updated > last) => {
                self.place.updated = Some(updated);
                self.passed = HashSet::from([id.to_owned()]);
            }
            Some(_) if is_of_place => {
                if self.passed.len() <= MOST_IDS {
                    self.passed.insert(id.to_owned());
                }
            }
            _ => self.is_sorted = false,
        }
        true
    }

    /// Where it stands, if that can be gone on from.
    fn checkpoint(&self) -> Option<Place> {
        let can_go_on = self.is_sorted && self.place.updated.is_some() && self.passed.len() <= MOST_IDS;
        can_go_on.then(|| {
            let mut ids: Vec<String> = self.passed.iter().cloned().collect();
            ids.sort_unstable();
            Place { ids, ..self.place.clone() }
        })
    }

    /// What to say where fewer resources came than there should be.
    fn too_few(&self, name: &str) -> Option<String> {
        let (done, of) = (self.place.done, self.place.of?);
        (done < of).then(|| format!("the pages of {name} end after {done} of {of} resources that the server counts"))
    }

    fn estimate(&self) -> ReadEvent {
        let rows = self.place.of.map(|of| of.max(self.place.done));
        ReadEvent::Estimate(Estimate { rows, ..Estimate::default() })
    }
}

/// The links to further pages of a search.
fn link_trail() -> Trail<String> {
    Trail::of("the FHIR server", "the link to the next page")
}

fn back(from: DateTime<Utc>, seconds: u64) -> DateTime<Utc> {
    seconds_before(from, seconds.saturating_add(MARGIN_SECONDS))
}

fn text_of(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// What a server says beside what it found.
fn issues(outcome: &Value) -> Vec<(EventLevel, String)> {
    let words_of = |issue: &Value| {
        let words = issue["diagnostics"].as_str().or(issue["details"]["text"].as_str()).or(issue["code"].as_str());
        let level = if issue["severity"] == "information" { EventLevel::Info } else { EventLevel::Warning };
        (level, format!("the server says: {}", words.unwrap_or("no more is said")))
    };
    outcome["issue"].as_array().into_iter().flatten().map(words_of).collect()
}
