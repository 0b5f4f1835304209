//! Gmail v1: the profile, labels, messages, and what happened to them.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE;
use serde_json::{Value, json};

use super::account::{Account, Happening, Message};
use super::refusal::Refusal;
use super::serve::{Answer, Asked, page};

/// The quota units of a request.
pub(super) fn cost(path: &[&str]) -> u32 {
    match path {
        [.., "profile" | "labels"] => 1,
        [.., "history"] => 2,
        [.., "messages"] => 5,
        _ => 20,
    }
}

pub(super) fn answer(account: &Account, path: &[&str], asked: &Asked) -> Answer {
    match path {
        ["profile"] => {
            let shown = account.messages.len();
            Ok(json!({
                "emailAddress": account.email, "messagesTotal": shown, "threadsTotal": shown,
                "historyId": (account.next - 1).to_string(),
            }))
        }
        ["labels"] => {
            let label = |id: &&str| json!({ "id": id, "name": id, "type": "system" });
            let labels: Vec<Value> =
                ["INBOX", "SENT", "UNREAD", "TRASH", "SPAM", "STARRED"].iter().map(label).collect();
            Ok(json!({ "labels": labels }))
        }
        ["messages"] => messages(account, asked),
        ["messages", id] => message(account, id, asked),
        ["history"] => history(account, asked),
        _ => Err(Refusal::not_found("Requested entity was not found.")),
    }
}

fn messages(account: &Account, asked: &Asked) -> Answer {
    let labels = asked.all("labelIds");
    let query = asked.text("q").unwrap_or_default();
    let mut found = Vec::new();
    for message in &account.messages {
        let has_labels = labels.iter().all(|label| message.labels.iter().any(|known| known == label));
        let is_shown = asked.flag("includeSpamTrash") || !message.is_hidden();
        if has_labels && is_shown && matches(message, query) {
            found.push(json!({ "id": message.id, "threadId": message.thread }));
        }
    }
    let (some, next) = page(&found, asked, "messages", asked.size("maxResults", 100, 500)?)?;
    let mut answer = json!({ "resultSizeEstimate": found.len() });
    // An empty list is left out.
    if !some.is_empty() {
        answer["messages"] = json!(some);
    }
    if let Some(next) = next {
        answer["nextPageToken"] = json!(next);
    }
    Ok(answer)
}

/// Whether a message is among those that are searched for: a few of Gmail's operators, all of which must hold.
fn matches(message: &Message, query: &str) -> bool {
    query.split_whitespace().all(|word| {
        let word = word.trim_matches(['(', ')']);
        let seconds = |text: &str| text.parse::<i64>().unwrap_or_default();
        let holds = |text: &str, part: &str| text.to_lowercase().contains(&part.to_lowercase());
        match word.split_once(':') {
            Some(("after", moment)) => message.letter.at.timestamp() >= seconds(moment),
            Some(("before", moment)) => message.letter.at.timestamp() < seconds(moment),
            Some(("from", part)) => holds(&message.letter.from, part),
            Some(("to", part)) => holds(&message.letter.to, part),
            Some(("subject", part)) => holds(&message.letter.subject, part),
            Some(("in" | "label", label)) => message.labels.iter().any(|known| known.eq_ignore_ascii_case(label)),
            _ => holds(&message.letter.subject, word) || holds(&message.letter.text, word),
        }
    })
}

fn message(account: &Account, id: &str, asked: &Asked) -> Answer {
    let found = account.messages.iter().find(|message| message.id == id);
    let message = found.ok_or_else(|| Refusal::not_found("Requested entity was not found."))?;
    let letter = &message.letter;
    let mut answer = json!({
        "id": message.id, "threadId": message.thread, "labelIds": message.labels, "historyId": message.history.to_string(),
        "snippet": letter.text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(180).collect::<String>(),
        "internalDate": letter.at.timestamp_millis().to_string(), "sizeEstimate": 900 + letter.text.len(),
    });
    let format = asked.text("format").unwrap_or("full");
    if format == "minimal" {
        return Ok(answer);
    }
    let header = |name: &str, value: &str| json!({ "name": name, "value": value });
    let headers = json!([
        header("From", &letter.from),
        header("To", &letter.to),
        header("Subject", &letter.subject),
        header("Date", &letter.at.to_rfc2822()),
        header("Message-ID", &format!("<{}@{}>", message.id, account.domain)),
        header("MIME-Version", "1.0"),
    ]);
    answer["payload"] = json!({ "partId": "", "mimeType": "multipart/mixed", "filename": "", "headers": headers });
    if format == "metadata" {
        return Ok(answer);
    }
    let encoded = |text: &str| json!({ "size": text.len(), "data": BASE64_URL_SAFE.encode(text) });
    let page = format!("<p>{}</p>", letter.text.trim().replace('\n', "<br>"));
    let typed = |kind: &str| json!([header("Content-Type", &format!("{kind}; charset=\"UTF-8\""))]);
    let mut parts = vec![json!({
        "partId": "0", "mimeType": "multipart/alternative", "filename": "", "body": { "size": 0 },
        "parts": [
            { "partId": "0.0", "mimeType": "text/plain", "filename": "", "headers": typed("text/plain"), "body": encoded(&letter.text) },
            { "partId": "0.1", "mimeType": "text/html", "filename": "", "headers": typed("text/html"), "body": encoded(&page) },
        ],
    })];
    if let Some((name, bytes)) = &letter.attachment {
        let body = json!({ "attachmentId": format!("ANGjdJ{}", message.id), "size": bytes });
        parts.push(json!({ "partId": "1", "mimeType": "application/pdf", "filename": name, "body": body }));
    }
    answer["payload"]["body"] = json!({ "size": 0 });
    answer["payload"]["parts"] = json!(parts);
    Ok(answer)
}

fn history(account: &Account, asked: &Asked) -> Answer {
    let text = asked.text("startHistoryId").ok_or_else(|| Refusal::invalid("Missing startHistoryId"))?;
    let since: u64 = text.parse().map_err(|_| Refusal::invalid("Invalid startHistoryId"))?;
    if since + 1 < account.forgotten {
        return Err(Refusal::not_found("Requested entity was not found."));
    }
    let labels: BTreeMap<&str, &Vec<String>> =
        account.messages.iter().map(|message| (message.id.as_str(), &message.labels)).collect();
    let mut records = Vec::new();
    for (place, (id, thread, happening)) in account.history.range(since + 1..) {
        let mut message = json!({ "id": id, "threadId": thread });
        let plain = json!([message.clone()]);
        if let Some(labels) = labels.get(id.as_str()) {
            message["labelIds"] = json!(labels);
        }
        let mut record = json!({ "id": place.to_string(), "messages": plain });
        match happening {
            Happening::Added => record["messagesAdded"] = json!([{ "message": message }]),
            Happening::Deleted => record["messagesDeleted"] = json!([{ "message": message }]),
            Happening::Labelled(label) => record["labelsAdded"] = json!([{ "message": message, "labelIds": [label] }]),
        }
        records.push(record);
    }
    let (some, next) = page(&records, asked, "history", asked.size("maxResults", 100, 500)?)?;
    let mut answer = json!({ "historyId": (account.next - 1).to_string() });
    if !some.is_empty() {
        answer["history"] = json!(some);
    }
    if let Some(next) = next {
        answer["nextPageToken"] = json!(next);
    }
    Ok(answer)
}
