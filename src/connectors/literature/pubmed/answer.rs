//! What E-utilities mean by their answers: many failures come with status 200.

use std::time::Duration;

use serde::Deserialize;

use super::search;
use crate::sdk::ErrorClass;
use crate::sdk::http::{HttpResponse, Judgement, StatusCode};

/// How long to leave NCBI alone after it refused for too many requests; it names no time itself.
const PAUSE: Duration = Duration::from_secs(1);
/// Where an error stands in XML, at the latest.
const HEAD: usize = 2_000;

/// The gateway's own failures: `{"error":"API rate limit exceeded","api-key":"…","count":"4","limit":"3"}`.
#[derive(Deserialize)]
struct Refusal {
    error: String,
}

pub(super) fn judge(response: &HttpResponse) -> Option<Judgement> {
    if let Some(Refusal { error }) = response.peek() {
        return refusal(response.status(), error);
    }
    let body = trimmed(response.bytes());
    if body.first() == Some(&b'{') {
        return search::failure(response).map(|words| failed(response.status(), words));
    }
    let text = String::from_utf8_lossy(&body[..body.len().min(HEAD)]);
    if let Some(words) = error_in(&text) {
        return Some(if is_history_lost(&words) { Judgement::Good } else { failed(response.status(), words) });
    }
    if !response.status().is_success() {
        return None;
    }
    if !text.contains("<PubmedArticleSet") {
        return Some(Judgement::failed(
            ErrorClass::Transient,
            "an answer that is none of E-utilities, as when NCBI is overloaded",
        ));
    }
    let is_whole = body.ends_with(b"</PubmedArticleSet>") || (body.ends_with(b"/>") && body.len() < HEAD);
    (!is_whole).then(|| Judgement::failed(ErrorClass::Transient, "the records break off in the middle"))
}

fn refusal(status: StatusCode, error: String) -> Option<Judgement> {
    let words = error.to_lowercase();
    if status == StatusCode::TOO_MANY_REQUESTS || words.contains("rate limit") {
        return Some(Judgement::failed(ErrorClass::RateLimited, error).after(PAUSE));
    }
    if words.contains("api key") || words.contains("api-key") {
        return Some(Judgement::failed(ErrorClass::Auth, error));
    }
    Some(failed(status, error))
}

/// A failure by its status; with one of success it may pass.
fn failed(status: StatusCode, words: String) -> Judgement {
    let class = if status.is_client_error() { ErrorClass::Protocol } else { ErrorClass::Transient };
    Judgement::failed(class, words)
}

/// The words of `<ERROR>`, where the answer is nothing else.
fn error_in(text: &str) -> Option<String> {
    let (_, behind) = text.split_once("<ERROR>")?;
    if text.contains("<PubmedArticleSet") {
        return None;
    }
    Some(behind.split("</ERROR>").next().unwrap_or(behind).trim().to_owned())
}

/// Whether the answer says that the history is not there any more.
pub(super) fn says_history_is_lost(response: &HttpResponse) -> bool {
    let body = response.bytes();
    error_in(&String::from_utf8_lossy(&body[..body.len().min(HEAD)])).is_some_and(|words| is_history_lost(&words))
}

fn is_history_lost(words: &str) -> bool {
    let words = words.to_lowercase();
    words.contains("unable to obtain query") || words.contains("history") || words.contains("webenv")
}

fn trimmed(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii()
}
