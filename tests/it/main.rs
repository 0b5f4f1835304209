//! One integration binary: flows through the public door.

mod architecture;
mod canary;
mod cli;
mod client;
mod cluster;
mod entity;
mod faults;
mod files;
mod graphql;
mod harness;
mod http;
mod installation;
mod lake;
mod lake_merge;
mod lake_places;
mod lake_rejected;
mod mysql;
mod not_run;
mod pages;
mod postgres;
mod servers;
mod small_disk;
mod spine;
mod sqlite;
mod syncs;
mod types;
