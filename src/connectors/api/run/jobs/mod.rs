//! `AsyncRetriever`: an API is asked to make something, then asked whether it is done, and at last for what it made.

mod contexts;
mod work;

use std::sync::Arc;
use std::time::Duration;

use async_stream::try_stream;
use futures::StreamExt;
use futures::stream::BoxStream;

use super::super::decode::{Broken, Decoder};
use super::super::failure::{Blame, Failure};
use super::super::http::{Parts, Requester};
use super::super::manifest::{ManifestError, Node};
use super::super::select::{Extractor, Keep, Selected, Selector};
use super::super::slice::{Job, Slice};
use super::super::template::{Interpolated, Scope};
use super::super::time::as_int;
use super::super::value::{Value, text};
use super::Builder;
use super::pages::PageRules;
use super::retriever::Retriever;
use contexts::{CREATION, POLLING, context, with};
use work::Done;

#[derive(Debug)]
pub(super) struct Jobs {
    creation: Requester,
    polling: Requester,
    target: Option<Requester>,
    abort: Option<Requester>,
    delete: Option<Requester>,
    decoder: Decoder,
    broken: Broken,
    status: Extractor,
    statuses: Vec<(String, Status)>,
    targets: Option<Extractor>,
    download: Retriever,
    selector: Selector,
    /// How long a job may take.
    patience: Duration,
    /// How long to wait before a job that failed is asked for again.
    retry_wait: Option<Duration>,
    /// How many may be under way at once.
    at_once: usize,
}

/// What an API's word for a job's state means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Running,
    Completed,
    Failed,
    TimedOut,
    Skipped,
}

impl Jobs {
    pub(super) fn build(
        node: &Node,
        transformations: &[Node],
        filters_by_cursor: bool,
        builder: &Builder<'_>,
    ) -> Result<Self, ManifestError> {
        let requester = |node: &Node| Requester::build(node, builder.transport, builder.budget, &builder.scope);
        let maybe = |key: &str| node.get(key).map(requester).transpose();
        if node.get("download_target_requester").is_some() && node.get("download_target_extractor").is_none() {
            return Err(node.error("`download_target_requester` goes with a `download_target_extractor` only"));
        }
        let seconds = |key: &str| -> Result<Option<u64>, ManifestError> {
            let Some(source) = node.text(key) else { return Ok(None) };
            let template = node.compiled(Interpolated::new(&source, &Value::empty_map()))?;
            let value = node.compiled(template.eval(&builder.scope))?;
            let number = as_int(&value).and_then(|number| u64::try_from(number).ok());
            number.map(Some).ok_or_else(|| node.error(format!("`{key}` must come to a whole number")))
        };
        Ok(Self {
            creation: requester(node.required("creation_requester")?)?,
            polling: requester(node.required("polling_requester")?)?,
            target: maybe("download_target_requester")?,
            abort: maybe("abort_requester")?,
            delete: maybe("delete_requester")?,
            decoder: Decoder::build(node.get("decoder"))?,
            broken: builder.broken(),
            status: Extractor::build(node.required("status_extractor")?, builder)?,
            statuses: statuses(node.required("status_mapping")?)?,
            targets: node
                .get("download_target_extractor")
                .map(|extractor| Extractor::build(extractor, builder))
                .transpose()?,
            download: Retriever::build(&download(node)?, &[], false, builder)?,
            selector: Selector::build(node.required("record_selector")?, transformations, filters_by_cursor, builder)?,
            patience: Duration::from_secs(
                seconds("polling_job_timeout")?.filter(|minutes| *minutes > 0).unwrap_or(60) * 60,
            ),
            retry_wait: seconds("failed_retry_wait_time_in_seconds")?.filter(|wait| *wait > 0).map(Duration::from_secs),
            at_once: builder.jobs_at_once.max(1),
        })
    }

