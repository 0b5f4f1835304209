//! Mail: from a real Dovecot, from servers that misbehave, and from files.

mod contract;
mod dovecot;
mod failures;
mod files;
mod reading;
mod syncs;
