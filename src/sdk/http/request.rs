//! A request, as it is put together.

use std::time::Duration;

use bytes::Bytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;
use url::Url;

use super::client::HttpClient;
use super::response::HttpResponse;
use super::stream::HttpStream;
use crate::sdk::{ConnectorError, SecretString};

/// A request that can be sent. What is wrong with it is told when it is.
#[must_use = "a request does nothing until it is sent"]
pub struct HttpRequest {
    pub(super) client: HttpClient,
    pub(super) method: Method,
    target: String,
    query: Vec<(String, String)>,
    pub(super) headers: HeaderMap,
    pub(super) body: Option<Bytes>,
    pub(super) is_idempotent: bool,
    pub(super) budget: Option<String>,
    pub(super) cost: u32,
    pub(super) limit: Option<u64>,
    pub(super) connect: Option<Duration>,
    pub(super) idle: Option<Duration>,
    pub(super) is_authorised: bool,
    pub(super) is_signed_by_caller: bool,
    pub(super) hidden: Vec<SecretString>,
    wrong: Option<ConnectorError>,
}

impl HttpRequest {
    pub(super) fn new(client: HttpClient, method: Method, target: String) -> Self {
        let is_idempotent =
            matches!(method, Method::GET | Method::HEAD | Method::OPTIONS | Method::PUT | Method::DELETE);
        Self {
            client,
            method,
            target,
            query: Vec::new(),
            headers: HeaderMap::new(),
            body: None,
            is_idempotent,
            budget: None,
            cost: 1,
            limit: None,
            connect: None,
            idle: None,
            is_authorised: true,
            is_signed_by_caller: false,
            hidden: Vec::new(),
            wrong: None,
        }
    }

    /// Appends a query parameter.
    pub fn query(mut self, name: impl Into<String>, value: impl ToString) -> Self {
        self.query.push((name.into(), value.to_string()));
        self
    }

    /// Appends query parameters.
    pub fn queries<N: Into<String>, V: ToString>(mut self, pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        self.query.extend(pairs.into_iter().map(|(name, value)| (name.into(), value.to_string())));
        self
    }

    /// Sets a header.
    pub fn header(mut self, name: &str, value: impl AsRef<str>) -> Self {
        match (name.parse::<HeaderName>(), HeaderValue::from_str(value.as_ref())) {
            (Ok(name), Ok(value)) => {
                self.headers.insert(name, value);
            }
            _ => self.wrong = Some(ConnectorError::config("headers", format!("{name:?} cannot be sent as a header"))),
        }
        self
    }

    /// Sends JSON.
    pub fn json(self, body: &(impl Serialize + ?Sized)) -> Self {
        match serde_json::to_vec(body) {
            Ok(bytes) => self.body("application/json", bytes),
            Err(error) => Self { wrong: Some(ConnectorError::data("body of the request", error.to_string())), ..self },
        }
    }

    /// Sends a form, URL-encoded.
    pub fn form<N: AsRef<str>, V: AsRef<str>>(self, pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        self.body("application/x-www-form-urlencoded", form)
    }

    /// Sends bytes.
    pub fn body(mut self, content_type: &str, bytes: impl Into<Bytes>) -> Self {
        self.body = Some(bytes.into());
        if self.headers.contains_key(CONTENT_TYPE) { self } else { self.header(CONTENT_TYPE.as_str(), content_type) }
    }

    /// Sends bytes without saying what they are, unless a header does.
    pub fn untyped_body(mut self, bytes: impl Into<Bytes>) -> Self {
        self.body = Some(bytes.into());
        self
    }

    /// Its own headers go wherever its URL leads, also to an origin that may not get the client's credential: the caller
    /// signs it, and knows for whom. A redirect to another origin leaves them behind all the same.
    pub fn signed_by_caller(mut self) -> Self {
        self.is_authorised = false;
        self.is_signed_by_caller = true;
        self
    }

    /// It does the same however often it is sent, so that it may be tried again. Known of GET, HEAD, OPTIONS, PUT and
    /// DELETE.
    pub fn idempotent(mut self) -> Self {
        self.is_idempotent = true;
        self
    }

