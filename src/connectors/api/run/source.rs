//! A manifest with a configuration: what it can read, and whether it answers.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

use super::super::failure::Failure;
use super::super::http::{ApiBudget, Transport};
use super::super::manifest::{Manifest, ManifestError, Node};
use super::super::template::Scope;
use super::super::time::as_int;
use super::super::value::{Map, Value};
use super::dynamic::{self, Made};
use super::specification;
use super::{Builder, Stream};
use crate::sdk::{ConnectorError, ReadEvent, ReadStream};

/// A manifest, ready to build streams from. Clones share its budget.
#[derive(Clone, Debug)]
pub(in super::super) struct Source {
    manifest: Arc<Manifest>,
    transport: Transport,
    budget: ApiBudget,
    scope: Scope,
    states: Arc<Map>,
    made: Arc<OnceCell<Vec<Made>>>,
}

impl Source {
    /// # Errors
    /// Where something of the manifest is not run, or the configuration is not what it asks for.
    pub(in super::super) fn new(manifest: Manifest, config: &Value, transport: Transport) -> Result<Self, Failure> {
        if let Err(refused) = manifest.runnable() {
            let words: Vec<String> = refused.iter().map(ManifestError::to_string).collect();
            return Err(Failure::Config(format!("this manifest is not run here: {}", words.join("; "))));
        }
        if let Some(asked) = manifest.connection_specification().filter(|asked| asked.as_map().is_some()) {
            specification::check(&asked, config)?;
        }
        let scope = Scope::of_config(config);
        let budget = ApiBudget::build(manifest.root.get("api_budget"), &scope)?;
        let (states, made) = (Arc::default(), Arc::default());
        Ok(Self { manifest: Arc::new(manifest), transport, budget, scope, states, made })
    }

    /// The stream of a read with the source that it is given: it tells what is waited for, and ends when `cancel` fires.
    pub(in super::super) fn reading<S>(&self, cancel: &CancellationToken, read: impl FnOnce(Self) -> S) -> ReadStream
    where
        S: futures::Stream<Item = Result<ReadEvent, ConnectorError>> + Send + 'static,
    {
        self.transport.reading(cancel, |transport| read(Self { transport, ..self.clone() }))
    }

    /// The same for a check, whose requests must end in time.
    pub(in super::super) fn within(&self, time: Duration) -> Self {
        Self { transport: self.transport.within(time), ..self.clone() }
    }

    /// The same that knows where all streams stand, by name: a parent may be told by that what to read.
    pub(in super::super) fn knowing(self, states: Map) -> Self {
        Self { states: Arc::new(states), ..self }
    }

    fn builder(&self) -> Result<Builder<'_>, Failure> {
        let root = &self.manifest.root;
        let jobs = root.template("max_concurrent_async_job_count")?;
        let jobs = jobs.map(|count| root.compiled(count.eval(&self.scope))).transpose()?;
        let jobs = jobs.as_ref().and_then(as_int).and_then(|count| usize::try_from(count).ok());
        Ok(Builder {
            transport: &self.transport,
            budget: &self.budget,
            scope: self.scope.clone(),
            states: &self.states,
            jobs_at_once: jobs.unwrap_or(1),
        })
    }

    /// The streams that are made from templates, asked for once.
    async fn made(&self) -> Result<&[Made], Failure> {
        let make = || async { dynamic::streams(&self.manifest.root, &self.builder()?).await };
        self.made.get_or_try_init(make).await.map(Vec::as_slice)
    }

    async fn nodes(&self) -> Result<Vec<&Node>, Failure> {
        let mut nodes = self.manifest.streams(&self.scope)?;
        nodes.extend(self.made().await?.iter().map(|made| &made.stream));
        Ok(nodes)
    }

    /// The names of the streams, in the manifest's order.
    pub(in super::super) async fn names(&self) -> Result<Vec<String>, Failure> {
        Ok(self.nodes().await?.iter().filter_map(|node| node.text("name")).collect())
    }

    /// A stream that goes on from a state.
    pub(in super::super) async fn stream(&self, name: &str, state: &Value) -> Result<Stream, Failure> {
        let is_it = |node: &&Node| node.text("name").as_deref() == Some(name);
        // Nobody is asked for streams that are made where this is none of them.
        let written = self.manifest.streams(&self.scope)?.into_iter().find(is_it);
        let node = match written {
            Some(node) => Some(node),
            None => self.made().await?.iter().map(|made| &made.stream).find(is_it),
        };
        let node = node.ok_or_else(|| Failure::Config(format!("the manifest has no stream {name}")))?;
        Stream::build(node, &self.builder()?, state)
    }

    /// Reads a first record of each stream that the manifest's check names. Returns their names.
    ///
    /// # Errors
    /// Where one cannot be read.
    pub(in super::super) async fn check(&self) -> Result<Vec<String>, Failure> {
        let names = self.names_to_check().await?;
        for name in &names {
            let stream = self.stream(name, &Value::empty_map()).await?;
            let mut slices = stream.slices();
            // A slice without records says enough: the API answered.
            if let Some(slice) = slices.next().await {
                let slice = slice?;
                let mut pages = stream.pages(&slice);
                if let Some(page) = pages.next().await {
                    page?;
                }
            }
        }
        Ok(names)
    }

    async fn names_to_check(&self) -> Result<Vec<String>, Failure> {
        let Some(check) = self.manifest.root.get("check") else { return Ok(Vec::new()) };
        let count = |node: &Node| {
            node.get("stream_count")
                .and_then(|count| as_int(&count.value()))
                .and_then(|count| usize::try_from(count).ok())
        };
        if check.component() == "CheckDynamicStream" {
            let names = self.names().await?;
            let count = if check.flag("use_check_availability") == Some(false) { 0 } else { count(check).unwrap_or(1) };
            return Ok(names.into_iter().take(count).collect());
        }
        let mut names: Vec<String> = check.list("stream_names").iter().filter_map(Node::as_text).collect();
        let written = self.manifest.streams(&self.scope)?;
        let known: Vec<String> = written.iter().filter_map(|node| node.text("name")).collect();
        for name in &names {
            if !known.contains(name) {
                return Err(Failure::Config(format!(
                    "{name} is not part of the catalog. Expected one of {}.",
                    known.join(", ")
                )));
            }
        }
        for node in check.list("dynamic_streams_check_configs") {
            let definition = node.required_text("dynamic_stream_name")?;
            let made = self.made().await?.iter().filter(|made| made.definition == definition);
            let made = made.filter_map(|made| made.stream.text("name"));
            names.extend(made.take(count(node).unwrap_or(usize::MAX)));
        }
        Ok(names)
    }
}
