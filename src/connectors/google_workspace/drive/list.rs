//! Questions to Drive: one page of files, one file, the changes since a token.

use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use super::super::api::Api;
use super::super::config::Service;
use super::{FIELDS, SHORTCUT, text};
use crate::sdk::http::segment;
use crate::sdk::{ConnectorError, ErrorClass, Trail};

/// A file of Drive, as it is listed.
#[derive(Clone, Debug)]
pub(in super::super) struct DriveFile(pub(in super::super) Value);

/// Some files, and where the list goes on.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Page {
    #[serde(default)]
    pub(super) files: Vec<Value>,
    #[serde(default)]
    pub(super) next_page_token: Option<String>,
    /// Whether some drives were not searched.
    #[serde(default)]
    pub(super) incomplete_search: bool,
}

/// What changed, and where the log of changes goes on.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Changes {
    #[serde(default)]
    pub(super) changes: Vec<Value>,
    #[serde(default)]
    pub(super) next_page_token: Option<String>,
    /// On the last page.
    #[serde(default)]
    pub(super) new_start_page_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StartToken {
    start_page_token: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Drives {
    #[serde(default)]
    drives: Vec<Value>,
    #[serde(default)]
    next_page_token: Option<String>,
}

impl DriveFile {
    /// The id of the file itself: of a shortcut, that of what it leads to.
    pub(in super::super) fn id(&self) -> &str {
        self.target("targetId").unwrap_or_else(|| text(&self.0, "id"))
    }

    pub(in super::super) fn name(&self) -> &str {
        text(&self.0, "name")
    }

    /// The media type of the file itself.
    pub(in super::super) fn media_type(&self) -> &str {
        self.target("targetMimeType").unwrap_or_else(|| text(&self.0, "mimeType"))
    }

    pub(in super::super) fn description(&self) -> Option<String> {
        Some(text(&self.0, "description")).filter(|words| !words.is_empty()).map(str::to_owned)
    }

    /// What changes with the file. That of a shortcut says nothing of what it leads to.
    pub(in super::super) fn version(&self) -> Option<String> {
        if self.is_shortcut() { None } else { version(&self.0) }
    }

    pub(super) fn is_shortcut(&self) -> bool {
        text(&self.0, "mimeType") == SHORTCUT
    }

    fn target(&self, key: &str) -> Option<&str> {
        self.0.get("shortcutDetails")?.get(key)?.as_str()
    }
}

/// What changes with the file: its version, or when it was modified where there is none.
fn version(file: &Value) -> Option<String> {
    let version = match file.get("version") {
        Some(Value::String(version)) => Some(version.clone()),
        Some(Value::Number(version)) => Some(version.to_string()),
        _ => None,
    };
    version.or_else(|| file.get("modifiedTime")?.as_str().map(str::to_owned))
}

/// Where a list is looked for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Corpus<'a> {
    /// What the user has, was given, or has opened: of shared drives, no more than that.
    User,
    /// All that the user may read.
    All,
    /// A shared drive.
    Drive(&'a str),
}

/// Says that shared drives are known to us, without which Google leaves them out.
const ALL_DRIVES: [(&str, &str); 2] = [("supportsAllDrives", "true"), ("includeItemsFromAllDrives", "true")];

/// A page of the files that a query finds.
pub(super) async fn page(
    api: &Api,
    corpus: Corpus<'_>,
    query: &str,
    size: u32,
    token: Option<&str>,
) -> Result<Page, ConnectorError> {
    let (size, fields) = (size.to_string(), format!("nextPageToken,incompleteSearch,files({FIELDS})"));
    let mut asked = vec![("q", query), ("pageSize", size.as_str()), ("fields", fields.as_str())];
    asked.extend(ALL_DRIVES);
    match corpus {
        Corpus::User => asked.push(("corpora", "user")),
        Corpus::All => asked.push(("corpora", "allDrives")),
        Corpus::Drive(id) => asked.extend([("corpora", "drive"), ("driveId", id)]),
    }
    asked.extend(token.map(|token| ("pageToken", token)));
    api.get(Service::Drive, "drive/v3/files", &asked).await
}

/// One file.
pub(in super::super) async fn get(api: &Api, id: &str) -> Result<DriveFile, ConnectorError> {
    let path = format!("drive/v3/files/{}", segment(id));
    let asked = [("fields", FIELDS), ("supportsAllDrives", "true")];
    api.get(Service::Drive, &path, &asked).await.map(DriveFile)
}

/// What changes with a file that is read by another API; `None` where Drive does not say, as without its scope.
pub(in super::super) async fn version_of(api: &Api, id: &str) -> Result<Option<String>, ConnectorError> {
    let path = format!("drive/v3/files/{}", segment(id));
    let asked = [("fields", "id,version,modifiedTime"), ("supportsAllDrives", "true")];
    match api.get::<Value>(Service::Drive, &path, &asked).await {
        Ok(file) => Ok(version(&file)),
        Err(error) if matches!(error.class(), ErrorClass::Permission | ErrorClass::NotFound | ErrorClass::Protocol) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Where the list of shared drives is, which takes another scope than the list of their files.
pub(in super::super) const SHARED_DRIVES: &str = "drive/v3/drives";

/// The ids of the shared drives that the account sees; `None` where the credential lacks the scope to list them. Whatever else is
/// refused is a failure: it would be taken for drives that are gone, and everything would be read again.
pub(super) async fn shared_drives(api: &Api) -> Result<Option<Vec<String>>, ConnectorError> {
    let mut found = Vec::new();
    let mut trail = Trail::of("Google Drive", "the page token of drives");
    let mut token: Option<String> = None;
    loop {
        let mut asked = vec![("pageSize", "100"), ("fields", "nextPageToken,drives(id,name)")];
        asked.extend(token.as_deref().map(|token| ("pageToken", token)));
        let answer = api.ask(Service::Drive, SHARED_DRIVES).queries(asked.iter().copied()).send().await;
        if answer.as_ref().is_ok_and(|answer| answer.status() == StatusCode::FORBIDDEN) {
            return Ok(None);
        }
        let page: Drives = match answer.and_then(|answer| answer.json()) {
            Ok(page) => page,
            // Some servers of this API have none.
            Err(error) if token.is_none() && matches!(error.class(), ErrorClass::NotFound | ErrorClass::Protocol) => {
                return Ok(Some(found));
            }
            Err(error) => return Err(error),
        };
        found.extend(page.drives.iter().map(|drive| text(drive, "id").to_owned()));
        token = page.next_page_token;
        match &token {
            Some(token) => trail.follow(token)?,
            None => return Ok(Some(found)),
        }
    }
}

/// Where a log of changes stands now: that of a shared drive, or the user's.
pub(super) async fn start_token(api: &Api, drive: Option<&str>) -> Result<String, ConnectorError> {
    let mut asked = vec![("supportsAllDrives", "true")];
    asked.extend(drive.map(|drive| ("driveId", drive)));
    let token: StartToken = api.get(Service::Drive, "drive/v3/changes/startPageToken", &asked).await?;
    Ok(token.start_page_token)
}

/// Some changes of a log since a token.
pub(super) async fn changes(api: &Api, drive: Option<&str>, size: u32, token: &str) -> Result<Changes, ConnectorError> {
    let size = size.to_string();
    let fields = format!("nextPageToken,newStartPageToken,changes(changeType,fileId,removed,time,file({FIELDS}))");
    let mut asked = vec![("pageToken", token), ("pageSize", size.as_str()), ("fields", fields.as_str())];
    asked.extend(ALL_DRIVES);
    // With its file, where that has only gone elsewhere.
    asked.extend([("includeRemoved", "true"), ("includeCorpusRemovals", "true")]);
    asked.extend(drive.map(|drive| ("driveId", drive)));
    api.get(Service::Drive, "drive/v3/changes", &asked).await
}
