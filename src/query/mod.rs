//! Read-only SQL over the lake.
