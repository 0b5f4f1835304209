//! Clinical data, read from simulators of a FHIR server and of ClinicalTrials.gov.

mod contract;
mod reading;
mod syncs;

use dataweaver::connectors::clinical::Clinical;
use dataweaver::connectors::clinical::simulator::ClinicalSimulator;
use dataweaver::demo::clinic::Clinic;
use dataweaver::sdk::{AuthType, Cursor, Extract, ReadRequest, Settings, SourceRef};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::simulated::{self, Served, read};

/// A simulator that is being served, until this is dropped.
struct Server {
    simulator: ClinicalSimulator,
    url: String,
    _served: Served,
}

impl Server {
    async fn of(simulator: ClinicalSimulator) -> Self {
        let served = Served::on_a_port(simulator.router()).await;
        Self { simulator, url: served.url.clone(), _served: served }
    }

    /// What is set to read from the FHIR server, with pages of 20.
    fn fhir(&self) -> Value {
        json!({ "system": "fhir", "base_url": format!("{}/fhir", self.url), "page_size": 20 })
    }

    fn trials(&self, query: &str) -> Value {
        json!({ "system": "clinicaltrials", "base_url": self.url, "query": query, "page_size": 10 })
    }
}

fn settings(connection: Value) -> Settings {
    Settings { connection, auth_type: AuthType::None, auth: json!({}) }
}

fn with_token(connection: Value, token: &str) -> Settings {
    Settings { connection, auth_type: AuthType::Token, auth: json!({ "token": token }) }
}

fn clinic() -> ClinicalSimulator {
    ClinicalSimulator::of(&Clinic::default())
}

type Hurry = simulated::Hurry<Clinical>;

fn request(source: &str, extract: Extract) -> ReadRequest {
    ReadRequest {
        source: SourceRef {
            name: source.into(),
            source_type: "resource".into(),
            source_path: source.into(),
            details: json!(null),
        },
        extract,
        primary_key: Vec::new(),
        resume: None,
        batch_bytes: 1 << 20,
        memory_bytes: 64 << 20,
        cancel: CancellationToken::new(),
    }
}

fn news(since: Option<&Cursor>) -> Extract {
    Extract::Incremental { cursor_field: None, since: since.cloned(), lookback: std::time::Duration::ZERO }
}
