//! Google Workspace: the connector against its simulator, and the simulator against Google's own client.

mod access;
mod budget;
mod contract;
mod demo;
mod failures;
mod increments;
mod reading;
mod scene;
mod tabs;
mod vendor;
