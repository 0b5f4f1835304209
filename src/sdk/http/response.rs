//! An answer that is held in memory.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use serde::de::DeserializeOwned;
use url::Url;

use super::redact::Redaction;
use super::{failure, link, vendor_words};
use crate::sdk::settings::without_values;
use crate::sdk::{ConnectorError, ErrorClass};

/// A whole answer. Its `Debug` shows no body, and no secret.
#[derive(Clone)]
pub struct HttpResponse {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) url: Url,
    pub(super) bytes: Bytes,
    pub(super) attempt: u32,
    /// Method and URL as they may be shown.
    pub(super) place: String,
    pub(super) redaction: Redaction,
}

impl HttpResponse {
    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// All headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The first header of a name, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Where the answer came from, after redirects; not to be shown, since it may hold a key.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Which attempt brought it: 1 is the first.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// The body, decompressed.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The body as text. What is not UTF-8 is read as the `charset` of the `Content-Type` says, or as windows-1252.
    pub fn text(&self) -> Cow<'_, str> {
        match std::str::from_utf8(&self.bytes) {
            Ok(text) => Cow::Borrowed(text.trim_start_matches('\u{feff}')),
            Err(_) => {
                let label = self.header(CONTENT_TYPE.as_str()).and_then(|value| value.split_once("charset="));
                let label =
                    label.map_or("", |(_, label)| label.split(';').next().unwrap_or(label).trim_matches(['"', ' ']));
                let charset = encoding_rs::Encoding::for_label(label.as_bytes()).unwrap_or(encoding_rs::WINDOWS_1252);
                charset.decode(&self.bytes).0
            }
        }
    }

    /// The body, read as JSON.
    ///
    /// # Errors
    /// `Protocol` where it is no JSON or not of that shape, with the place in it.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, ConnectorError> {
        match serde_json::from_slice(&self.bytes) {
            Ok(value) => Ok(value),
            Err(error) if error.is_data() => Err(self.unlike(&self.place_of_error::<T>(&error))),
            Err(error) => {
                let hint = match vendor_words::first_line(self.content_type(), &self.bytes, &self.redaction) {
                    _ if self.bytes.is_empty() => " (it is empty)".to_owned(),
                    Some(line) => format!(" (it begins with {line:?})"),
                    None if self.content_type().contains("html") => " (it is a page for browsers)".to_owned(),
                    None => String::new(),
                };
                let (line, column) = (error.line(), error.column());
                Err(self.unlike(&format!("no JSON{hint}: line {line}, column {column}")))
            }
        }
    }

    /// The body, read as JSON if it is of that shape: for [`judge`](super::HttpClientBuilder::judge), which sees many answers
    /// that are not.
    pub fn peek<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.bytes).ok()
    }

    /// Read again, more slowly, to say where in the JSON the error is.
    fn place_of_error<T: DeserializeOwned>(&self, error: &serde_json::Error) -> String {
        let mut json = serde_json::Deserializer::from_slice(&self.bytes);
        let found = serde_path_to_error::deserialize::<_, T>(&mut json).err();
        let path = found.as_ref().map(|found| found.path().to_string());
        let words = without_values(&found.map_or_else(|| error.to_string(), |found| found.into_inner().to_string()));
        match path.as_deref() {
            None | Some("." | "?") => format!("JSON of another shape than expected: {words}"),
            Some(path) => format!("JSON of another shape than expected, at {path}: {words}"),
        }
    }

    fn unlike(&self, what: &str) -> ConnectorError {
        ConnectorError::Protocol { message: format!("{} answered with {what}", self.place), cause: None }
    }

    /// The target of the `Link` header's relation (RFC 8288).
    ///
    /// # Errors
    /// `Protocol` where it is no URL.
    pub fn link(&self, relation: &str) -> Result<Option<Url>, ConnectorError> {
        let target = link::target(&self.headers, relation, &self.url).transpose();
        target.map_err(|error| self.unlike(&format!("a link {relation} that is no URL ({error})")))
    }

    /// The next page, by the `Link` header.
    ///
    /// # Errors
    /// `Protocol` where it is no URL.
    pub fn next_link(&self) -> Result<Option<Url>, ConnectorError> {
        self.link("next")
    }

    /// An error about this answer, worded like the client's own: method, URL without secrets, status, `message`.
    pub fn error(&self, class: ErrorClass, message: &str) -> ConnectorError {
        failure::of_class(class, &self.place, &self.words(Some(message)), None)
    }

    /// `answered 403 Forbidden: the vendor's words`.
    pub(super) fn words(&self, message: Option<&str>) -> String {
        let line = match message {
            Some(message) => vendor_words::first_line("text/plain", message.as_bytes(), &self.redaction),
            None => vendor_words::first_line(self.content_type(), &self.bytes, &self.redaction),
        };
        match line {
            Some(line) => format!("answered {}: {line}", self.status),
            None => format!("answered {}", self.status),
        }
    }

    fn content_type(&self) -> &str {
        self.header(CONTENT_TYPE.as_str()).unwrap_or_default()
    }
}

impl fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} answered {} with {} bytes", self.place, self.status, self.bytes.len())
    }
}
