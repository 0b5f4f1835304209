//! A manifest's streams, built for a configuration and read.

mod ahead;
mod configuration;
mod delegate;
mod dynamic;
mod jobs;
mod journal;
mod migrate;
mod pages;
mod properties;
mod retriever;
mod schema;
mod source;
mod specification;
mod stream;

use super::cursor::CursorSpec;
use super::decode::Broken;
use super::http::{AnswerCache, ApiBudget, Transport};
use super::manifest::{ManifestError, Node};
use super::template::Scope;
use super::value::{Map, Value};

pub(super) use ahead::{Step, steps};
pub(super) use journal::Journal;
pub(super) use pages::PageRead;
pub(super) use retriever::Retriever;
pub(super) use source::Source;
pub(super) use stream::Stream;

/// What all streams of a source are built with.
#[derive(Clone)]
pub(super) struct Builder<'a> {
    pub(super) transport: &'a Transport,
    pub(super) budget: &'a ApiBudget,
    /// Holds the configuration.
    pub(super) scope: Scope,
    /// Where all streams stand, by name, as far as it is known.
    pub(super) states: &'a Map,
    /// The cursors that were chosen for streams, by name.
    pub(super) cursor_fields: &'a Map,
    /// Where answers are kept.
    pub(super) answers: &'a AnswerCache,
    /// Whether the answers of what is built are kept unless the manifest says otherwise: others are made of them, too.
    pub(super) keeps_answers: bool,
    /// Whether it fails where the reference goes on: at answers that cannot be read, and at pages that lead in a circle.
    pub(super) is_guarded: bool,
    /// How many jobs an API may be asked for at once.
    pub(super) jobs_at_once: usize,
}

impl Builder<'_> {
    /// What answers are that cannot be read.
    fn broken(&self) -> Broken {
        if self.is_guarded { Broken::Failure } else { Broken::Empty }
    }

    /// The cursor of a stream.
    fn cursor_of(&self, stream: &Node) -> Result<Option<CursorSpec>, ManifestError> {
        let chosen = stream.text("name").and_then(|name| self.cursor_fields.get(&name).and_then(Value::as_str));
        CursorSpec::build(stream.get("incremental_sync"), chosen, &self.scope)
    }
}
