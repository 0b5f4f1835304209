//! A manifest with a configuration: what it can read, and whether it answers.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::{Mutex, OnceCell};
use tokio_util::sync::CancellationToken;

use super::super::failure::Failure;
use super::super::http::{AnswerCache, ApiBudget, Notice, Transport};
use super::super::manifest::{Manifest, ManifestError, Node};
use super::super::template::Scope;
use super::super::time::as_int;
use super::super::value::{Map, Value};
use super::dynamic::{self, Made};
use super::{Builder, Stream, configuration, specification};
use crate::sdk::{ConnectorError, ReadEvent, ReadStream};

/// How many slices of a stream are read side by side where the manifest says nothing of it, as in the reference.
const USUAL_SLICES_AT_ONCE: usize = 2;
/// How many are at most, whatever it says.
const MOST_SLICES_AT_ONCE: usize = 100;

/// A manifest, ready to build streams from. Clones share its budget.
#[derive(Clone, Debug)]
pub(in super::super) struct Source {
    manifest: Arc<Manifest>,
    transport: Transport,
    budget: ApiBudget,
    scope: Scope,
    states: Arc<Map>,
    /// The cursors that were chosen for streams in place of the manifest's, by name.
    cursor_fields: Arc<Map>,
    groups: Arc<[Group]>,
    slices_at_once: usize,
    is_guarded: bool,
    answers: AnswerCache,
    made: Arc<OnceCell<Vec<Made>>>,
}

/// Streams of which one is read at a time.
#[derive(Debug)]
struct Group {
    streams: Vec<String>,
    turn: Arc<Mutex<()>>,
}

fn groups(manifest: &Node) -> Arc<[Group]> {
    let groups = manifest.get("stream_groups").map(Node::members).unwrap_or_default().iter();
    let group = |group: &Node| Group {
        streams: group.list("streams").iter().filter_map(|stream| stream.text("name")).collect(),
        turn: Arc::default(),
    };
    groups.map(|(_, members)| group(members)).collect()
}

/// What the manifest's `concurrency_level` says.
fn slices_at_once(manifest: &Node, scope: &Scope) -> Result<usize, ManifestError> {
    let Some(level) = manifest.get("concurrency_level") else { return Ok(USUAL_SLICES_AT_ONCE) };
    let written = level.required("default_concurrency")?;
    let number =
        |value: &Value| value.as_int().and_then(|number| usize::try_from(number).ok()).filter(|number| *number > 0);
    let wrong = |node: &Node, key: &str| node.error(format!("`{key}` must come to a whole number of 1 or more"));
    let wanted = match written.value() {
        Value::Int(_) => number(&written.value()),
        _ => {
            let template = level.required_template("default_concurrency")?;
            let wanted = number(&level.compiled(template.eval(scope))?);
            match level.get("max_concurrency") {
                // Zero is none, as in Python.
                Some(most) if most.is_truthy() => {
                    let most = number(&most.value()).ok_or_else(|| wrong(most, "max_concurrency"))?;
                    wanted.map(|wanted| wanted.min(most))
                }
                _ => wanted,
            }
        }
    };
    wanted.map(|wanted| wanted.min(MOST_SLICES_AT_ONCE)).ok_or_else(|| wrong(written, "default_concurrency"))
}

impl Source {
    /// Sources with the same `credential` share their budget; those without one do where they have the same manifest.
    ///
    /// # Errors
    /// Where something of the manifest is not run, or the configuration is not what it asks for.
    pub(in super::super) fn new(
        manifest: Manifest,
        config: &Value,
        credential: Option<&str>,
        transport: Transport,
    ) -> Result<Self, Failure> {
        if let Err(refused) = manifest.runnable() {
            let words: Vec<String> = refused.iter().map(ManifestError::to_string).collect();
            return Err(Failure::Config(format!("this manifest is not run here: {}", words.join("; "))));
        }
        let spec = manifest.root.get("spec");
        let config = configuration::normalized(spec, config)?;
        if let Some(asked) = manifest.connection_specification().filter(|asked| asked.as_map().is_some()) {
            specification::check(&asked, "connection_specification", &config)?;
        }
        configuration::validate(spec, &config)?;
        let scope = Scope::of_config(&config);
        let owner = credential.map_or_else(|| format!("{:?}", manifest.root.value()), str::to_owned);
        let budget = ApiBudget::build(manifest.root.get("api_budget"), &scope, &transport, &owner)?;
        Ok(Self {
            groups: groups(&manifest.root),
            slices_at_once: slices_at_once(&manifest.root, &scope)?,
            is_guarded: false,
            manifest: Arc::new(manifest),
            transport,
            budget,
            scope,
            states: Arc::default(),
            cursor_fields: Arc::default(),
            answers: AnswerCache::default(),
            made: Arc::default(),
        })
    }

