//! What `esearch` answers.

use std::cmp::Reverse;

use serde::Deserialize;

use crate::sdk::http::HttpResponse;
use crate::sdk::{ConnectorError, ErrorClass};

/// What a search found.
#[derive(Debug)]
pub struct Found {
    pub(crate) count: u64,
    /// PMIDs, the highest first.
    pub(super) ids: Vec<u64>,
    /// Where NCBI keeps the same list in the same order.
    pub(super) history: Option<History>,
    unknown: Vec<String>,
}

/// A search that NCBI remembers for some hours.
#[derive(Clone, Debug)]
pub(super) struct History {
    pub(super) web_env: String,
    pub(super) query_key: String,
}

#[derive(Deserialize)]
struct Answer {
    esearchresult: Outcome,
}

#[derive(Deserialize)]
struct Outcome {
    #[serde(alias = "ERROR")]
    error: Option<String>,
    count: Option<String>,
    #[serde(default)]
    idlist: Vec<String>,
    webenv: Option<String>,
    querykey: Option<String>,
    #[serde(default)]
    errorlist: Option<Unknown>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Unknown {
    phrasesnotfound: Vec<String>,
    fieldsnotfound: Vec<String>,
}

impl Found {
    /// # Errors
    /// `Protocol` where it is no answer of `esearch`.
    pub(super) fn of_answer(response: &HttpResponse) -> Result<Self, ConnectorError> {
        let wrong = |error: serde_json::Error| {
            response.error(ErrorClass::Protocol, &format!("no answer of esearch: column {}", error.column()))
        };
        let result = read(response).map_err(wrong)?.esearchresult;
        let unlike = |what: &str| response.error(ErrorClass::Protocol, what);
        let count = result.count.as_deref().and_then(|count| count.parse().ok());
        let count: u64 = count.ok_or_else(|| unlike("an answer of esearch without a count"))?;
        let listed: Option<Vec<u64>> = result.idlist.iter().map(|id| id.parse().ok()).collect();
        let listed = listed.ok_or_else(|| unlike("a PMID that is no number"))?;
        let history = result.webenv.zip(result.querykey);
        let history = history.map(|(web_env, query_key)| History { web_env, query_key });
        let history = history.filter(|_| listed.is_sorted_by(|one, other| one > other));
        let mut ids = listed;
        ids.sort_unstable_by_key(|id| Reverse(*id));
        ids.dedup();
        let unknown = result.errorlist.unwrap_or_default();
        Ok(Self { count, ids, history, unknown: [unknown.phrasesnotfound, unknown.fieldsnotfound].concat() })
    }

    /// Whether all that it found is listed.
    pub(super) fn is_listed(&self) -> bool {
        self.ids.len() as u64 >= self.count
    }

    /// What of the query PubMed does not know, in words.
    pub(crate) fn doubt(&self) -> Option<String> {
        (!self.unknown.is_empty()).then(|| format!("it does not know {}", self.unknown.join(", ")))
    }
}

/// Why a search failed, which is told with status 200: by an error in the answer, or by half of one.
pub(super) fn failure(response: &HttpResponse) -> Option<String> {
    match read(response) {
        Ok(answer) => {
            let error = answer.esearchresult.error.filter(|error| !error.is_empty())?;
            let words = error.split_whitespace().collect::<Vec<_>>().join(" ");
            Some(format!("{words}; if it stays so, PubMed cannot make sense of the query"))
        }
        Err(error) => error.is_eof().then(|| "the answer breaks off in the middle".to_owned()),
    }
}

/// Reads the JSON, in which messages hold raw line breaks.
fn read(response: &HttpResponse) -> serde_json::Result<Answer> {
    let body: Vec<u8> = response.bytes().iter().map(|byte| if *byte < b' ' { b' ' } else { *byte }).collect();
    serde_json::from_slice(&body)
}
