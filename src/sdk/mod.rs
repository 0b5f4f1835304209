//! All that a connector author imports.
//!
//! A connector is a small honest adapter: it opens a configuration, checks that the other end
//! answers, discovers what can be read there, and reads it as a stream of Arrow batches with
//! checkpoints between them. The engine does the rest: lake tables, retries, progress, cancel.
//! `docs/connector-guide.md` tells the story with a worked example.

mod auth;
mod bookmark;
mod catalog;
mod causes;
mod client_credentials;
mod connector;
mod context;
mod counted;
mod dial;
mod digits;
mod error;
pub mod http;
mod json_form;
pub mod jwt;
pub mod names;
pub mod parts;
mod place;
mod read;
mod registry;
pub mod rows;
mod scratch;
mod secret;
mod settings;
pub mod simulator;
mod steps;
pub mod testing;
mod text_form;
mod thread;
pub mod tls;
mod trail;
pub mod types;

pub use auth::{AuthForms, NoAuth, Token, UsernamePassword};
pub use bookmark::{Bookmark, Plan, days_before, seconds_before};
pub use catalog::{Catalog, CatalogSource, Rediscovered};
pub use causes::with_causes;
pub use client_credentials::{ClientCredentials, ClientProof};
pub use connector::{Connector, DynConnector, Reachable};
pub use context::{OpenContext, is_private, real_path, refuse_outside};
pub use counted::counted;
pub use dial::{DialError, dial};
pub use digits::Digits;
pub use error::{BoxError, ConnectorError, ErrorClass};
pub use json_form::rows_as_json;
pub use place::TextPlace;
pub use read::{Cursor, Estimate, Extract, ReadEvent, ReadRequest, ReadStream, RejectedRow, RejectedValue, SourceRef};
pub use registry::{ConnectorFactory, Registry, UsualConsent};
pub use scratch::ScratchFolder;
pub use secret::SecretString;
pub use settings::{SecretPaths, Settings};
pub use simulator::{DemoConfig, Simulator};
pub use steps::{Step, stream_of};
pub use thread::on_a_thread;
pub use trail::{Circle, Trail};

pub use crate::auth_forms;
pub use crate::vocabulary::{AuthType, ConnectorType, EventLevel};
