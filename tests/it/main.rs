//! One integration binary: flows through the public door.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "in a test the one is the report, the other the assertion"
)]

mod architecture;
mod asking;
mod authorisation;
mod canary;
mod chaos;
mod cli;
mod client;
mod clinical;
mod cluster;
mod email;
mod entity;
mod events;
mod examples;
mod faults;
mod files;
mod foreign;
mod gate;
mod google_workspace;
mod graphql;
mod harness;
mod hosts;
mod http;
mod installation;
mod lake;
mod lake_merge;
mod lake_places;
mod lake_prune;
mod lake_rejected;
mod late_lease;
mod lims;
mod links;
mod literature;
mod lost_key;
mod manifests;
mod microsoft_365;
mod mysql;
mod node;
mod not_run;
mod offline;
mod omics;
mod pages;
mod postgres;
mod s3_lake;
mod scenarios;
mod servers;
mod simulated;
mod slack;
mod small_disk;
mod spine;
mod sqlite;
mod syncs;
mod terminal;
mod transports;
mod types;
mod workflows;
