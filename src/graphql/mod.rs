//! The public API: three-line resolvers over the services.