    /// The stream of a read with the source that it is given: it tells what is waited for, and ends when `cancel` fires.
    pub(in super::super) fn reading<S>(&self, cancel: &CancellationToken, read: impl FnOnce(Self) -> S) -> ReadStream
    where
        S: futures::Stream<Item = Result<ReadEvent, ConnectorError>> + Send + 'static,
    {
        self.transport.reading(cancel, |transport| read(Self { transport, ..self.clone() }))
    }

    /// The same that tells of what happens besides its records.
    pub(in super::super) fn telling(&self, notices: UnboundedSender<Notice>) -> Self {
        Self { transport: self.transport.telling(notices), ..self.clone() }
    }

    /// The same for a check, whose requests must end in time.
    pub(in super::super) fn within(&self, time: Duration) -> Self {
        Self { transport: self.transport.within(time), ..self.clone() }
    }

    /// The same that fails where the reference goes on: at answers that cannot be read, which it takes for empty ones, and at
    /// pages that lead in a circle.
    pub(in super::super) fn guarded(self) -> Self {
        Self { is_guarded: true, ..self }
    }

    /// The same that knows where all streams stand, by name: a parent may be told by that what to read.
    pub(in super::super) fn knowing(self, states: Map) -> Self {
        Self { states: Arc::new(states), ..self }
    }

    /// The same with a cursor that was chosen for a stream; it counts where the manifest leaves the choice.
    pub(in super::super) fn choosing(self, cursor_fields: Map) -> Self {
        Self { cursor_fields: Arc::new(cursor_fields), ..self }
    }

    /// The turn to read a stream of which, and of others with it, one is read at a time.
    pub(in super::super) fn turn(&self, stream: &str) -> Option<Arc<Mutex<()>>> {
        let group = self.groups.iter().find(|group| group.streams.iter().any(|name| name == stream))?;
        Some(Arc::clone(&group.turn))
    }

    /// How many slices of a stream are read side by side.
    pub(in super::super) fn slices_at_once(&self, stream: &str) -> usize {
        // Streams of which one is read at a time are not to be read by several requests either.
        if self.turn(stream).is_some() { 1 } else { self.slices_at_once }
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
            cursor_fields: &self.cursor_fields,
            answers: &self.answers,
            keeps_answers: false,
            is_guarded: self.is_guarded,
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
        let streams = self.manifest.streams(&self.scope)?;
        let node = match streams.iter().copied().find(is_it) {
            Some(node) => Some(node),
            None => self.made().await?.iter().map(|made| &made.stream).find(is_it),
        };
        let node = node.ok_or_else(|| Failure::Config(format!("the manifest has no stream {name}")))?;
        let keeps_answers = Self::is_parent(&streams, name);
        Stream::build(node, &Builder { keeps_answers, ..self.builder()? }, state)
    }

    /// Whether the records of a stream are partitions of another one.
    fn is_parent(streams: &[&Node], name: &str) -> bool {
        fn are_of(router: &Node, name: &str) -> bool {
            let mut parents = router.list("parent_stream_configs").iter().filter_map(|parent| parent.get("stream"));
            let inner = ["partition_routers", "underlying_partition_router"];
            parents.any(|parent| parent.text("name").as_deref() == Some(name))
                || inner.iter().any(|key| router.list(key).iter().any(|router| are_of(router, name)))
        }
        let routers = streams.iter().filter_map(|stream| stream.get("retriever")?.get("partition_router"));
        let mut routers = routers.flat_map(Node::items);
        routers.any(|router| are_of(router, name))
    }

    /// Reads a first record of each stream that the manifest's check names. Returns their names.
    ///
    /// # Errors
    /// Where one cannot be read.
    pub(in super::super) async fn check(&self) -> Result<Vec<String>, Failure> {
        self.overridden_for_check().check_streams().await
    }

    /// The same with the values that the check puts in place of the configuration's.
    fn overridden_for_check(&self) -> Self {
        let overrides = self.manifest.root.get("check").and_then(|check| check.get("config_overrides"));
        let (Some(overrides), Value::Map(config)) = (overrides, self.scope.config()) else { return self.clone() };
        let mut config = Map::clone(&config);
        for (key, value) in overrides.members() {
            config.insert(key.as_str(), value.value());
        }
        Self { scope: Scope::of_config(&Value::map(config)), made: Arc::default(), ..self.clone() }
    }

    async fn check_streams(&self) -> Result<Vec<String>, Failure> {
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
