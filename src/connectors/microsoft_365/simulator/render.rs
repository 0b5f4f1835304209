//! The company's things as Graph's objects.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::tenant::{code, stamp};
use crate::demo::{Company, ListColumn, ListItem, ListKind, ListValue, Mail, Meeting, Message, OfficeList, Person};

/// The media type of a workbook.
pub(super) const WORKBOOK: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

pub(super) fn user(id: &str, person: &Person, company: &Company) -> Value {
    let (first, last) = person.name.split_once(' ').unwrap_or((&person.name, ""));
    let address = format!("{}@{}", person.handle, company.domain);
    let has_mail = !person.is_bot && !person.has_left;
    json!({
        "id": id, "displayName": person.name, "givenName": first, "surname": last, "userPrincipalName": address,
        "mail": has_mail.then_some(address), "jobTitle": person.title, "department": null,
        "officeLocation": person.zone.rsplit('/').next(), "companyName": company.name, "city": null, "country": null,
        "preferredLanguage": "en-GB", "mobilePhone": null, "businessPhones": [], "accountEnabled": !person.has_left,
        "userType": "Member", "employeeId": null, "createdDateTime": stamp(person.updated_at),
    })
}

pub(super) fn drive(id: &str, name: &str, drive_type: &str, owner: &str) -> Value {
    let quota = json!({ "used": 812_345_678_i64, "total": 1_099_511_627_776_i64, "state": "normal" });
    json!({ "id": id, "name": name, "driveType": drive_type, "owner": { "user": { "displayName": owner } }, "quota": quota })
}

/// `place`: the drive, the folder's id, and its name.
pub(super) fn file(
    id: &str,
    name: &str,
    place: (&str, &str, &str),
    media_type: &str,
    bytes: u64,
    by: &str,
    at: DateTime<Utc>,
) -> Value {
    let mut item = item(id, name, place, by, at);
    item["size"] = json!(bytes);
    item["file"] = json!({ "mimeType": media_type, "hashes": { "quickXorHash": code("", id) } });
    item
}

pub(super) fn folder(id: &str, name: &str, place: (&str, &str, &str), at: DateTime<Utc>) -> Value {
    let mut item = item(id, name, place, "System Account", at);
    item["size"] = json!(0);
    item["folder"] = json!({ "childCount": 0 });
    if place.1.is_empty() {
        item["root"] = json!({});
    }
    item
}

fn item(id: &str, name: &str, (drive, parent, folder): (&str, &str, &str), by: &str, at: DateTime<Utc>) -> Value {
    let path =
        if folder.is_empty() { format!("/drives/{drive}/root:") } else { format!("/drives/{drive}/root:/{folder}") };
    let who = json!({ "user": { "displayName": by } });
    json!({
        "id": id, "name": name, "eTag": format!("\"{{{id}}},1\""), "cTag": format!("\"c:{{{id}}},1\""),
        "createdDateTime": stamp(at), "lastModifiedDateTime": stamp(at), "createdBy": who, "lastModifiedBy": who,
        "webUrl": format!("https://fernweh.sharepoint.com/files/{id}"),
        "parentReference": { "driveId": drive, "driveType": "business", "id": parent, "path": path },
    })
}

pub(super) fn column(column: &ListColumn) -> Value {
    let mut definition = json!({
        "id": super::tenant::guid(column.name), "name": column.name, "displayName": column.title, "description": "",
        "hidden": false, "readOnly": false, "required": column.name == "Title",
    });
    let (facet, value) = match column.kind {
        ListKind::Text => ("text", json!({ "allowMultipleLines": false, "maxLength": 255 })),
        ListKind::WholeNumber => ("number", json!({ "decimalPlaces": "none", "displayAs": "number" })),
        ListKind::Money => ("currency", json!({ "locale": "de-DE" })),
        ListKind::Flag => ("boolean", json!({})),
        ListKind::Day => ("dateTime", json!({ "displayAs": "default", "format": "dateOnly" })),
        ListKind::Choice(choices) => ("choice", json!({ "choices": choices, "displayAs": "dropDownMenu" })),
        ListKind::Person => {
            ("personOrGroup", json!({ "allowMultipleSelection": false, "chooseFromType": "peopleOnly" }))
        }
    };
    definition[facet] = value;
    definition
}

