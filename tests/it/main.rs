//! One integration binary: flows through the public door.

mod entity;
mod servers;
mod lake;
mod lake_merge;
