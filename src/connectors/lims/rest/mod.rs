//! Any LIMS with a REST API of JSON: the settings say which paths give which records, and how further pages are asked for.
//!
//! For whatever needs more than that (parents and children, signed requests, other formats), there are the manifests of type
//! API.

mod columns;
mod mark;
mod page;
mod read;
mod trail;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::config::{LimsAuth, LimsConfig, RestSource};
use crate::sdk::http::{Authorisation, CHECK_TIME, HttpClient};
use crate::sdk::{
    Catalog, CatalogSource, ConnectorError, ConnectorType, OpenContext, Reachable, ReadRequest, ReadStream, SourceRef,
    counted,
};
use columns::Columns;
use page::{Page, Pages, Place};

/// Records of a page.
const PAGE: usize = 200;
/// Where the settings of data sources stand.
const SOURCES: &str = "connectionConfig.sources";

/// An API, and what is read there.
#[derive(Clone)]
pub struct Rest {
    client: HttpClient,
    sources: Vec<RestSource>,
    pages: Pages,
    sample_rows: usize,
}

impl Rest {
    pub(super) fn open(config: LimsConfig, auth: LimsAuth, context: &OpenContext) -> Result<Self, ConnectorError> {
        let size = config.page_size(PAGE)?;
        let sample_rows = config.sample_rows()?;
        if config.resources.is_some() {
            let message = "is for SENAITE; say what else can be read in sources";
            return Err(ConnectorError::config("connectionConfig.resources", message));
        }
        let paging = config.paging.unwrap_or_default();
        paging.check()?;
        let pages = Pages::of(&paging, size);
        let sources = config.sources.unwrap_or_else(usual_sources);
        refuse_senseless(&sources)?;
        let authorisation = match auth {
            LimsAuth::None(_) => Authorisation::none(),
            LimsAuth::UsernamePassword(form) => Authorisation::basic(form.username, form.password),
            LimsAuth::Token(form) => Authorisation::bearer(form.token),
            LimsAuth::ApiKey(form) => Authorisation::header(form.header, form.api_key),
            LimsAuth::Oauth2(form) => form.authorisation(context, ConnectorType::Lims, &config.http)?,
        };
        let client = HttpClient::builder(context, ConnectorType::Lims, &config.base_url)
            .options(&config.http)
            .authorisation(authorisation)
            .header("accept", "application/json")
            .build()?;
        Ok(Self { client, sources, pages, sample_rows })
    }

    pub(super) fn client(&self) -> &HttpClient {
        &self.client
    }

    /// Reads the first page of the first data source.
    pub(super) async fn check(&self) -> Result<Reachable, ConnectorError> {
        let rest = Self { client: self.client.within(CHECK_TIME), ..self.clone() };
        let names: Vec<&str> = self.sources.iter().map(|source| source.name.as_str()).collect();
        let Some(first) = self.sources.first() else {
            return Err(ConnectorError::config(SOURCES, "names nothing to read"));
        };
        let page = rest.page(first, None, None).await?;
        let found = match page.total {
            Some(total) => counted(total, "record", "records"),
            None => format!("a page of {}", counted(page.records.len() as u64, "record", "records")),
        };
        let message = format!("{} gives {found} of {}; {} to read", self.client.base(), first.name, names.join(", "));
        Ok(Reachable { message, details: json!({ "sources": names }) })
    }

    pub(super) async fn discover(&self) -> Result<Catalog, ConnectorError> {
        let mut sources = Vec::new();
        for source in &self.sources {
            let (columns, total) = self.look_at(source).await?;
            sources.push(CatalogSource {
                name: source.name.clone(),
                sql_name: source.name.clone(),
                source_type: "records".into(),
                source_path: source.path.clone(),
                description: None,
                schema: columns.rows().schema(),
                primary_key: source.primary_key.clone(),
                cursor_field: None,
                estimated_rows: total,
                details: columns.to_details(),
            });
        }
        Ok(Catalog { sources })
    }

    pub(super) fn read(&self, request: ReadRequest) -> ReadStream {
        let rest = self.clone();
        let cancel = request.cancel.clone();
        self.client.reading(&cancel, |client| read::events(Self { client, ..rest }, request))
    }

    /// The settings of a data source.
    fn source(&self, path: &str) -> Result<&RestSource, ConnectorError> {
        self.sources.iter().find(|source| source.path == path).ok_or_else(|| {
            let known: Vec<_> = self.sources.iter().map(|source| source.path.as_str()).collect();
            let hint = format!(" (known: {})", known.join(", "));
            ConnectorError::NotFound { what: format!("the path {path}"), hint }
        })
    }

    /// The columns that `discover` found, or finds now.
    async fn columns(&self, source: &RestSource, known: &SourceRef) -> Result<Columns, ConnectorError> {
        match Columns::of_details(&known.details) {
            Some(columns) => Ok(columns),
            None => Ok(self.look_at(source).await?.0),
        }
    }

    /// Finds the columns by looking at records, and how many records there are, if that is said.
    async fn look_at(&self, source: &RestSource) -> Result<(Columns, Option<u64>), ConnectorError> {
        let mut records: Vec<Value> = Vec::new();
        let mut total = None;
        let mut place: Option<Place> = None;
        loop {
            let page = self.page(source, None, place.as_ref()).await?;
            total = total.or(page.total);
            let is_empty = page.records.is_empty();
            records.extend(page.records);
            let next = page.next.filter(|next| place.as_ref() != Some(next));
            if is_empty || records.len() >= self.sample_rows || next.is_none() {
                break;
            }
            place = next;
        }
        records.truncate(self.sample_rows);
        Ok((Columns::found(source, &records)?, total))
    }

    /// A page of what was changed since a time.
    async fn page(
        &self,
        source: &RestSource,
        since: Option<&str>,
        place: Option<&Place>,
    ) -> Result<Page, ConnectorError> {
        self.pages.get(&self.client, source, since, place).await
    }
}

/// What a biotech laboratory has, where nothing is said.
fn usual_sources() -> Vec<RestSource> {
    let source = |name: &str, key: &str| RestSource {
        name: name.to_owned(),
        path: name.to_owned(),
        records: None,
        parameters: BTreeMap::new(),
        primary_key: vec![key.to_owned()],
        modified: None,
        modified_parameter: None,
        columns: BTreeMap::new(),
    };
    vec![source("samples", "sample_id"), source("results", "result_id")]
}

fn refuse_senseless(sources: &[RestSource]) -> Result<(), ConnectorError> {
    let wrong = |place: usize, setting: &str, message: &str| {
        Err(ConnectorError::config(format!("{SOURCES}[{place}].{setting}"), message))
    };
    if sources.is_empty() {
        return Err(ConnectorError::config(SOURCES, "names nothing to read"));
    }
    for (place, source) in sources.iter().enumerate() {
        let others = &sources[..place];
        if source.name.trim().is_empty() {
            return wrong(place, "name", "must not be empty");
        }
        if source.path.contains("://") {
            return wrong(place, "path", "must lie below base_url");
        }
        if others.iter().any(|other| other.path == source.path) {
            return wrong(place, "path", "is that of another one, too");
        }
        if others.iter().any(|other| other.name == source.name) {
            return wrong(place, "name", "is that of another one, too");
        }
        if source.modified_parameter.is_some() && source.modified.is_none() {
            return wrong(
                place,
                "modified_parameter",
                "needs modified: the column that says when a record was changed",
            );
        }
    }
    Ok(())
}
