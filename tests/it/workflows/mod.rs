//! Workflows through the public door: made, run, followed, failed, retried, taken over, and what they leave.

mod answers;
mod command_line;
mod edits;
mod faults;
mod files;
mod life;
mod places;
mod refusals;
mod running;
pub mod scene;
mod schedules;
mod steps;
