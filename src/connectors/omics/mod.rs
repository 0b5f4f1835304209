//! Omics: the studies of a cBioPortal, and count matrices and variants from files.
//!
//! Both become long tables, one row a fact: a mutation of a sample, the count of a gene in a cell, the genotype of a sample at
//! a place. `docs/connectors/omics.md` tells what is read and how changes are found.

mod config;
mod files;
mod news;
mod portal;
pub mod simulator;

use serde_json::json;

use crate::demo::World;
use crate::demo::cohort::Cohort;
use crate::sdk::{
    AuthType, Catalog, Connector, ConnectorError, ConnectorFactory, ConnectorType, DemoConfig, OpenContext, Reachable,
    ReadRequest, ReadStream, Rediscovered, Settings, Simulator, SourceRef,
};
use simulator::PortalSimulator;

pub use config::{OmicsAuth, OmicsConfig, System};

/// Reads omics data.
pub enum Omics {
    /// A cBioPortal.
    Portal(portal::Portal),
    /// Files of a folder.
    Files(files::Files),
}

inventory::submit! { ConnectorFactory::of::<Omics>() }

impl Connector for Omics {
    const TYPE: ConnectorType = ConnectorType::Omics;
    const NAME: &'static str = "Omics";
    const DESCRIPTION: &'static str = "Studies of a cBioPortal, or count matrices and variants (VCF, BCF) of a folder";
    const SUPPORTS_INCREMENTAL: bool = true;
    const DISCOVERS_AT_SYNC: bool = true;
    const SUPPORTS_DEMO: bool = true;
    type Config = OmicsConfig;
    type Auth = OmicsAuth;

    fn simulator(demo: &DemoConfig) -> Result<Simulator, ConnectorError> {
        let cohort = World::telling::<Cohort>(demo.world.as_deref(), demo.size_factor)
            .map_err(|error| DemoConfig::wrong(error.setting(), error))?;
        let simulator = PortalSimulator::of(&cohort.get());
        let genes = ["TP53", "PIK3CA", "KRAS", "EGFR", "ERBB2", "APC"];
        Ok(Simulator::new(simulator.router(), move |base_url| Settings {
            connection: json!({ "system": "cbioportal", "base_url": base_url, "expression_genes": genes }),
            auth_type: AuthType::None,
            auth: json!({}),
        }))
    }

    fn open(config: OmicsConfig, auth: OmicsAuth, context: OpenContext) -> Result<Self, ConnectorError> {
        config.check()?;
        match config.system {
            System::Cbioportal => portal::Portal::open(config, auth, &context).map(Self::Portal),
            System::Files => files::Files::open(config, &auth, context).map(Self::Files),
        }
    }

    async fn permitted(&self) -> Result<(), ConnectorError> {
        match self {
            Self::Portal(portal) => portal.client().permitted(),
            Self::Files(files) => files.permitted().await,
        }
    }

    async fn check(&self) -> Result<Reachable, ConnectorError> {
        match self {
            Self::Portal(portal) => portal.check().await,
            Self::Files(files) => files.check().await,
        }
    }

    async fn discover(&self) -> Result<Catalog, ConnectorError> {
        self.rediscover(Vec::new()).await.map(|found| found.catalog)
    }

    async fn rediscover(&self, known: Vec<SourceRef>) -> Result<Rediscovered, ConnectorError> {
        match self {
            Self::Portal(portal) => portal.discover().await.map(Rediscovered::from),
            Self::Files(files) => files.discover(known).await,
        }
    }

    fn read(&self, request: ReadRequest) -> ReadStream {
        match self {
            Self::Portal(portal) => portal.read(request),
            Self::Files(files) => files.read(request),
        }
    }
}
