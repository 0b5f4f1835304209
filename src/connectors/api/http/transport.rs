//! The one place that sends: a request goes out once, and what comes back is handed over whole.
//!
//! Attempts and waits are the manifest's own rules ([`send`](super::send)), so the client tries nothing again and judges no
//! answer. What it does judge is where a request may go.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::Stream;
use reqwest::header::HeaderMap;
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::super::failure::{Blame, Failure};
use super::super::value::Value;
use crate::sdk::http::{HttpClient, HttpOptions, Judgement, Lasting, Redaction, TokenStore};
use crate::sdk::{ConnectorError, ConnectorType, ErrorClass, OpenContext, ReadEvent, ReadStream};

/// The largest answer that is taken, unpacked: a page is held in memory whole.
const LARGEST: u64 = 512 << 20;
/// The longest words that are told of a failure, in characters.
const MOST_WORDS: usize = 2000;

/// A request, ready to be sent.
#[derive(Clone, Debug)]
pub(in super::super) struct Request {
    pub(in super::super) method: String,
    pub(in super::super) url: String,
    pub(in super::super) headers: Vec<(String, String)>,
    pub(in super::super) body: Option<Body>,
}

#[derive(Clone, Debug)]
pub(in super::super) struct Body {
    pub(in super::super) bytes: Bytes,
    /// What the header says unless the request says otherwise.
    pub(in super::super) content_type: Option<&'static str>,
}

/// How long an API may take to be reached, and may be silent then, where a manifest says so.
#[derive(Clone, Copy, Debug, Default)]
pub(in super::super) struct Silence {
    pub(in super::super) connect: Option<Duration>,
    pub(in super::super) idle: Option<Duration>,
}

/// What came back.
#[derive(Clone, Debug)]
pub(in super::super) struct Answer {
    pub(in super::super) status: u16,
    pub(in super::super) headers: HeaderMap,
    pub(in super::super) body: Bytes,
    pub(in super::super) url: String,
}

impl Answer {
    pub(in super::super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Python's `response.ok`.
    pub(in super::super) fn is_ok(&self) -> bool {
        self.status < 400
    }
}

/// No answer came.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{words}")]
pub(in super::super) struct NoAnswer {
    words: String,
    class: ErrorClass,
}

impl NoAnswer {
    /// The read was cancelled.
    pub(in super::super) fn is_cancelled(&self) -> bool {
        self.class == ErrorClass::Cancelled
    }

    /// Asking again cannot help: the address is not allowed, or the request is none.
    pub(in super::super) fn is_final(&self) -> bool {
        matches!(self.class, ErrorClass::Permission | ErrorClass::Config | ErrorClass::Cancelled)
    }
}

/// Sends requests; clones share its connections.
#[derive(Clone, Debug)]
pub(in super::super) struct Transport {
    client: HttpClient,
    /// The same without the bounds of a read or a check.
    unbounded: HttpClient,
    /// The connector's own tokens, where it has some place for them.
    tokens: Option<Arc<dyn TokenStore>>,
    /// The stream for which it sends.
    stream: Option<Arc<str>>,
    /// Who hears what happens besides.
    notices: Option<UnboundedSender<Notice>>,
}

/// What is told of a read besides its records.
#[derive(Clone, Debug)]
pub(in super::super) enum Notice {
    /// The API of this stream asks to slow down.
    Limited(Arc<str>),
    /// The configuration to go on with: tokens in it were replaced.
    Configuration(Value),
}

impl Transport {
    /// What a connector may reach is its context's; errors show nothing that the redaction hides.
    pub(in super::super) fn new(context: &OpenContext, redaction: &Redaction) -> Result<Self, ConnectorError> {
        let once = HttpOptions { attempts: NonZeroU32::new(1), ..HttpOptions::default() };
        // A manifest gives whole URLs, and signs requests itself: the base is nobody's.
        let client = HttpClient::builder(context, ConnectorType::Api, "https://manifest.invalid")
            .of_any_origin()
            .options(&once)
            .hiding(redaction)
            .judge(|_| Some(Judgement::Good))
            .build()?;
        Ok(Self { unbounded: client.clone(), client, tokens: context.tokens.clone(), stream: None, notices: None })
    }

    /// The same for what is to be finished though nobody waits for it any more.
    pub(in super::super) fn beyond_reads(&self) -> Self {
        Self { client: self.unbounded.clone(), ..self.clone() }
    }

    /// Where the tokens of the connector are kept, those of this credential where it has no place of its own.
    pub(in super::super) fn tokens(&self, credential: &[&str]) -> Arc<dyn TokenStore> {
        self.tokens.clone().unwrap_or_else(|| self.client.memory_tokens(credential))
    }

