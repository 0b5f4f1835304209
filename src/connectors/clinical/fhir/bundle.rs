//! What a search answers: a Bundle, or an OperationOutcome that says what is wrong.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::sdk::ErrorClass;
use crate::sdk::http::{HttpResponse, Judgement};

/// A page of a search.
#[derive(Debug, Deserialize)]
pub(super) struct Bundle {
    pub(super) total: Option<u64>,
    #[serde(default)]
    link: Vec<Link>,
    #[serde(default)]
    pub(super) entry: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
struct Link {
    relation: String,
    url: String,
}

/// A resource of a page, and why it is there.
#[derive(Debug, Deserialize)]
pub(super) struct Entry {
    /// As it came, so that its decimals keep their digits.
    pub(super) resource: Option<Box<RawValue>>,
    search: Option<SearchEntry>,
}

#[derive(Debug, Deserialize)]
struct SearchEntry {
    mode: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    resource_type: Option<String>,
    #[serde(default)]
    issue: Vec<Issue>,
}

#[derive(Deserialize)]
struct Issue {
    severity: Option<String>,
    code: Option<String>,
    diagnostics: Option<String>,
    details: Option<Value>,
}

impl Bundle {
    /// The link to the next page.
    pub(super) fn next(&self) -> Option<&str> {
        self.link.iter().find(|link| link.relation == "next").map(|link| link.url.as_str())
    }
}

impl Entry {
    /// Whether it came along with what was found, by `_include`. What is neither says something of the search.
    pub(super) fn is_included(&self) -> bool {
        self.search.as_ref().and_then(|search| search.mode.as_deref()) == Some("include")
    }
}

/// An OperationOutcome is no Bundle, whatever its status. Its codes say more than statuses do.
pub(super) fn judge(response: &HttpResponse) -> Option<Judgement> {
    let head: Head = response.peek()?;
    if head.resource_type.as_deref() != Some("OperationOutcome") {
        return None;
    }
    let is_error = |issue: &&Issue| matches!(issue.severity.as_deref(), Some("error" | "fatal"));
    let issue = head.issue.iter().find(is_error).or(head.issue.first())?;
    let details = issue.details.as_ref().and_then(|details| details["text"].as_str());
    let code = issue.code.as_deref().unwrap_or_default();
    let words = issue.diagnostics.as_deref().or(details).unwrap_or(code).to_owned();
    let status = response.status();
    let class = match code {
        "login" | "unknown" if status == 401 => ErrorClass::Auth,
        "security" | "forbidden" | "suppressed" if status != 401 => ErrorClass::Permission,
        "login" | "expired" => ErrorClass::Auth,
        "throttled" => ErrorClass::RateLimited,
        "transient" | "lock-error" | "no-store" | "timeout" | "incomplete" => ErrorClass::Transient,
        // What else it is, the status tells, if it is one of failure.
        _ if !status.is_success() => return None,
        _ => ErrorClass::Protocol,
    };
    Some(Judgement::failed(class, words))
}
