//! Where a read stands, and what follows from it for the next one.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::sdk::{ConnectorError, Extract, ReadRequest};

/// A checkpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Bookmark<P, S> {
    /// What was asked for: with another query the next read begins anew.
    query: String,
    /// Since when changes are read; everything, where there is none.
    pub(super) from: Option<S>,
    /// Where it stands; at its end, where there is none.
    pub(super) place: Option<P>,
    /// Since when the next read has to look for changes.
    pub(super) next: Option<S>,
}

/// What a read has to do.
pub(super) struct Plan<P, S> {
    /// The bookmark to go on from, at its beginning or in the middle.
    pub(super) bookmark: Bookmark<P, S>,
    /// It was cut off behind its last row.
    pub(super) is_done: bool,
    /// News were asked for, and everything is read.
    pub(super) is_whole: bool,
}

impl<P, S> Plan<P, S>
where
    P: Serialize + DeserializeOwned,
    S: Clone + Serialize + DeserializeOwned,
{
    /// `back` goes back in time by seconds.
    ///
    /// # Errors
    /// `Data` where a checkpoint is none of ours, or of a read with another query.
    pub(super) fn of(request: &ReadRequest, query: &str, back: impl Fn(S, u64) -> S) -> Result<Self, ConnectorError> {
        let place = request.source.source_path.as_str();
        let since = match &request.extract {
            Extract::Full => None,
            Extract::Incremental { cursor_field: Some(field), .. } => {
                let message = format!("is {field}, and the source tells by itself what has changed; leave it out");
                return Err(ConnectorError::config("cursorField", message));
            }
            Extract::Incremental { since, lookback, .. } => {
                let since = since.as_ref().map(|since| since.read::<Bookmark<P, S>>(place)).transpose()?;
                since.map(|since| (since.next_from(query), lookback.as_secs()))
            }
        };
        let is_news = since.is_some();
        let (next, lookback) = since.unwrap_or((None, 0));
        // Where nothing is new, the next read begins no earlier than this one.
        let from = next.clone().map(|next| back(next, lookback));
        let Some(resume) = &request.resume else {
            let is_whole = is_news && from.is_none();
            let bookmark = Bookmark { query: query.to_owned(), from, place: None, next };
            return Ok(Self { bookmark, is_done: false, is_whole });
        };
        let bookmark: Bookmark<P, S> = resume.read(place)?;
        if bookmark.query != query {
            let message = "the query was changed since the read was cut short; sync it anew";
            return Err(ConnectorError::data(place, message));
        }
        Ok(Self { is_done: bookmark.place.is_none(), is_whole: is_news && bookmark.from.is_none(), bookmark })
    }
}

impl<P, S> Bookmark<P, S>
where
    P: Serialize + DeserializeOwned,
    S: Clone + Serialize + DeserializeOwned,
{
    /// Since when the next read has to look for changes; `None` where it has to read everything.
    fn next_from(self, query: &str) -> Option<S> {
        if self.query != query {
            return None;
        }
        // What the last read did not come to is still to be read.
        if self.place.is_none() { self.next } else { self.from }
    }

    pub(super) fn at(&self, place: Option<P>, next: Option<S>) -> Self {
        Self { query: self.query.clone(), from: self.from.clone(), place, next }
    }
}
