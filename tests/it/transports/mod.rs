//! The transports of the API, message by message over raw connections, and with the clients that people use.

mod body;
pub mod clients;
mod events;
mod hints;
mod multipart;
mod raw;
mod replicas;
mod shared;
mod socket;
mod socket_limits;
mod stopping;
mod stuck;
mod used;
