//! Drive v3: files, shared drives, changes.

use serde_json::{Value, json};

use super::account::{Account, File, text_of};
use super::query;
use super::refusal::Refusal;
use super::serve::{Answer, Asked, page};

/// The quota units of a request.
pub(super) fn cost(path: &[&str]) -> u32 {
    if matches!(path, [.., "files" | "drives" | "changes"]) { 100 } else { 5 }
}

pub(super) fn about(account: &Account, asked: &Asked) -> Answer {
    if asked.text("fields").is_none() {
        return Err(Refusal::invalid("The 'fields' parameter is required for this method."));
    }
    Ok(json!({
        "kind": "drive#about",
        "user": { "kind": "drive#user", "displayName": account.name, "emailAddress": account.email, "me": true },
    }))
}

pub(super) fn list(account: &Account, asked: &Asked) -> Answer {
    let corpora = asked.text("corpora").unwrap_or("user");
    let drive = asked.text("driveId");
    let is_known = asked.flag("supportsAllDrives") && asked.flag("includeItemsFromAllDrives");
    match (corpora, drive) {
        ("drive", None) => {
            return Err(Refusal::invalid("The driveId must be specified if and only if corpora is set to drive."));
        }
        ("drive", Some(id)) if !account.sees_drive(id) => return Err(no_drive(id)),
        ("user" | "allDrives", None) | ("drive", Some(_)) => {}
        _ => return Err(Refusal::invalid("Invalid combination of corpora and driveId")),
    }
    if corpora != "user" && !is_known {
        return Err(Refusal::invalid("includeItemsFromAllDrives and supportsAllDrives must be set"));
    }
    let text = asked.text("q").unwrap_or_default();
    let text = text.replace("'root' in parents", &format!("'{}' in parents", account.root));
    let mut found = Vec::new();
    for file in account.files.values() {
        let is_in = match (corpora, &file.drive) {
            ("drive", own) => own.as_deref() == drive,
            ("user", Some(_)) => is_known && file.is_opened,
            (_, Some(_)) => is_known && !account.searches_badly,
            (_, None) => true,
        };
        let is_meant =
            text.is_empty() || query::matches(file, &text).map_err(|()| Refusal::invalid("Invalid Value: q"))?;
        if is_in && is_meant {
            found.push(file);
        }
    }
    found.sort_by(|one, other| (other.modified, &one.id).cmp(&(one.modified, &other.id)));
    let found: Vec<Value> = found.into_iter().map(|file| rendered(account, file)).collect();
    let (files, next) = page(&found, asked, "files", asked.size("pageSize", 100, 1_000)?)?;
    let is_incomplete = corpora == "allDrives" && account.searches_badly;
    let mut answer = json!({ "kind": "drive#fileList", "incompleteSearch": is_incomplete, "files": files });
    if let Some(next) = next {
        answer["nextPageToken"] = json!(next);
    }
    // Without a mask, Drive gives the least.
    Ok(if asked.text("fields").is_some() { answer } else { least(answer) })
}

fn least(mut answer: Value) -> Value {
    for file in answer["files"].as_array_mut().into_iter().flatten() {
        if let Some(file) = file.as_object_mut() {
            file.retain(|key, _| matches!(key.as_str(), "kind" | "id" | "name" | "mimeType"));
        }
    }
    answer
}

pub(super) fn get(account: &Account, id: &str) -> Answer {
    let file = account.files.get(id);
    file.map(|file| rendered(account, file)).ok_or_else(|| Refusal::not_found(format!("File not found: {id}.")))
}

pub(super) fn drives(account: &Account, asked: &Asked) -> Answer {
    let drive = |(id, name): &(String, String)| json!({ "kind": "drive#drive", "id": id, "name": name });
    let all: Vec<Value> = account.drives.iter().map(drive).collect();
    let (drives, next) = page(&all, asked, "drives", asked.size("pageSize", 10, 100)?)?;
    let mut answer = json!({ "kind": "drive#driveList", "drives": drives });
    if let Some(next) = next {
        answer["nextPageToken"] = json!(next);
    }
    Ok(answer)
}

