//! One integration binary: flows through the public door.

mod lake;
mod lake_merge;
