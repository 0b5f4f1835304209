//! Links between the records of two tables: decided by [`link`](crate::link), kept in sets, read as `system.links`.

mod config;
mod read;
mod run;
mod store;
mod table;

pub use config::{LinkConfig, LinkSide, LinkTable};
pub use run::run;
pub(super) use table::{KeptLinks, SystemLinks, schema};
