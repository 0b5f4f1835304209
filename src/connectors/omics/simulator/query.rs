//! What a query may say: which objects, how detailed, in which order, and how many of them.

use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::traffic::{Refusal, refused};

/// Objects of a page at the most, and where it is not told how many.
const MOST: usize = 10_000_000;

/// What every query may say.
pub(super) struct Query {
    parameters: Vec<(String, String)>,
    projection: String,
    size: usize,
    pub(super) page: usize,
}

/// What the bodies of `fetch` queries may say.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Filter {
    pub(super) ids: Option<Vec<String>>,
    pub(super) attribute_ids: Option<Vec<String>>,
    pub(super) sample_ids: Option<Vec<String>>,
    pub(super) sample_list_id: Option<String>,
    pub(super) entrez_gene_ids: Option<Vec<i64>>,
    pub(super) molecular_profile_ids: Option<Vec<String>>,
    pub(super) sample_molecular_identifiers: Option<Vec<SampleOfProfile>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SampleOfProfile {
    pub(super) molecular_profile_id: String,
    pub(super) sample_id: String,
}

pub(super) type Answer = Result<Response, Refusal>;

impl Query {
    pub(super) fn of(uri: &Uri) -> Result<Self, Refusal> {
        let parameters: Vec<(String, String)> =
            url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
        let get = |name: &str| parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let number = |name: &str, usual: usize| match get(name).map(str::parse::<usize>) {
            None => Ok(usual),
            Some(Ok(number)) => Ok(number),
            Some(Err(_)) => {
                let words = "Request parameter type mismatch: java.lang.NumberFormatException";
                Err(refused(StatusCode::BAD_REQUEST, words))
            }
        };
        let (size, page) = (number("pageSize", MOST)?, number("pageNumber", 0)?);
        if size == 0 || size > MOST {
            return Err(refused(StatusCode::BAD_REQUEST, "pageSize must be greater than or equal to 1"));
        }
        let projection = get("projection").unwrap_or("SUMMARY").to_owned();
        if !["ID", "SUMMARY", "DETAILED", "META"].contains(&projection.as_str()) {
            let words = format!("Request parameter type mismatch: No enum constant Projection.{projection}");
            return Err(refused(StatusCode::BAD_REQUEST, words));
        }
        Ok(Self { projection, size, page, parameters })
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn is_detailed(&self) -> bool {
        self.projection == "DETAILED"
    }

    /// Brings a list out of its order, into another one for each page, unless it is ordered by its ids.
    pub(super) fn disorder(&self, found: &mut [Value], id: &str) {
        if self.get("sortBy") != Some(id) && self.projection != "ID" && !found.is_empty() {
            let turn = self.page * 7 % found.len();
            found.rotate_left(turn);
        }
    }

    /// The page that is asked for; of `META`, how many there are.
    pub(super) fn answer(&self, mut found: Vec<Value>) -> Response {
        if self.projection == "META" {
            return [("total-count", found.len().to_string())].into_response();
        }
        if self.get("direction") == Some("DESC") {
            found.reverse();
        }
        let shown: Vec<Value> = found.into_iter().skip(self.page.saturating_mul(self.size)).take(self.size).collect();
        written(&shown)
    }
}

pub(super) fn written(objects: &[Value]) -> Response {
    ([("content-type", "application/json")], json!(objects).to_string()).into_response()
}

/// The body of a query.
pub(super) fn read<T: DeserializeOwned>(body: &str) -> Result<T, Refusal> {
    let words = "There is an error in the JSON format of the request payload";
    serde_json::from_str(body).map_err(|_| refused(StatusCode::BAD_REQUEST, words))
}
