//! One integration binary: flows through the public door.

mod architecture;
mod cli;
mod entity;
mod files;
mod graphql;
mod harness;
mod http;
mod lake;
mod lake_merge;
mod lake_places;
mod lake_rejected;
mod mysql;
mod postgres;
mod servers;
mod spine;
