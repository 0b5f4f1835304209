//! How operations come to clients that stay: WebSockets, event streams and multipart answers.
//!
//! All of them are built of two parts. [`operations`] runs what a connection has asked for and puts each message into the
//! connection's [`outbox`]; the transport takes them out again, gives them its own shape and sends them. The outbox is
//! bounded: a subscription whose messages nobody takes pauses, and goes on from the event log when there is room again.

mod operations;
mod outbox;
mod protocol;
pub(super) mod socket;
