//! The failures that the vendors are known for, with the bodies that they really send.

use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

/// A failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// 429, as for too many requests.
    RateLimit,
    /// 503.
    Unavailable,
    /// A page for browsers with status 200.
    Page,
    /// The answer's beginning, with status 200.
    BreakOff,
    /// An error of the search engine behind, with status 200.
    Backend,
    /// Histories are forgotten; the answer is as usual.
    LostHistory,
}

impl Fault {
    /// All of them, in the order in which they take their turns.
    pub const ALL: [Self; 6] =
        [Self::RateLimit, Self::Page, Self::BreakOff, Self::LostHistory, Self::Unavailable, Self::Backend];

    /// What is answered instead; `None` where an answer is made all the same.
    pub(super) fn answer(self, is_search: bool) -> Option<Response> {
        Some(match self {
            Self::RateLimit => rate_limited("127.0.0.1", 4, 3),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "upstream connect error").into_response(),
            Self::Page => {
                let page =
                    "<!DOCTYPE html>\n<html><head><title>NCBI - WWW Error Blocked Diagnostic</title></head></html>";
                ([(CONTENT_TYPE, "text/html; charset=UTF-8")], page).into_response()
            }
            // The line break within the text is theirs: it makes the JSON invalid.
            Self::Backend if is_search => {
                let words = "{\"header\":{\"type\":\"esearch\",\"version\":\"0.3\"},\"esearchresult\":{\"ERROR\":\"Search Backend failed: Exception:\nread failed: EOF (the other side has unexpectedly closed connection)\"}}";
                ([(CONTENT_TYPE, "application/json; charset=UTF-8")], words).into_response()
            }
            Self::Backend => error_document(
                StatusCode::OK,
                "Error: CEFetchPApplication::proxy_stream(): Failed to retrieve sequence",
            ),
            Self::BreakOff | Self::LostHistory => return None,
        })
    }
}

/// What the gateway says to too many requests.
pub(super) fn rate_limited(key: &str, count: usize, limit: usize) -> Response {
    let words = serde_json::json!({
        "error": "API rate limit exceeded", "api-key": key, "count": count.to_string(), "limit": limit.to_string(),
    });
    let headers = [("content-type", "application/json"), ("x-ratelimit-remaining", "0")];
    (StatusCode::TOO_MANY_REQUESTS, headers, words.to_string()).into_response()
}

/// An error of `efetch`.
pub(super) fn error_document(status: StatusCode, words: &str) -> Response {
    let document = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<!DOCTYPE eEfetchResult PUBLIC \"-//NLM//DTD efetch 20131226//EN\" \"https://eutils.ncbi.nlm.nih.gov/eutils/dtd/20131226/efetch.dtd\">\n<eFetchResult>\n\t<ERROR>{words}</ERROR>\n</eFetchResult>\n"
    );
    (status, [(CONTENT_TYPE, "text/xml; charset=UTF-8")], document).into_response()
}
