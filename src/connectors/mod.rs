//! The wall of connectors: one folder a connector type.