/// Columns that every list has.
pub(super) fn sharepoint_columns() -> impl Iterator<Item = Value> {
    let plain = |name: &str, title: &str, facet: &str, is_hidden: bool| {
        let mut definition = json!({ "name": name, "displayName": title, "hidden": is_hidden, "readOnly": true });
        definition[facet] = json!({});
        definition
    };
    [
        plain("Author", "Created By", "personOrGroup", false),
        plain("Created", "Created", "dateTime", false),
        plain("Attachments", "Attachments", "boolean", false),
        plain("_Level", "Level", "number", true),
    ]
    .into_iter()
}

pub(super) fn list_item(number: &str, list: &OfficeList, item: &ListItem, people: &[(String, String)]) -> Value {
    let mut fields = Map::new();
    fields.insert("id".to_owned(), json!(number));
    for (column, value) in list.columns.iter().zip(&item.values) {
        let (name, value) = match value {
            ListValue::Text(text) => (column.name.to_owned(), json!(text)),
            ListValue::WholeNumber(number) => (column.name.to_owned(), json!(*number as f64)),
            ListValue::Money(cents) => (column.name.to_owned(), json!(*cents as f64 / 100.)),
            ListValue::Flag(flag) => (column.name.to_owned(), json!(flag)),
            ListValue::Day(day) => (column.name.to_owned(), json!(format!("{day}T00:00:00Z"))),
            ListValue::Person(person) => (format!("{}LookupId", column.name), json!((person + 10).to_string())),
        };
        fields.insert(name, value);
    }
    let who = json!({ "user": { "id": people[item.author].1, "displayName": people[item.author].0 } });
    json!({
        "id": number, "eTag": format!("\"{number},1\""), "createdDateTime": stamp(item.created_at),
        "lastModifiedDateTime": stamp(item.created_at), "createdBy": who, "lastModifiedBy": who,
        "webUrl": format!("https://fernweh.sharepoint.com/sites/fernweh/Lists/{}/{number}_.000", list.name),
        "contentType": { "id": "0x01", "name": "Item" }, "fields": fields,
    })
}

pub(super) fn mail(id: &str, folder: &str, mail: &Mail) -> Value {
    let address = |(name, address): &(String, String)| json!({ "emailAddress": { "name": name, "address": address } });
    let html = mail.text.lines().map(|line| format!("<p>{line}</p>")).collect::<String>();
    let preview: String = mail.text.replace('\n', " ").chars().take(255).collect();
    json!({
        "@odata.etag": format!("W/\"{id}\""), "id": id, "internetMessageId": format!("<{}@example.com>", code("", id)),
        "conversationId": code("AAQk", &mail.conversation.to_string()), "parentFolderId": folder,
        "subject": mail.subject, "from": address(&mail.from), "sender": address(&mail.from),
        "toRecipients": mail.to.iter().map(address).collect::<Vec<_>>(), "ccRecipients": [], "bccRecipients": [],
        "replyTo": [], "receivedDateTime": stamp(mail.at), "sentDateTime": stamp(mail.at),
        "createdDateTime": stamp(mail.at), "lastModifiedDateTime": stamp(mail.at), "importance": "normal",
        "isRead": mail.is_read, "isDraft": false, "hasAttachments": false, "categories": [],
        "flag": { "flagStatus": "notFlagged" }, "bodyPreview": preview,
        "body": { "contentType": "html", "content": format!("<html><body>{html}</body></html>") },
        "webLink": format!("https://outlook.office365.com/owa/?ItemID={id}"),
    })
}

