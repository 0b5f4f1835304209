//! What a user sets on a LIMS connector.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::sdk::http::HttpOptions;
use crate::sdk::rows::Kind;
use crate::sdk::{ClientCredentials, ConnectorError, NoAuth, SecretString, Token, UsernamePassword, auth_forms};

/// The objects of a SENAITE LIMS, or what another LIMS gives by a REST API.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(
    example = &serde_json::json!({"system": "senaite", "base_url": "https://lims.example.com/senaite"}),
    example = &serde_json::json!({"system": "rest", "base_url": "https://lims.example.com/api", "sources": [
        {"name": "samples", "path": "samples", "records": "data", "primary_key": ["sample_id"],
         "modified": "modified_at", "modified_parameter": "modified_since"}
    ]})
)]
pub struct LimsConfig {
    /// What is read.
    pub system: System,
    /// Where it is: of SENAITE the site's address, for example `https://lims.example.com/senaite`, or that of its API
    /// (`…/@@API/senaite/v1`); otherwise what all paths lie below.
    pub base_url: String,
    /// SENAITE: which types of objects to read, as its JSON API calls them, in lower case: `client`, `analysisrequest` (samples),
    /// `analysis`, `worksheet` …; the usual ones where it is absent. Of other types, those of add-ons too, what all objects have
    /// in common and the whole object are read.
    pub resources: Option<Vec<String>>,
    /// REST: what can be read there. Where it is absent, `samples` (by `sample_id`) and `results` (by `result_id`).
    pub sources: Option<Vec<RestSource>>,
    /// REST: how further pages are asked for.
    pub paging: Option<Paging>,
    /// REST: how many records are looked at to find the columns and their types, 1 to 10000; 200 where it is absent.
    #[schemars(range(min = 1, max = 10_000))]
    pub sample_rows: Option<usize>,
    /// Records of a page, 1 to 1000; where it is absent, 100 with SENAITE and 200 with REST. A server may give fewer.
    #[schemars(range(min = 1, max = 1_000))]
    pub page_size: Option<usize>,
    /// Limits of requests. What is not given here is as the installation has it (`http_client` in its settings).
    #[serde(default)]
    pub http: HttpOptions,
}

/// What is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum System {
    /// SENAITE LIMS by `senaite.jsonapi`.
    Senaite,
    /// Any LIMS with a REST API of JSON.
    Rest,
}

/// A list of records that a REST API gives.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RestSource {
    /// What the data source is called, for example `Sample Database`.
    pub name: String,
    /// Its path below `base_url`, for example `samples`.
    pub path: String,
    /// Where in the answer the list of records stands, for example `data.items`. Where it is absent, the answer is the list,
    /// or holds one list only.
    pub records: Option<String>,
    /// Further query parameters, such as the order: `{"sort": "modified_at"}`.
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
    /// The columns that identify a record. Without them its data source cannot be merged; with them, a record that lacks one, or
    /// whose values these columns cannot hold, is rejected.
    #[serde(default)]
    pub primary_key: Vec<String>,
    /// The column that says when a record was last changed: an instant, a day, or seconds or milliseconds
    /// since 1970.
    pub modified: Option<String>,
    /// The query parameter that asks for records that were changed at some time or later. Without it every sync reads
    /// everything.
    pub modified_parameter: Option<String>,
    /// The types of columns that should not be found by looking at records, by name.
    #[serde(default)]
    pub columns: BTreeMap<String, ColumnType>,
}

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ColumnType {
    /// Text.
    Text,
    /// A whole number of 64 bits.
    Integer,
    /// A floating-point number.
    Number,
    /// Yes or no.
    Boolean,
    /// A day, such as `2025-03-01`.
    Date,
    /// A moment with its zone, such as `2025-03-01T08:00:00Z`.
    Instant,
    /// Anything, kept as JSON.
    Json,
}

/// The largest number of a first page, and the largest first offset: behind it, all are counted without an overflow.
const LARGEST_FIRST: u64 = 1_000_000_000;

/// How further pages are asked for.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Paging {
    /// What is counted or followed.
    pub by: PagingBy,
    /// The query parameter for the page, the offset or the cursor: `page`, `offset` or `cursor` where it is absent.
    pub parameter: Option<String>,
    /// The query parameter for the number of records of a page: `page_size` where it is absent, `limit` with offsets and
    /// cursors. Empty where there is none.
    pub size_parameter: Option<String>,
    /// The number of the first page, 1 where it is absent, or the first offset, then 0; at most 1000000000.
    #[schemars(range(max = LARGEST_FIRST))]
    pub first: Option<u64>,
    /// Where in the answer the next cursor or link stands, for example `links.next`: `next_cursor` for cursors where it is
    /// absent; for links then the `Link` header.
    pub next: Option<String>,
}

/// What is counted or followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PagingBy {
    /// There are no pages: one answer holds everything.
    None,
    /// Pages are numbered.
    #[default]
    Page,
    /// Records are numbered.
    Offset,
    /// The answer holds a cursor for the next page.
    Cursor,
    /// The answer holds the next page's address.
    Link,
}

impl LimsConfig {
    /// The page size, where it makes sense.
    ///
    /// # Errors
    /// `Config` naming the range.
    pub(super) fn page_size(&self, usual: usize) -> Result<usize, ConnectorError> {
        within("connectionConfig.page_size", self.page_size, usual, 1_000)
    }

    /// How many records are looked at.
    ///
    /// # Errors
    /// `Config` naming the range.
    pub(super) fn sample_rows(&self) -> Result<usize, ConnectorError> {
        within("connectionConfig.sample_rows", self.sample_rows, 200, 10_000)
    }
}

impl Paging {
    /// # Errors
    /// `Config` naming the range.
    pub(super) fn check(&self) -> Result<(), ConnectorError> {
        if self.first.is_some_and(|first| first > LARGEST_FIRST) {
            let message = format!("must be at most {LARGEST_FIRST}");
            return Err(ConnectorError::config("connectionConfig.paging.first", message));
        }
        Ok(())
    }
}

fn within(field: &str, given: Option<usize>, usual: usize, most: usize) -> Result<usize, ConnectorError> {
    match given {
        Some(count) if !(1..=most).contains(&count) => {
            Err(ConnectorError::config(field, format!("must be between 1 and {most}")))
        }
        given => Ok(given.unwrap_or(usual)),
    }
}

impl ColumnType {
    pub(super) fn kind(self) -> Kind {
        match self {
            Self::Text => Kind::Text,
            Self::Integer => Kind::Integer,
            Self::Number => Kind::Real,
            Self::Boolean => Kind::Flag,
            Self::Date => Kind::Date,
            Self::Instant => Kind::Instant,
            Self::Json => Kind::Json,
        }
    }

    /// For people.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::Instant => "instant",
            Self::Json => "json",
        }
    }
}

/// A key in a header.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HeaderKey {
    /// The key as the LIMS issued it.
    pub api_key: SecretString,
    /// The header that it goes into.
    #[serde(default = "usual_header")]
    pub header: String,
}

fn usual_header() -> String {
    "X-API-Key".to_owned()
}

auth_forms! {
    /// How to sign in at a LIMS. SENAITE takes a user's name and password, or a bearer token where the site gives some.
    pub enum LimsAuth {
        UsernamePassword(UsernamePassword),
        Token(Token),
        ApiKey(HeaderKey),
        Oauth2(ClientCredentials),
        None(NoAuth),
    }
}
