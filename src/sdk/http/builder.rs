//! What a client is built from.

use std::fmt;
use std::sync::Arc;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use url::Url;

use super::authorisation::Authorisation;
use super::budget::Budget;
use super::client::{BASE_URL, HttpClient, Parts};
use super::connections::{self, Connections};
use super::judgement::{Judge, Judgement};
use super::rate_header::RateHeader;
use super::redact::Redaction;
use super::response::HttpResponse;
use super::settings::{HttpOptions, Limits};
use super::shared::SharedHttp;
use crate::sdk::{ConnectorError, ConnectorType, OpenContext};

/// The budget of a client that was given none, which only the vendor's refusals hold up.
const UNLIMITED: &str = "requests";

/// What a client is built from.
#[must_use = "nothing is sent without a client"]
pub struct HttpClientBuilder {
    shared: SharedHttp,
    allow_private: bool,
    connector_type: ConnectorType,
    base_url: String,
    options: HttpOptions,
    trusted: Vec<String>,
    authorisation: Authorisation,
    has_any_origin: bool,
    headers: Vec<(String, String)>,
    budgets: Vec<Budget>,
    rate_headers: Vec<RateHeader>,
    judge: Option<Judge>,
    redaction: Redaction,
}

impl HttpClient {
    /// Begins a client for the API below `base_url`. The connector type tells its budgets from those of others.
    pub fn builder(context: &OpenContext, connector_type: ConnectorType, base_url: &str) -> HttpClientBuilder {
        HttpClientBuilder {
            shared: context.http.clone(),
            allow_private: context.allow_private_network,
            connector_type,
            base_url: base_url.to_owned(),
            options: HttpOptions::default(),
            trusted: Vec::new(),
            authorisation: Authorisation::none(),
            has_any_origin: false,
            headers: Vec::new(),
            budgets: Vec::new(),
            rate_headers: Vec::new(),
            judge: None,
            redaction: Redaction::default(),
        }
    }
}

impl HttpClientBuilder {
    /// The connector's own limits.
    pub fn options(mut self, options: &HttpOptions) -> Self {
        self.options = options.clone();
        self
    }

    /// How requests prove who sends them.
    pub fn authorisation(mut self, authorisation: Authorisation) -> Self {
        self.authorisation = authorisation;
        self
    }

    /// The base URL is nobody's: requests go to whole URLs, and as many are open at once to each origin as may be.
    pub fn of_any_origin(mut self) -> Self {
        self.has_any_origin = true;
        self
    }

    /// Another origin of the vendor that may be sent the credential. Any other never is, be it in a link or a redirect.
    pub fn also_authorise(mut self, origin: impl Into<String>) -> Self {
        self.trusted.push(origin.into());
        self
    }

    /// A header of every request to the vendor's origins.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// One of the vendor's rate limits. Requests that name no budget spend from the first.
    pub fn budget(mut self, budget: Budget) -> Self {
        self.budgets.push(budget);
        self
    }

    /// A header by which the vendor says when its rate limit ends, besides `Retry-After`.
    pub fn rate_header(mut self, header: RateHeader) -> Self {
        self.rate_headers.push(header);
        self
    }

    /// Tells what answers mean where their status does not. It sees every whole answer; `None` leaves one to its status.
    pub fn judge(mut self, judge: impl Fn(&HttpResponse) -> Option<Judgement> + Send + Sync + 'static) -> Self {
        self.judge = Some(Arc::new(judge));
        self
    }

    /// A query parameter whose value is never shown. The usual names are known.
    pub fn secret_parameter(mut self, name: impl Into<String>) -> Self {
        self.redaction.hide_parameter(name);
        self
    }

    /// What must not be shown besides the authorisation's secrets, such as those that go into URLs and bodies, and what is
    /// learned of them later.
    pub fn hiding(mut self, redaction: &Redaction) -> Self {
        self.redaction.hide_all(redaction);
        self
    }

    /// The client. No I/O.
    ///
    /// # Errors
    /// `Config` where the base URL is none of HTTP, or a credential or header cannot be sent.
    pub fn build(self) -> Result<HttpClient, ConnectorError> {
        let base = base_url(&self.base_url)?;
        let mut trusted = vec![base.origin()];
        for origin in &self.trusted {
            trusted.push(base_url(origin)?.origin());
        }
        self.authorisation.check()?;
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            let parsed = name.parse::<HeaderName>().ok().zip(HeaderValue::from_str(value).ok());
            let (name, mut value) = parsed
                .ok_or_else(|| ConnectorError::config("headers", format!("{name:?} cannot be sent as a header")))?;
            // Some vendors take keys in headers of their own.
            value.set_sensitive(true);
            headers.append(name, value);
        }
        let limits = Limits::new(self.shared.settings(), &self.options);
        let budgets = self.shared.budgets();
        let fingerprint = connections::fingerprint(&self.shared, self.connector_type, &base, &self.authorisation);
        let connections = match self.has_any_origin {
            true => Connections::OfOrigin(self.connector_type),
            false => Connections::OfCredential(connections::budget(&self.shared, fingerprint, limits.concurrency)),
        };
        let plans = if self.budgets.is_empty() { vec![Budget::new(UNLIMITED)] } else { self.budgets };
        let budgets = plans.iter().map(|plan| budgets.of(fingerprint, plan)).collect();
        let mut redaction = self.redaction;
        if let Some(parameter) = self.authorisation.parameter() {
            redaction.hide_parameter(parameter);
        }
        for secret in self.authorisation.secrets() {
            redaction.hide(&secret);
        }
        Ok(HttpClient::of(Parts {
            shared: self.shared,
            allow_private: self.allow_private,
            base,
            trusted,
            authorisation: self.authorisation,
            headers,
            limits,
            budgets,
            connections,
            rate_headers: self.rate_headers,
            judge: self.judge,
            redaction,
        }))
    }
}

impl fmt::Debug for HttpClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClientBuilder").field("authorisation", &self.authorisation).finish_non_exhaustive()
    }
}

fn base_url(text: &str) -> Result<Url, ConnectorError> {
    let wrong = |message: String| ConnectorError::config(BASE_URL, message);
    let url =
        Url::parse(text).map_err(|error| wrong(format!("is no URL ({error}); write it like https://host/api")))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(wrong("must begin with http:// or https://".into()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("cannot hold credentials; give them in authConfig".into()));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("cannot hold a query or a fragment".into()));
    }
    Ok(url)
}
