//! Sends a request until there is a verdict on it: the manifest's error handler decides, its strategies tell how long to wait.

use std::time::{Duration, Instant};

use super::super::auth::Authenticator;
use super::super::failure::{Blame, Failure};
use super::super::template::Scope;
use super::budget::ApiBudget;
use super::cache::{self, AnswerCache};
use super::transport::Silence;
use super::verdict::{Action, ErrorHandler, bare, error_message};
use super::{Answer, Request, Transport};

/// How long one request may be tried again.
const LONGEST: Duration = Duration::from_secs(600);
/// How long to wait before a request is sent again that another credential is there for.
const AT_ONCE: Duration = Duration::from_millis(1100);

/// What a request is sent with.
#[derive(Clone, Debug)]
pub(in super::super) struct Sender {
    pub(in super::super) transport: Transport,
    pub(in super::super) handler: ErrorHandler,
    pub(in super::super) budget: ApiBudget,
    pub(in super::super) silence: Silence,
    /// Where answers are kept, if they are.
    pub(in super::super) cache: Option<AnswerCache>,
}

impl Sender {
    /// Sends; `None` where the answer is one to ignore.
    ///
    /// # Errors
    /// Where the verdict is to fail, or all attempts are used up.
    pub(in super::super) async fn send(
        &self,
        mut request: Request,
        authenticator: &Authenticator,
        scope: &Scope,
    ) -> Result<Option<Answer>, Failure> {
        // Before anything is spent on the request, and without what is signed for an attempt only.
        let key = self.cache.as_ref().and_then(|_| cache::key(&request));
        if let (Some(cache), Some(key)) = (&self.cache, &key)
            && let Some(answer) = cache.get(key)
            && self.handler.judge(Ok(&answer), scope)?.action == Action::Success
        {
            return Ok(Some(answer));
        }
        let most_attempts = self.handler.max_retries(scope)?.saturating_add(1);
        let begun = Instant::now();
        let (mut attempt, mut refreshed) = (0_u32, false);
        loop {
            attempt += 1;
            authenticator.spend(&mut request, scope, &self.transport).await?;
            self.hide_proof(&request);
            let call = self.budget.acquire(&request, &self.transport).await?;
            let outcome = self.transport.send_within(&request, self.silence).await;
            drop(call);
            if let Ok(answer) = &outcome {
                self.budget.learn(&request, answer, &self.transport);
                authenticator.learn(&request, answer);
            }
            match &outcome {
                Err(error) if error.is_cancelled() => return Err(Failure::Cancelled),
                Err(error) if error.is_final() => return Err(Failure::Config(error.to_string())),
                _ => {}
            }
            let verdict = self.handler.judge(outcome.as_ref(), scope)?;
            if verdict.action == Action::RateLimited {
                self.transport.tell_limit();
            }
            let answer = outcome.as_ref().ok();
            match verdict.action {
                Action::Success => {
                    if let (Some(cache), Some(key), Some(answer)) = (&self.cache, key, answer) {
                        cache.put(key, answer);
                    }
                    return Ok(outcome.ok());
                }
                // A body of an error is still an answer to the reference, and its records would be read.
                Action::Ignore => return Ok(outcome.ok().filter(Answer::is_ok)),
                Action::Fail => {
                    return Err(Failure::Answer {
                        message: self.words(verdict.message, &request, answer),
                        status: answer.map(|answer| answer.status),
                        blame: verdict.blame,
                    });
                }
                Action::Again(how) => {
                    return Err(Failure::Again { how, message: self.words(verdict.message, &request, answer) });
                }
                Action::RefreshTokenThenRetry if refreshed => {
                    return Err(Failure::Answer {
                        message: "Refreshed OAuth access token is rejected by the API.".to_owned(),
                        status: answer.map(|answer| answer.status),
                        blame: Blame::Config,
                    });
                }
                Action::RefreshTokenThenRetry => {
                    refreshed = true;
                    authenticator.renew(scope, &self.transport).await?;
                }
                Action::Retry | Action::RateLimited => {}
            }
            let wait = match verdict.action {
                Action::RateLimited if authenticator.has_better(&request) => AT_ONCE,
                _ => self.wait(answer, attempt, scope)?,
            };
            // Where the API only asks to slow down the time does not count.
            let endless = verdict.action == Action::RateLimited;
            if attempt >= most_attempts || (!endless && begun.elapsed() + wait > LONGEST) {
                return Err(self.exhausted(&request, answer, verdict.message, verdict.blame));
            }
            tracing::debug!(attempt, wait_seconds = wait.as_secs_f64(), "sending a request again");
            let reason = || match answer.map(|answer| answer.status) {
                Some(429) => format!("{} asked us to slow down", host(&request.url)),
                Some(status) => format!("{} answered with status {status}; trying again", host(&request.url)),
                None => format!("{} did not answer; trying again", host(&request.url)),
            };
            self.transport.pause(wait, reason).await?;
            authenticator.resign(&mut request, scope, &self.transport).await?;
        }
    }

    /// Whatever stands in this header is a secret, also where it was made of others.
    fn hide_proof(&self, request: &Request) {
        let proof = request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("authorization"));
        // Behind the scheme, so that "Bearer" without a token is not hidden in everything that is said.
        let proof = proof.map(|(_, value)| value.split_once(' ').map_or(value.as_str(), |(_, proof)| proof.trim()));
        if let Some(proof) = proof {
            self.transport.hide(proof);
        }
    }

    fn wait(&self, answer: Option<&Answer>, attempt: u32, scope: &Scope) -> Result<Duration, Failure> {
        for backoff in self.handler.backoffs() {
            if let Some(seconds) = backoff.seconds(answer, attempt, scope)?.filter(|seconds| *seconds != 0.0) {
                // The reference waits one second more than a strategy says.
                return Ok(Duration::try_from_secs_f64((seconds + 1.0).max(0.0)).unwrap_or(LONGEST));
            }
        }
        Ok(Duration::from_secs(1 << (attempt - 1).min(10)))
    }

    /// What is told of a request that failed.
    fn words(&self, words: Option<String>, request: &Request, answer: Option<&Answer>) -> String {
        self.transport.told(&words.unwrap_or_else(|| failed(request, answer)))
    }

    fn exhausted(&self, request: &Request, answer: Option<&Answer>, words: Option<String>, blame: Blame) -> Failure {
        let (status, stream) = (answer.map(|answer| answer.status), self.transport.stream());
        if status == Some(429) {
            let message = "API rate limit exceeded.".to_owned();
            return Failure::Exhausted { message, status, blame: Blame::Transient, stream };
        }
        let words = self.words(words, request, answer);
        let message =
            format!("Exhausted available request attempts. Please see logs for more details. Exception: {words}");
        Failure::Exhausted { message, status, blame, stream }
    }
}

fn failed(request: &Request, answer: Option<&Answer>) -> String {
    let url = bare(&request.url);
    match answer {
        Some(answer) => {
            let words = error_message(answer).unwrap_or_default();
            format!(
                "'{}' request to '{url}' failed with status code '{}' and error message: '{words}'.",
                request.method, answer.status
            )
        }
        None => format!("'{}' request to '{url}' failed: no answer", request.method),
    }
}

fn host(url: &str) -> String {
    let host = url::Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
    host.unwrap_or_else(|| "the API".to_owned())
}
