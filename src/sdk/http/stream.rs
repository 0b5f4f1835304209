//! Answers that are read as they come, for what is too large to be held in memory.

use std::io;

use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt};
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use tokio::io::AsyncRead;
use tokio_util::io::StreamReader;

use super::body::Body;
use super::bounds::Bounds;
use super::queue::Slots;
use crate::sdk::ConnectorError;

/// The head of a good answer, and its bytes to come. Dropping it gives its connection up.
pub struct HttpStream {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) place: String,
    pub(super) body: Body,
    pub(super) bounds: Bounds,
    /// Held until the bytes are read.
    pub(super) _slots: Slots,
}

impl HttpStream {
    /// The status, which is one of success.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// All headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The length in bytes, where the other end tells it and does not compress.
    pub fn content_length(&self) -> Option<u64> {
        self.body.length
    }

    /// The next bytes, decompressed; `None` at the end.
    ///
    /// # Errors
    /// `Unreachable` where the answer breaks off or stalls: it is not asked for again, since what came is given already.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, ConnectorError> {
        let (bounds, place, body) = (&self.bounds, &self.place, &mut self.body);
        bounds.keep(|| place.clone(), body.piece()).await
    }

    /// The bytes as a stream.
    pub fn into_stream(self) -> BoxStream<'static, Result<Bytes, ConnectorError>> {
        stream::try_unfold(self, async |mut answer| Ok(answer.chunk().await?.map(|bytes| (bytes, answer)))).boxed()
    }

    /// The bytes to be read; an error holds a [`ConnectorError`].
    pub fn into_reader(self) -> impl AsyncRead + Send + Unpin {
        StreamReader::new(self.into_stream().map(|piece| piece.map_err(io::Error::other)))
    }
}
