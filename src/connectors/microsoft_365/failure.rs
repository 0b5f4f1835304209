//! What Graph's errors mean, and what to do about them.

use serde::Deserialize;
use serde_json::Value;

use crate::sdk::http::{HttpResponse, Judgement};
use crate::sdk::{ConnectorError, ErrorClass};

#[derive(Deserialize)]
struct Failure {
    error: Error,
}

#[derive(Deserialize)]
struct Error {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
    #[serde(default, alias = "innererror")]
    #[serde(rename = "innerError")]
    inner: Option<Value>,
}

impl Error {
    fn inner_code(&self) -> &str {
        self.inner.as_ref().and_then(|inner| inner.get("code")).and_then(Value::as_str).unwrap_or_default()
    }
}

/// Judges an answer of Graph; `None` leaves it to its status.
pub(super) fn judge(response: &HttpResponse) -> Option<Judgement> {
    let status = response.status().as_u16();
    if status < 400 {
        return None;
    }
    let failure: Option<Failure> = response.peek();
    let (class, words) = meaning(status, failure.as_ref().map(|failure| &failure.error), response.url().path())?;
    Some(Judgement::failed(class, words))
}

/// The error of one answer within a batch.
pub(super) fn of_part(status: u16, body: &Value, path: &str) -> ConnectorError {
    let failure = Failure::deserialize(body).ok();
    let error = failure.as_ref().map(|failure| &failure.error);
    let place = format!("GET {}", path.split('?').next().unwrap_or(path));
    let (class, words) = meaning(status, error, path).unwrap_or_else(|| {
        let class = match status {
            401 => ErrorClass::Auth,
            403 => ErrorClass::Permission,
            404 | 410 => ErrorClass::NotFound,
            429 => ErrorClass::RateLimited,
            408 | 500..=599 => ErrorClass::Transient,
            _ => ErrorClass::Protocol,
        };
        (class, error.map_or_else(String::new, |error| format!("{}: {}", error.code, error.message)))
    });
    let message = format!("{place} answered {status}: {words}");
    match class {
        ErrorClass::Auth => ConnectorError::Auth { message, cause: None },
        ErrorClass::Permission => ConnectorError::Permission { message, cause: None },
        ErrorClass::NotFound => ConnectorError::NotFound { what: place, hint: format!(" ({words})") },
        ErrorClass::RateLimited => ConnectorError::RateLimited { endpoint: message, retry_after: None },
        ErrorClass::Transient => ConnectorError::Unreachable { message, cause: None },
        ErrorClass::Data => ConnectorError::data(place, words),
        _ => ConnectorError::Protocol { message, cause: None },
    }
}

/// The advice stands before Graph's words, which may be long.
fn meaning(status: u16, error: Option<&Error>, path: &str) -> Option<(ErrorClass, String)> {
    if status == 410 {
        return Some((ErrorClass::Data, "what has changed since the last sync is no longer known; sync again".into()));
    }
    let error = error?;
    let (class, advice) = by_code(error, status, path)?;
    let code = &error.code;
    let said = error.message.lines().next().unwrap_or_default();
    let words = match (advice.is_empty(), said.is_empty()) {
        (true, _) => format!("{code}: {said}"),
        (false, true) => format!("{code}: {advice}"),
        (false, false) => format!("{code}: {advice} ({said})"),
    };
    Some((class, words))
}

fn by_code(error: &Error, status: u16, path: &str) -> Option<(ErrorClass, String)> {
    let says = |part: &str| error.message.to_ascii_lowercase().contains(part);
    let (class, advice) = match error.code.as_str() {
        code if is_lost(code) || is_lost(error.inner_code()) => {
            (ErrorClass::Data, "what has changed since the last sync is no longer known; sync again".to_owned())
        }
        "InvalidAuthenticationToken" | "unauthenticated" | "TokenNotFound" | "AuthenticationError" | "tokenExpired" => {
            (ErrorClass::Auth, "the access token has run out, or is not for Microsoft Graph".to_owned())
        }
        "Authorization_IdentityNotFound" => {
            (ErrorClass::Auth, "the app is not known in the tenant; let an administrator consent to it".to_owned())
        }
        "BadRequest" if says("delegated authentication") => {
            (ErrorClass::Config, "the token acts for an application, not for a person".to_owned())
        }
        "BadRequest" if says("spo license") => {
            (ErrorClass::Permission, "the tenant has no SharePoint Online".to_owned())
        }
        "AccessDenied" if says("scp or roles") => {
            (ErrorClass::Auth, format!("the token carries no permissions; {}", permission(path)))
        }
        "ErrorAccessDenied"
        | "Authorization_RequestDenied"
        | "accessDenied"
        | "AccessDenied"
        | "Forbidden"
        | "InsufficientPrivileges" => (ErrorClass::Permission, permission(path)),
        "MailboxNotEnabledForRESTAPI" | "MailboxNotSupportedForRESTAPI" => {
            (ErrorClass::NotFound, "the user has no mailbox in Exchange Online that apps may read".to_owned())
        }
        "ErrorMailboxMoveInProgress" | "ErrorMailboxStoreUnavailable" => (ErrorClass::Transient, String::new()),
        "itemNotFound"
        | "ErrorItemNotFound"
        | "Request_ResourceNotFound"
        | "ResourceNotFound"
        | "NotFound"
        | "ErrorInvalidUser"
        | "ErrorFolderNotFound" => (ErrorClass::NotFound, String::new()),
        "notSupported" | "NotSupported" | "NotImplemented" => {
            (ErrorClass::Protocol, "this drive, file or list has no such thing".to_owned())
        }
        "activityLimitReached"
        | "TooManyRequests"
        | "ApplicationThrottled"
        | "ErrorServerBusy"
        | "ErrorExceededConnectionCount" => (ErrorClass::RateLimited, String::new()),
        "quotaLimitReached" => (ErrorClass::Permission, String::new()),
        "FileCorruptTryRepair"
        | "FileOpenNotFound"
        | "openWorkbookFailed"
        | "UnsupportedWorkbook"
        | "FileOpenUserUnauthorized"
        | "FileEncrypted"
        | "FileOpenBlocked" => (ErrorClass::Data, "Excel does not open the workbook; open it once by hand".to_owned()),
        _ if status == 403 => (ErrorClass::Permission, permission(path)),
        _ => return None,
    };
    Some((class, advice))
}

