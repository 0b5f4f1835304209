//! A cBioPortal by its web API (<https://docs.cbioportal.org/web-api-and-clients/>, `/api/v3/api-docs`).
//!
//! The portal pages by number, and orders only some of its lists fully: of two mutations of a gene in a sample it does not say
//! which comes first, so that pages of them may miss one and repeat the other. So nothing is paged but what has an order
//! (samples, patients, genes); all else is asked for by the ids of samples or patients, so many at once, and comes whole.

mod api;
mod columns;
mod fields;
mod place;
mod read;
mod source;
mod steps;
mod study;

use serde_json::json;

use super::config::{OmicsAuth, OmicsConfig};
use crate::sdk::http::{Authorisation, CHECK_TIME, HttpClient};
use crate::sdk::{Catalog, ConnectorError, ConnectorType, OpenContext, Reachable, ReadRequest, ReadStream, counted};
use source::Source;

const ORIGIN: &str = "https://www.cbioportal.org";
/// Samples, patients or genes of a page.
const PAGE: usize = 1_000;
/// Samples whose alterations are asked for at once: a sample that was sequenced whole has some hundred, of a KiB each.
const SAMPLES: usize = 50;
/// Studies that `check` names.
const NAMED: usize = 5;

/// A portal, and what is read there.
#[derive(Clone)]
pub struct Portal {
    client: HttpClient,
    /// The ids of the studies that are read; all where there is none.
    studies: Option<Vec<String>>,
    /// As the user names them.
    genes: Option<Vec<String>>,
    expression_genes: Vec<String>,
    page: usize,
    samples: usize,
}

impl Portal {
    pub(super) fn open(config: OmicsConfig, auth: OmicsAuth, context: &OpenContext) -> Result<Self, ConnectorError> {
        let authorisation = match auth {
            OmicsAuth::None(_) => Authorisation::none(),
            OmicsAuth::Token(token) => Authorisation::bearer(token.token),
        };
        let client = HttpClient::builder(context, ConnectorType::Omics, config.base_url.as_deref().unwrap_or(ORIGIN))
            .options(&config.http)
            .authorisation(authorisation)
            .header("accept", "application/json")
            .judge(api::judge)
            .build()?;
        for (name, list) in
            [("studies", &config.studies), ("genes", &config.genes), ("expression_genes", &config.expression_genes)]
        {
            let is_wrong = |list: &Vec<String>| list.is_empty() || list.iter().any(|one| one.trim().is_empty());
            if list.as_ref().is_some_and(is_wrong) {
                let message = "must name at least one, and no empty one; leave it out where you mean all or none";
                return Err(ConnectorError::config(format!("connectionConfig.{name}"), message));
            }
        }
        Ok(Self {
            client,
            studies: config.studies,
            genes: config.genes,
            expression_genes: config.expression_genes.unwrap_or_default(),
            page: config.page_size.unwrap_or(PAGE),
            samples: config.samples_per_request.unwrap_or(SAMPLES),
        })
    }

    pub(super) fn client(&self) -> &HttpClient {
        &self.client
    }

    /// Lists the studies, and looks whether the first may be read.
    pub(super) async fn check(&self) -> Result<Reachable, ConnectorError> {
        let portal = Self { client: self.client.within(CHECK_TIME), ..self.clone() };
        let studies = portal.list_studies().await?;
        if let Some(first) = studies.first() {
            portal.look_into(&first.id).await?;
        }
        portal.entrez_ids("genes", self.genes.as_deref().unwrap_or_default()).await?;
        portal.entrez_ids("expression_genes", &self.expression_genes).await?;
        let names: Vec<&str> = studies.iter().take(NAMED).map(|study| study.id.as_str()).collect();
        let more = if studies.len() > NAMED { " …" } else { "" };
        let count = counted(studies.len() as u64, "study", "studies");
        let message = format!("cBioPortal shows {count} to read: {}{more}", names.join(", "));
        Ok(Reachable { message, details: json!({ "studies": studies.len() }) })
    }

    pub(super) async fn discover(&self) -> Result<Catalog, ConnectorError> {
        let studies = self.list_studies().await?;
        let offered = Source::ALL.iter().filter(|source| self.offers(**source));
        Ok(Catalog { sources: offered.map(|source| source.catalogue(&studies)).collect() })
    }

    pub(super) fn read(&self, request: ReadRequest) -> ReadStream {
        let portal = self.clone();
        let cancel = request.cancel.clone();
        self.client.reading(&cancel, |client| read::events(Self { client, ..portal }, request))
    }

    fn offers(&self, source: Source) -> bool {
        source != Source::MolecularData || !self.expression_genes.is_empty()
    }

    /// The data source of that path.
    ///
    /// # Errors
    /// `NotFound` where there is none.
    fn source(&self, path: &str) -> Result<Source, ConnectorError> {
        let offered = Source::ALL.iter().copied().filter(|source| self.offers(*source));
        let known: Vec<&str> = offered.clone().map(Source::name).collect();
        let found = offered.into_iter().find(|source| source.name() == path);
        found.ok_or_else(|| ConnectorError::NotFound {
            what: format!("the data source {path}"),
            hint: format!(" (known: {})", known.join(", ")),
        })
    }
}
