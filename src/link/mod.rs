//! Links: which records of different sources are the same entity, or which texts speak of it.
//!
//! The rules are deterministic. Records are never compared one with each other one: what the right side is called by is
//! indexed once, each left record is looked up there, and what it was found by is weighed.
//!
//! What several records are called by says nothing alone: two customers of one company, a message that names the company.
//! It counts where something else tells them apart; otherwise the score is divided among them, and falls below what is taken
//! for a match.

mod course;
mod evidence;
mod index;
mod keys;
mod linker;
mod record;
mod spelling;
mod usage;
mod weigh;
mod words;

pub use course::Course;
pub use linker::{Linker, decide};
pub use record::{Decision, Reason, Record, Rule, Rules, Verdict};

#[cfg(test)]
mod tests;
