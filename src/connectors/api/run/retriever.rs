//! `SimpleRetriever`: page by page, from the request to the records.

use async_stream::try_stream;
use futures::StreamExt;
use futures::stream::BoxStream;

use super::super::decode::Decoder;
use super::super::failure::Failure;
use super::super::http::{Parts, Requester};
use super::super::manifest::{ManifestError, Node};
use super::super::page::{PageSeen, Paginator};
use super::super::select::{Keep, Selector};
use super::super::slice::Slice;
use super::super::template::Scope;
use super::super::value::Value;
use super::Builder;

#[derive(Debug)]
pub(super) struct Retriever {
    requester: Requester,
    decoder: Decoder,
    selector: Selector,
    paginator: Paginator,
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
            slice_only_first: node.flag("ignore_stream_slicer_parameters_on_paginated_requests").unwrap_or(false),
        })
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
            loop {
                let scope = slice.scope(base, token.as_ref());
                let mut extra = self.paginator.parts(token.as_ref(), base)?;
                if token.is_none() || !self.slice_only_first {
                    extra.merge((rules.parts)(slice)?)?;
                }
                let path = self.paginator.path(token.as_ref());
                let answer = self.requester.send(&scope, path.as_deref(), extra).await?;
                let Some(answer) = answer.filter(|answer| answer.is_ok()) else { break };
                let bodies = self.decoder.decode(&answer)?;
                let response = match bodies.first() {
                    Some(first) if self.paginator.looks_into_answers() && self.decoder.is_seen_by_paginators() => first.clone(),
                    _ => Value::empty_map(),
                };
                let keep = |record: &Value| (rules.wanted)(record, slice);
                let keep: Option<&Keep<'_>> = if rules.filters { Some(&keep) } else { None };
                let selected = self.selector.select(bodies, base, slice, token.as_ref(), &rules.schema, keep)?;
                let mut records = selected.records;
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
                        extracted: selected.extracted,
                        kept: records.len(),
                        last_record: records.last(),
                        token: token.as_ref(),
                    };
                    let mut scope = base.clone();
                    scope.set("stream_slice", slice.to_engine());
                    self.paginator.next(&seen, &scope)?
                };
                drop(answer);
                if rules.is_feed {
                    let mut wanted = Vec::with_capacity(records.len());
                    for record in records {
                        if (rules.wanted)(&record, slice)? {
                            wanted.push(record);
                        }
                    }
                    records = wanted;
                }
                yield records;
                match next {
                    Some(next) => token = Some(next),
                    None => break,
                }
            }
        }
        .boxed()
    }
}
