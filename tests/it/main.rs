//! One integration binary: flows through the public door.

mod architecture;
mod entity;
mod lake;
mod lake_merge;
mod lake_places;
mod mysql;
mod postgres;
mod servers;
mod spine;
