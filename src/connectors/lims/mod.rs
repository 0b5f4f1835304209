//! Laboratory information management systems: the objects of SENAITE by its JSON API, and the records of others by a REST
//! API that the settings describe.
//!
//! `docs/connectors/lims.md` tells what is read and how changes are found.

mod config;
mod rest;
mod senaite;
pub mod simulator;

use serde_json::json;

use crate::demo::World;
use crate::demo::lab::Lab;
use crate::sdk::{
    AuthType, Catalog, Connector, ConnectorError, ConnectorFactory, ConnectorType, DemoConfig, OpenContext, Reachable,
    ReadRequest, ReadStream, Settings, Simulator,
};
use simulator::{LimsSimulator, collections};

pub use config::{ColumnType, HeaderKey, LimsAuth, LimsConfig, Paging, PagingBy, RestSource, System};

/// Reads a LIMS.
pub enum Lims {
    /// SENAITE.
    Senaite(senaite::Senaite),
    /// Any other with a REST API.
    Rest(rest::Rest),
}

inventory::submit! { ConnectorFactory::of::<Lims>() }

impl Connector for Lims {
    const TYPE: ConnectorType = ConnectorType::Lims;
    const NAME: &'static str = "LIMS";
    const DESCRIPTION: &'static str = "Samples, analyses and results of SENAITE, or of any LIMS with a REST API";
    const SUPPORTS_INCREMENTAL: bool = true;
    const SUPPORTS_DEMO: bool = true;
    type Config = LimsConfig;
    type Auth = LimsAuth;

    fn simulator(demo: &DemoConfig) -> Result<Simulator, ConnectorError> {
        let lab = World::telling::<Lab>(demo.world.as_deref(), demo.size_factor)
            .map_err(|error| DemoConfig::wrong(error.setting(), error))?;
        let simulator = LimsSimulator::of(lab.get());
        let router = simulator.router();
        Ok(Simulator::new(router, |base_url| Settings {
            connection: json!({
                "system": "rest", "base_url": format!("{base_url}/api"), "sources": collections(), "page_size": 500,
            }),
            auth_type: AuthType::None,
            auth: json!({}),
        })
        .made_by(move || simulator.make()))
    }

    fn open(config: LimsConfig, auth: LimsAuth, context: OpenContext) -> Result<Self, ConnectorError> {
        match config.system {
            System::Senaite => senaite::Senaite::open(config, auth, &context).map(Self::Senaite),
            System::Rest => rest::Rest::open(config, auth, &context).map(Self::Rest),
        }
    }

    async fn permitted(&self) -> Result<(), ConnectorError> {
        match self {
            Self::Senaite(senaite) => senaite.client().permitted(),
            Self::Rest(rest) => rest.client().permitted(),
        }
    }

    async fn check(&self) -> Result<Reachable, ConnectorError> {
        match self {
            Self::Senaite(senaite) => senaite.check().await,
            Self::Rest(rest) => rest.check().await,
        }
    }

    async fn discover(&self) -> Result<Catalog, ConnectorError> {
        match self {
            Self::Senaite(senaite) => senaite.discover().await,
            Self::Rest(rest) => rest.discover().await,
        }
    }

    fn read(&self, request: ReadRequest) -> ReadStream {
        match self {
            Self::Senaite(senaite) => senaite.read(request),
            Self::Rest(rest) => rest.read(request),
        }
    }
}
