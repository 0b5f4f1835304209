//! Calendar: the events of each calendar on the account's list.

mod read;

use serde::Deserialize;
use serde_json::Value;

use super::api::Api;
use super::columns::{Column, day, flag, instant_at, json, key, number, text};
use super::config::{CalendarOptions, Service};
use crate::sdk::http::segment;
use crate::sdk::{ConnectorError, Trail};

pub(super) use read::stream;

/// Before the id of a calendar, in its path.
pub(super) const CALENDARS: &str = "calendars/";

/// What an event's row holds.
pub(super) const COLUMNS: &[Column] = &[
    key("id", "/id", "The event's id, its own also within a series"),
    text("status", "/status", "confirmed, tentative, or cancelled: of one that is gone no more may be known"),
    text("summary", "/summary", "What it is called"),
    text("description", "/description", "What is said of it"),
    text("location", "/location", "Where it is"),
    instant_at("start_at", "/start/dateTime", "When it begins"),
    instant_at("end_at", "/end/dateTime", "When it ends"),
    day("start_date", "/start/date", "Of one that takes whole days: the first"),
    day("end_date", "/end/date", "Of one that takes whole days: the one after the last"),
    text("time_zone", "/start/timeZone", "The zone that it was put down in"),
    text("event_type", "/eventType", "default, outOfOffice, focusTime, workingLocation, birthday, fromGmail"),
    text("creator_email", "/creator/email", "Who made it"),
    text("organizer_email", "/organizer/email", "Whose it is"),
    json("attendees", "/attendees", "Who is asked to come, with their answers"),
    json("recurrence", "/recurrence", "Of a series: its rules"),
    text("recurring_event_id", "/recurringEventId", "The series that it belongs to"),
    instant_at("original_start_at", "/originalStartTime/dateTime", "When it would begin by the series' rule"),
    instant_at("created_at", "/created", "When it was put down"),
    instant_at("updated_at", "/updated", "When it was last changed"),
    text("visibility", "/visibility", "default, public, private, confidential"),
    text("transparency", "/transparency", "transparent where its time counts as free"),
    flag("attendees_omitted", "/attendeesOmitted", "Whether not all who are asked are told"),
    number("sequence", "/sequence", "How often it was moved"),
    text("ical_uid", "/iCalUID", "Its id in other calendars"),
    text("hangout_link", "/hangoutLink", "Where it is met by video"),
    text("html_link", "/htmlLink", "Where it is shown"),
];

/// A calendar of the list.
#[derive(Debug)]
pub(super) struct Calendar {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) description: Option<String>,
}

impl Calendar {
    fn of(entry: &Value) -> Option<Self> {
        let text = |key: &str| entry[key].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        let id = text("id")?;
        let name = text("summaryOverride").or_else(|| text("summary")).unwrap_or_else(|| id.clone());
        Some(Self { id, name, description: text("description") })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    #[serde(default)]
    items: Vec<Value>,
    next_page_token: Option<String>,
}

/// The calendars that are read.
pub(super) async fn calendars(api: &Api, options: &CalendarOptions) -> Result<Vec<Calendar>, ConnectorError> {
    let mut found = Vec::new();
    for id in &options.ids {
        let entry: Value = api.get(Service::Calendar, &format!("calendar/v3/calendars/{}", segment(id)), &[]).await?;
        found.extend(Calendar::of(&entry));
    }
    if !found.is_empty() {
        return Ok(found);
    }
    let mut trail = Trail::of("Google Calendar", "the page token of the list of calendars");
    let mut token: Option<String> = None;
    loop {
        let mut asked = vec![("maxResults", "250"), ("showHidden", "true")];
        asked.extend(token.as_deref().map(|token| ("pageToken", token)));
        let page: Listed = api.get(Service::Calendar, "calendar/v3/users/me/calendarList", &asked).await?;
        // Of some, only the busy times may be seen.
        let readable =
            page.items.iter().filter(|entry| entry["accessRole"] != "freeBusyReader" && entry["deleted"] != true);
        found.extend(readable.filter_map(Calendar::of));
        token = page.next_page_token;
        match &token {
            Some(token) => trail.follow(token)?,
            None => return Ok(found),
        }
    }
}