pub(super) fn event(id: &str, number: usize, meeting: &Meeting, whose: usize, company: &Company) -> Value {
    let mailbox = |person: usize| {
        let person = &company.people[person];
        json!({ "emailAddress": { "name": person.name, "address": format!("{}@{}", person.handle, company.domain) } })
    };
    let moment = |at: DateTime<Utc>| json!({ "dateTime": at.format("%Y-%m-%dT%H:%M:%S.0000000").to_string(), "timeZone": "UTC" });
    let attendees: Vec<Value> = meeting
        .people
        .iter()
        .map(|person| {
            let mut attendee = mailbox(*person);
            attendee["type"] = json!("required");
            attendee["status"] = json!({ "response": "accepted", "time": "0001-01-01T00:00:00Z" });
            attendee
        })
        .collect();
    let made = stamp(meeting.starts_at - chrono::TimeDelta::days(7));
    json!({
        "id": id, "iCalUId": code("0400", &number.to_string()), "type": "singleInstance", "seriesMasterId": null,
        "subject": meeting.subject, "start": moment(meeting.starts_at), "end": moment(meeting.ends_at),
        "isAllDay": false, "originalStartTimeZone": "W. Europe Standard Time", "originalEndTimeZone": "W. Europe Standard Time",
        "location": { "displayName": meeting.place, "locationType": "default" }, "organizer": mailbox(meeting.organizer),
        "attendees": attendees, "showAs": "busy", "sensitivity": "normal", "importance": "normal",
        "isCancelled": false, "isOrganizer": whose == meeting.organizer, "isOnlineMeeting": meeting.place == "Online",
        "responseStatus": { "response": "accepted", "time": "0001-01-01T00:00:00Z" }, "recurrence": null,
        "categories": [], "bodyPreview": meeting.subject,
        "body": { "contentType": "html", "content": format!("<html><body><p>{}</p></body></html>", meeting.subject) },
        "webLink": format!("https://outlook.office365.com/owa/?itemid={id}"), "createdDateTime": made,
        "lastModifiedDateTime": made,
    })
}

/// A message with its answers in `_replies`, which are shown where they are asked for.
pub(super) fn channel_message(
    message: &Message,
    team: &str,
    channel: &str,
    reply_to: Option<&str>,
    people: &[(String, String)],
    company: &Company,
) -> Value {
    // Messages are known by their milliseconds; so are the company's, but for the microseconds behind them.
    let id = message.at.timestamp_micros().to_string();
    let author = &company.people[message.author];
    let from = if author.is_bot {
        json!({ "user": null, "application": { "id": people[message.author].1, "displayName": author.name } })
    } else {
        json!({ "application": null, "user": { "id": people[message.author].1, "displayName": author.name, "userIdentityType": "aadUser" } })
    };
    let reactions: Vec<Value> = message
        .reactions
        .iter()
        .flat_map(|reaction| reaction.people.iter().map(move |person| (reaction.name, *person)))
        .map(|(sign, person)| {
            json!({ "reactionType": sign, "createdDateTime": stamp(message.at), "user": { "user": { "id": people[person].1 } } })
        })
        .collect();
    let attachments: Vec<Value> = message
        .file
        .iter()
        .map(|file| json!({ "id": code("", &file.to_string()), "contentType": "reference", "name": company.files[*file].name }))
        .collect();
    let replies: Vec<Value> =
        message.replies.iter().map(|reply| channel_message(reply, team, channel, Some(&id), people, company)).collect();
    json!({
        "id": id, "replyToId": reply_to, "etag": id, "messageType": "message", "createdDateTime": stamp(message.at),
        "lastModifiedDateTime": stamp(message.edited_at.unwrap_or(message.at)),
        "lastEditedDateTime": message.edited_at.map(stamp), "deletedDateTime": null, "subject": null, "summary": null,
        "chatId": null, "importance": "normal", "locale": "en-us", "from": from,
        "body": { "contentType": "text", "content": message.text },
        "channelIdentity": { "teamId": team, "channelId": channel }, "attachments": attachments, "mentions": [],
        "reactions": reactions, "webUrl": format!("https://teams.microsoft.com/l/message/{channel}/{id}"),
        "_replies": replies,
    })
}
