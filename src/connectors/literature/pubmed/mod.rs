//! PubMed by NCBI's E-utilities (<https://www.ncbi.nlm.nih.gov/books/NBK25501/>): searched by `esearch`, fetched by `efetch`.
//!
//! A search gives no more than its first 9,999 records, however it is paged. What finds more is cut into slices by the days on
//! which records came into PubMed. Of a slice all PMIDs are listed, then its records are fetched page by page, the newest
//! first: by the history that the search left at NCBI where that lies in the same order, by their PMIDs otherwise and when the
//! history has expired. So a checkpoint (slice and PMID) is good for ever.

mod answer;
mod book;
mod citation;
mod read;
mod search;
mod slice;
#[cfg(test)]
mod tests;
mod xml;

use std::time::Duration;

use super::config::{LiteratureAuth, LiteratureConfig};
use crate::sdk::http::{Authorisation, Budget, HttpClient, HttpRequest, HttpResponse};
use crate::sdk::{ConnectorError, ConnectorType, OpenContext, ReadRequest, ReadStream};
use search::{Found, History};

const ORIGIN: &str = "https://eutils.ncbi.nlm.nih.gov";
/// Requests a second that NCBI allows, without and with an API key.
const RATES: (u32, u32) = (3, 10);
/// Parameters of more bytes are posted; servers and proxies refuse longer URLs.
const LONGEST_URL: usize = 4_000;

/// PubMed, asked for one query.
#[derive(Clone)]
pub struct PubMed {
    client: HttpClient,
    query: String,
    /// `tool` and `email`, as NCBI asks of every program.
    identity: Vec<(&'static str, String)>,
}

impl PubMed {
    pub(super) fn open(
        config: LiteratureConfig,
        auth: LiteratureAuth,
        context: &OpenContext,
    ) -> Result<Self, ConnectorError> {
        let (authorisation, rate) = match auth {
            LiteratureAuth::None(_) => (Authorisation::none(), RATES.0),
            LiteratureAuth::ApiKey(key) => (Authorisation::query("api_key", key.api_key), RATES.1),
        };
        let origin = config.base_url.as_deref().unwrap_or(ORIGIN);
        let client = HttpClient::builder(context, ConnectorType::Literature, origin)
            .options(&config.http)
            .authorisation(authorisation)
            .budget(Budget::new("E-utilities").at_most(rate, Duration::from_secs(1)))
            .judge(answer::judge)
            .build()?;
        let mut identity = vec![("tool", config.tool)];
        identity.extend(config.email.map(|email| ("email", email)));
        Ok(Self { client, query: config.query, identity })
    }

    pub(super) fn client(&self) -> &HttpClient {
        &self.client
    }

    /// The same, with requests that end in time.
    pub(super) fn within(&self, time: Duration) -> Self {
        Self { client: self.client.within(time), ..self.clone() }
    }

    /// How many articles there are.
    pub(super) async fn count(&self) -> Result<Found, ConnectorError> {
        self.search(&self.query, 0).await
    }

    pub(super) fn read(&self, request: ReadRequest) -> ReadStream {
        let pubmed = self.clone();
        let cancel = request.cancel.clone();
        self.client.reading(&cancel, |client| read::events(Self { client, ..pubmed }, request))
    }

    /// Searches, and lists the first PMIDs.
    async fn search(&self, term: &str, most: usize) -> Result<Found, ConnectorError> {
        let parameters = vec![
            ("term", term.to_owned()),
            ("retmode", "json".to_owned()),
            ("retmax", most.to_string()),
            ("usehistory", "y".to_owned()),
        ];
        Found::of_answer(&self.ask("esearch", parameters).send().await?)
    }

    /// Records out of a history: so many from a place on.
    async fn fetch_from(&self, history: &History, start: usize, count: usize) -> Result<HttpResponse, ConnectorError> {
        let parameters = vec![
            ("query_key", history.query_key.clone()),
            ("WebEnv", history.web_env.clone()),
            ("retstart", start.to_string()),
            ("retmax", count.to_string()),
            ("retmode", "xml".to_owned()),
        ];
        self.ask("efetch", parameters).send().await
    }

    /// Records by their PMIDs.
    async fn fetch(&self, ids: &[u64]) -> Result<HttpResponse, ConnectorError> {
        let ids: Vec<String> = ids.iter().map(u64::to_string).collect();
        let parameters = vec![("id", ids.join(",")), ("retmode", "xml".to_owned())];
        self.ask("efetch", parameters).send().await
    }

    fn ask(&self, program: &str, mut parameters: Vec<(&'static str, String)>) -> HttpRequest {
        parameters.insert(0, ("db", "pubmed".to_owned()));
        parameters.extend(self.identity.iter().cloned());
        let path = format!("entrez/eutils/{program}.fcgi");
        let length: usize = parameters.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
        if length > LONGEST_URL {
            self.client.post(path).form(parameters).idempotent()
        } else {
            self.client.get(path).queries(parameters)
        }
    }
}
