//! The client, and how it is built.

use std::fmt;
use std::sync::Arc;

use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use url::{Origin, Url};

use super::authorisation::Authorisation;
use super::bounds::Bounds;
use super::budget::{Budget, SharedBudget};
use super::judgement::{Judge, Judgement};
use super::rate_header::RateHeader;
use super::redact::Redaction;
use super::request::HttpRequest;
use super::response::HttpResponse;
use super::settings::{HttpOptions, Limits};
use super::shared::SharedHttp;
use crate::sdk::{ConnectorError, ConnectorType, OpenContext};

const BASE_URL: &str = "connectionConfig.base_url";
/// The budget of a client that was given none, which only the vendor's refusals hold up.
const UNLIMITED: &str = "requests";
/// The budget that counts the connections of a credential.
const CONNECTIONS: &str = "(connections)";

/// Speaks HTTP with one vendor by one credential. Cheap to clone; its `Debug` shows no secret.
#[derive(Clone)]
pub struct HttpClient {
    parts: Arc<Parts>,
    bounds: Bounds,
}

struct Parts {
    shared: SharedHttp,
    allow_private: bool,
    base: Url,
    trusted: Vec<Origin>,
    authorisation: Authorisation,
    headers: HeaderMap,
    limits: Limits,
    budgets: Vec<Arc<SharedBudget>>,
    connections: Arc<SharedBudget>,
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
            headers: Vec::new(),
            budgets: Vec::new(),
            rate_headers: Vec::new(),
            judge: None,
            parameters: Vec::new(),
        }
    }

    /// A GET of a path below the base URL, or of an absolute URL such as a link to the next page.
    pub fn get(&self, target: impl AsRef<str>) -> HttpRequest {
        self.request(Method::GET, target)
    }

    /// A POST; it is tried again only if it is [`idempotent`](HttpRequest::idempotent).
    pub fn post(&self, target: impl AsRef<str>) -> HttpRequest {
        self.request(Method::POST, target)
    }

    /// A request of any method.
    pub fn request(&self, method: Method, target: impl AsRef<str>) -> HttpRequest {
        HttpRequest::new(self.clone(), method, target.as_ref().to_owned())
    }

    /// The base URL.
    pub fn base(&self) -> &Url {
        &self.parts.base
    }

    pub(super) fn bounds(&self) -> &Bounds {
        &self.bounds
    }

    pub(super) fn with_bounds(&self, bounds: Bounds) -> Self {
        Self { parts: Arc::clone(&self.parts), bounds }
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.parts.limits
    }

    pub(super) fn authorisation(&self) -> &Authorisation {
        &self.parts.authorisation
    }

    pub(super) fn headers(&self) -> &HeaderMap {
        &self.parts.headers
    }

    pub(super) fn rate_headers(&self) -> &[RateHeader] {
        &self.parts.rate_headers
    }

    pub(super) fn redaction(&self) -> &Redaction {
        &self.parts.redaction
    }

    pub(super) fn connections(&self) -> &Arc<SharedBudget> {
        &self.parts.connections
    }

    pub(super) fn shared(&self) -> &SharedHttp {
        &self.parts.shared
    }

    pub(super) fn allows_private(&self) -> bool {
        self.parts.allow_private
    }

    /// Whether the credential may be sent there.
    pub(super) fn trusts(&self, url: &Url) -> bool {
        self.parts.trusted.contains(&url.origin())
    }

    pub(super) fn judge(&self, response: &HttpResponse) -> Option<Judgement> {
        self.parts.judge.as_ref().and_then(|judge| judge(response))
    }

    pub(super) fn transport(&self, url: &Url) -> Result<reqwest::Client, ConnectorError> {
        self.parts.shared.transport(url, self.parts.allow_private, self.parts.limits.connect)
    }

    /// Method and URL as they may be shown.
    pub(super) fn place(&self, method: &Method, url: &Url) -> String {
        format!("{method} {}", self.parts.redaction.url(url))
    }

    /// The budget of that name, or the first.
    pub(super) fn budget(&self, name: Option<&str>) -> Result<Arc<SharedBudget>, ConnectorError> {
        let mut budgets = self.parts.budgets.iter();
        let found = budgets.find(|budget| name.is_none_or(|name| budget.name() == name));
        found.cloned().ok_or_else(|| {
            let known: Vec<_> = self.parts.budgets.iter().map(|budget| budget.name()).collect();
            let message = format!("no budget of the client is called so (known: {})", known.join(", "));
            ConnectorError::config(name.unwrap_or_default(), message)
        })
    }
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClient")
            .field("base", &self.parts.redaction.url(&self.parts.base))
            .field("authorisation", &self.parts.authorisation)
            .field("limits", &self.parts.limits)
            .finish_non_exhaustive()
    }
}

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
    headers: Vec<(String, String)>,
    budgets: Vec<Budget>,
    rate_headers: Vec<RateHeader>,
    judge: Option<Judge>,
    parameters: Vec<String>,
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
        self.parameters.push(name.into());
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
        let origin = base.origin().ascii_serialization();
        let identity = self.authorisation.identity();
        let fingerprint = budgets.fingerprint(&[self.connector_type.as_str(), &origin, &identity]);
        let connections = budgets.of(fingerprint, &Budget::new(CONNECTIONS).concurrently(limits.concurrency));
        let plans = if self.budgets.is_empty() { vec![Budget::new(UNLIMITED)] } else { self.budgets };
        let budgets = plans.iter().map(|plan| budgets.of(fingerprint, plan)).collect();
        let mut parameters = self.parameters;
        parameters.extend(self.authorisation.parameter().map(str::to_owned));
        let redaction = Redaction::new(parameters, self.authorisation.secrets());
        let bounds = Bounds::none(Arc::clone(self.shared.clock()));
        let parts = Parts {
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
        };
        Ok(HttpClient { parts: Arc::new(parts), bounds })
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
