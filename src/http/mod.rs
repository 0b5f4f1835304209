//! The HTTP server: GraphQL, GraphiQL, health, metrics, downloads and the embedded web pages.

pub mod assets;