    /// Spends from the budget of that name, instead of the client's first.
    pub fn budget(mut self, name: impl Into<String>) -> Self {
        self.budget = Some(name.into());
        self
    }

    /// Spends so much of the budget, instead of 1.
    pub fn cost(mut self, cost: u32) -> Self {
        self.cost = cost;
        self
    }

    /// The largest answer in bytes, decompressed, instead of the configured one; also of a [`stream`](Self::stream), which
    /// has none otherwise.
    pub fn limit_bytes(mut self, limit: u64) -> Self {
        self.limit = Some(limit);
        self
    }

    /// How long the other end may take to be reached, and may be silent then, instead of what is configured.
    pub fn silence(mut self, connect: Option<Duration>, idle: Option<Duration>) -> Self {
        (self.connect, self.idle) = (connect, idle);
        self
    }

    /// Leaves the credential out.
    pub fn unauthorised(mut self) -> Self {
        self.is_authorised = false;
        self
    }

    /// Hides a secret that is sent with it, as in a form, wherever the vendor should repeat it.
    pub fn hiding(mut self, secret: &SecretString) -> Self {
        self.hidden.push(secret.clone());
        self
    }

    /// Sends it, and reads the answer whole.
    ///
    /// # Errors
    /// By the class of what went wrong, after as many attempts as the limits allow; `Cancelled` when the read is.
    pub async fn send(self) -> Result<HttpResponse, ConnectorError> {
        self.exchange().await
    }

    /// Sends it, and gives a good answer's bytes as they come.
    ///
    /// # Errors
    /// Those of [`send`](Self::send).
    pub async fn stream(self) -> Result<HttpStream, ConnectorError> {
        self.exchange().await
    }

    /// Where it goes, and what was wrong in putting it together.
    pub(super) fn url(&mut self) -> Result<Url, ConnectorError> {
        if let Some(wrong) = self.wrong.take() {
            return Err(wrong);
        }
        let mut url = joined(self.client.base(), &self.target)?;
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        Ok(url)
    }
}

/// A text as one segment of a path: `segment("Sheet 1!A1/B2")`.
pub fn segment(text: &str) -> String {
    const UNSAFE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'~').remove(b'.');
    utf8_percent_encode(text, UNSAFE).to_string()
}

/// An absolute URL as it is, anything else below the base.
fn joined(base: &Url, target: &str) -> Result<Url, ConnectorError> {
    let is_absolute = ["http://", "https://"]
        .iter()
        .any(|scheme| target.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)));
    let url = if is_absolute {
        Url::parse(target)
    } else {
        let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
        let mut url = base.clone();
        if !path.is_empty() {
            let below = format!("{}/{}", base.path().trim_end_matches('/'), path.trim_start_matches('/'));
            url.set_path(&below);
        }
        if query.is_some() {
            url.set_query(query);
        }
        Ok(url)
    };
    let mut url = url.map_err(|error| ConnectorError::Protocol {
        message: format!("a link to go on with is no URL ({error})"),
        cause: None,
    })?;
    // They would be sent as a credential.
    url.set_username("").ok();
    url.set_password(None).ok();
    url.set_fragment(None);
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lie_below_the_base_and_links_stand_for_themselves() {
        let base = Url::parse("https://host/api/v1/").unwrap();
        let url = |target: &str| joined(&base, target).unwrap().to_string();
        assert_eq!(url("users.list"), "https://host/api/v1/users.list");
        assert_eq!(url("/users?limit=5"), "https://host/api/v1/users?limit=5");
        assert_eq!(url(""), "https://host/api/v1/");
        assert_eq!(url("?page=2"), "https://host/api/v1/?page=2");
        assert_eq!(url("//elsewhere/x"), "https://host/api/v1/elsewhere/x");
        assert_eq!(url("https://me:pw@elsewhere/x?y#z"), "https://elsewhere/x?y");
        assert_eq!(url(&format!("sheets/{}", segment("a/b ?.c"))), "https://host/api/v1/sheets/a%2Fb%20%3F.c");
        assert_eq!(url(&format!("files/{}/x", segment("é"))), "https://host/api/v1/files/%C3%A9/x");
        assert!(joined(&base, "http://[").is_err());
    }
}