fn no_drive(id: &str) -> Refusal {
    Refusal::not_found(format!("Shared drive not found: {id}"))
}

/// The shared drive whose log is asked for; none where it is the user's.
fn log<'a>(account: &Account, asked: &'a Asked) -> Result<Option<&'a str>, Refusal> {
    match asked.text("driveId") {
        Some(id) if !account.sees_drive(id) => Err(no_drive(id)),
        drive => Ok(drive),
    }
}

pub(super) fn start_token(account: &Account, asked: &Asked) -> Answer {
    log(account, asked)?;
    Ok(json!({ "kind": "drive#startPageToken", "startPageToken": account.next.to_string() }))
}

pub(super) fn changes(account: &Account, asked: &Asked) -> Answer {
    let token = asked.text("pageToken").ok_or_else(|| Refusal::invalid("Required parameter: pageToken"))?;
    let since: u64 = token.parse().map_err(|_| Refusal::invalid("Invalid Value: pageToken"))?;
    if since < account.forgotten || since > account.next {
        return Err(Refusal::invalid("Invalid Value: pageToken"));
    }
    let size = asked.size("pageSize", 100, 1_000)?;
    let is_known = asked.flag("supportsAllDrives") && asked.flag("includeItemsFromAllDrives");
    let log = log(account, asked)?;
    let mut changes = Vec::new();
    let mut next = None;
    for (place, change) in account.changes.range(since..) {
        let file = account.files.get(&change.file);
        let is_told = match (log, &change.log) {
            (Some(drive), own) => own.as_deref() == Some(drive),
            (None, None) => true,
            // Of shared drives, the user's log tells what the user has opened.
            (None, Some(_)) => is_known && file.is_some_and(|file| file.is_opened),
        };
        if !is_told {
            continue;
        }
        if changes.len() == size {
            next = Some(place.to_string());
            break;
        }
        let has_left = file.is_none_or(|file| file.drive != change.log);
        let mut told = json!({
            "kind": "drive#change", "type": "file", "changeType": "file", "time": text_of(account.now),
            "fileId": change.file, "removed": has_left,
        });
        if let Some(file) = file.filter(|_| !has_left || asked.flag("includeCorpusRemovals")) {
            told["file"] = rendered(account, file);
        }
        changes.push(told);
    }
    let mut answer = json!({ "kind": "drive#changeList", "changes": changes });
    match next {
        Some(next) => answer["nextPageToken"] = json!(next),
        None => answer["newStartPageToken"] = json!(account.next.to_string()),
    }
    Ok(answer)
}

fn rendered(account: &Account, file: &File) -> Value {
    let person = json!({
        "kind": "drive#user", "displayName": account.name, "emailAddress": file.owner, "me": file.owner == account.email,
    });
    let mut answer = json!({
        "kind": "drive#file", "id": file.id, "name": file.name, "mimeType": file.media_type,
        "createdTime": text_of(file.created), "modifiedTime": file.modified_text(), "version": file.version.to_string(),
        "trashed": file.is_trashed, "starred": false, "shared": file.drive.is_some(), "lastModifyingUser": person,
        "webViewLink": format!("https://drive.google.com/open?id={}", file.id),
    });
    if let Some(parent) = &file.parent {
        answer["parents"] = json!([parent]);
    }
    match &file.drive {
        Some(drive) => answer["driveId"] = json!(drive),
        // Files of shared drives belong to nobody.
        None => answer["owners"] = json!([person]),
    }
    if let Some(size) = file.size {
        answer["size"] = json!(size.to_string());
        answer["md5Checksum"] = json!(format!("{:032x}", u128::from(size) * 0x9E37_79B9_7F4A_7C15));
    }
    if let Some((id, media_type)) = &file.target {
        answer["shortcutDetails"] = json!({ "targetId": id, "targetMimeType": media_type });
    }
    answer
}
