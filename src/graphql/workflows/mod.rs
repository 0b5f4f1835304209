//! Workflows: their steps, runs, tables and files, and how to follow them live.

mod file;
mod input;
mod mutation;
mod query;
mod step;
mod subscription;
mod types;

pub use file::File;
pub use mutation::WorkflowMutation;
pub use query::WorkflowQuery;
pub use step::WorkflowStep;
pub use subscription::WorkflowSubscription;
pub use types::Workflow;
