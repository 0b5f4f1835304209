//! What the benchmarks of a running server share: the program itself, what it takes, and how figures are told.

mod database;
mod figures;
mod installation;
mod process;
mod running;

pub(crate) use database::Database;
pub(crate) use figures::{Ratios, median};
pub(crate) use installation::Installation;
pub(crate) use process::{Program, Usage};
pub(crate) use running::{bare_listener, run};
