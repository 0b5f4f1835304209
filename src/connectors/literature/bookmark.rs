//! Where a read stands, and what follows from it for the next one.

use chrono::{Days, NaiveDate, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::sdk::{ConnectorError, Extract, ReadRequest};

/// Providers date changes by the day, in their own zone, and find them a while later: news are looked for from so many days
/// before the last read began.
const MARGIN_DAYS: u64 = 2;

/// A checkpoint. Everything before `place` was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Bookmark<P> {
    /// What was asked for: with another query the next read begins anew.
    pub(super) query: String,
    /// The day on which the read began.
    pub(super) began: NaiveDate,
    /// The day from which on it reads changes; everything, where there is none.
    pub(super) from: Option<NaiveDate>,
    /// Where it stands; at its end, where there is none.
    pub(super) place: Option<P>,
}

/// What a read has to do.
#[derive(Debug)]
pub(super) struct Plan<P> {
    /// The bookmark to go on from, at its beginning or in the middle.
    pub(super) bookmark: Bookmark<P>,
    /// It was cut off behind its last row.
    pub(super) is_done: bool,
    /// News were asked for, and everything is read.
    pub(super) is_whole: bool,
}

impl<P: Serialize + DeserializeOwned> Plan<P> {
    /// # Errors
    /// `Data` where a checkpoint is none of ours, or of a read with another query.
    pub(super) fn of(request: &ReadRequest, query: &str) -> Result<Self, ConnectorError> {
        let place = request.source.source_path.as_str();
        let since = match &request.extract {
            Extract::Full => None,
            Extract::Incremental { cursor_field: Some(field), .. } => {
                let message = format!("is {field}, and the provider tells by itself what has changed; leave it out");
                return Err(ConnectorError::config("cursorField", message));
            }
            Extract::Incremental { since, lookback, .. } => {
                let since = since.as_ref().map(|since| since.read::<Bookmark<P>>(place)).transpose()?;
                since.map(|since| since.next_from(query, lookback.as_secs().div_ceil(86_400)))
            }
        };
        let news = since.flatten();
        let is_whole = since.is_some() && news.is_none();
        let Some(resume) = &request.resume else {
            let began = Utc::now().date_naive();
            let bookmark = Bookmark { query: query.to_owned(), began, from: news, place: None };
            return Ok(Self { bookmark, is_done: false, is_whole });
        };
        let bookmark: Bookmark<P> = resume.read(place)?;
        if bookmark.query != query {
            let message = "the query was changed since the read was cut short; sync it anew";
            return Err(ConnectorError::data(place, message));
        }
        Ok(Self { is_done: bookmark.place.is_none(), is_whole: since.is_some() && bookmark.from.is_none(), bookmark })
    }
}

impl<P: Serialize + DeserializeOwned> Bookmark<P> {
    /// The day from which on the next read has to look for changes; `None` where it has to read everything.
    fn next_from(&self, query: &str, lookback_days: u64) -> Option<NaiveDate> {
        if self.query != query {
            return None;
        }
        // What the last read did not come to is still to be read.
        let from = if self.place.is_none() { Some(self.began) } else { self.from };
        let days = Days::new(MARGIN_DAYS.saturating_add(lookback_days).min(100_000));
        Some(from?.checked_sub_days(days).unwrap_or_default())
    }

    pub(super) fn at(&self, place: Option<P>) -> Self {
        Self { query: self.query.clone(), began: self.began, from: self.from, place }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::sdk::{Cursor, SourceRef};

    fn request(since: Option<Bookmark<String>>, resume: Option<Bookmark<String>>, lookback: u64) -> ReadRequest {
        ReadRequest {
            source: SourceRef {
                name: "articles".into(),
                source_type: "records".into(),
                source_path: "articles".into(),
                details: json!(null),
            },
            extract: Extract::Incremental {
                cursor_field: None,
                since: since.map(|since| Cursor::of(&since)),
                lookback: Duration::from_secs(lookback),
            },
            primary_key: Vec::new(),
            resume: resume.map(|resume| Cursor::of(&resume)),
            batch_bytes: 1,
            memory_bytes: 1,
            cancel: CancellationToken::new(),
        }
    }

    fn bookmark(from: Option<&str>, place: Option<&str>) -> Bookmark<String> {
        let day = |text: &str| text.parse().unwrap();
        Bookmark { query: "a".into(), began: day("2026-03-10"), from: from.map(day), place: place.map(str::to_owned) }
    }

    fn plan(since: Option<Bookmark<String>>, resume: Option<Bookmark<String>>, lookback: u64) -> Plan<String> {
        Plan::of(&request(since, resume, lookback), "a").unwrap()
    }

    #[test]
    fn news_begin_where_the_last_read_began() {
        let day = |text: &str| Some(text.parse().unwrap());
        assert_eq!(plan(Some(bookmark(None, None)), None, 0).bookmark.from, day("2026-03-08"));
        assert_eq!(plan(Some(bookmark(None, None)), None, 86_401).bookmark.from, day("2026-03-06"));
        let cut = plan(Some(bookmark(Some("2026-02-01"), Some("x"))), None, 0);
        assert_eq!((cut.bookmark.from, cut.is_whole), (day("2026-01-30"), false), "it did not come to its end");
    }

    #[test]
    fn everything_is_read_where_nothing_can_be_built_upon() {
        assert!(plan(Some(bookmark(None, Some("x"))), None, 0).is_whole);
        assert!(!plan(None, None, 0).is_whole);
        let other = Bookmark { query: "b".into(), ..bookmark(None, None) };
        assert!(plan(Some(other.clone()), None, 0).is_whole);
        assert!(Plan::<String>::of(&request(None, Some(other), 0), "a").is_err());
    }

    #[test]
    fn a_read_that_was_cut_goes_on() {
        let resumed = plan(Some(bookmark(None, None)), Some(bookmark(Some("2026-03-08"), Some("x"))), 0);
        assert_eq!((resumed.bookmark.place.as_deref(), resumed.is_done, resumed.is_whole), (Some("x"), false, false));
        assert!(plan(None, Some(bookmark(None, None)), 0).is_done);
    }
}
