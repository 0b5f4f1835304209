//! Drive: the list of files, and what it tells of spreadsheets and documents.

mod drives;
mod files;
mod list;
mod logs;
mod walk;

use serde_json::{Value, json};

pub(super) use drives::Drives;
pub(super) use files::{COLUMNS, stream};
pub(super) use list::{DriveFile, SHARED_DRIVES, get, version_of};
pub(super) use walk::Walk;

/// What Google calls its own kinds of files.
pub(super) const FOLDER: &str = "application/vnd.google-apps.folder";
pub(super) const SHORTCUT: &str = "application/vnd.google-apps.shortcut";
pub(super) const SPREADSHEET: &str = "application/vnd.google-apps.spreadsheet";
pub(super) const DOCUMENT: &str = "application/vnd.google-apps.document";

/// What is asked of each file.
const FIELDS: &str = "id,name,mimeType,description,parents,createdTime,modifiedTime,version,size,md5Checksum,driveId,trashed,\
    shared,starred,owners(displayName,emailAddress),lastModifyingUser(displayName,emailAddress),webViewLink,\
    shortcutDetails(targetId,targetMimeType)";

fn text<'a>(object: &'a Value, key: &str) -> &'a str {
    object.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// A file, and whether it is gone.
fn with_removed(mut file: Value, is_removed: bool) -> Value {
    if let Some(file) = file.as_object_mut() {
        file.insert("removed".to_owned(), json!(is_removed));
    }
    file
}
