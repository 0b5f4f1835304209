//! The pages of a slice, one after the other; begun again, made smaller or read in shorter windows where the API wants that.

mod circles;
mod resets;
mod sizes;
mod splits;

use async_stream::try_stream;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};

use super::super::cursor::CursorSpec;
use super::super::failure::{Again, Failure};
use super::super::http::Parts;
use super::super::page::PageSeen;
use super::super::slice::{GIVEN_PAGE, Slice};
use super::super::template::Scope;
use super::super::value::Value;
use super::retriever::{Page, Retriever, Turn};
use circles::Circles;
use resets::Resets;
use sizes::PageSizes;

pub(super) use circles::Outline;
pub(super) use resets::ResetRule;
pub(super) use sizes::SizeRule;
pub(super) use splits::SplitRule;

/// What a stream knows that its pages need.
pub(super) struct PageRules<'a> {
    /// What the slice adds to requests.
    pub(super) parts: &'a (dyn Fn(&Slice) -> Result<Parts, Failure> + Send + Sync),
    /// Whether a record lies where the cursor looks.
    pub(super) wanted: &'a (dyn Fn(&Value, &Slice) -> Result<bool, Failure> + Send + Sync),
    /// Whether records that the cursor does not want are filtered out before others look at them.
    pub(super) filters: bool,
    /// Whether records come newest first, so that the first one that is not wanted ends the pages.
    pub(super) is_feed: bool,
    /// Whether a record says which one it is.
    pub(super) has_key: bool,
    pub(super) schema: Value,
    pub(super) cursor: Option<&'a CursorSpec>,
    /// The token of the page to begin with, where those before it were read by another process.
    pub(super) from: Option<Value>,
}

/// A page that was read.
pub(in super::super) struct PageRead {
    pub(in super::super) records: Vec<Value>,
    /// The token of the next page, where a read can begin with that.
    pub(in super::super) next: Option<Value>,
    /// How long its answer was.
    pub(in super::super) bytes: usize,
}

