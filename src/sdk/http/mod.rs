//! HTTP for connectors: one client that keeps what every vendor expects and every user is owed.
//!
//! A connector builds a [`HttpClient`] in `open` from its [`OpenContext`](super::OpenContext), a base URL, an
//! [`Authorisation`] and the vendor's rate limits ([`Budget`]). Sending a request then means: wait for the credential's
//! budget, which all data sources and syncs of the process share; connect, but only to addresses that the process allows;
//! read an answer of bounded size; tell failures apart once, as [`ConnectorError`](super::ConnectorError); try again what
//! may pass, when the vendor says so or with growing pauses; fetch a new access token where the old one is refused.
//!
//! What the process shares hangs on [`SharedHttp`]: connections, budgets and tokens. [`HttpClient::reading`] makes the
//! waits of a read visible as `ReadEvent::Waiting` and ends them when the read is cancelled.
//!
//! Proxies are taken from the process's environment (`HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`), but never for
//! loopback addresses. A proxy looks names up itself: where private addresses are not allowed, refusing those that such a
//! name stands for is then the proxy's task.

mod address;
mod authorisation;
mod body;
mod bounds;
mod budget;
mod builder;
mod client;
mod clock;
mod connections;
mod exchange;
mod failure;
mod judgement;
mod lasting;
mod link;
mod oauth;
mod patience;
mod queue;
mod rate_header;
mod redact;
mod redirect;
mod request;
mod response;
mod sending;
mod settings;
mod shared;
mod stream;
#[cfg(test)]
mod tests;
mod tokens;
mod vendor_words;

pub use authorisation::Authorisation;
pub use bounds::CHECK_TIME;
pub use budget::Budget;
pub use builder::HttpClientBuilder;
pub use client::HttpClient;
pub use clock::{Clock, SystemClock};
pub use judgement::Judgement;
pub use lasting::Lasting;
pub use oauth::{ClientAuth, Consent, ConsentPage, ForeignAnswer, Issuer, OAuth2, OAuth2Builder, ServiceAccount};
pub use rate_header::RateHeader;
pub use redact::Redaction;
pub use request::{HttpRequest, segment};
pub use response::HttpResponse;
pub use settings::{HttpOptions, HttpSettings};
pub use shared::SharedHttp;
pub use stream::HttpStream;
pub use tokens::{LockedTokens, TokenSource, TokenStore, Tokens};

pub use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
pub use reqwest::{Method, StatusCode};
