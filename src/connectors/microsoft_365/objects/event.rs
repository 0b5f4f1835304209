//! Calendars: the events of a user's calendar between two days, each occurrence of a series by itself.

use chrono::{DateTime, Datelike, Days, NaiveTime, Utc};

use super::super::api::Scope;
use super::super::columns::{Column, at, flag, json, key, moment, removed, text};
use super::super::feed::Feed;
use super::super::lookup::Lookup;
use super::super::origins::VERSION;
use crate::sdk::http::segment;

/// What an event's row holds.
pub(in super::super) const COLUMNS: &[Column] = &[
    key("id", "/id", "The event's id"),
    text("i_cal_uid", "/iCalUId", "The same in all calendars that it is in"),
    text("type", "/type", "singleInstance, occurrence, exception or seriesMaster"),
    text(
        "series_master_id",
        "/seriesMasterId",
        "The series; an occurrence has its place and time alone, the rest stands there",
    ),
    text("subject", "/subject", "The subject"),
    moment("starts_at", "/start", "When it begins"),
    moment("ends_at", "/end", "When it ends"),
    flag("is_all_day", "/isAllDay", "Whether it takes whole days"),
    text("original_time_zone", "/originalStartTimeZone", "The time zone that it was made in"),
    text("location", "/location/displayName", "Where"),
    text("organizer_name", "/organizer/emailAddress/name", "Who invited"),
    text("organizer_address", "/organizer/emailAddress/address", "The address of who invited"),
    json("attendees", "/attendees", "Who is invited, and what they answered"),
    text("show_as", "/showAs", "free, tentative, busy, oof or workingElsewhere"),
    text("sensitivity", "/sensitivity", "normal, personal, private or confidential"),
    text("importance", "/importance", "low, normal or high"),
    flag("is_cancelled", "/isCancelled", "Whether it was called off"),
    flag("is_organizer", "/isOrganizer", "Whether the calendar's owner invited"),
    flag("is_online_meeting", "/isOnlineMeeting", "Whether it takes place online"),
    text("response", "/responseStatus/response", "What the calendar's owner answered"),
    json("recurrence", "/recurrence", "How a series repeats"),
    json("categories", "/categories", "The user's own marks"),
    text("body_preview", "/bodyPreview", "The first 255 characters"),
    text("body", "/body/content", "The text, without its form"),
    text("web_link", "/webLink", "Where it is shown"),
    at("created_at", "/createdDateTime", "When it was made"),
    at("modified_at", "/lastModifiedDateTime", "When it was last changed"),
    removed(),
];

/// The events from so many days before the first of this month to so many after it. The days are part of what changes are asked
/// for, so that they move once a month, and everything is read anew then.
pub(in super::super) fn feed(mailbox: &str, back: u32, ahead: u32, page_size: u32, now: DateTime<Utc>) -> Feed {
    let today = now.date_naive();
    let month = today.with_day(1).unwrap_or(today);
    let from = month.checked_sub_days(Days::new(back.into())).unwrap_or(month);
    // What is asked for is there until the month's last day, too.
    let until = month.checked_add_days(Days::new(u64::from(ahead) + 31)).unwrap_or(month);
    let at = |day: chrono::NaiveDate| day.and_time(NaiveTime::MIN).format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let (from, until) = (at(from), at(until));
    let user = segment(mailbox);
    Feed {
        first: format!("{VERSION}/users/{user}/calendarView/delta?startDateTime={from}&endDateTime={until}"),
        window: Some(format!("{from}/{until}")),
        prefer: Some(format!(
            "IdType=\"ImmutableId\", odata.maxpagesize={page_size}, outlook.timezone=\"UTC\", \
             outlook.body-content-type=\"text\""
        )),
        scope: Scope::Mailbox(mailbox.to_owned()),
        columns: COLUMNS.into(),
        unfold: None,
        threads: None,
        // Of occurrences no more is told than their places and times.
        lookup: Some(Lookup {
            is_whole: |event| event.get("createdDateTime").is_some() || event["type"] == "occurrence",
            things: format!("users/{user}/events"),
            select: None,
        }),
    }
}
