//! Clinical data: the resources of a FHIR R4 server, and the studies of ClinicalTrials.gov.
//!
//! Both are flattened into columns that are asked for most, and kept whole beside them as JSON.
//! `docs/connectors/clinical.md` tells what is read and how changes are found.

mod config;
mod fhir;
pub mod simulator;
mod trials;

use serde_json::json;

use crate::demo::World;
use crate::demo::clinic::Clinic;
use crate::sdk::{
    AuthType, Catalog, Connector, ConnectorError, ConnectorFactory, ConnectorType, DemoConfig, OpenContext, Reachable,
    ReadRequest, ReadStream, Settings, Simulator,
};
use simulator::ClinicalSimulator;

pub use config::{ClinicalAuth, ClinicalConfig, Search, System};

/// Reads clinical data.
pub enum Clinical {
    /// A FHIR R4 server.
    Fhir(fhir::Fhir),
    /// ClinicalTrials.gov.
    Trials(trials::Trials),
}

inventory::submit! { ConnectorFactory::of::<Clinical>() }

impl Connector for Clinical {
    const TYPE: ConnectorType = ConnectorType::Clinical;
    const NAME: &'static str = "Clinical";
    const DESCRIPTION: &'static str = "Resources of a FHIR R4 server, or studies of ClinicalTrials.gov";
    const SUPPORTS_INCREMENTAL: bool = true;
    const SUPPORTS_DEMO: bool = true;
    type Config = ClinicalConfig;
    type Auth = ClinicalAuth;

    fn simulator(demo: &DemoConfig) -> Result<Simulator, ConnectorError> {
        let clinic = World::telling::<Clinic>(demo.world.as_deref(), demo.size_factor)
            .map_err(|error| DemoConfig::wrong(error.setting(), error))?;
        let simulator = ClinicalSimulator::of(&clinic.get());
        let simulator = match clinic.world().hospital() {
            Some(hospital) => simulator.with_hospital(hospital),
            None => simulator,
        };
        Ok(Simulator::new(simulator.router(), |base_url| Settings {
            connection: json!({ "system": "fhir", "base_url": format!("{base_url}/fhir") }),
            auth_type: AuthType::None,
            auth: json!({}),
        }))
    }

    fn open(config: ClinicalConfig, auth: ClinicalAuth, context: OpenContext) -> Result<Self, ConnectorError> {
        match config.system {
            System::Fhir => fhir::Fhir::open(config, auth, &context).map(Self::Fhir),
            System::ClinicalTrials => trials::Trials::open(config, &auth, &context).map(Self::Trials),
        }
    }

    async fn permitted(&self) -> Result<(), ConnectorError> {
        match self {
            Self::Fhir(fhir) => fhir.client().permitted(),
            Self::Trials(trials) => trials.client().permitted(),
        }
    }

    async fn check(&self) -> Result<Reachable, ConnectorError> {
        match self {
            Self::Fhir(fhir) => fhir.check().await,
            Self::Trials(trials) => trials.check().await,
        }
    }

    async fn discover(&self) -> Result<Catalog, ConnectorError> {
        match self {
            Self::Fhir(fhir) => fhir.discover().await,
            Self::Trials(trials) => trials.discover().await,
        }
    }

    fn read(&self, request: ReadRequest) -> ReadStream {
        match self {
            Self::Fhir(fhir) => fhir.read(request),
            Self::Trials(trials) => trials.read(request),
        }
    }
}
