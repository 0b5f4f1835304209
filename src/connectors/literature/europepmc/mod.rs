//! Europe PMC by its RESTful API (<https://europepmc.org/RestfulWebService>): one search, paged by `cursorMark`.
//!
//! A mark is no session: it says where in the sorted result the next page begins, and is good for ever with the same query and
//! the same order. So results are ordered by the day of publication, which does not change, instead of by relevance.

mod markup;
mod read;
mod record;

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::config::LiteratureConfig;
use crate::sdk::http::{Budget, HttpClient, HttpResponse, Judgement};
use crate::sdk::{ConnectorError, ConnectorType, ErrorClass, OpenContext, ReadRequest, ReadStream};

const ORIGIN: &str = "https://www.ebi.ac.uk";
const SEARCH: &str = "europepmc/webservices/rest/search";
/// Requests a second that Europe PMC bears from one address.
const RATE: u32 = 10;
/// The mark of the first page.
const FIRST: &str = "*";
/// Searches of more bytes are posted.
const LONGEST_URL: usize = 4_000;

/// Europe PMC, asked for one query.
#[derive(Clone)]
pub struct EuropePmc {
    client: HttpClient,
    query: String,
}

/// A page of results.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    hit_count: u64,
    next_cursor_mark: Option<String>,
    result_list: Results,
}

#[derive(Debug, Deserialize)]
struct Results {
    result: Vec<Value>,
}

impl EuropePmc {
    pub(super) fn open(config: LiteratureConfig, context: &OpenContext) -> Result<Self, ConnectorError> {
        let origin = config.base_url.as_deref().unwrap_or(ORIGIN);
        let client = HttpClient::builder(context, ConnectorType::Literature, origin)
            .options(&config.http)
            .budget(Budget::new("search").at_most(RATE, Duration::from_secs(1)))
            .judge(judge)
            .build()?;
        Ok(Self { client, query: config.query })
    }

    pub(super) fn client(&self) -> &HttpClient {
        &self.client
    }

    /// The same, with requests that end in time.
    pub(super) fn within(&self, time: Duration) -> Self {
        Self { client: self.client.within(time), ..self.clone() }
    }

    /// How many articles there are.
    pub(super) async fn count(&self) -> Result<u64, ConnectorError> {
        Ok(self.page(&self.query, FIRST, 1, "idlist").await?.hit_count)
    }

    pub(super) fn read(&self, request: ReadRequest) -> ReadStream {
        let europe = self.clone();
        let cancel = request.cancel.clone();
        self.client.reading(&cancel, |client| read::events(Self { client, ..europe }, request))
    }

    async fn page(&self, query: &str, mark: &str, size: usize, result_type: &str) -> Result<Page, ConnectorError> {
        let size = size.to_string();
        let parameters = [
            ("query", query),
            ("resultType", result_type),
            ("format", "json"),
            ("sort", "P_PDATE_D asc"),
            ("pageSize", size.as_str()),
            ("cursorMark", mark),
        ];
        let request = if query.len() > LONGEST_URL {
            self.client.post(format!("{SEARCH}POST")).form(parameters).idempotent()
        } else {
            self.client.get(SEARCH).queries(parameters)
        };
        request.send().await?.json()
    }
}

/// Failures come with status 200, too: as an error, or as an answer without results.
fn judge(response: &HttpResponse) -> Option<Judgement> {
    if !response.status().is_success() {
        let words: Option<Value> = response.peek();
        let message = words.as_ref().and_then(|words| words["errMsg"].as_str())?;
        let class = if response.status().is_server_error() { ErrorClass::Transient } else { ErrorClass::Protocol };
        return Some(Judgement::failed(class, message));
    }
    let body: Result<Head, _> = serde_json::from_slice(response.bytes());
    match body {
        Ok(head) if head.result_list.is_some() => None,
        Ok(Head { error: Some(message), .. }) => Some(Judgement::failed(ErrorClass::Protocol, message)),
        Ok(_) => {
            let words =
                "an answer without results: it does not know where the read stood (cursorMark); sync it in full";
            Some(Judgement::failed(ErrorClass::Protocol, words))
        }
        Err(_) => Some(Judgement::failed(ErrorClass::Transient, "an answer that is no JSON, or breaks off")),
    }
}

/// What tells an answer from a failure; the rest is passed over.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    result_list: Option<serde::de::IgnoredAny>,
    #[serde(rename = "errMsg")]
    error: Option<String>,
}
