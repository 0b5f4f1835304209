//! What a user sets on a literature connector.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::sdk::http::HttpOptions;
use crate::sdk::{NoAuth, SecretString, auth_forms};

/// The articles that a query finds at PubMed or at Europe PMC.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(
    example = &serde_json::json!({"query": "crispr[tiab] AND neoplasms[mesh]", "email": "lab@example.com"}),
    example = &serde_json::json!({"query": "crispr AND OPEN_ACCESS:Y", "provider": "europepmc"})
)]
pub struct LiteratureConfig {
    /// What to look for, in the provider's own search language, for example `crispr[tiab] AND neoplasms[mesh]` at PubMed or
    /// `TITLE:crispr AND OPEN_ACCESS:Y` at Europe PMC. The test of the connection says how many articles it finds.
    pub query: String,
    /// Who is asked.
    #[serde(default)]
    pub provider: Provider,
    /// Another origin than the provider's own with the same paths (`/entrez/eutils/…`, `/europepmc/webservices/rest/…`), for a
    /// proxy.
    pub base_url: Option<String>,
    /// PubMed: what NCBI is told of the program that asks, as it wants of every one.
    #[serde(default = "default_tool")]
    pub tool: String,
    /// PubMed: whom NCBI may write to before it blocks a program that asks too much. Give yours.
    pub email: Option<String>,
    /// Limits of requests. What is not given here is as the installation has it (`http_client` in its settings).
    #[serde(default)]
    pub http: HttpOptions,
}

/// Who is asked for articles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// PubMed, by NCBI's E-utilities.
    #[default]
    PubMed,
    /// Europe PMC, by its RESTful API: PubMed and more, preprints and patents among it.
    EuropePmc,
}

fn default_tool() -> String {
    "dataweaver".to_owned()
}

/// A key of NCBI.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NcbiKey {
    /// The API key of an NCBI account, which raises the limit from 3 to 10 requests a second.
    pub api_key: SecretString,
}

auth_forms! {
    /// PubMed takes an API key and needs none; Europe PMC takes none.
    pub enum LiteratureAuth { None(NoAuth), ApiKey(NcbiKey) }
}
