//! Demo worlds: seeded, coherent, made-up data.
//!
//! The same seed makes the same world, to the last row, so that what a demo answers can be written down.

mod shop;

pub use shop::{Shop, ShopCounts, ShopError};
