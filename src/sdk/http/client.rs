//! The client, and what it consists of.

use std::fmt;
use std::sync::Arc;

use reqwest::Method;
use reqwest::header::HeaderMap;
use url::{Origin, Url};

use super::address;
use super::authorisation::Authorisation;
use super::bounds::Bounds;
use super::budget::SharedBudget;
use super::connections::Connections;
use super::judgement::{Judge, Judgement};
use super::rate_header::RateHeader;
use super::redact::Redaction;
use super::request::HttpRequest;
use super::response::HttpResponse;
use super::settings::Limits;
use super::shared::SharedHttp;
use crate::sdk::ConnectorError;

/// The setting that a wrong base URL is told of.
pub(super) const BASE_URL: &str = "connectionConfig.base_url";

/// Speaks HTTP with one vendor by one credential. Cheap to clone; its `Debug` shows no secret.
#[derive(Clone)]
pub struct HttpClient {
    parts: Arc<Parts>,
    bounds: Bounds,
}

pub(super) struct Parts {
    pub shared: SharedHttp,
    pub allow_private: bool,
    pub base: Url,
    pub trusted: Vec<Origin>,
    pub authorisation: Authorisation,
    pub headers: HeaderMap,
    pub limits: Limits,
    pub budgets: Vec<Arc<SharedBudget>>,
    pub connections: Connections,
    pub rate_headers: Vec<RateHeader>,
    pub judge: Option<Judge>,
    pub redaction: Redaction,
}

impl HttpClient {
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

    /// Refuses a base URL whose host is literally an address that the process does not allow, for a connector's `permitted`.
    /// Names are judged when they are connected to.
    ///
    /// # Errors
    /// `Config` of the base URL.
    pub fn permitted(&self) -> Result<(), ConnectorError> {
        if self.allows_private() {
            return Ok(());
        }
        address::refuse_private(self.base()).map_err(|refused| ConnectorError::config(BASE_URL, refused.to_string()))
    }

    /// The base URL.
    pub fn base(&self) -> &Url {
        &self.parts.base
    }

    pub(super) fn bounds(&self) -> &Bounds {
        &self.bounds
    }

    pub(super) fn of(parts: Parts) -> Self {
        let bounds = Bounds::none(Arc::clone(parts.shared.clock()));
        Self { parts: Arc::new(parts), bounds }
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

    /// What it hides of what it tells.
    pub fn redaction(&self) -> &Redaction {
        &self.parts.redaction
    }

    /// The connections with which a request is counted that goes there.
    pub(super) fn connections(&self, url: &Url) -> Arc<SharedBudget> {
        self.parts.connections.to(url, self.authorisation(), self.shared(), self.parts.limits.concurrency)
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
