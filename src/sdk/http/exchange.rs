//! The story of one request: its turn, its attempts, its redirects, its answer.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::{ACCEPT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue};
use tokio::time::timeout;
use tracing::debug;
use url::Url;

use super::body::Body;
use super::budget::{Holdup, SharedBudget, Slot};
use super::client::HttpClient;
use super::failure::{self, Failure};
use super::judgement::Judgement;
use super::patience::Patience;
use super::redact::Redaction;
use super::request::HttpRequest;
use super::response::HttpResponse;
use super::shared::OpenRequest;
use super::stream::HttpStream;
use super::{address, rate_header, redirect};
use crate::sdk::{ConnectorError, ErrorClass, SecretString};

/// After so long in the queue of a budget, a read says what it waits for.
const LONG_QUEUE: Duration = Duration::from_secs(2);

/// An answer whose body is still to come.
pub(super) struct Head {
    client: HttpClient,
    method: Method,
    url: Url,
    /// Method and URL as they may be shown.
    place: String,
    redaction: Redaction,
    response: reqwest::Response,
    attempt: u32,
    limit: Option<u64>,
    is_authorised: bool,
    slots: Slots,
}

/// What a request holds until its answer is read.
pub(super) struct Slots {
    budget: Slot,
    _connection: Slot,
    _open: OpenRequest,
}

/// What an answer is taken as.
pub(super) trait Answer: Sized + Send {
    /// Whether one attempt ends with the last byte.
    const IS_WHOLE: bool;

    /// Takes it.
    fn of(head: Head) -> impl Future<Output = Result<Self, Failure>> + Send;
}

impl Answer for HttpResponse {
    const IS_WHOLE: bool = true;

    async fn of(head: Head) -> Result<Self, Failure> {
        let (client, is_authorised) = (head.client.clone(), head.is_authorised);
        client.judged(head.collect().await?, is_authorised)
    }
}

impl Answer for HttpStream {
    const IS_WHOLE: bool = false;

    async fn of(head: Head) -> Result<Self, Failure> {
        if !head.response.status().is_success() {
            let response = HttpResponse::of(head).await?;
            return Err(response.error(ErrorClass::Protocol, "has no file to read").into());
        }
        let (status, headers, limit) = (head.response.status(), head.response.headers().clone(), head.limit);
        let bounds = head.client.bounds().clone();
        let place = head.place.clone();
        let (body, slots) = head.body(limit)?;
        Ok(Self { status, headers, place, body, bounds, _slots: slots })
    }
}

impl Head {
    fn body(self, limit: Option<u64>) -> Result<(Body, Slots), ConnectorError> {
        let idle = self.client.limits().idle;
        let body = Body::new(self.response, &self.method, limit, idle, self.place, self.redaction)?;
        Ok((body, self.slots))
    }

