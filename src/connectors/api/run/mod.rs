//! A manifest's streams, built for a configuration and read.

mod migrate;
mod retriever;
mod schema;
mod source;
mod stream;

use super::http::{ApiBudget, Transport};
use super::template::Scope;

pub(super) use source::Source;
pub(super) use stream::Stream;

/// What all streams of a source are built with.
pub(super) struct Builder<'a> {
    pub(super) transport: &'a Transport,
    pub(super) budget: &'a ApiBudget,
    /// Holds the configuration.
    pub(super) scope: Scope,
}