impl Retriever {
    /// The records of a slice, page by page.
    pub(super) fn pages<'a>(
        &'a self,
        slice: &'a Slice,
        base: &'a Scope,
        rules: PageRules<'a>,
    ) -> BoxStream<'a, Result<PageRead, Failure>> {
        try_stream! {
            // What is left to read, the earliest window last, each with how often it was halved.
            let mut left = vec![(slice.clone(), 0)];
            while let Some((narrow, depth)) = left.pop() {
                let mut is_too_long = false;
                let mut pages = self.pages_of(&narrow, base, &rules);
                while let Some(page) = pages.next().await {
                    match (page, &self.splits) {
                        (Err(Failure::Again { how: Again::InSmallerWindows, .. }), Some(_)) => is_too_long = true,
                        (page, _) => yield page?,
                    }
                }
                drop(pages);
                if let (true, Some(rule)) = (is_too_long, &self.splits) {
                    let halves = rule.halves(&narrow, depth, rules.cursor)?;
                    left.extend(halves.into_iter().rev().map(|half| (half, depth + 1)));
                }
            }
        }
        .boxed()
    }

    /// The records of what is no stream of its own, page by page.
    pub(in super::super) fn plain_pages<'a>(
        &'a self,
        slice: &'a Slice,
        base: &'a Scope,
    ) -> BoxStream<'a, Result<Vec<Value>, Failure>> {
        self.pages_with(slice, base, &no_parts)
    }

    /// The same with what a slice adds to requests.
    pub(super) fn pages_with<'a>(
        &'a self,
        slice: &'a Slice,
        base: &'a Scope,
        parts: &'a (dyn Fn(&Slice) -> Result<Parts, Failure> + Send + Sync),
    ) -> BoxStream<'a, Result<Vec<Value>, Failure>> {
        let rules = PageRules {
            parts,
            wanted: &all_wanted,
            filters: false,
            is_feed: false,
            has_key: false,
            schema: Value::Null,
            cursor: None,
            from: None,
        };
        self.pages(slice, base, rules).map_ok(|page| page.records).boxed()
    }

    /// The pages of a slice that the API may refuse for its length.
    fn pages_of<'a>(
        &'a self,
        slice: &'a Slice,
        base: &'a Scope,
        rules: &'a PageRules<'a>,
    ) -> BoxStream<'a, Result<PageRead, Failure>> {
        try_stream! {
            let mut asked = slice.clone();
            let mut resets = Resets::new(&self.resets, rules.cursor);
            let mut sizes = match &self.sizes {
                Some(rule) => Some(PageSizes::new(rule, self.paginator.page_size(base)?)),
                None => None,
            };
            // Where pages are counted, what is behind a number shifts meanwhile: a stream that is read whole makes up for it
            // the next time, one that is asked for news only does not.
            let is_steady = rules.cursor.is_none() || self.paginator.is_told_where_to_go_on();
            let has_places = is_steady && self.splits.is_none() && self.resets.is_plain();
            let mut token = rules.from.clone().or_else(|| self.paginator.initial_token());
            let takes_given = self.takes_given_pages && rules.from.is_none();
            let mut given = slice.extra.get(GIVEN_PAGE).filter(|_| takes_given).cloned();
            if given.is_some() {
                token = None;
            }
            let mut circles = Circles::default();
            loop {
                let size = sizes.as_ref().and_then(PageSizes::reduced);
                let looks_closer = circles.look_closer();
                let turn = Turn { asked: &asked, slice, token: token.as_ref(), size, looks_closer, base, rules };
                let page = match given.take() {
                    Some(given) => self.given_page(&given, turn).await.map(Some),
                    None => self.page(turn).await,
                };
                let page = match (page, &mut sizes) {
                    (Err(Failure::Again { how: Again::FromTheFirstPage, .. }), _) => {
                        (token, circles) = (self.paginator.initial_token(), Circles::default());
                        resets.begin_again(&mut asked, slice)?;
                        continue;
                    }
                    (Err(Failure::Again { how: Again::InSmallerPages, .. }), Some(sizes)) => {
                        let wait = sizes.reduce()?;
                        self.pause(wait).await?;
                        continue;
                    }
                    (page, _) => page?,
                };
                if let Some(sizes) = &mut sizes {
                    sizes.succeed();
                }
                let Some(Page { answer, response, outline, whole, records, failure }) = page else { break };
                let bytes = answer.body.len();
                if let Some(failure) = failure {
                    // What came before the record that fails is read.
                    yield PageRead { records: wanted(records, slice, rules)?, next: None, bytes };
                    Err::<(), _>(failure)?;
                    break;
                }
                if resets.observe(&records) {
                    yield PageRead { records: wanted(records, slice, rules)?, next: None, bytes };
                    (token, circles) = (self.paginator.initial_token(), Circles::default());
                    resets.begin_again(&mut asked, slice)?;
                    continue;
                }
                let ends_here = match records.last() {
                    Some(last) if rules.is_feed => !(rules.wanted)(last, slice)?,
                    _ => false,
                };
                // Where that fails, the page was read all the same.
                let next = if ends_here {
                    Ok(None)
                } else {
                    let seen = PageSeen {
                        answer: &answer,
                        response,
                        extracted: outline.extracted,
                        kept: records.len(),
                        last_record: records.last(),
                        token: token.as_ref(),
                        size,
                    };
                    let mut scope = base.clone();
                    scope.set("stream_slice", asked.to_engine());
                    self.paginator.next(&seen, &scope)
                };
                if let Ok(Some(next)) = &next
                    && self.sees_circles
                {
                    let astray = match self.paginator.is_told_where_to_go_on() {
                        true => circles.told(next, outline),
                        false => circles.counted(answer.body.clone(), outline, whole, rules.has_key),
                    };
                    if let Some(words) = astray {
                        Err::<(), _>(Failure::Data(words.to_owned()))?;
                        break;
                    }
                }
                drop(answer);
                let place = next.as_ref().ok().and_then(Option::clone).filter(|_| has_places);
                yield PageRead { records: wanted(records, slice, rules)?, next: place, bytes };
                match next? {
                    Some(next) => token = Some(next),
                    None => break,
                }
            }
        }
        .boxed()
    }
}

/// Of a feed, the records that are not known yet.
fn wanted(records: Vec<Value>, slice: &Slice, rules: &PageRules<'_>) -> Result<Vec<Value>, Failure> {
    if !rules.is_feed {
        return Ok(records);
    }
    let mut wanted = Vec::with_capacity(records.len());
    for record in records {
        if (rules.wanted)(&record, slice)? {
            wanted.push(record);
        }
    }
    Ok(wanted)
}

fn no_parts(_: &Slice) -> Result<Parts, Failure> {
    Ok(Parts::default())
}

fn all_wanted(_: &Value, _: &Slice) -> Result<bool, Failure> {
    Ok(true)
}
