//! Links: decided by LINK steps, read as `system.links`, and as right as the demo world can tell.

mod measured;
mod steps;
