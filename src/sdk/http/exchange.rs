//! The story of one request: its turn, its attempts, and what its answer means.

use tokio::time::timeout;
use tracing::debug;
use url::Url;

use super::client::HttpClient;
use super::failure::{self, Failure};
use super::judgement::Judgement;
use super::patience::Patience;
use super::queue::Slots;
use super::rate_header;
use super::request::HttpRequest;
use super::response::HttpResponse;
use super::sending::Head;
use super::stream::HttpStream;
use crate::sdk::{ConnectorError, ErrorClass, SecretString};

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
            let slots = client.slots(url, &budget, self.cost).await?;
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
        // Who may be silent for longer may also take longer.
        let whole = self.client.limits().whole.max(self.idle());
        timeout(whole, sent).await.unwrap_or_else(|_| {
            let place = self.client.place(&self.method, url);
            let message = format!("{place} was not answered whole within {whole:?} (request_seconds)");
            Err(ConnectorError::Unreachable { message, cause: None }.into())
        })
    }
}

impl HttpClient {
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
