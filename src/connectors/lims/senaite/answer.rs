//! What the API answers: batches of objects, and what it says of itself.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::sdk::ErrorClass;
use crate::sdk::http::{HttpResponse, Judgement};

/// Answers that tell of failures are shorter than this, in bytes.
const MOST_WORDS: usize = 64 * 1024;

/// A page of a search.
#[derive(Debug, Deserialize)]
pub(super) struct Batch {
    /// How many objects the search finds.
    pub(super) count: u64,
    /// Those of the page, as they came.
    pub(super) items: Vec<Box<RawValue>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Version {
    pub(super) version: String,
}

/// Users; `null` for one that is not known.
#[derive(Debug, Deserialize)]
pub(super) struct Users {
    pub(super) items: Vec<Option<User>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct User {
    pub(super) username: String,
    #[serde(default)]
    pub(super) authenticated: bool,
    #[serde(default)]
    pub(super) roles: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Catalogs {
    pub(super) items: Vec<CatalogInfo>,
}

/// A catalogue, with what it can be searched by.
#[derive(Debug, Deserialize)]
pub(super) struct CatalogInfo {
    pub(super) id: String,
    #[serde(default)]
    pub(super) indexes: Vec<String>,
    #[serde(default)]
    pub(super) portal_types: Vec<String>,
}

#[derive(Deserialize)]
struct Failure {
    success: Option<bool>,
    message: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
}

/// Failures are told as `{"success": false, "message": …}`, by older versions with status 200 and a traceback whose last line
/// says what it is. Sites that nobody may see show the page to sign in at, also with status 200.
pub(super) fn judge(response: &HttpResponse) -> Option<Judgement> {
    let is_page = response.header("content-type").is_some_and(|content| content.contains("html"));
    if response.status().is_success() && is_page {
        let path = response.url().path();
        let words = "a page for browsers, where one signs in";
        return path.contains("login").then(|| Judgement::failed(ErrorClass::Auth, words));
    }
    if response.bytes().len() > MOST_WORDS {
        return None;
    }
    let failure: Failure = response.peek()?;
    if failure.success != Some(false) {
        return None;
    }
    let message = failure.message.unwrap_or_default();
    let words = message.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or("no more is said");
    let is_of = |name: &str| failure.kind.as_deref() == Some(name) || words.contains(name);
    let class = match response.status().as_u16() {
        401 => ErrorClass::Auth,
        403 => ErrorClass::Permission,
        404 => ErrorClass::NotFound,
        429 => ErrorClass::RateLimited,
        _ if is_of("Unauthorized") => ErrorClass::Permission,
        // Two transactions met; the next one may pass.
        _ if is_of("ConflictError") || is_of("ReadConflictError") => ErrorClass::Transient,
        500..=599 => ErrorClass::Transient,
        _ => ErrorClass::Protocol,
    };
    Some(Judgement::failed(class, words))
}
