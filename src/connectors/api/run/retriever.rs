//! `SimpleRetriever`: from the request of a page to its records.

use std::time::Duration;

use reqwest::header::HeaderMap;

use super::super::decode::{Broken, Decoder};
use super::super::failure::Failure;
use super::super::http::{Answer, Parts, Requester};
use super::super::manifest::{ManifestError, Node};
use super::super::page::Paginator;
use super::super::select::{Extracted, Keep, Selected, Selector};
use super::super::slice::Slice;
use super::super::template::Scope;
use super::super::value::{Value, write};
use super::Builder;
use super::pages::{Outline, PageRules, ResetRule, SizeRule, SplitRule};
use super::properties::QueryProperties;

#[derive(Debug)]
pub(in super::super) struct Retriever {
    requester: Requester,
    decoder: Decoder,
    broken: Broken,
    /// Whether pages that lead in a circle are a failure.
    pub(super) sees_circles: bool,
    selector: Selector,
    pub(super) paginator: Paginator,
    properties: Option<QueryProperties>,
    pub(super) resets: ResetRule,
    pub(super) sizes: Option<SizeRule>,
    pub(super) splits: Option<SplitRule>,
    /// Whether the first page comes with the slice.
    pub(super) takes_given_pages: bool,
    /// Whether only the first page is asked for with what the slice adds.
    slice_only_first: bool,
}

/// How a page is asked for.
#[derive(Clone, Copy)]
pub(super) struct Turn<'a> {
    /// As its request sees it: the slice, or what is left of it.
    pub(super) asked: &'a Slice,
    /// As its records see it.
    pub(super) slice: &'a Slice,
    pub(super) token: Option<&'a Value>,
    /// How many records it may have, where that is not what the manifest says.
    pub(super) size: Option<i128>,
    /// Whether its records are shown as they came.
    pub(super) looks_closer: bool,
    pub(super) base: &'a Scope,
    pub(super) rules: &'a PageRules<'a>,
}

/// A page as it came.
pub(super) struct Page {
    pub(super) answer: Answer,
    /// The first value of the answer, for paginators that look into it.
    pub(super) response: Value,
    /// Of what the answer held before any was filtered out.
    pub(super) outline: Outline,
    /// All of that, where [`Turn::looks_closer`].
    pub(super) whole: Option<Vec<Value>>,
    pub(super) records: Vec<Value>,
    /// Why it has no more records.
    pub(super) failure: Option<Failure>,
}

impl Retriever {
    pub(in super::super) fn build(
        node: &Node,
        transformations: &[Node],
        filters_by_cursor: bool,
        builder: &Builder<'_>,
    ) -> Result<Self, ManifestError> {
        if node.component() != "SimpleRetriever" {
            return Err(node.error(format!("{} is no retriever that is run here", node.component())));
        }
        let (asking, selector) = (node.required("requester")?, node.required("record_selector")?);
        let requester = Requester::build(asking, builder.transport, builder.budget, &builder.scope)?;
        let keeps_answers = asking.flag("use_cache").unwrap_or(builder.keeps_answers);
        Ok(Self {
            requester: if keeps_answers { requester.keeping(builder.answers.clone()) } else { requester },
            decoder: Decoder::build(node.get("decoder"))?,
            broken: builder.broken(),
            sees_circles: builder.is_guarded,
            selector: Selector::build(selector, transformations, filters_by_cursor, builder)?,
            paginator: Paginator::build(node.get("paginator"), &builder.scope)?,
            properties: QueryProperties::build(asking, builder)?,
            resets: ResetRule::build(node.get("pagination_reset"))?,
            sizes: node.get("page_size_reduction").map(SizeRule::build),
            splits: node.get("request_window_splitting").map(SplitRule::build).transpose()?,
            takes_given_pages: false,
            slice_only_first: node.flag("ignore_stream_slicer_parameters_on_paginated_requests").unwrap_or(false),
        })
    }

    /// The same that takes the first page from the slice where one comes with it.
    pub(super) fn taking_given_pages(self, takes_given_pages: bool) -> Self {
        Self { takes_given_pages, ..self }
    }

