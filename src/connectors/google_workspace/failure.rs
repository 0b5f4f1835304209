//! What Google's failures mean, and what to do about them.
//!
//! All its APIs answer in one shape: a code, a message, and a reason, in `errors` or as an `ErrorInfo` among the `details`.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::config::Service;
use super::drive::SHARED_DRIVES;
use crate::sdk::ErrorClass;
use crate::sdk::http::{HttpResponse, Judgement};

/// A quota of a day is looked at again after so long.
const LATER: Duration = Duration::from_secs(3600);

#[derive(Deserialize)]
struct Answer {
    error: Failure,
}

#[derive(Deserialize)]
struct Failure {
    #[serde(default)]
    message: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    errors: Vec<Value>,
    #[serde(default)]
    details: Vec<Value>,
}

impl Failure {
    /// The reason, in whichever of its two places.
    fn reason(&self) -> &str {
        let info = self.details.iter().find_map(|detail| detail.get("reason")?.as_str());
        let error = self.errors.iter().find_map(|error| error.get("reason")?.as_str());
        info.or(error).unwrap_or(&self.status)
    }

    fn metadata(&self, name: &str) -> Option<&str> {
        self.details.iter().find_map(|detail| detail.get("metadata")?.get(name)?.as_str())
    }
}

/// Judges an answer; `None` leaves it to its status.
pub(super) fn judge(response: &HttpResponse) -> Option<Judgement> {
    let status = response.status().as_u16();
    if !(400..500).contains(&status) || status == 401 {
        return None;
    }
    let Answer { error: failure } = response.peek()?;
    let message = failure.message.as_str();
    Some(match failure.reason() {
        "rateLimitExceeded"
        | "userRateLimitExceeded"
        | "sharingRateLimitExceeded"
        | "quotaExceeded"
        | "RATE_LIMIT_EXCEEDED"
        | "RESOURCE_EXHAUSTED" => Judgement::failed(ErrorClass::RateLimited, message),
        "dailyLimitExceeded" | "dailyLimitExceededUnreg" => {
            Judgement::failed(ErrorClass::RateLimited, message).after(LATER)
        }
        "SERVICE_DISABLED" | "accessNotConfigured" => {
            let page = failure.metadata("activationUrl").map(str::to_owned).or_else(|| address_in(message));
            let page = page.unwrap_or_else(|| "the page APIs & Services of the Google Cloud console".to_owned());
            permission(format!("the API is not enabled in the Google Cloud project; enable it at {page}"))
        }
        // Whoever asks for these goes on without them.
        reason if lacks_scope(reason) && response.url().path().ends_with(SHARED_DRIVES) => Judgement::Good,
        reason if lacks_scope(reason) => permission(format!(
            "the token lacks a scope; add {} and authorise the account again",
            scope_for(response.url().path())
        )),
        "insufficientFilePermissions" | "cannotDownloadFile" => {
            permission("share the file or folder with the account, or with the service account's address".to_owned())
        }
        "domainPolicy" => permission(format!("the domain's administrator has switched it off: {message}")),
        "PERMISSION_DENIED" | "forbidden" if status == 403 => {
            permission(format!("share the file with the account, or with the service account's address: {message}"))
        }
        "failedPrecondition" | "FAILED_PRECONDITION"
            if message.contains("not enabled") || response.url().path().contains("/gmail/") =>
        {
            permission(format!("{message}; a service account has no mailbox of its own, name a user as subject"))
        }
        "notFound" | "NOT_FOUND" => Judgement::failed(
            ErrorClass::NotFound,
            format!("it is not there, or not shared with the account: {message}"),
        ),
        _ => return None,
    })
}

fn lacks_scope(reason: &str) -> bool {
    matches!(reason, "ACCESS_TOKEN_SCOPE_INSUFFICIENT" | "insufficientPermissions" | "insufficientScopes")
}

fn permission(message: String) -> Judgement {
    Judgement::failed(ErrorClass::Permission, message)
}

/// Older answers name the page in their words only.
fn address_in(message: &str) -> Option<String> {
    message.split_whitespace().find(|word| word.starts_with("https://")).map(str::to_owned)
}

/// The scope that a path asks for.
fn scope_for(path: &str) -> &'static str {
    let services = [
        ("/v4/spreadsheets", Service::Sheets),
        ("/v1/documents", Service::Docs),
        ("/gmail/", Service::Gmail),
        ("/calendar/", Service::Calendar),
    ];
    let service = services.into_iter().find(|(part, _)| path.contains(part));
    service.map_or(Service::Drive, |(_, service)| service).scopes()[0]
}
