//! Literature, read from simulators of PubMed and Europe PMC, which strangers check, too.

mod budget;
mod contract;
mod outside;
mod reading;
mod syncs;

use std::sync::Arc;

use dataweaver::connectors::literature::Literature;
use dataweaver::connectors::literature::simulator::LiteratureSimulator;
use dataweaver::sdk::{AuthType, Cursor, DynConnector, Extract, ReadRequest, Settings};
use serde_json::json;

use crate::simulated::{self, Reading, Served, news, read as read_until, request_of, settings};

/// A query that finds all at PubMed.
const ALL: &str = "all[sb]";

/// A simulator that is being served, until this is dropped.
struct Server {
    simulator: LiteratureSimulator,
    url: String,
    _served: Served,
}

impl Server {
    async fn of(simulator: LiteratureSimulator) -> Self {
        let served = Served::on_a_port(simulator.router()).await;
        Self { simulator, url: served.url.clone(), _served: served }
    }

    fn pubmed(&self, query: &str) -> Settings {
        settings(json!({ "query": query, "base_url": self.url }))
    }

    fn europepmc(&self, query: &str) -> Settings {
        settings(json!({ "query": query, "provider": "europepmc", "base_url": self.url }))
    }
}

fn with_key(settings: Settings, key: &str) -> Settings {
    Settings { auth_type: AuthType::ApiKey, auth: json!({ "api_key": key }), ..settings }
}

type Hurry = simulated::Hurry<Literature>;

impl Hurry {
    /// The simulator counts by the same clock.
    async fn serve(&self, simulator: LiteratureSimulator) -> Server {
        Server::of(simulator.with_clock(Arc::new(self.clock.clone()))).await
    }
}

fn request(source: &str, extract: Extract) -> ReadRequest {
    ReadRequest { batch_bytes: 1 << 20, memory_bytes: 256 << 20, ..request_of(source, extract) }
}

fn news_since(since: &Cursor) -> Extract {
    news(Some(since))
}

async fn read(connector: &dyn DynConnector, request: ReadRequest) -> Reading {
    read_until(connector, request, |_| {}).await
}
