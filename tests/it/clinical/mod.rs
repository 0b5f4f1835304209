//! Clinical data, read from simulators of a FHIR server and of ClinicalTrials.gov.

mod budget;
mod contract;
mod outside;
mod reading;
mod syncs;

use dataweaver::connectors::clinical::Clinical;
use dataweaver::connectors::clinical::simulator::ClinicalSimulator;
use dataweaver::demo::clinic::Clinic;
use dataweaver::sdk::{Extract, ReadRequest};
use serde_json::{Value, json};

use crate::simulated::{self, Served, news, read, request_of, settings, with_token};

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

fn clinic() -> ClinicalSimulator {
    ClinicalSimulator::of(&Clinic::default())
}

type Hurry = simulated::Hurry<Clinical>;

fn request(source: &str, extract: Extract) -> ReadRequest {
    ReadRequest { batch_bytes: 1 << 20, ..request_of(source, extract) }
}
