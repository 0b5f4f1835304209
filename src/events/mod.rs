//! Sync events: types, durable log, live bus, replay.
