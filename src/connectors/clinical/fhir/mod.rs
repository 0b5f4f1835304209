//! A FHIR R4 server (<https://hl7.org/fhir/R4/http.html>): each type of resources is searched, ordered by `_lastUpdated`.
//!
//! Bundles name the next page by a link, which servers forget after some time. So a checkpoint is no link but an instant: a
//! read that goes on searches from the last `_lastUpdated` that it has seen, and passes over what it had of that very instant.

mod bundle;
mod read;
mod resource;
mod types;

use crate::sdk::http::{Authorisation, CHECK_TIME, HttpClient};
use crate::sdk::rows::schema_of;
use crate::sdk::{
    Catalog, CatalogSource, ConnectorError, ConnectorType, OpenContext, Reachable, ReadRequest, ReadStream,
};
use serde_json::{Value, json};

use super::config::{ClinicalAuth, ClinicalConfig, Search};
use bundle::Bundle;
use types::Kind;

/// What is read where nothing else is said.
const USUAL: [&str; 5] = ["Patient", "Observation", "Condition", "Encounter", "Specimen"];
/// Resources of a page.
const PAGE: usize = 200;
/// The media type of FHIR's JSON.
const JSON: &str = "application/fhir+json";

/// A server, and what is read there.
#[derive(Clone)]
pub struct Fhir {
    client: HttpClient,
    resources: Vec<String>,
    query: Option<Search>,
    page: usize,
}

impl Fhir {
    pub(super) fn open(
        config: ClinicalConfig,
        auth: ClinicalAuth,
        context: &OpenContext,
    ) -> Result<Self, ConnectorError> {
        config.check_page_size()?;
        let Some(base_url) = &config.base_url else {
            let message = "is missing; give the FHIR server's base, for example https://fhir.example.com/r4";
            return Err(ConnectorError::config("connectionConfig.base_url", message));
        };
        let authorisation = match auth {
            ClinicalAuth::None(_) => Authorisation::none(),
            ClinicalAuth::Token(token) => Authorisation::bearer(token.token),
            ClinicalAuth::Oauth2(form) => form.authorisation(context, ConnectorType::Clinical, &config.http)?,
        };
        let client = HttpClient::builder(context, ConnectorType::Clinical, base_url)
            .options(&config.http)
            .authorisation(authorisation)
            .header("accept", JSON)
            .judge(bundle::judge)
            .build()?;
        let resources = config.resources.unwrap_or_else(|| USUAL.map(str::to_owned).to_vec());
        let unlike = resources.iter().find(|name| !is_type(name));
        if let Some(name) = unlike {
            let message = format!("{name:?} is no type of FHIR resources; write it like Patient");
            return Err(ConnectorError::config("connectionConfig.resources", message));
        }
        if let Some(Search::ByType(searches)) = &config.query
            && let Some(stranger) = searches.keys().find(|name| !resources.contains(name))
        {
            let message = format!("names {stranger}, which is not among the resources ({})", resources.join(", "));
            return Err(ConnectorError::config("connectionConfig.query", message));
        }
        Ok(Self { client, resources, query: config.query, page: config.page_size.unwrap_or(PAGE) })
    }

    pub(super) fn client(&self) -> &HttpClient {
        &self.client
    }

    /// Asks what the server is, and whether the first type may be searched.
    pub(super) async fn check(&self) -> Result<Reachable, ConnectorError> {
        let client = self.client.within(CHECK_TIME);
        let statement: Value = client.get("metadata").query("_summary", "true").send().await?.json()?;
        let text = |name: &str| statement[name].as_str().map(str::to_owned);
        let version = text("fhirVersion").unwrap_or_else(|| "of an unknown version".into());
        if statement["resourceType"] != "CapabilityStatement" {
            let message = format!("{} is no FHIR server: it gives no CapabilityStatement", self.client.base());
            return Err(ConnectorError::Protocol { message, cause: None });
        }
        if let Some(name) = self.resources.first() {
            let search = self.parameters(name);
            client.get(name).queries(search).query("_count", 1).send().await?;
        }
        let software = statement["software"]["name"].as_str().map_or_else(String::new, |name| format!(" by {name}"));
        let message = format!("FHIR {version}{software}: {} to read", self.resources.join(", "));
        Ok(Reachable { message, details: json!({ "fhirVersion": version, "resources": self.resources }) })
    }

    pub(super) async fn discover(&self) -> Result<Catalog, ConnectorError> {
        let mut sources = Vec::new();
        for name in &self.resources {
            let search = self.parameters(name);
            let answer = self.client.get(name).queries(search).query("_summary", "count").send().await?;
            // A server may leave it out.
            let total = answer.json::<Bundle>()?.total;
            let kind = Kind::of(name);
            sources.push(CatalogSource {
                name: name.clone(),
                sql_name: snake_case(name),
                source_type: "resource".into(),
                source_path: name.clone(),
                description: Some(format!("One row for each resource of type {name}")),
                schema: schema_of(kind.columns()),
                primary_key: vec!["id".into()],
                cursor_field: None,
                estimated_rows: total,
                details: json!(null),
            });
        }
        Ok(Catalog { sources })
    }

    pub(super) fn read(&self, request: ReadRequest) -> ReadStream {
        let fhir = self.clone();
        let cancel = request.cancel.clone();
        self.client.reading(&cancel, |client| read::events(Self { client, ..fhir }, request))
    }

    /// The user's search parameters of a type.
    fn parameters(&self, name: &str) -> Vec<(String, String)> {
        let search = match &self.query {
            None => return Vec::new(),
            Some(Search::All(search)) => search.as_str(),
            Some(Search::ByType(searches)) => searches.get(name).map_or("", String::as_str),
        };
        url::form_urlencoded::parse(search.trim_start_matches('?').as_bytes()).into_owned().collect()
    }
}

fn is_type(name: &str) -> bool {
    name.starts_with(|char: char| char.is_ascii_uppercase()) && name.chars().all(|char| char.is_ascii_alphanumeric())
}

/// `MedicationRequest` as `medication_request`.
fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for char in name.chars() {
        if char.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(char.to_ascii_lowercase());
    }
    snake
}
