//! Reading a calendar: all events page by page, what is new by a sync token.

use async_stream::try_stream;
use chrono::{SecondsFormat, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::api::Api;
use super::super::columns::Rows;
use super::super::config::{CalendarOptions, GoogleConfig, Service};
use super::{CALENDARS, COLUMNS};
use crate::sdk::http::segment;
use crate::sdk::{ConnectorError, Cursor, ErrorClass, Extract, ReadEvent, ReadRequest, ReadStream, Trail};

/// Events of one answer, Calendar's most. A list of series has more to do for each.
const PAGE_SIZE: u32 = 2_500;

/// Where a read stands.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stand {
    /// In the middle of all events, up to a moment if series are told event by event.
    Listing { until: Option<String>, token: Option<String> },
    /// In the middle of what is new.
    News { sync: String, token: Option<String> },
    /// At the end. Some calendars give no token: then the next read is whole.
    Done { sync: Option<String> },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Events {
    #[serde(default)]
    items: Vec<Value>,
    next_page_token: Option<String>,
    next_sync_token: Option<String>,
}

/// Reads one calendar.
pub(in super::super) fn stream(api: &Api, config: &GoogleConfig, request: ReadRequest) -> ReadStream {
    let (http, cancel, api) = (api.http().clone(), request.cancel.clone(), api.clone());
    let (options, size) = (config.calendar.clone(), config.page_of(PAGE_SIZE));
    http.reading(&cancel, move |http| {
        let api = api.through(http);
        try_stream! {
            let name = request.source.name.clone();
            let id = request.source.source_path.strip_prefix(CALENDARS).unwrap_or(&request.source.source_path).to_owned();
            let resume: Option<Stand> = request.resume.as_ref().map(|cursor| cursor.read(&name)).transpose()?;
            let since: Option<Stand> = match &request.extract {
                Extract::Full => None,
                Extract::Incremental { since, .. } => since.as_ref().map(|cursor| cursor.read(&name)).transpose()?,
            };
            let known = match &since {
                Some(Stand::Done { sync } ) => sync.clone(),
                Some(Stand::News { sync, .. }) => Some(sync.clone()),
                Some(Stand::Listing { .. }) | None => None,
            };
            let mut first_page = None;
            let mut stand = match (resume, known) {
                (Some(stand), _) => Some(stand),
                (None, Some(sync)) => {
                    let news = Stand::News { sync, token: None };
                    first_page = match page(&api, &options, size, &id, &news).await {
                        Ok(page) => Some(page),
                        // 410: the token is too old, or the calendar's rights have changed.
                        Err(error) if error.class() == ErrorClass::NotFound => None,
                        Err(error) => Err(error)?,
                    };
                    first_page.is_some().then_some(news)
                }
                (None, None) => None,
            };
            if stand.is_none() {
                if since.is_some() {
                    yield ReadEvent::Whole;
                }
                let ahead = Utc::now() + TimeDelta::days(options.future_days.into());
                let until = options.single_events.then(|| ahead.to_rfc3339_opts(SecondsFormat::Secs, true));
                stand = Some(Stand::Listing { until, token: None });
            }
            let mut rows = Rows::of(COLUMNS);
            yield ReadEvent::Schema(rows.schema());
            let mut trail = Trail::of("Google Calendar", "the page token of events");
            while let Some(now) = stand.take() {
                if let Stand::Done { .. } = now {
                    yield ReadEvent::Checkpoint(Cursor::of(&now));
                    break;
                }
                let events = match first_page.take() {
                    Some(page) => page,
                    None => page(&api, &options, size, &id, &now).await?,
                };
                if let Some(token) = &events.next_page_token {
                    trail.follow(token)?;
                }
                for event in &events.items {
                    rows.add(event);
                    if rows.bytes() >= request.batch_bytes {
                        for event in rows.take()? {
                            yield event;
                        }
                    }
                }
                for event in rows.take()? {
                    yield event;
                }
                let after = match (now, events.next_page_token) {
                    (Stand::Listing { until, .. }, Some(token)) => Stand::Listing { until, token: Some(token) },
                    (Stand::News { sync, .. }, Some(token)) => Stand::News { sync, token: Some(token) },
                    (_, _) => Stand::Done { sync: events.next_sync_token },
                };
                if !matches!(after, Stand::Done { .. }) {
                    yield ReadEvent::Checkpoint(Cursor::of(&after));
                }
                if request.cancel.is_cancelled() {
                    Err(ConnectorError::Cancelled)?;
                }
                stand = Some(after);
            }
        }
    })
}

/// Some events. All but the token is asked alike each time, as Google wants it.
async fn page(
    api: &Api,
    options: &CalendarOptions,
    size: u32,
    id: &str,
    stand: &Stand,
) -> Result<Events, ConnectorError> {
    let path = format!("calendar/v3/calendars/{}/events", segment(id));
    let size = size.to_string();
    let mut asked = vec![("maxResults", size.as_str())];
    asked.push(("singleEvents", if options.single_events { "true" } else { "false" }));
    let token = match stand {
        Stand::Listing { until, token } => {
            asked.extend(until.as_deref().map(|until| ("timeMax", until)));
            token
        }
        Stand::News { sync, token } => {
            asked.push(("syncToken", sync));
            token
        }
        Stand::Done { .. } => &None,
    };
    asked.extend(token.as_deref().map(|token| ("pageToken", token)));
    api.get(Service::Calendar, &path, &asked).await
}
