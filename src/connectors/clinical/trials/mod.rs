//! ClinicalTrials.gov by its API, version 2 (<https://clinicaltrials.gov/data-api/api>): one search, paged by `pageToken`.

mod read;
mod study;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::config::{ClinicalAuth, ClinicalConfig, Search};
use crate::sdk::http::{Budget, CHECK_TIME, HttpClient, HttpResponse, Judgement};
use crate::sdk::rows::schema_of;
use crate::sdk::{
    Catalog, CatalogSource, ConnectorError, ConnectorType, ErrorClass, OpenContext, Reachable, ReadRequest, ReadStream,
    counted,
};

const ORIGIN: &str = "https://clinicaltrials.gov";
const STUDIES: &str = "api/v2/studies";
/// Requests within a minute. The API documents no limit; one that asks no more than this has not been refused.
const RATE: u32 = 50;
/// Studies of a page.
const PAGE: usize = 200;

/// ClinicalTrials.gov, asked for one query.
#[derive(Clone)]
pub struct Trials {
    client: HttpClient,
    query: Option<String>,
    page: usize,
}

/// A page of studies.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    /// As they came.
    studies: Vec<Box<RawValue>>,
    next_page_token: Option<String>,
    total_count: Option<u64>,
}

impl Trials {
    pub(super) fn open(
        config: ClinicalConfig,
        auth: &ClinicalAuth,
        context: &OpenContext,
    ) -> Result<Self, ConnectorError> {
        config.check_page_size()?;
        if !matches!(auth, ClinicalAuth::None(_)) {
            return Err(ConnectorError::config("authType", "ClinicalTrials.gov takes no credentials; choose NONE"));
        }
        if config.resources.is_some() {
            return Err(ConnectorError::config("connectionConfig.resources", "is for FHIR servers; leave it out"));
        }
        let query = match config.query {
            None => None,
            Some(Search::All(query)) => Some(query).filter(|query| !query.trim().is_empty()),
            Some(Search::ByType(_)) => {
                let message = "must be a text, for example crispr AND AREA[Phase]PHASE1";
                return Err(ConnectorError::config("connectionConfig.query", message));
            }
        };
        let client =
            HttpClient::builder(context, ConnectorType::Clinical, config.base_url.as_deref().unwrap_or(ORIGIN))
                .options(&config.http)
                .budget(Budget::new("studies").at_most(RATE, std::time::Duration::from_secs(60)))
                .judge(judge)
                .build()?;
        Ok(Self { client, query, page: config.page_size.unwrap_or(PAGE) })
    }

    pub(super) fn client(&self) -> &HttpClient {
        &self.client
    }

    pub(super) async fn check(&self) -> Result<Reachable, ConnectorError> {
        let trials = Self { client: self.client.within(CHECK_TIME), ..self.clone() };
        let count = trials.count().await?;
        let message = format!("ClinicalTrials.gov finds {}", counted(count, "study", "studies"));
        Ok(Reachable { message, details: json!({ "studies": count }) })
    }

    pub(super) async fn discover(&self) -> Result<Catalog, ConnectorError> {
        let studies = CatalogSource {
            name: "studies".into(),
            sql_name: "studies".into(),
            source_type: "records".into(),
            source_path: "studies".into(),
            description: Some("One row for each study that the query finds".into()),
            schema: schema_of(study::COLUMNS),
            primary_key: vec!["nct_id".into()],
            cursor_field: None,
            estimated_rows: Some(self.count().await?),
            details: json!(null),
        };
        Ok(Catalog { sources: vec![studies] })
    }

    pub(super) fn read(&self, request: ReadRequest) -> ReadStream {
        let trials = self.clone();
        let cancel = request.cancel.clone();
        self.client.reading(&cancel, |client| read::events(Self { client, ..trials }, request))
    }

    async fn count(&self) -> Result<u64, ConnectorError> {
        let page = self.page(None, None, 1).await?;
        Ok(page.total_count.unwrap_or(page.studies.len() as u64))
    }

    /// A page of what was updated since a day, in the order of that; the first without a token.
    async fn page(
        &self,
        since: Option<chrono::NaiveDate>,
        token: Option<&str>,
        size: usize,
    ) -> Result<Page, ConnectorError> {
        let mut request = self.client.get(STUDIES).query("format", "json").query("pageSize", size);
        if let Some(query) = &self.query {
            request = request.query("query.term", query);
        }
        if let Some(since) = since {
            request = request.query("filter.advanced", format!("AREA[LastUpdatePostDate]RANGE[{since},MAX]"));
        }
        request = request.query("sort", "LastUpdatePostDate:asc").query("countTotal", "true");
        if let Some(token) = token {
            request = request.query("pageToken", token);
        }
        request.send().await?.json()
    }
}

/// It says in plain text what is wrong with a request.
fn judge(response: &HttpResponse) -> Option<Judgement> {
    if response.status() != 400 {
        return None;
    }
    let words = response.text().trim().to_owned();
    let is_of_query = words.contains("query") || words.contains("filter") || words.contains("parse");
    let class = if is_of_query { ErrorClass::Config } else { ErrorClass::Protocol };
    Some(Judgement::failed(class, words))
}

/// Where a study has a part: `part(study, "identificationModule")`.
fn part<'a>(study: &'a Value, module: &str) -> &'a Value {
    &study["protocolSection"][module]
}
