//! One integration binary: flows through the public door.

mod lake;