    /// The same that tells of what happens besides.
    pub(in super::super) fn telling(&self, notices: UnboundedSender<Notice>) -> Self {
        Self { notices: Some(notices), ..self.clone() }
    }

    /// An answer asked to slow down.
    pub(super) fn tell_limit(&self) {
        if let (Some(notices), Some(stream)) = (&self.notices, &self.stream) {
            // Who does not listen any more need not know.
            notices.send(Notice::Limited(Arc::clone(stream))).ok();
        }
    }

    /// Tokens of the configuration were replaced.
    pub(in super::super) fn tell_configuration(&self, changed: impl FnOnce() -> Value) {
        if let Some(notices) = &self.notices {
            notices.send(Notice::Configuration(changed())).ok();
        }
    }

    /// The same for the requests of a stream.
    pub(in super::super) fn of_stream(&self, name: &str) -> Self {
        Self { stream: Some(Arc::from(name)), ..self.clone() }
    }

    /// The stream for which it sends.
    pub(super) fn stream(&self) -> Option<Arc<str>> {
        self.stream.clone()
    }

    /// The stream of a read with the transport that it is given, see [`HttpClient::reading`].
    pub(in super::super) fn reading<S>(&self, cancel: &CancellationToken, read: impl FnOnce(Self) -> S) -> ReadStream
    where
        S: Stream<Item = Result<ReadEvent, ConnectorError>> + Send + 'static,
    {
        self.client.reading(cancel, |client| read(Self { client, ..self.clone() }))
    }

    /// The same for a check, which must end in time.
    pub(in super::super) fn within(&self, time: Duration) -> Self {
        Self { client: self.client.within(time), ..self.clone() }
    }

    /// Somebody's words as they are told: without what is hidden, and not without end.
    pub(super) fn told(&self, words: &str) -> String {
        // Before they are cut: of a secret that stands where they end, no part may be left.
        let mut told = self.client.redaction().words(words);
        if let Some((end, _)) = told.char_indices().nth(MOST_WORDS) {
            told.truncate(end);
            told.push('…');
        }
        told
    }

    /// Hides a secret from now on that was got or made meanwhile: an API may repeat in an error what it was sent.
    pub(in super::super) fn hide(&self, secret: &str) {
        self.client.redaction().learn(secret);
    }

    /// Now, by the clock by which requests wait.
    pub(super) fn now(&self) -> Instant {
        self.client.now()
    }

    /// What is counted for a credential, see [`HttpClient::lasting`].
    pub(in super::super) fn lasting<T: Lasting>(&self, credential: &[&str], make: impl FnOnce() -> T) -> Arc<T> {
        self.client.lasting(credential, make)
    }

    /// Waits, and tells the read why.
    ///
    /// # Errors
    /// Where the read is cancelled, or a check has no time for it.
    pub(in super::super) async fn pause(&self, time: Duration, reason: impl Fn() -> String) -> Result<(), Failure> {
        self.client.pause(time, reason).await.map_err(|error| match error.class() {
            ErrorClass::Cancelled => Failure::Cancelled,
            _ => Failure::Exhausted {
                message: error.to_string(),
                status: None,
                blame: Blame::Transient,
                stream: self.stream(),
            },
        })
    }

    /// Sends once.
    ///
    /// # Errors
    /// Where no whole answer came.
    pub(in super::super) async fn send(&self, request: &Request) -> Result<Answer, NoAnswer> {
        self.send_within(request, Silence::default()).await
    }

    /// Sends once, and waits no longer than is said.
    ///
    /// # Errors
    /// Where no whole answer came.
    pub(super) async fn send_within(&self, request: &Request, silence: Silence) -> Result<Answer, NoAnswer> {
        let method = request.method.parse().map_err(|_| NoAnswer {
            words: format!("{} is no HTTP method", request.method),
            class: ErrorClass::Config,
        })?;
        let mut builder = self.client.request(method, &request.url).signed_by_caller().limit_bytes(LARGEST);
        builder = builder.silence(silence.connect, silence.idle);
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        if let Some(body) = &request.body {
            builder = match body.content_type {
                Some(content_type) => builder.body(content_type, body.bytes.clone()),
                None => builder.untyped_body(body.bytes.clone()),
            };
        }
        let response =
            builder.send().await.map_err(|error| NoAnswer { class: error.class(), words: error.to_string() })?;
        Ok(Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.bytes().clone(),
            url: response.url().to_string(),
        })
    }
}
