//! One attempt: sent, sent on after redirects, and answered with a head.

use std::time::Duration;

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::{ACCEPT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue};
use tokio::time::timeout;
use tracing::debug;
use url::Url;

use super::body::Body;
use super::client::HttpClient;
use super::failure::{self, Failure};
use super::queue::Slots;
use super::redact::Redaction;
use super::request::HttpRequest;
use super::response::HttpResponse;
use super::{address, rate_header, redirect};
use crate::sdk::{ConnectorError, SecretString};

/// An answer whose body is still to come.
pub(super) struct Head {
    pub client: HttpClient,
    method: Method,
    url: Url,
    /// Method and URL as they may be shown.
    pub place: String,
    redaction: Redaction,
    pub response: reqwest::Response,
    attempt: u32,
    pub limit: Option<u64>,
    idle: Duration,
    pub is_authorised: bool,
    slots: Slots,
}

impl Head {
    pub(super) fn body(self, limit: Option<u64>) -> Result<(Body, Slots), ConnectorError> {
        let body = Body::new(self.response, &self.method, limit, self.idle, self.place, self.redaction)?;
        Ok((body, self.slots))
    }

    pub(super) async fn collect(self) -> Result<HttpResponse, ConnectorError> {
        let (status, headers) = (self.response.status(), self.response.headers().clone());
        let (url, place, redaction, attempt) =
            (self.url.clone(), self.place.clone(), self.redaction.clone(), self.attempt);
        let limit = self.limit.unwrap_or(self.client.limits().bytes);
        let (body, _slots) = self.body(Some(limit))?;
        let bytes = body.collect().await?;
        Ok(HttpResponse { status, headers, url, bytes, attempt, place, redaction })
    }
}

impl HttpRequest {
    /// Sends it once, and once more after each redirect.
    pub(super) async fn head(
        &self,
        url: &Url,
        proof: Option<&SecretString>,
        mut slots: Slots,
        attempt: u32,
    ) -> Result<Head, Failure> {
        let client = &self.client;
        let mut redaction = client.redaction().clone();
        proof.into_iter().chain(&self.hidden).for_each(|secret| redaction.hide(secret.expose()));
        let (mut method, mut url, mut body) = (self.method.clone(), url.clone(), self.body.clone());
        let mut is_authorised = self.is_authorised && client.trusts(&url);
        let (mut headers, mut own) = (client.headers().clone(), self.headers.clone());
        if !client.trusts(&url) {
            redirect::keep_harmless(&mut headers);
            if !self.is_signed_by_caller {
                redirect::keep_harmless(&mut own);
            }
        }
        headers.extend(own);
        headers.entry(ACCEPT_ENCODING).or_insert(HeaderValue::from_static("gzip"));
        for _ in 0..=redirect::MOST {
            let place = format!("{method} {}", redaction.url(&url));
            let proof = proof.filter(|_| is_authorised);
            let response = self.hop(&method, &url, &headers, body.clone(), proof, &place, &redaction).await?;
            slots.budget.answered();
            debug!(attempt, status = response.status().as_u16(), "{place}");
            let redirected = redirect::of(response.status(), response.headers(), &method, &url, body.is_some());
            let redirected = redirected
                .map_err(|words| ConnectorError::Protocol { message: format!("{place} {words}"), cause: None })?;
            let Some(to) = redirected else {
                if let Some(long) = rate_header::exhausted(response.headers(), client.rate_headers()) {
                    slots.budget.pause(long);
                }
                let (client, limit) = (client.clone(), self.limit);
                return Ok(Head {
                    client,
                    method,
                    url,
                    place,
                    redaction,
                    response,
                    attempt,
                    limit,
                    idle: self.idle(),
                    is_authorised,
                    slots,
                });
            };
            if !to.with_body {
                body = None;
                headers.remove(CONTENT_TYPE);
            }
            if to.leaves {
                is_authorised = false;
                redirect::keep_harmless(&mut headers);
            }
            (method, url) = (to.method, to.url);
        }
        let message = format!("{} redirects in a circle", client.place(&self.method, &url));
        Err(ConnectorError::Protocol { message, cause: None }.into())
    }

    /// How long the other end may be silent.
    pub(super) fn idle(&self) -> Duration {
        self.idle.unwrap_or(self.client.limits().idle)
    }

    /// Sends one request and waits for the head of its answer.
    #[expect(clippy::too_many_arguments, reason = "the parts of a request change with every redirect")]
    async fn hop(
        &self,
        method: &Method,
        url: &Url,
        headers: &HeaderMap,
        body: Option<Bytes>,
        proof: Option<&SecretString>,
        place: &str,
        redaction: &Redaction,
    ) -> Result<reqwest::Response, ConnectorError> {
        let client = &self.client;
        if !client.allows_private() {
            address::refuse_private(url).map_err(address::PrivateAddress::into_error)?;
        }
        let mut request = reqwest::Request::new(method.clone(), url.clone());
        *request.headers_mut() = headers.clone();
        *request.body_mut() = body.map(reqwest::Body::from);
        if let Some(proof) = proof {
            client.authorisation().sign(&mut request, proof)?;
        }
        let silence = self.connect.unwrap_or(client.limits().connect) + self.idle();
        match timeout(silence, client.transport(url)?.execute(request)).await {
            Ok(response) => response.map_err(|error| failure::of_transport(error, place, redaction)),
            Err(_) => {
                let message = format!("{place} was not answered within {silence:?} (idle_seconds)");
                Err(ConnectorError::Unreachable { message, cause: None })
            }
        }
    }
}
