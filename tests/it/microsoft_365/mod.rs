//! Microsoft 365, against the simulator of Microsoft Graph, which Microsoft's own client is run against, too.

mod budget;
mod contract;
mod demo;
mod failures;
mod increments;
mod reading;
pub mod scene;
mod vendor;
mod workbooks;
