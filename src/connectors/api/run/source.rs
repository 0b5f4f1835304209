//! A manifest with a configuration: what it can read, and whether it answers.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use tokio_util::sync::CancellationToken;

use super::super::failure::Failure;
use super::super::http::{ApiBudget, Transport};
use super::super::manifest::{Manifest, ManifestError, Node};
use super::super::template::Scope;
use super::super::value::Value;
use super::{Builder, Stream};
use crate::sdk::{ConnectorError, ReadEvent, ReadStream};

/// A manifest, ready to build streams from. Clones share its budget.
#[derive(Clone, Debug)]
pub(in super::super) struct Source {
    manifest: Arc<Manifest>,
    transport: Transport,
    budget: ApiBudget,
    scope: Scope,
}

impl Source {
    /// # Errors
    /// Where something of the manifest is not run.
    pub(in super::super) fn new(manifest: Manifest, config: &Value, transport: Transport) -> Result<Self, Failure> {
        if let Err(refused) = manifest.runnable() {
            let words: Vec<String> = refused.iter().map(ManifestError::to_string).collect();
            return Err(Failure::Config(format!("this manifest is not run here: {}", words.join("; "))));
        }
        let scope = Scope::of_config(config);
        let budget = ApiBudget::build(manifest.root.get("api_budget"), &scope)?;
        Ok(Self { manifest: Arc::new(manifest), transport, budget, scope })
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

    fn nodes(&self) -> Result<Vec<&Node>, Failure> {
        Ok(self.manifest.streams(&self.scope)?)
    }

    /// The names of the streams, in the manifest's order.
    pub(in super::super) fn names(&self) -> Result<Vec<String>, Failure> {
        Ok(self.nodes()?.iter().filter_map(|node| node.text("name")).collect())
    }

    /// A stream that goes on from a state.
    pub(in super::super) fn stream(&self, name: &str, state: &Value) -> Result<Stream, Failure> {
        let nodes = self.nodes()?;
        let node = nodes.into_iter().find(|node| node.text("name").as_deref() == Some(name));
        let node = node.ok_or_else(|| Failure::Config(format!("the manifest has no stream {name}")))?;
        let builder = Builder { transport: &self.transport, budget: &self.budget, scope: self.scope.clone() };
        Stream::build(node, &builder, state)
    }

    /// Reads a first record of each stream that the manifest's check names. Returns their names.
    ///
    /// # Errors
    /// Where one cannot be read.
    pub(in super::super) async fn check(&self) -> Result<Vec<String>, Failure> {
        let names = self.manifest.check_streams();
        let known = self.names()?;
        for name in &names {
            if !known.contains(name) {
                return Err(Failure::Config(format!(
                    "{name} is not part of the catalog. Expected one of {}.",
                    known.join(", ")
                )));
            }
            let stream = self.stream(name, &Value::empty_map())?;
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
}
