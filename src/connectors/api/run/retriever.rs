//! `SimpleRetriever`: page by page, from the requests to the records.

use async_stream::try_stream;
use futures::StreamExt;
use futures::stream::BoxStream;
use reqwest::header::HeaderMap;

use super::super::decode::Decoder;
use super::super::failure::Failure;
use super::super::http::{Answer, Parts, Requester};
use super::super::manifest::{ManifestError, Node};
use super::super::page::{PageSeen, Paginator};
use super::super::select::{Keep, Selected, Selector};
use super::super::slice::{GIVEN_PAGE, Slice};
use super::super::template::Scope;
use super::super::value::{Value, write};
use super::Builder;
use super::properties::QueryProperties;

#[derive(Debug)]
pub(super) struct Retriever {
    requester: Requester,
    decoder: Decoder,
    selector: Selector,
    paginator: Paginator,
    properties: Option<QueryProperties>,
    /// Whether the first page comes with the slice.
    takes_given_pages: bool,
    /// Whether only the first page is asked for with what the slice adds.
    slice_only_first: bool,
}

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
    pub(super) schema: Value,
}

impl Retriever {
    pub(super) fn build(
        node: &Node,
        transformations: &[Node],
        filters_by_cursor: bool,
        builder: &Builder<'_>,
    ) -> Result<Self, ManifestError> {
        if node.component() != "SimpleRetriever" {
            return Err(node.error(format!("{} is no retriever that is run here", node.component())));
        }
        Ok(Self {
            requester: Requester::build(
                node.required("requester")?,
                builder.transport,
                builder.budget,
                &builder.scope,
            )?,
            decoder: Decoder::build(node.get("decoder"))?,
            selector: Selector::build(node.required("record_selector")?, transformations, filters_by_cursor)?,
            paginator: Paginator::build(node.get("paginator"), &builder.scope)?,
            properties: QueryProperties::build(node.required("requester")?, builder)?,
            takes_given_pages: false,
            slice_only_first: node.flag("ignore_stream_slicer_parameters_on_paginated_requests").unwrap_or(false),
        })
    }

    /// The same that takes the first page from the slice where one comes with it.
    pub(super) fn taking_given_pages(self, takes_given_pages: bool) -> Self {
        Self { takes_given_pages, ..self }
    }

