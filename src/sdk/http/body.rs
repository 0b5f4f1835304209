//! The bytes of an answer: decompressed as they come, and never more than may be.

use std::io;
use std::time::Duration;

use async_compression::tokio::bufread::GzipDecoder;
use bytes::{Bytes, BytesMut};
use futures::stream::{self, BoxStream, StreamExt};
use reqwest::header::CONTENT_ENCODING;
use reqwest::{Method, StatusCode};
use tokio_util::io::{ReaderStream, StreamReader};

use super::failure;
use super::redact::Redaction;
use crate::sdk::ConnectorError;

/// Decompressed bytes come in pieces of this size.
const PIECE: usize = 64 * 1024;

/// The bytes of one answer as they come.
pub(super) struct Body {
    bytes: BoxStream<'static, io::Result<Bytes>>,
    /// Its length where it is known, without compression.
    pub length: Option<u64>,
    idle: Duration,
    seen: u64,
    limit: Option<u64>,
    /// Method and URL, as they may be shown.
    place: String,
    redaction: Redaction,
}

impl Body {
    /// The body of an answer to a request of that method.
    ///
    /// # Errors
    /// `Protocol` where it is compressed in a way that was not asked for.
    pub(super) fn new(
        response: reqwest::Response,
        method: &Method,
        limit: Option<u64>,
        idle: Duration,
        place: String,
        redaction: Redaction,
    ) -> Result<Self, ConnectorError> {
        let length = response.content_length();
        let is_empty = *method == Method::HEAD
            || matches!(response.status(), StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
            || length == Some(0);
        let encoding = response.headers().get(CONTENT_ENCODING).map(|encoding| encoding.to_str().unwrap_or("?").trim());
        let is_gzip = match encoding.unwrap_or("identity").to_ascii_lowercase().as_str() {
            "" | "identity" => false,
            "gzip" | "x-gzip" => !is_empty,
            other => {
                let message = format!("{place} answered compressed with {other}, which was not asked for");
                return Err(ConnectorError::Protocol { message, cause: None });
            }
        };
        let raw = stream::try_unfold(response, async |mut response| {
            let piece = response.chunk().await.map_err(io::Error::other)?;
            Ok(piece.map(|piece| (piece, response)))
        });
        let bytes = if is_gzip { decompressed(raw.boxed()) } else { raw.boxed() };
        let length = length.filter(|_| !is_gzip);
        Ok(Self { bytes, length, idle, seen: 0, limit, place, redaction })
    }

    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// `Unreachable` where the answer breaks off or stalls, `Data` where it is larger than may be, `Protocol` where it is
    /// badly compressed.
    pub(super) async fn piece(&mut self) -> Result<Option<Bytes>, ConnectorError> {
        let piece = match tokio::time::timeout(self.idle, self.bytes.next()).await {
            Ok(piece) => piece.transpose().map_err(|error| self.broken(error))?,
            Err(_) => {
                let message = format!("{} stopped in the middle of its answer for {:?}", self.place, self.idle);
                return Err(ConnectorError::Unreachable { message, cause: None });
            }
        };
        let Some(piece) = piece else { return Ok(None) };
        self.seen += piece.len() as u64;
        if self.limit.is_some_and(|limit| self.seen > limit) {
            return Err(self.too_large());
        }
        Ok(Some(piece))
    }

    /// All of it.
    ///
    /// # Errors
    /// Those of [`piece`](Self::piece).
    pub(super) async fn collect(mut self) -> Result<Bytes, ConnectorError> {
        if let (Some(length), Some(limit)) = (self.length, self.limit)
            && length > limit
        {
            return Err(self.too_large());
        }
        let Some(first) = self.piece().await? else { return Ok(Bytes::new()) };
        let Some(second) = self.piece().await? else { return Ok(first) };
        // A length is a promise of the other end; no more than this is taken on its word.
        let promised = usize::try_from(self.length.unwrap_or(0)).unwrap_or(0).min(8 * 1024 * 1024);
        let mut whole = BytesMut::with_capacity(promised.max(2 * (first.len() + second.len())));
        whole.extend_from_slice(&first);
        whole.extend_from_slice(&second);
        while let Some(piece) = self.piece().await? {
            whole.extend_from_slice(&piece);
        }
        Ok(whole.freeze())
    }

    fn too_large(&self) -> ConnectorError {
        let limit = self.limit.unwrap_or_default();
        let limit = match limit / (1024 * 1024) {
            0 => format!("{limit} bytes"),
            mib => format!("{mib} MiB"),
        };
        let message = format!("the answer is larger than {limit}; ask for smaller pages, or allow more (response_mib)");
        ConnectorError::data(&self.place, message)
    }

    fn broken(&self, error: io::Error) -> ConnectorError {
        let kind = error.kind();
        match error.into_inner().map(|inner| inner.downcast::<reqwest::Error>()) {
            Some(Ok(error)) => failure::of_transport(*error, &self.place, &self.redaction),
            _ if kind == io::ErrorKind::UnexpectedEof => {
                let message = format!("{} broke off in the middle of its answer", self.place);
                ConnectorError::Unreachable { message, cause: None }
            }
            _ => {
                let message = format!("{} answered with something that is not gzip, though it says so", self.place);
                ConnectorError::Protocol { message, cause: None }
            }
        }
    }
}

fn decompressed(raw: BoxStream<'static, io::Result<Bytes>>) -> BoxStream<'static, io::Result<Bytes>> {
    let mut decoder = GzipDecoder::new(StreamReader::new(raw));
    decoder.multiple_members(true);
    ReaderStream::with_capacity(decoder, PIECE).boxed()
}
