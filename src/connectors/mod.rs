//! The wall of connectors: one folder a connector type, which registers itself from there.
//!
//! A folder imports the SDK and nothing of its siblings. To add a connector, add its folder and its line here.

pub mod api;
pub mod clinical;
pub mod database;
pub mod email;
pub mod file_system;
pub mod google_workspace;
pub mod lims;
pub mod literature;
pub mod microsoft_365;
pub mod omics;
pub mod slack;
