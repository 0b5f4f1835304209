//! Slack: the connector against its simulator, and the simulator against Slack's own client.

mod budget;
mod contract;
mod demo;
mod failures;
mod increments;
mod reading;
pub mod scene;
mod vendor;
