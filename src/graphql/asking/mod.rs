//! Questions in plain English, their answers, and the conversations that they form.

mod mutation;
mod query;
mod types;

pub use mutation::AskMutation;
pub use query::AskQuery;
pub use types::{Answer, Conversation};
