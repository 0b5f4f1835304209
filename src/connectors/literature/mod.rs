//! Literature: the articles that a query finds at PubMed or at Europe PMC, with their authors and MeSH headings.
//!
//! Both providers fill the same columns, so that a question works with either. `docs/connectors/literature.md` tells what is
//! read and how changes are found.

mod article;
mod config;
mod dates;
mod europepmc;
mod news;
mod pubmed;
pub mod simulator;
mod source;

use serde_json::json;

use crate::demo::World;
use crate::demo::literature::Library;
use crate::sdk::http::CHECK_TIME;
use crate::sdk::{
    AuthType, Catalog, Connector, ConnectorError, ConnectorFactory, ConnectorType, DemoConfig, OpenContext, Reachable,
    ReadRequest, ReadStream, Settings, Simulator, counted,
};
use simulator::LiteratureSimulator;
use source::Source;

pub use config::{LiteratureAuth, LiteratureConfig, NcbiKey, Provider};

/// Reads articles.
pub enum Literature {
    /// PubMed, by NCBI's E-utilities.
    PubMed(pubmed::PubMed),
    /// Europe PMC.
    EuropePmc(europepmc::EuropePmc),
}

inventory::submit! { ConnectorFactory::of::<Literature>() }

impl Connector for Literature {
    const TYPE: ConnectorType = ConnectorType::Literature;
    const NAME: &'static str = "Literature";
    const DESCRIPTION: &'static str = "Articles, authors and MeSH headings that a query finds at PubMed or Europe PMC";
    const SUPPORTS_INCREMENTAL: bool = true;
    const SUPPORTS_DEMO: bool = true;
    type Config = LiteratureConfig;
    type Auth = LiteratureAuth;

    fn simulator(demo: &DemoConfig) -> Result<Simulator, ConnectorError> {
        let library = World::telling::<Library>(demo.world.as_deref(), demo.size_factor)
            .map_err(|error| DemoConfig::wrong(error.setting(), error))?;
        let simulator = LiteratureSimulator::of(&library.get());
        Ok(Simulator::new(simulator.router(), |base_url| Settings {
            connection: json!({ "query": "all[sb]", "base_url": base_url }),
            auth_type: AuthType::ApiKey,
            auth: json!({ "api_key": "demo" }),
        }))
    }

    fn open(config: LiteratureConfig, auth: LiteratureAuth, context: OpenContext) -> Result<Self, ConnectorError> {
        if config.query.trim().is_empty() {
            let message = "is empty; say what to look for, for example crispr AND neoplasms";
            return Err(ConnectorError::config("connectionConfig.query", message));
        }
        match (config.provider, auth) {
            (Provider::PubMed, auth) => pubmed::PubMed::open(config, auth, &context).map(Self::PubMed),
            (Provider::EuropePmc, LiteratureAuth::None(_)) => {
                europepmc::EuropePmc::open(config, &context).map(Self::EuropePmc)
            }
            (Provider::EuropePmc, LiteratureAuth::ApiKey(_)) => {
                Err(ConnectorError::config("authType", "Europe PMC takes no API key; choose NONE"))
            }
        }
    }

    async fn permitted(&self) -> Result<(), ConnectorError> {
        match self {
            Self::PubMed(pubmed) => pubmed.client().permitted(),
            Self::EuropePmc(europe) => europe.client().permitted(),
        }
    }

    async fn check(&self) -> Result<Reachable, ConnectorError> {
        let (name, count, doubt) = match self {
            Self::PubMed(pubmed) => {
                let found = pubmed.within(CHECK_TIME).count().await?;
                ("PubMed", found.count, found.doubt())
            }
            Self::EuropePmc(europe) => ("Europe PMC", europe.within(CHECK_TIME).count().await?, None),
        };
        let doubt = doubt.map_or_else(String::new, |doubt| format!("; {doubt}"));
        let message = format!("{name} finds {} for the query{doubt}", counted(count, "article", "articles"));
        Ok(Reachable { message, details: json!({ "articles": count }) })
    }

    async fn discover(&self) -> Result<Catalog, ConnectorError> {
        let articles = match self {
            Self::PubMed(pubmed) => pubmed.count().await?.count,
            Self::EuropePmc(europe) => europe.count().await?,
        };
        let sources = Source::ALL.into_iter().map(|source| source.to_catalog(Some(articles)));
        Ok(Catalog { sources: sources.collect() })
    }

    fn read(&self, request: ReadRequest) -> ReadStream {
        match self {
            Self::PubMed(pubmed) => pubmed.read(request),
            Self::EuropePmc(europe) => europe.read(request),
        }
    }
}