/// Whether a code says that a link to changes leads nowhere any more.
fn is_lost(code: &str) -> bool {
    matches!(
        code,
        "syncStateNotFound"
            | "SyncStateNotFound"
            | "syncStateInvalid"
            | "SyncStateInvalid"
            | "ErrorInvalidSyncStateData"
            | "resyncRequired"
            | "ResyncRequired"
            | "resyncChangesApplyDifferences"
            | "resyncChangesUploadDifferences"
            | "resyncApplyDifferences"
            | "resyncUploadDifferences"
            | "Directory_ExpiredPageToken"
    )
}

/// Which permission to consent to, by what was asked for.
fn permission(path: &str) -> String {
    let is_of = |part: &str| path.contains(part);
    let name = if is_of("/workbook") {
        "Files.ReadWrite.All"
    } else if is_of("/mailFolders") || is_of("/messages") && !is_of("/teams/") {
        "Mail.Read"
    } else if is_of("/calendar") || is_of("/events") {
        "Calendars.Read"
    } else if is_of("/channels/") && is_of("/messages") {
        "ChannelMessage.Read.All"
    } else if is_of("/channels") {
        "Channel.ReadBasic.All"
    } else if is_of("/teams") || is_of("/joinedTeams") {
        "Team.ReadBasic.All"
    } else if is_of("/sites") || is_of("/lists") {
        "Sites.Read.All"
    } else if is_of("/drive") {
        "Files.Read.All"
    } else {
        "User.Read.All"
    };
    format!("give the app {name} (delegated for a person, application otherwise) and let an administrator consent")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(status: u16, code: &str, message: &str, path: &str) -> (ErrorClass, String) {
        let error = of_part(status, &json!({ "error": { "code": code, "message": message } }), path);
        (error.class(), error.to_string())
    }

    #[test]
    fn errors_are_classified_by_their_codes() {
        for (status, code, path, class) in [
            (401, "InvalidAuthenticationToken", "/users", ErrorClass::Auth),
            (403, "ErrorAccessDenied", "/users/x/mailFolders", ErrorClass::Permission),
            (403, "Authorization_RequestDenied", "/users/delta", ErrorClass::Permission),
            (404, "MailboxNotEnabledForRESTAPI", "/users/x/mailFolders", ErrorClass::NotFound),
            (404, "itemNotFound", "/drives/x", ErrorClass::NotFound),
            (400, "notSupported", "/drives/x", ErrorClass::Protocol),
            (429, "ApplicationThrottled", "/users/x/messages", ErrorClass::RateLimited),
            (410, "", "/drives/x/root/delta", ErrorClass::Data),
            (400, "syncStateNotFound", "/users/delta", ErrorClass::Data),
            (503, "serviceNotAvailable", "/users", ErrorClass::Transient),
        ] {
            assert_eq!(said(status, code, "", path).0, class, "{status} {code}");
        }
    }

    #[test]
    fn a_missing_permission_is_named() {
        let words = |path| said(403, "Forbidden", "Missing.", path).1;
        assert!(words("/v1.0/users/delta").contains("User.Read.All"));
        assert!(words("/v1.0/users/a/mailFolders/b/messages/delta").contains("Mail.Read"));
        assert!(words("/v1.0/teams/a/channels/b/messages/delta").contains("ChannelMessage.Read.All"));
        assert!(words("/v1.0/drives/a/items/b/workbook/tables").contains("Files.ReadWrite.All"));
    }
}
