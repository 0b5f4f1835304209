//! Mail: from a real Dovecot, from servers that misbehave, from a simulator, and from files.

mod contract;
mod dovecot;
mod failures;
mod files;
mod oauth;
mod reading;
mod relay;
mod simulated;
mod syncs;
