//! The Airbyte protocol: what a read says, as JSON lines.

mod catalog;
mod message;
mod read;

pub(super) use catalog::{Chosen, State, chosen, cursor_fields};
pub(super) use read::read;
