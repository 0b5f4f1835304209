//! Scenarios as a product: set up, validated, repaired and torn down, through GraphQL alone and through the command line alone.

mod command_line;
mod failures;
mod lint;
mod packs;
mod processes;
mod repair;
mod rights;
mod scene;
mod set_up;
mod tear_down;
mod validation;
