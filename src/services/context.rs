//! What the services work with.

use std::net::SocketAddr;
use std::sync::Arc;

use sea_orm::DatabaseConnection;

use super::Vault;
use super::asks::Asking;
use super::authorisations::{AuthorisationSettings, PublicAddress};
use super::links::KeptLinks;
use super::scenarios::Scenarios;
use super::upkeep::{RetentionSettings, Upkeep};
use super::workflows::{Runner, Workshop};
use crate::engine::Engine;
use crate::events::EventLog;
use crate::lake::Lake;
use crate::query::QueryEngine;
use crate::sdk::{OpenContext, Registry};

/// What the services and the engine's store share.
pub struct Context {
    /// Our own database.
    pub db: DatabaseConnection,
    /// The lake.
    pub lake: Lake,
    /// The event log.
    pub events: EventLog,
    /// The connector types of this build.
    pub registry: Registry,
    /// The secrets.
    pub vault: Vault,
    /// What connectors are allowed.
    pub open: OpenContext,
    /// Limits of how accounts are connected.
    pub authorisation: AuthorisationSettings,
    /// Under which address browsers find us.
    pub public_address: PublicAddress,
    /// What questions share.
    pub asking: Asking,
    /// The scenario packs, and what is done to scenarios here.
    pub scenarios: Arc<Scenarios>,
    /// What of workflows belongs to this process.
    pub workflows: Workshop,
}

/// The services. Cheap to clone.
#[derive(Clone)]
pub struct Services {
    pub(super) context: Arc<Context>,
    pub(super) engine: Engine,
    pub(super) query: QueryEngine,
    /// The links that were read last.
    pub(super) links: Arc<KeptLinks>,
}

impl Services {
    /// The services over what the composition root has built.
    pub fn new(context: Arc<Context>, engine: Engine, query: QueryEngine) -> Self {
        Self { context, engine, query, links: Arc::default() }
    }

    /// A server of these services listens there from now on.
    pub fn listens_at(&self, address: SocketAddr) {
        self.context.public_address.listens_at(address);
    }

    /// Our own database.
    pub fn db(&self) -> &DatabaseConnection {
        &self.context.db
    }

    /// The event log.
    pub fn events(&self) -> &EventLog {
        &self.context.events
    }

    /// The connector types of this build.
    pub fn registry(&self) -> &Registry {
        &self.context.registry
    }

    /// The lake.
    pub fn lake(&self) -> &Lake {
        &self.context.lake
    }

    /// Upkeep of the lake and the records, to be run by whoever runs the syncs.
    pub fn upkeep(&self, settings: RetentionSettings) -> Upkeep {
        Upkeep::new(Arc::clone(&self.context), settings, self.engine.settings().file_bytes())
    }

    /// What runs workflows, to be run by whoever runs the syncs.
    pub fn workflow_runner(&self) -> Runner {
        Runner::new(self.clone())
    }

    /// The sync engine.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }
}
