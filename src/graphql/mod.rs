//! The public API: three-line resolvers over the services.
//!
//! One folder a domain, each with its types, its fields of the roots, and its inputs and payloads. [`Api`] is the
//! schema with everything around it: limits, loaders and the errors' public words.

mod answers;
mod api;
mod asked;
mod asking;
mod complete;
mod connectors;
mod context;
mod documents;
mod due;
mod errors;
mod extracts;
mod following;
mod in_place;
mod limits;
mod loaders;
mod mark;
mod message;
mod node;
mod paging;
mod queries;
mod scalars;
mod scenarios;
mod sources;
mod syncs;
mod tail;
mod together;
mod update;
mod whereabouts;
mod workflows;

use async_graphql::{MergedObject, MergedSubscription, SDLExportOptions, Schema, SchemaBuilder};

pub use answers::Answer;
pub use api::Api;
pub use asked::Asked;
pub use context::RequestId;
pub use errors::refusal;
pub use following::{Following, Step};
pub use mark::{LastSeen, Mark};
pub use message::{Content, Message};
pub use tail::{Left, Listener, Membership, Offered, Place};
pub use whereabouts::Whereabouts;

/// What can be asked: connectors, their data sources, extracts and syncs, SQL over the lake, and questions in plain English.
#[derive(Default, MergedObject)]
pub struct Query(
    node::NodeQuery,
    connectors::ConnectorQuery,
    sources::SourceQuery,
    extracts::ExtractQuery,
    syncs::SyncQuery,
    queries::SqlQuery,
    scenarios::ScenarioQuery,
    asking::AskQuery,
    workflows::WorkflowQuery,
);

/// What can be done. Each takes one input and gives one payload.
#[derive(Default, MergedObject)]
pub struct Mutation(
    connectors::ConnectorMutation,
    sources::SourceMutation,
    extracts::ExtractMutation,
    syncs::SyncMutation,
    scenarios::ScenarioMutation,
    asking::AskMutation,
    workflows::WorkflowMutation,
);

/// What can be followed live.
#[derive(Default, MergedSubscription)]
pub struct Subscription(
    connectors::ConnectorSubscription,
    syncs::SyncSubscription,
    scenarios::ScenarioSubscription,
    workflows::WorkflowSubscription,
);

type ApiSchema = Schema<Query, Mutation, Subscription>;

fn schema() -> SchemaBuilder<Query, Mutation, Subscription> {
    Schema::build(Query::default(), Mutation::default(), Subscription::default())
}

/// The schema in the schema definition language, as `schema.graphql` holds it.
pub fn sdl() -> String {
    let sdl = schema().finish().sdl_with_options(SDLExportOptions::new().prefer_single_line_descriptions());
    format!("{}\n", sdl.trim_end().replace('\t', "  "))
}