    /// The records of a slice, page by page.
    pub(super) fn pages<'a>(
        &'a self,
        slice: &'a Slice,
        base: &'a Scope,
        rules: PageRules<'a>,
    ) -> BoxStream<'a, Result<Vec<Value>, Failure>> {
        try_stream! {
            let mut token = self.paginator.initial_token();
            let mut given = slice.extra.get(GIVEN_PAGE).filter(|_| self.takes_given_pages).cloned();
            if given.is_some() {
                token = None;
            }
            loop {
                let page = match (given.take(), &self.properties) {
                    (Some(given), _) => Some(self.given_page(&given, slice, base, &rules)?),
                    (None, None) => self.page(slice, token.as_ref(), base, &rules).await?,
                    (None, Some(properties)) => self.chunked_page(properties, slice, token.as_ref(), base, &rules).await?,
                };
                let Some(Page { answer, response, extracted, mut records, failure }) = page else { break };
                if let Some(failure) = failure {
                    // What came before the record that fails is read.
                    yield wanted(records, slice, &rules)?;
                    Err::<(), _>(failure)?;
                    break;
                }
                let ends_here = match records.last() {
                    Some(last) if rules.is_feed => !(rules.wanted)(last, slice)?,
                    _ => false,
                };
                let next = if ends_here {
                    None
                } else {
                    let seen = PageSeen {
                        answer: &answer,
                        response,
                        extracted,
                        kept: records.len(),
                        last_record: records.last(),
                        token: token.as_ref(),
                    };
                    let mut scope = base.clone();
                    scope.set("stream_slice", slice.to_engine());
                    self.paginator.next(&seen, &scope)?
                };
                drop(answer);
                records = wanted(records, slice, &rules)?;
                yield records;
                match next {
                    Some(next) => token = Some(next),
                    None => break,
                }
            }
        }
        .boxed()
    }

    /// The records of what is no stream of its own, page by page.
    pub(super) fn plain_pages<'a>(
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
        let rules = PageRules { parts, wanted: &all_wanted, filters: false, is_feed: false, schema: Value::Null };
        self.pages(slice, base, rules)
    }

    /// One page; `None` where its answer is one to ignore.
    async fn page(
        &self,
        slice: &Slice,
        token: Option<&Value>,
        base: &Scope,
        rules: &PageRules<'_>,
    ) -> Result<Option<Page>, Failure> {
        let extra = self.parts(slice, token, base, rules)?;
        self.fetch(slice, slice, extra, token, base, rules).await
    }

    /// One page of which each request asks for some of the properties.
    async fn chunked_page(
        &self,
        properties: &QueryProperties,
        slice: &Slice,
        token: Option<&Value>,
        base: &Scope,
        rules: &PageRules<'_>,
    ) -> Result<Option<Page>, Failure> {
        let mut chunks = Vec::new();
        let mut last = None;
        for names in properties.chunks(&rules.schema, base).await? {
            let mut extra = self.parts(slice, token, base, rules)?;
            if let Some(parameter) = properties.parameter() {
                extra.parameters.insert(parameter, Value::from(names.join(",")));
            }
            let asked = QueryProperties::slice(slice, &names);
            last = self.fetch(&asked, slice, extra, token, base, rules).await?;
            if let Some(page) = &mut last {
                chunks.push(std::mem::take(&mut page.records));
                if page.failure.is_some() {
                    break;
                }
            }
        }
        let records = properties.merged(chunks)?;
        Ok(last.map(|page| Page { records, ..page }))
    }

    fn parts(
        &self,
        slice: &Slice,
        token: Option<&Value>,
        base: &Scope,
        rules: &PageRules<'_>,
    ) -> Result<Parts, Failure> {
        let mut extra = self.paginator.parts(token, base)?;
        if token.is_none() || !self.slice_only_first {
            extra.merge((rules.parts)(slice)?)?;
        }
        Ok(extra)
    }

    /// Sends a request; `asked` is the slice as its templates see it.
    async fn fetch(
        &self,
        asked: &Slice,
        slice: &Slice,
        extra: Parts,
        token: Option<&Value>,
        base: &Scope,
        rules: &PageRules<'_>,
    ) -> Result<Option<Page>, Failure> {
        let scope = asked.scope(base, token);
        let path = self.paginator.path(token);
        let answer = self.requester.send(&scope, path.as_deref(), extra).await?;
        let Some(answer) = answer.filter(Answer::is_ok) else { return Ok(None) };
        self.page_of(answer, asked, slice, token, base, rules).map(Some)
    }

    /// The page that a parent's record holds.
    fn given_page(&self, given: &Value, slice: &Slice, base: &Scope, rules: &PageRules<'_>) -> Result<Page, Failure> {
        let mut body = Vec::new();
        write(given, &mut body);
        let answer = Answer { status: 200, headers: HeaderMap::new(), body: body.into(), url: String::new() };
        self.page_of(answer, slice, slice, None, base, rules)
    }

    fn page_of(
        &self,
        answer: Answer,
        asked: &Slice,
        slice: &Slice,
        token: Option<&Value>,
        base: &Scope,
        rules: &PageRules<'_>,
    ) -> Result<Page, Failure> {
        let bodies = self.decoder.decode(&answer)?;
        let response = match bodies.first() {
            Some(first) if self.paginator.looks_into_answers() && self.decoder.is_seen_by_paginators() => first.clone(),
            _ => Value::empty_map(),
        };
        let keep = |record: &Value| (rules.wanted)(record, slice);
        let keep: Option<&Keep<'_>> = if rules.filters { Some(&keep) } else { None };
        let selected = self.selector.select(bodies, base, asked, token, &rules.schema, keep)?;
        let Selected { records, extracted, failure } = selected;
        Ok(Page { answer, response, extracted, records, failure })
    }
}

/// A page as it came.
struct Page {
    answer: Answer,
    /// The first value of the answer, for paginators that look into it.
    response: Value,
    extracted: usize,
    records: Vec<Value>,
    /// Why it has no more records.
    failure: Option<Failure>,
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
