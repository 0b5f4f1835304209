//! A manifest's streams, built for a configuration and read.

mod delegate;
mod dynamic;
mod jobs;
mod journal;
mod migrate;
mod properties;
mod retriever;
mod schema;
mod source;
mod specification;
mod stream;

use super::http::{ApiBudget, Transport};
use super::template::Scope;
use super::value::Map;

pub(super) use journal::Journal;
pub(super) use source::Source;
pub(super) use stream::Stream;

/// What all streams of a source are built with.
pub(super) struct Builder<'a> {
    pub(super) transport: &'a Transport,
    pub(super) budget: &'a ApiBudget,
    /// Holds the configuration.
    pub(super) scope: Scope,
    /// Where all streams stand, by name, as far as it is known.
    pub(super) states: &'a Map,
    /// How many jobs an API may be asked for at once.
    pub(super) jobs_at_once: usize,
}
