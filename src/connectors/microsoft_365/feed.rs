//! Collections that tell their changes (delta queries): read page by page, from a link that the last page gave.
//!
//! A link to the next page leads on in the middle of a round, one to the next round tells what has changed since. Both are
//! what a checkpoint keeps. Graph forgets them in time: then everything is read again.

use std::sync::Arc;

use async_stream::try_stream;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::api::{Api, Page, Scope, link_trail};
use super::columns::{Column, Rows, is_removed};
use super::lookup::Lookup;
use super::objects::channel;
use crate::sdk::{ConnectorError, Cursor, ErrorClass, Extract, ReadEvent, ReadRequest, ReadStream};

/// What makes rows of the objects of a page, where they are not rows already.
pub(super) type Unfold = fn(Value) -> Vec<Value>;

/// A collection to be read.
#[derive(Clone)]
pub(super) struct Feed {
    /// Where the first round begins, below the origin.
    pub(super) first: String,
    /// What the first round is of, such as the days of a calendar: a later round of something else begins anew.
    pub(super) window: Option<String>,
    /// The `Prefer` header of each request.
    pub(super) prefer: Option<String>,
    pub(super) scope: Scope,
    pub(super) columns: Arc<[Column]>,
    pub(super) unfold: Option<Unfold>,
    /// Where the messages stand whose answers are to be completed, below the version.
    pub(super) threads: Option<String>,
    /// Where things are looked up of which a later round tells a part.
    pub(super) lookup: Option<Lookup>,
}

/// Where a read stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Place {
    /// The next page of this round; none at its end.
    next: Option<String>,
    /// Where the next round begins; none in the middle of one.
    delta: Option<String>,
    /// Whether the round is of everything.
    is_whole: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    window: Option<String>,
}

/// What a read begins with.
struct Start {
    /// None where all was read.
    link: Option<String>,
    is_whole: bool,
    /// Whether everything comes although only news were asked for.
    is_told_whole: bool,
    /// Whether the first link is of an earlier sync, so that another way is open.
    may_be_lost: bool,
}

impl Feed {
    fn start(&self, request: &ReadRequest) -> Result<Start, ConnectorError> {
        let is_news = matches!(request.extract, Extract::Incremental { since: Some(_), .. });
        let name = &request.source.name;
        if let Some(resume) = &request.resume {
            let place: Place = resume.read(name)?;
            let is_told_whole = is_news && place.is_whole;
            return Ok(Start { link: place.next, is_whole: place.is_whole, is_told_whole, may_be_lost: false });
        }
        let whole =
            |is_told_whole| Start { link: Some(self.first.clone()), is_whole: true, is_told_whole, may_be_lost: false };
        let Extract::Incremental { since: Some(since), .. } = &request.extract else { return Ok(whole(false)) };
        let last: Place = since.read(name)?;
        if last.window != self.window {
            return Ok(whole(true));
        }
        // A round that was cut short goes on where it was.
        let is_whole = last.is_whole && last.next.is_some();
        match last.delta.or(last.next) {
            Some(link) => Ok(Start { link: Some(link), is_whole, is_told_whole: false, may_be_lost: true }),
            // The collection tells no changes.
            None => Ok(whole(true)),
        }
    }

    async fn open(&self, api: &Api, start: &mut Start) -> Result<Option<Page>, ConnectorError> {
        let Some(link) = &start.link else { return Ok(None) };
        match api.page(link, self.prefer.as_deref()).await {
            Err(error) if start.may_be_lost && error.class() == ErrorClass::Data => {
                (start.is_whole, start.is_told_whole) = (true, true);
                api.page(&self.first, self.prefer.as_deref()).await.map(Some)
            }
            page => page.map(Some),
        }
    }

    fn objects(&self, page: &mut Page) -> Vec<Value> {
        let objects = std::mem::take(&mut page.value);
        match self.unfold {
            None => objects,
            Some(unfold) => objects.into_iter().flat_map(unfold).collect(),
        }
    }

    /// Reads it.
    pub(super) fn stream(self, api: &Api, request: ReadRequest) -> ReadStream {
        let api = match api.within(&self.scope) {
            Ok(api) => api,
            Err(error) => return Box::pin(futures::stream::once(async { Err(error) })),
        };
        let (http, cancel) = (api.http().clone(), request.cancel.clone());
        http.reading(&cancel, move |http| {
            let api = api.through(http);
            try_stream! {
                let is_full = matches!(request.extract, Extract::Full);
                let mut start = self.start(&request)?;
                let mut page = self.open(&api, &mut start).await?;
                if start.is_told_whole {
                    yield ReadEvent::Whole;
                }
                let mut trail = link_trail().behind(start.link.as_ref());
                let mut rows = Rows::of(&self.columns);
                yield ReadEvent::Schema(rows.schema());
                while let Some(mut this) = page.take() {
                    if let Some(next) = &this.next {
                        trail.follow(next)?;
                    }
                    if let Some(messages) = &self.threads {
                        channel::complete(&api, messages, &mut this.value).await?;
                    }
                    if let (Some(lookup), false) = (&self.lookup, start.is_whole) {
                        lookup.complete(&api, self.prefer.as_deref(), &mut this.value).await?;
                    }
                    for object in self.objects(&mut this) {
                        // Of what is gone before it was ever read, nobody needs to know.
                        if (is_full || start.is_whole) && is_removed(&object) {
                            continue;
                        }
                        rows.add(&object);
                        if rows.bytes() >= request.batch_bytes {
                            for event in rows.take()? {
                                yield event;
                            }
                        }
                    }
                    for event in rows.take()? {
                        yield event;
                    }
                    let is_whole = start.is_whole;
                    let place =
                        Place { next: this.next.clone(), delta: this.delta, is_whole, window: self.window.clone() };
                    yield ReadEvent::Checkpoint(Cursor::of(&place));
                    if request.cancel.is_cancelled() {
                        Err(ConnectorError::Cancelled)?;
                    }
                    if let Some(next) = this.next {
                        page = Some(api.page(&next, self.prefer.as_deref()).await?);
                    }
                }
            }
        })
    }
}
