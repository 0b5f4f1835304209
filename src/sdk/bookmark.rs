//! Where a read stands whose source tells by itself what has changed, and what follows from it for the next one.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{ConnectorError, Extract, ReadRequest};

/// A checkpoint: `P` is a place in a read, `S` a moment as the source dates its changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bookmark<P, S> {
    /// What was asked for: with another query the next read begins anew.
    query: String,
    /// Since when changes are read; everything, where there is none.
    pub from: Option<S>,
    /// Where it stands; at its end, where there is none.
    pub place: Option<P>,
    /// Since when the next read has to look for changes.
    pub next: Option<S>,
}

/// What a read has to do.
#[derive(Debug)]
pub struct Plan<P, S> {
    /// The bookmark to go on from, at its beginning or in the middle.
    pub bookmark: Bookmark<P, S>,
    /// It was cut off behind its last row.
    pub is_done: bool,
    /// News were asked for, and everything is read.
    pub is_whole: bool,
}

impl<P, S> Plan<P, S>
where
    P: Serialize + DeserializeOwned,
    S: Clone + Serialize + DeserializeOwned,
{
    /// What a request asks for. `query` is all that decides which rows there are. `back` goes back in time by the seconds of
    /// the look-back, and by what the source itself may be late.
    ///
    /// # Errors
    /// `Config` where a cursor field is asked for, of which such a source has none; `Data` where a checkpoint is none of ours, or of a read with another query.
    pub fn of(request: &ReadRequest, query: &str, back: impl Fn(S, u64) -> S) -> Result<Self, ConnectorError> {
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

    /// The same read at another place; the next one looks for changes since `next`.
    pub fn at(&self, place: Option<P>, next: Option<S>) -> Self {
        Self { query: self.query.clone(), from: self.from.clone(), place, next }
    }
}

/// An instant by so many seconds earlier; the beginning of 1970 where there is none.
pub fn seconds_before(from: DateTime<Utc>, seconds: u64) -> DateTime<Utc> {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    TimeDelta::try_seconds(seconds).and_then(|back| from.checked_sub_signed(back)).unwrap_or(DateTime::UNIX_EPOCH)
}

/// A day by so many days earlier, 100,000 at the most; the first of 1970 where there is none.
pub fn days_before(from: NaiveDate, days: u64) -> NaiveDate {
    from.checked_sub_days(Days::new(days.min(100_000))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::sdk::{Cursor, SourceRef};

    type Bookmark = super::Bookmark<String, NaiveDate>;
    type Plan = super::Plan<String, NaiveDate>;

    fn request(since: Option<Bookmark>, resume: Option<Bookmark>, lookback: u64) -> ReadRequest {
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

    fn bookmark(from: Option<&str>, place: Option<&str>) -> Bookmark {
        let day = |text: &str| text.parse().unwrap();
        let next = Some(day("2026-03-10"));
        Bookmark { query: "a".into(), from: from.map(day), place: place.map(str::to_owned), next }
    }

    /// Whole days, and two more.
    fn back(from: NaiveDate, seconds: u64) -> NaiveDate {
        from - Days::new(2 + seconds.div_ceil(86_400))
    }

    fn plan(since: Option<Bookmark>, resume: Option<Bookmark>, lookback: u64) -> Plan {
        Plan::of(&request(since, resume, lookback), "a", back).unwrap()
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
        assert!(Plan::of(&request(None, Some(other), 0), "a", back).is_err());
    }

    #[test]
    fn a_read_that_was_cut_goes_on() {
        let resumed = plan(Some(bookmark(None, None)), Some(bookmark(Some("2026-03-08"), Some("x"))), 0);
        assert_eq!((resumed.bookmark.place.as_deref(), resumed.is_done, resumed.is_whole), (Some("x"), false, false));
        assert!(plan(None, Some(bookmark(None, None)), 0).is_done);
    }
}