    async fn collect(self) -> Result<HttpResponse, ConnectorError> {
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
    /// Sends it until it is answered, or nothing more may be tried.
    pub(super) async fn exchange<A: Answer>(mut self) -> Result<A, ConnectorError> {
        let url = self.url()?;
        let place = self.client.place(&self.method, &url);
        let bounds = self.client.bounds().clone();
        bounds.keep(|| place.clone(), self.attempts(&url, &place)).await
    }

    async fn attempts<A: Answer>(&self, url: &Url, place: &str) -> Result<A, ConnectorError> {
        let client = &self.client;
        let budget = client.budget(self.budget.as_deref())?;
        let mut patience = Patience::new(client.limits(), self.is_idempotent);
        let mut is_renewed = false;
        for attempt in 1.. {
            let proof = if self.is_authorised { client.authorisation().proof().await? } else { None };
            let slots = client.slots(&budget, self.cost).await?;
            let failure = match self.attempt(url, proof.as_ref(), slots, attempt).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            debug!(attempt, error = %failure.error, "a request failed");
            if let (true, false, Some(refused)) = (failure.is_unauthorised, is_renewed, &proof)
                && client.authorisation().renewed(refused).await?.is_some()
            {
                is_renewed = true;
                continue;
            }
            let pause = patience.pause(&failure);
            let is_limit = failure.error.class() == ErrorClass::RateLimited;
            if let (true, Some(long)) = (is_limit, failure.after.or(pause)) {
                budget.pause(long);
            }
            let Some(pause) = pause else { return Err(failure.error) };
            let until = client.bounds().clock().now() + pause;
            if !client.bounds().allows(until) {
                return Err(failure.error);
            }
            // Where the whole budget stands still, the next attempt waits in its queue.
            if !is_limit {
                client.bounds().tell(|| format!("{}; trying again", failure.error), Some(until));
                client.bounds().clock().until(until).await;
            }
        }
        Err(ConnectorError::Protocol { message: format!("{place} was tried too often"), cause: None })
    }

    async fn attempt<A: Answer>(
        &self,
        url: &Url,
        proof: Option<&SecretString>,
        slots: Slots,
        attempt: u32,
    ) -> Result<A, Failure> {
        let sent = async { A::of(self.head(url, proof, slots, attempt).await?).await };
        if !A::IS_WHOLE {
            return sent.await;
        }
        let whole = self.client.limits().whole;
        timeout(whole, sent).await.unwrap_or_else(|_| {
            let place = self.client.place(&self.method, url);
            let message = format!("{place} was not answered whole within {whole:?} (request_seconds)");
            Err(ConnectorError::Unreachable { message, cause: None }.into())
        })
    }

    /// Sends it once, and once more after each redirect.
    async fn head(
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
        let mut headers = client.headers().clone();
        headers.extend(self.headers.iter().map(|(name, value)| (name.clone(), value.clone())));
        headers.entry(ACCEPT_ENCODING).or_insert(HeaderValue::from_static("gzip"));
        if !client.trusts(&url) {
            redirect::keep_harmless(&mut headers);
        }
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
        let silence = client.limits().connect + client.limits().idle;
        match timeout(silence, client.transport(url)?.execute(request)).await {
            Ok(response) => response.map_err(|error| failure::of_transport(error, place, redaction)),
            Err(_) => {
                let message = format!("{place} was not answered within {silence:?} (idle_seconds)");
                Err(ConnectorError::Unreachable { message, cause: None })
            }
        }
    }
}

impl HttpClient {
    /// Waits for the budget, and for one of the credential's connections.
    async fn slots(&self, budget: &Arc<SharedBudget>, cost: u32) -> Result<Slots, ConnectorError> {
        let name = format!("{} ({})", self.base().host_str().unwrap_or_default(), budget.name());
        let clock = self.bounds().clock();
        let held_up = |holdup: Holdup| {
            let Some(until) = holdup.until else { return Ok(()) };
            let long = until.saturating_duration_since(clock.now());
            if long > self.limits().wait || !self.bounds().allows(until) {
                return Err(ConnectorError::RateLimited { endpoint: name.clone(), retry_after: Some(long) });
            }
            self.tell_of_limit(&name, holdup);
            Ok(())
        };
        let taken = budget.take(cost, held_up);
        let mut taken = std::pin::pin!(taken);
        let slot = tokio::select! {
            slot = &mut taken => slot?,
            () = clock.until(clock.now() + LONG_QUEUE) => {
                // Others are before us in the queue, and are told of their waits themselves.
                if let Some(holdup) = budget.holdup().filter(|holdup| holdup.until.is_some()) {
                    self.tell_of_limit(&name, holdup);
                }
                taken.await?
            }
        };
        let connection = self.connections().take(1, |_| Ok::<_, ConnectorError>(())).await?;
        Ok(Slots { budget: slot, _connection: connection, _open: self.shared().count_open() })
    }

    fn tell_of_limit(&self, name: &str, holdup: Holdup) {
        let reason = || match holdup.is_pause {
            true => format!("{name} asked us to slow down"),
            false => format!("the rate limit of {name} is used up for the moment"),
        };
        self.bounds().tell(reason, holdup.until);
    }

    /// What a whole answer means.
    fn judged(&self, response: HttpResponse, is_authorised: bool) -> Result<HttpResponse, Failure> {
        let judgement = self.judge(&response);
        let (class, message, after) = match judgement {
            Some(Judgement::Good) => return Ok(response),
            Some(Judgement::Failed { class, message, retry_after }) => (class, message, retry_after),
            None => match failure::class_of(response.status()) {
                None => return Ok(response),
                Some(class) => (class, None, None),
            },
        };
        let may_pass = matches!(class, ErrorClass::RateLimited | ErrorClass::Transient);
        let after = after.or_else(|| rate_header::wait_of(response.headers(), self.rate_headers()));
        let after = after.filter(|_| may_pass);
        let mut words = response.words(message.as_deref());
        if matches!(class, ErrorClass::Auth | ErrorClass::Permission)
            && !is_authorised
            && !self.authorisation().is_none()
        {
            let home = self.base().origin().ascii_serialization();
            words.push_str(&format!(" (the credential is sent to {home} only)"));
        }
        let error = failure::of_class(class, &response.place, &words, after);
        Err(Failure { error, after, is_unauthorised: class == ErrorClass::Auth && is_authorised })
    }
}