    /// The slices whose jobs are done, in their order. What could not be made is told at the end, so that the rest is read.
    pub(super) fn done<'a>(
        &'a self,
        slices: BoxStream<'a, Result<Slice, Failure>>,
        scope: &'a Scope,
    ) -> BoxStream<'a, Result<Slice, Failure>> {
        let mut work = slices.map(move |slice| self.one(slice, scope)).buffered(self.at_once).boxed();
        try_stream! {
            let mut failed = None;
            while let Some(done) = work.next().await {
                match done? {
                    (slice, Done::Made(job)) => yield Slice { job: Some(Arc::from(job)), ..slice },
                    (_, Done::NothingToMake) => {}
                    (_, Done::Failed(failure)) => failed = Some(failure),
                }
            }
            if let Some(failure) = failed {
                let message = format!("One or more async jobs failed after exhausting all retry attempts: {failure}");
                Err::<(), _>(Failure::Answer { message, status: None, blame: Blame::System })?;
            }
        }
        .boxed()
    }

    async fn one(&self, slice: Result<Slice, Failure>, scope: &Scope) -> Result<(Slice, Done), Failure> {
        let slice = slice?;
        let done = self.work(&slice, scope).await?;
        Ok((slice, done))
    }

    /// The records of what a slice's job made, page by page.
    pub(super) fn pages<'a>(
        &'a self,
        slice: &'a Slice,
        base: &'a Scope,
        rules: PageRules<'a>,
    ) -> BoxStream<'a, Result<Vec<Value>, Failure>> {
        try_stream! {
            let Some(job) = slice.job.clone() else { return };
            for target in self.targets_of(&job, base).await? {
                let extra = [
                    ("download_target", target),
                    (CREATION, context(&job.creation)?),
                    (POLLING, context(&job.polling)?),
                ];
                let asked = with(slice, extra);
                let mut pages = self.download.plain_pages(&asked, base);
                while let Some(page) = pages.next().await {
                    let Selected { records, failure } = self.refined(page?, slice, base, &rules);
                    yield records;
                    if let Some(failure) = failure {
                        Err::<(), _>(failure)?;
                    }
                }
            }
            if let Some(delete) = &self.delete {
                let asked = with(slice, [(CREATION, context(&job.creation)?)]);
                delete.send(&asked.scope(base, None), None, Parts::default()).await?;
            }
        }
        .boxed()
    }

    fn refined(&self, records: Vec<Value>, slice: &Slice, base: &Scope, rules: &PageRules<'_>) -> Selected {
        let keep = |record: &Value| (rules.wanted)(record, slice);
        let keep: Option<&Keep<'_>> = if rules.filters { Some(&keep) } else { None };
        self.selector.refine(records, base, slice, None, &rules.schema, keep)
    }

    /// Where what was made lies; one place without a name where the manifest does not say.
    async fn targets_of(&self, job: &Job, base: &Scope) -> Result<Vec<Value>, Failure> {
        let Some(targets) = &self.targets else { return Ok(vec![Value::str("")]) };
        let bodies = match &self.target {
            None => self.decoder.decode(&job.polling, self.broken)?,
            Some(requester) => {
                let asked = with(&Slice::default(), [(POLLING, context(&job.polling)?)]);
                let answer = requester.send(&asked.scope(base, None), None, Parts::default()).await?;
                let answer = answer.ok_or_else(|| {
                    Failure::Data("Always expect a response or an exception from download_target_requester".to_owned())
                })?;
                self.decoder.decode(&answer, self.broken)?
            }
        };
        Ok(targets.extract(bodies, base).await?.records)
    }
}

fn statuses(node: &Node) -> Result<Vec<(String, Status)>, ManifestError> {
    const NAMES: [(&str, Status); 5] = [
        ("running", Status::Running),
        ("completed", Status::Completed),
        ("failed", Status::Failed),
        ("timeout", Status::TimedOut),
        ("skipped", Status::Skipped),
    ];
    let mut known: Vec<(String, Status)> = Vec::new();
    for (name, status) in NAMES {
        for word in node.list(name).iter().map(|word| text(&word.value())) {
            if known.iter().any(|(other, _)| *other == word) {
                return Err(node.error(format!("API status {word} is set for two states of a job")));
            }
            known.push((word, status));
        }
    }
    Ok(known)
}

/// The download as a retriever of its own, which only extracts.
fn download(node: &Node) -> Result<Node, ManifestError> {
    let kind = |name: &str| Node::of_type(node.place, name);
    let given = node.get("download_extractor");
    let table = given.filter(|extractor| extractor.component() == "ResponseToFileExtractor");
    let extractor = match given {
        Some(extractor) if table.is_none() => extractor.clone(),
        _ => kind("DpathExtractor").with("field_path", &Node::of(node.place, &Value::list(Vec::new()))),
    };
    let mut retriever = kind("SimpleRetriever")
        .with("requester", node.required("download_requester")?)
        .with("record_selector", &kind("RecordSelector").with("extractor", &extractor));
    if let Some(table) = table {
        retriever = retriever.with("decoder", &kind("GzipDecoder").with("decoder", table));
    } else if let Some(decoder) = node.get("download_decoder") {
        retriever = retriever.with("decoder", decoder);
    }
    if let Some(paginator) = node.get("download_paginator") {
        retriever = retriever.with("paginator", paginator);
    }
    Ok(retriever)
}
