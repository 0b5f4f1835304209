//! What a user sets on a clinical connector.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::sdk::http::HttpOptions;
use crate::sdk::{ClientCredentials, ConnectorError, NoAuth, Token, auth_forms};

/// The resources of a FHIR R4 server, or the studies of ClinicalTrials.gov.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(
    example = &serde_json::json!({"system": "fhir", "base_url": "https://fhir.example.com/r4", "resources": ["Patient"]}),
    example = &serde_json::json!({"system": "clinicaltrials", "query": "crispr AND AREA[Phase]PHASE1"})
)]
pub struct ClinicalConfig {
    /// What is read.
    pub system: System,
    /// The FHIR server's base with its path, for example `https://fhir.example.com/r4`. For ClinicalTrials.gov another origin than
    /// its own with the same paths (`/api/v2/studies`), if need be.
    pub base_url: Option<String>,
    /// FHIR: the types of resources to read; `Patient`, `Observation`, `Condition`, `Encounter` and `Specimen` where it is absent.
    /// Of other types, id, version, identifiers and the whole resource are read.
    pub resources: Option<Vec<String>>,
    /// What to look for; everything where it is absent. At a FHIR server search parameters, for all types (`_security:not=R`) or by
    /// type (`{"Observation": "category=laboratory"}`); at ClinicalTrials.gov an expression of its search language.
    pub query: Option<Search>,
    /// Resources or studies of a page, 1 to 1000; 200 where it is absent. A server may give fewer.
    #[schemars(range(min = 1, max = 1000))]
    pub page_size: Option<usize>,
    /// Limits of requests. What is not given here is as the installation has it (`http_client` in its settings).
    #[serde(default)]
    pub http: HttpOptions,
}

/// What is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum System {
    /// A FHIR R4 server.
    Fhir,
    /// ClinicalTrials.gov.
    ClinicalTrials,
}

/// What to look for.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Search {
    /// The same for all.
    All(String),
    /// By the type of resources.
    ByType(BTreeMap<String, String>),
}

impl ClinicalConfig {
    /// Refuses a page size that makes no sense.
    ///
    /// # Errors
    /// `Config` naming the range.
    pub(super) fn check_page_size(&self) -> Result<(), ConnectorError> {
        match self.page_size {
            Some(size) if !(1..=1_000).contains(&size) => {
                Err(ConnectorError::config("connectionConfig.page_size", "must be between 1 and 1000"))
            }
            _ => Ok(()),
        }
    }
}

auth_forms! {
    /// How to sign in at a FHIR server; ClinicalTrials.gov asks for nothing.
    pub enum ClinicalAuth { None(NoAuth), Token(Token), Oauth2(ClientCredentials) }
}
