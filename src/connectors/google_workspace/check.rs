//! A look whether everything that the settings ask for may be read.

use serde_json::Value;

use super::api::Api;
use super::config::{GoogleConfig, Service};
use super::drive;
use crate::sdk::http::segment;
use crate::sdk::{ConnectorError, ErrorClass};

/// What was tried, and who it was tried as.
pub(super) struct Tried {
    pub(super) services: Vec<&'static str>,
    pub(super) user: Option<String>,
}

impl Tried {
    /// A sentence for people.
    pub(super) fn message(&self) -> String {
        let of = self.user.as_deref().map(|user| format!(" as {user}")).unwrap_or_default();
        format!("Google Workspace{of}: {} can be read", self.services.join(", "))
    }
}

/// Asks one small thing of each service that is read.
///
/// # Errors
/// The first that is refused.
pub(super) async fn every_service(api: &Api, config: &GoogleConfig) -> Result<Tried, ConnectorError> {
    let mut tried = Tried { services: Vec::new(), user: None };
    let looks_in_drive =
        [Service::Drive, Service::Sheets, Service::Docs].into_iter().any(|service| config.looks_in_drive(service));
    if looks_in_drive {
        let asked = [("pageSize", "1"), ("fields", "files(id)")];
        api.get::<Value>(Service::Drive, "drive/v3/files", &asked).await?;
        tried.user = user(api).await?;
        if let Some(id) = &config.folder_id {
            drive::get(api, id).await?;
        }
        tried.services.push("Drive");
    }
    if config.reads(Service::Sheets) {
        for id in config.spreadsheet_ids.iter().take(1) {
            let path = format!("v4/spreadsheets/{}", segment(id));
            api.get::<Value>(Service::Sheets, &path, &[("fields", "spreadsheetId")]).await?;
        }
        tried.services.push("Sheets");
    }
    if config.reads(Service::Docs) {
        for id in config.document_ids.iter().take(1) {
            let path = format!("v1/documents/{}", segment(id));
            api.get::<Value>(Service::Docs, &path, &[("fields", "documentId")]).await?;
        }
        tried.services.push("Docs");
    }
    if config.reads(Service::Gmail) {
        let profile: Value = api.get(Service::Gmail, "gmail/v1/users/me/profile", &[]).await?;
        tried.user = profile["emailAddress"].as_str().map(str::to_owned).or(tried.user);
        tried.services.push("Gmail");
    }
    if config.reads(Service::Calendar) {
        let asked = [("maxResults", "1")];
        api.get::<Value>(Service::Calendar, "calendar/v3/users/me/calendarList", &asked).await?;
        tried.services.push("Calendar");
    }
    Ok(tried)
}

/// Who the account is, where Drive says so.
async fn user(api: &Api) -> Result<Option<String>, ConnectorError> {
    match api.get::<Value>(Service::Drive, "drive/v3/about", &[("fields", "user(displayName,emailAddress)")]).await {
        Ok(about) => Ok(about.pointer("/user/emailAddress").and_then(Value::as_str).map(str::to_owned)),
        Err(error) if matches!(error.class(), ErrorClass::NotFound | ErrorClass::Permission) => Ok(None),
        Err(error) => Err(error),
    }
}
