//! Whether there is anything to read of a source that dates no rows and has states: a portal's studies, a file.
//!
//! Where its state is that of the last read, there is nothing to read. Otherwise all is read anew: what is gone from a study that
//! was imported again, or from a file that was written again, is told by nobody.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::sdk::{Bookmark, ConnectorError, Cursor, Plan, ReadRequest};

/// What a read has to do. `P` is a place in it, `S` a state of the source.
#[derive(Debug)]
pub(super) struct News<P, S> {
    bookmark: Bookmark<P, S>,
    /// The state of the source when the read began.
    pub(super) state: S,
    /// There is nothing to read, or nothing more.
    pub(super) is_done: bool,
    /// News were asked for, and everything is read.
    pub(super) is_whole: bool,
}

impl<P, S> News<P, S>
where
    P: Clone + Serialize + DeserializeOwned,
    S: Clone + PartialEq + Serialize + DeserializeOwned,
{
    /// `query` is all that decides, beside the source's state, which rows there are. `keeps` says whether an unchanged state means
    /// unchanged rows.
    ///
    /// # Errors
    /// Those of [`Plan::of`].
    pub(super) fn of(request: &ReadRequest, query: &str, now: S, keeps: bool) -> Result<Self, ConnectorError> {
        let Plan { bookmark, is_done, is_whole } = Plan::of(request, query, |state, _| state)?;
        // A read that goes on is one of the state that it began with.
        let state = if request.resume.is_some() { bookmark.next.clone().unwrap_or(now) } else { now };
        let is_unchanged = keeps && bookmark.from.as_ref() == Some(&state);
        Ok(Self {
            is_done: is_done || is_unchanged,
            is_whole: is_whole || (bookmark.from.is_some() && !is_unchanged),
            state,
            bookmark,
        })
    }

    /// Where the read goes on; at its beginning, where there is none.
    pub(super) fn place(&self) -> Option<&P> {
        self.bookmark.place.as_ref()
    }

    /// The checkpoint of a place.
    pub(super) fn at(&self, place: P) -> Cursor {
        Cursor::of(&self.bookmark.at(Some(place), Some(self.state.clone())))
    }

    /// The last checkpoint.
    pub(super) fn end(&self) -> Cursor {
        Cursor::of(&self.bookmark.at(None, Some(self.state.clone())))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::sdk::{Extract, SourceRef};

    fn news(since: Option<&Cursor>, resume: Option<&Cursor>, query: &str, now: u8, keeps: bool) -> News<u8, u8> {
        let request = ReadRequest {
            source: SourceRef {
                name: "samples".into(),
                source_type: "records".into(),
                source_path: "samples".into(),
                details: json!(null),
            },
            extract: Extract::Incremental { cursor_field: None, since: since.cloned(), lookback: Duration::ZERO },
            primary_key: Vec::new(),
            resume: resume.cloned(),
            batch_bytes: 1,
            memory_bytes: 1,
            cancel: CancellationToken::new(),
        };
        News::of(&request, query, now, keeps).unwrap()
    }

    fn told(news: &News<u8, u8>) -> (bool, bool) {
        (news.is_done, news.is_whole)
    }

    #[test]
    fn everything_is_read_anew_unless_the_source_is_as_it_was() {
        let first = news(None, None, "q", 1, true);
        assert_eq!(told(&first), (false, false));
        let end = first.end();
        assert_eq!(told(&news(Some(&end), None, "q", 1, true)), (true, false));
        for (query, now, keeps) in [("q", 2, true), ("other", 1, true), ("q", 1, false)] {
            assert_eq!(told(&news(Some(&end), None, query, now, keeps)), (false, true), "{query} {now} {keeps}");
        }
        // One that was cut short has changed nothing.
        let cut = news(Some(&end), None, "q", 2, true).at(7);
        assert_eq!(told(&news(Some(&cut), None, "q", 1, true)), (true, false));
        assert_eq!(told(&news(Some(&cut), None, "q", 2, true)), (false, true));
    }

    #[test]
    fn a_read_that_goes_on_is_one_of_the_state_that_it_began_with() {
        let end = news(None, None, "q", 1, true).end();
        let changed = news(Some(&end), None, "q", 2, true);
        let goes_on = news(Some(&end), Some(&changed.at(7)), "q", 3, true);
        assert_eq!((told(&goes_on), goes_on.place(), goes_on.state), ((false, true), Some(&7), 2));
        assert_eq!(told(&news(Some(&end), Some(&changed.end()), "q", 3, true)), (true, true));
        let unchanged = news(Some(&end), None, "q", 1, true);
        assert_eq!(told(&news(Some(&end), Some(&unchanged.end()), "q", 1, true)), (true, false));
    }
}
