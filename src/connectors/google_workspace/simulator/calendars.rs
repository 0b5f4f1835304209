//! Calendar v3: the list of calendars, and their events with sync tokens.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::account::{Account, Calendar, Event, text_of};
use super::refusal::Refusal;
use super::serve::{Answer, Asked, page};

/// What cannot be asked for along with a sync token.
const NOT_WITH_TOKEN: [&str; 7] =
    ["iCalUID", "orderBy", "privateExtendedProperty", "q", "sharedExtendedProperty", "timeMin", "timeMax"];

pub(super) fn list(account: &Account, asked: &Asked) -> Answer {
    let all: Vec<Value> = account.calendars.iter().map(|calendar| entry(account, calendar)).collect();
    let (items, next) = page(&all, asked, "calendars", asked.size("maxResults", 100, 250)?)?;
    let mut answer = json!({ "kind": "calendar#calendarList", "items": items });
    match next {
        Some(next) => answer["nextPageToken"] = json!(next),
        None => answer["nextSyncToken"] = json!(format!("list-{}", account.next)),
    }
    Ok(answer)
}

fn entry(account: &Account, calendar: &Calendar) -> Value {
    let mut entry = json!({
        "kind": "calendar#calendarListEntry", "id": calendar.id, "summary": calendar.name, "timeZone": "Europe/Berlin",
        "accessRole": "owner", "selected": true,
    });
    if calendar.id == account.email {
        entry["primary"] = json!(true);
    }
    entry
}

fn opened<'a>(account: &'a Account, id: &str) -> Result<&'a Calendar, Refusal> {
    let id = if id == "primary" { account.email.as_str() } else { id };
    account.calendars.iter().find(|calendar| calendar.id == id).ok_or_else(|| Refusal::not_found("Not Found"))
}

pub(super) fn get(account: &Account, id: &str) -> Answer {
    opened(account, id).map(|calendar| entry(account, calendar))
}

pub(super) fn event(account: &Account, calendar: &str, id: &str) -> Answer {
    let calendar = opened(account, calendar)?;
    let all: Vec<Value> = calendar.events.iter().flat_map(|event| rendered(account, event, true, None)).collect();
    all.into_iter().find(|event| event["id"] == id).ok_or_else(|| Refusal::not_found("Not Found"))
}

pub(super) fn events(account: &Account, id: &str, asked: &Asked) -> Answer {
    let calendar = opened(account, id)?;
    let token = asked.text("syncToken");
    if let (Some(_), Some(other)) = (token, NOT_WITH_TOKEN.into_iter().find(|name| asked.text(name).is_some())) {
        return Err(Refusal::invalid(format!("Sync token cannot be used with query restrictions: {other}")));
    }
    let (since, until) = match token {
        Some(token) => {
            let (since, until) = token.split_once('~').ok_or_else(|| Refusal::invalid("Invalid sync token value."))?;
            let since: u64 = since.parse().map_err(|_| Refusal::invalid("Invalid sync token value."))?;
            if since < account.forgotten {
                return Err(Refusal::gone("Sync token is no longer valid, a full sync is required."));
            }
            (Some(since), moment(Some(until)))
        }
        None => (None, moment(asked.text("timeMax"))),
    };
    let from = moment(asked.text("timeMin"));
    let shows_deleted = asked.flag("showDeleted") || since.is_some();
    let is_single = asked.flag("singleEvents");
    let mut found = Vec::new();
    for event in &calendar.events {
        let is_new = since.is_none_or(|since| event.sequence >= since);
        let is_after = from.is_none_or(|from| event.appointment.end > from || event.appointment.weeks > 1);
        if is_new && is_after && (shows_deleted || !event.is_cancelled) {
            found.extend(rendered(account, event, is_single, until));
        }
    }
    let (items, next) = page(&found, asked, "events", asked.size("maxResults", 250, 2_500)?)?;
    let mut answer = json!({
        "kind": "calendar#events", "summary": calendar.name, "timeZone": "Europe/Berlin", "accessRole": "owner",
        "updated": text_of(account.now), "defaultReminders": [], "items": items,
    });
    match next {
        Some(next) => answer["nextPageToken"] = json!(next),
        None => {
            let until = until.map(text_of).unwrap_or_default();
            answer["nextSyncToken"] = json!(format!("{}~{until}", account.next));
        }
    }
    Ok(answer)
}

fn moment(text: Option<&str>) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text?).ok().map(|moment| moment.to_utc())
}

/// An event as it is told: a series event by event, or as one.
fn rendered(account: &Account, event: &Event, is_single: bool, until: Option<DateTime<Utc>>) -> Vec<Value> {
    let weeks = if is_single { event.appointment.weeks } else { 1 };
    (0..weeks)
        .map(|week| TimeDelta::weeks(week.into()))
        .filter(|shift| until.is_none_or(|until| event.appointment.start + *shift < until))
        .map(|shift| occurrence(account, event, shift, is_single))
        .collect()
}

fn occurrence(account: &Account, event: &Event, shift: TimeDelta, is_single: bool) -> Value {
    let what = &event.appointment;
    let is_series = what.weeks > 1;
    let (start, end) = (what.start + shift, what.end + shift);
    let id = match is_series && is_single {
        true => format!("{}_{}", event.id, start.format("%Y%m%dT%H%M%SZ")),
        false => event.id.clone(),
    };
    let when = |moment: DateTime<Utc>| match what.is_all_day {
        true => json!({ "date": moment.format("%Y-%m-%d").to_string() }),
        false => {
            json!({ "dateTime": moment.to_rfc3339_opts(chrono::SecondsFormat::Secs, true), "timeZone": "Europe/Berlin" })
        }
    };
    if event.is_cancelled {
        return json!({ "kind": "calendar#event", "id": id, "status": "cancelled", "etag": format!("\"{}\"", event.sequence) });
    }
    let me = json!({ "email": account.email, "displayName": account.name, "self": true });
    let mut answer = json!({
        "kind": "calendar#event", "id": id, "status": "confirmed", "etag": format!("\"{}\"", event.sequence),
        "htmlLink": format!("https://www.google.com/calendar/event?eid={id}"), "summary": what.title,
        "created": text_of(event.updated), "updated": text_of(event.updated), "creator": me, "organizer": me,
        "start": when(start), "end": when(end), "iCalUID": format!("{}@google.com", event.id), "sequence": 0,
        "eventType": "default",
    });
    if let Some(location) = what.location {
        answer["location"] = json!(location);
    }
    if !what.guests.is_empty() {
        let guest = |guest: &crate::demo::Colleague| {
            json!({
                "email": format!("{}@{}", guest.handle, account.domain), "displayName": guest.name, "responseStatus": "accepted",
            })
        };
        answer["attendees"] = what.guests.iter().map(guest).collect();
    }
    if is_series && is_single {
        answer["recurringEventId"] = json!(event.id);
        answer["originalStartTime"] = when(start);
    } else if is_series {
        answer["recurrence"] = json!([format!("RRULE:FREQ=WEEKLY;COUNT={}", what.weeks)]);
    }
    answer
}
