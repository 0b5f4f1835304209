//! The one place that sends: a request goes out once, and what comes back is handed over whole.
//!
//! Attempts and waits are the manifest's own rules ([`send`](super::send)), so nothing is tried again here.

use std::io::Read;
use std::time::Duration;

use bytes::Bytes;
use flate2::read::{GzDecoder, ZlibDecoder};
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT};

/// The largest answer that is taken.
const LARGEST: u64 = 2 << 30;

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
#[error("{0}")]
pub(in super::super) struct NoAnswer(pub(in super::super) String);

/// Sends requests; clones share its connections.
#[derive(Clone, Debug)]
pub(in super::super) struct Transport(reqwest::Client);

impl Transport {
    pub(in super::super) fn new() -> Result<Self, NoAnswer> {
        let client = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(30))
            .read_timeout(Duration::from_secs(300))
            .pool_max_idle_per_host(16)
            .build();
        client.map(Self).map_err(|error| NoAnswer(words(&error)))
    }

    /// Sends once.
    ///
    /// # Errors
    /// Where no whole answer came.
    pub(in super::super) async fn send(&self, request: &Request) -> Result<Answer, NoAnswer> {
        let method = request.method.parse().map_err(|_| NoAnswer(format!("{} is no HTTP method", request.method)))?;
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip, deflate"));
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("dataweaver/", env!("CARGO_PKG_VERSION"))));
        if let Some(content_type) = request.body.as_ref().and_then(|body| body.content_type) {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        for (name, value) in &request.headers {
            let name: HeaderName = name.parse().map_err(|_| NoAnswer(format!("{name:?} is no name of a header")))?;
            let value = HeaderValue::from_bytes(value.as_bytes());
            headers.insert(name.clone(), value.map_err(|_| NoAnswer(format!("the header {name} cannot hold its value")))?);
        }
        let mut builder = self.0.request(method, &request.url).headers(headers);
        if let Some(body) = &request.body {
            builder = builder.body(body.bytes.clone());
        }
        let response = builder.send().await.map_err(|error| NoAnswer(words(&error)))?;
        if response.content_length().is_some_and(|length| length > LARGEST) {
            return Err(NoAnswer("the answer is larger than 2 GiB".to_owned()));
        }
        let (status, headers, url) = (response.status().as_u16(), response.headers().clone(), response.url().to_string());
        let body = response.bytes().await.map_err(|error| NoAnswer(words(&error)))?;
        let body = decoded(&headers, body).map_err(|error| NoAnswer(format!("the answer cannot be unpacked: {error}")))?;
        Ok(Answer { status, headers, body, url })
    }
}

/// The client's words without the URL, which may hold a secret.
fn words(error: &reqwest::Error) -> String {
    let mut words = if error.is_timeout() { "no answer in time".to_owned() } else { "no answer".to_owned() };
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        words = format!("{words}: {error}");
        cause = error.source();
    }
    words
}

fn decoded(headers: &HeaderMap, body: Bytes) -> std::io::Result<Bytes> {
    let encoding = headers.get(CONTENT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut plain = Vec::new();
    match encoding.trim().to_ascii_lowercase().as_str() {
        "gzip" | "x-gzip" => GzDecoder::new(body.as_ref()).take(LARGEST).read_to_end(&mut plain)?,
        "deflate" => ZlibDecoder::new(body.as_ref()).take(LARGEST).read_to_end(&mut plain)?,
        _ => return Ok(body),
    };
    Ok(plain.into())
}