    /// One page; `None` where its answer is one to ignore.
    pub(super) async fn page(&self, turn: Turn<'_>) -> Result<Option<Page>, Failure> {
        match &self.properties {
            None => self.fetch(turn.asked, turn, self.parts(turn)?).await,
            Some(properties) => self.chunked_page(properties, turn).await,
        }
    }

    /// One page of which each request asks for some of the properties.
    async fn chunked_page(&self, properties: &QueryProperties, turn: Turn<'_>) -> Result<Option<Page>, Failure> {
        let mut chunks = Vec::new();
        let (mut ends, mut whole) = (Vec::new(), Vec::new());
        let mut last = None;
        for names in properties.chunks(&turn.rules.schema, turn.base).await? {
            let mut extra = self.parts(turn)?;
            if let Some(parameter) = properties.parameter() {
                extra.parameters.insert(parameter, Value::from(names.join(",")));
            }
            let asked = QueryProperties::slice(turn.asked, &names);
            last = self.fetch(&asked, turn, extra).await?;
            if let Some(page) = &mut last {
                chunks.push(std::mem::take(&mut page.records));
                ends.append(&mut page.outline.ends);
                whole.extend(page.whole.take().into_iter().flatten());
                if page.failure.is_some() {
                    break;
                }
            }
        }
        let records = properties.merged(chunks)?;
        Ok(last.map(|page| {
            let outline = Outline { ends, ..page.outline };
            Page { records, outline, whole: turn.looks_closer.then_some(whole), ..page }
        }))
    }

    fn parts(&self, turn: Turn<'_>) -> Result<Parts, Failure> {
        let mut extra = self.paginator.parts(turn.token, turn.size, turn.base)?;
        if turn.token.is_none() || !self.slice_only_first {
            extra.merge((turn.rules.parts)(turn.asked)?)?;
        }
        Ok(extra)
    }

    /// Sends a request; `asked` is the slice as its templates see it.
    async fn fetch(&self, asked: &Slice, turn: Turn<'_>, extra: Parts) -> Result<Option<Page>, Failure> {
        let scope = asked.scope(turn.base, turn.token);
        let path = self.paginator.path(turn.token);
        let answer = self.requester.send(&scope, path.as_deref(), extra).await?;
        match answer.filter(Answer::is_ok) {
            Some(answer) => self.page_of(answer, turn).await.map(Some),
            None => Ok(None),
        }
    }

    /// The page that a parent's record holds.
    pub(super) async fn given_page(&self, given: &Value, turn: Turn<'_>) -> Result<Page, Failure> {
        let mut body = Vec::new();
        write(given, &mut body);
        let answer = Answer { status: 200, headers: HeaderMap::new(), body: body.into(), url: String::new() };
        self.page_of(answer, turn).await
    }

    async fn page_of(&self, answer: Answer, turn: Turn<'_>) -> Result<Page, Failure> {
        let Turn { slice, token, base, rules, .. } = turn;
        let bodies = self.decoder.decode(&answer, self.broken)?;
        let response = match bodies.first() {
            Some(first) if self.paginator.looks_into_answers() && self.decoder.is_seen_by_paginators() => first.clone(),
            _ => Value::empty_map(),
        };
        let Extracted { records, dropped } = self.selector.extract(bodies, base).await?;
        let outline = Outline::of(&records, records.len() + dropped);
        let whole = turn.looks_closer.then(|| records.clone());
        let keep = |record: &Value| (rules.wanted)(record, slice);
        let keep: Option<&Keep<'_>> = if rules.filters { Some(&keep) } else { None };
        let Selected { records, failure } = self.selector.refine(records, base, slice, token, &rules.schema, keep);
        Ok(Page { answer, response, outline, whole, records, failure })
    }

    /// Whether its requests are signed by what may be used once.
    pub(super) fn uses_up_tokens(&self) -> bool {
        self.requester.authenticator.uses_up_tokens()
    }

    /// Waits before a page is asked for again that was too large.
    pub(super) async fn pause(&self, time: Duration) -> Result<(), Failure> {
        self.requester.pause(time, || "the API takes no pages of this size; asking for a smaller one".to_owned()).await
    }
}
