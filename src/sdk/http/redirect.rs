//! Redirects: where they lead, and what may go along.

use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, CONTENT_TYPE, HeaderMap, IF_MODIFIED_SINCE, IF_NONE_MATCH, LOCATION,
    RANGE, USER_AGENT,
};
use reqwest::{Method, StatusCode};
use url::Url;

/// More redirects in a row are a circle.
pub(super) const MOST: u32 = 10;

/// What is sent after a redirect.
#[derive(Debug)]
pub(super) struct Redirected {
    pub method: Method,
    pub url: Url,
    /// Whether the body is sent again.
    pub with_body: bool,
    /// Whether it leads to another origin, which must not see what was meant for the first.
    pub leaves: bool,
}

/// Where an answer redirects to, if it does (RFC 9110, section 15.4, as browsers do it).
///
/// # Errors
/// Where it leads nowhere, or where nothing should be sent; in words that follow the place.
pub(super) fn of(
    status: StatusCode,
    headers: &HeaderMap,
    method: &Method,
    url: &Url,
    has_body: bool,
) -> Result<Option<Redirected>, String> {
    if !matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let Some(location) = headers.get(LOCATION) else { return Ok(None) };
    let target = location.to_str().ok().and_then(|location| url.join(location).ok());
    let target = target.filter(|target| matches!(target.scheme(), "http" | "https") && target.has_host());
    let Some(mut target) = target else { return Err("redirects to something that is no URL of HTTP".into()) };
    target.set_username("").ok();
    target.set_password(None).ok();
    let leaves = target.origin() != url.origin();
    if url.scheme() == "https" && target.scheme() == "http" {
        return Err(format!(
            "redirects from HTTPS to HTTP ({}), which is not followed",
            target.origin().ascii_serialization()
        ));
    }
    let becomes_get = match status.as_u16() {
        303 => *method != Method::HEAD,
        301 | 302 => *method == Method::POST,
        _ => false,
    };
    let with_body = has_body && !becomes_get;
    if leaves && with_body {
        let to = target.origin().ascii_serialization();
        return Err(format!(
            "redirects to {to}, which is not sent what was meant for another; set that as the base URL"
        ));
    }
    let method = if becomes_get { Method::GET } else { method.clone() };
    Ok(Some(Redirected { method, url: target, with_body, leaves }))
}

/// Leaves only headers that any origin may see.
pub(super) fn keep_harmless(headers: &mut HeaderMap) {
    let harmless =
        [ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, CONTENT_TYPE, IF_MODIFIED_SINCE, IF_NONE_MATCH, RANGE, USER_AGENT];
    *headers = harmless.into_iter().filter_map(|name| headers.get(&name).cloned().map(|value| (name, value))).collect();
}
