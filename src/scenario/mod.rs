//! Scenarios as data: packs read from YAML, checked before anything is set up, and how an answer is compared with the truth.
//!
//! A pack says which connectors a scenario has, what their tables mean, what can be asked, and what must come out. The
//! eight of the product are embedded; more come from a folder. `services::scenarios` sets them up.

mod check;
mod compare;
mod likeness;
mod pack;
mod packs;
mod place;
mod yaml;

pub use check::Problem;
pub use compare::{Compared, Difference, Rows};
pub use pack::{Comparison, Pack, PackCheck, PackConnector, PackSource, StepTemplate, WorkflowTemplate};
pub use packs::{BrokenPack, PackFault, Packs, read_file, read_pack};
pub use place::place_of;
pub use yaml::{YamlError, read as read_yaml, write as write_yaml};
