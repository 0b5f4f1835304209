//! Failures of requests, classified once and put into words: method, URL without secrets, status, the vendor's words, what
//! to do.

use std::error::Error;
use std::time::Duration;

use reqwest::StatusCode;

use super::address::PrivateAddress;
use super::redact::Redaction;
use crate::sdk::{BoxError, ConnectorError, ErrorClass};

/// A failed attempt.
#[derive(Debug)]
pub(super) struct Failure {
    pub error: ConnectorError,
    /// How long the vendor asks to wait.
    pub after: Option<Duration>,
    /// The vendor refused the credential itself, with 401.
    pub is_unauthorised: bool,
}

impl From<ConnectorError> for Failure {
    fn from(error: ConnectorError) -> Self {
        let after = error.retry_after();
        Self { error, after, is_unauthorised: false }
    }
}

/// What a status means by itself; `None` where the request went well.
pub(super) fn class_of(status: StatusCode) -> Option<ErrorClass> {
    Some(match status.as_u16() {
        200..=299 => return None,
        401 => ErrorClass::Auth,
        402 | 403 => ErrorClass::Permission,
        404 | 410 => ErrorClass::NotFound,
        429 => ErrorClass::RateLimited,
        408 | 425 => ErrorClass::Transient,
        // Not implemented, an unknown version of HTTP, a captive portal.
        501 | 505 | 511 => ErrorClass::Protocol,
        500..=599 => ErrorClass::Transient,
        _ => ErrorClass::Protocol,
    })
}

/// An error of a class. `place` is method and URL, `words` what was said there.
pub(super) fn of_class(class: ErrorClass, place: &str, words: &str, retry_after: Option<Duration>) -> ConnectorError {
    let said = |advice: &str| format!("{place} {words}{advice}");
    match class {
        ErrorClass::Auth => ConnectorError::Auth { message: said("; check the credentials"), cause: None },
        ErrorClass::Permission => {
            let message = said("; the credentials are known there and lack the right to this");
            ConnectorError::Permission { message, cause: None }
        }
        ErrorClass::NotFound => ConnectorError::NotFound { what: place.to_owned(), hint: format!(" ({words})") },
        ErrorClass::RateLimited => ConnectorError::RateLimited { endpoint: said(", and"), retry_after },
        ErrorClass::Transient => ConnectorError::Unreachable { message: said(""), cause: None },
        ErrorClass::Protocol => ConnectorError::Protocol { message: said(""), cause: None },
        ErrorClass::Data => ConnectorError::data(place, words),
        ErrorClass::Config => ConnectorError::config("connectionConfig", said("")),
        ErrorClass::Cancelled => ConnectorError::Cancelled,
    }
}

/// What went wrong before an answer, or in the middle of one.
pub(super) fn of_transport(error: reqwest::Error, place: &str, redaction: &Redaction) -> ConnectorError {
    if let Some(private) = PrivateAddress::among(&error) {
        return private.to_error();
    }
    let deepest = redaction.words(&deepest_words(&error));
    let is_certificate = is_certificate(&error);
    let is_connect = error.is_connect();
    let is_dns = error.is_dns();
    let is_timeout = error.is_timeout();
    let cause = cause_of(error, redaction);
    if is_certificate {
        let message = format!("{place}: the certificate of the other end is not trusted ({deepest})");
        return ConnectorError::Protocol { message, cause };
    }
    let message = if is_dns {
        format!("{place}: the name of the host could not be looked up ({deepest})")
    } else if is_timeout && is_connect {
        format!("{place}: no connection came about in time")
    } else if is_connect {
        format!("{place}: no connection came about ({deepest})")
    } else {
        format!("{place}: the connection broke off ({deepest})")
    };
    ConnectorError::Unreachable { message, cause }
}

/// The error without its URL, which may hold secrets, unless its words hold one all the same.
fn cause_of(error: reqwest::Error, redaction: &Redaction) -> Option<BoxError> {
    let error = error.without_url();
    let words = format!("{error:?} {error}");
    (redaction.words(&words) == words).then(|| Box::new(error) as BoxError)
}

/// The words of the last cause, which is the one that says what happened.
fn deepest_words(error: &reqwest::Error) -> String {
    let mut deepest: &dyn Error = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    let words = deepest.to_string();
    // The outermost one names the URL.
    if std::ptr::addr_eq(deepest, error) { "no more is known".into() } else { words }
}

fn is_certificate(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if is_of_certificate(error) {
            return true;
        }
        // rustls comes as the inner error of an I/O error, which is not among its sources.
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if inner.is_some_and(|inner| is_of_certificate(inner)) {
            return true;
        }
        cause = error.source();
    }
    false
}

fn is_of_certificate(error: &(dyn Error + 'static)) -> bool {
    matches!(error.downcast_ref(), Some(rustls::Error::InvalidCertificate(_)))
}
