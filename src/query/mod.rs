//! Read-only SQL over the lake: one gate, one set of limits, exact rows.
//!
//! [`QueryEngine::run`] answers with JSON rows, [`QueryEngine::stream`] with record batches, which [`export()`] turns
//! into a download. What can be read is decided by the caller, who gives the [`Tables`] of one viewer for each query;
//! only the tables that a statement names are opened. Statements run on threads of their own, so that a heavy one
//! slows neither the API nor the syncs.

mod arithmetic;
mod at_time_zone;
mod between;
mod calendar;
mod catalog;
mod column_names;
mod discover;
mod engine;
mod error;
pub mod export;
mod functions;
mod gate;
mod held;
pub mod json;
mod literals;
mod output;
mod pins;
mod plan_size;
mod rewrite;
mod same_names;
mod settings;
mod short;
mod stop;
mod stores;
mod stream;
mod suggest;
mod system;
mod tables;
mod text_table;
mod tokens;
mod turns;
mod unplanned;

pub use engine::QueryEngine;
pub use error::QueryError;
pub use export::{ExportFormat, export};

pub use output::{OutputColumn, QueryOutput};
pub use settings::QuerySettings;
pub use stream::{RowCount, RowStream};
pub use suggest::near_names;
pub use system::{LazyRows, lazy_table, memory_table};
pub use tables::{ColumnNote, ColumnNotes, Tables};
pub use text_table::{cell, count, format_table, printable};
#[cfg(test)]
mod tests;
