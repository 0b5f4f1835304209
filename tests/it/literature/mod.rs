//! Literature, read from simulators of PubMed and Europe PMC, which strangers check, too.

mod budget;
mod contract;
mod outside;
mod reading;
mod syncs;

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use dataweaver::connectors::literature::Literature;
use dataweaver::connectors::literature::simulator::LiteratureSimulator;
use dataweaver::sdk::{
    AuthType, ConnectorError, Cursor, DynConnector, Extract, ReadEvent, ReadRequest, Settings, SourceRef,
};
use futures::StreamExt;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::simulated::{self, Served};

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

fn settings(connection: Value) -> Settings {
    Settings { connection, auth_type: AuthType::None, auth: json!({}) }
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
    ReadRequest {
        source: SourceRef {
            name: source.into(),
            source_type: "records".into(),
            source_path: source.into(),
            details: json!(null),
        },
        extract,
        primary_key: Vec::new(),
        resume: None,
        batch_bytes: 1 << 20,
        memory_bytes: 256 << 20,
        cancel: CancellationToken::new(),
    }
}

fn news_since(since: &Cursor) -> Extract {
    Extract::Incremental { cursor_field: None, since: Some(since.clone()), lookback: std::time::Duration::ZERO }
}

/// What a read gave.
#[derive(Default)]
struct Reading {
    batches: Vec<RecordBatch>,
    checkpoints: Vec<Cursor>,
    logs: Vec<String>,
    is_whole: bool,
    error: Option<ConnectorError>,
}

impl Reading {
    /// The ids, each with how often it came.
    fn ids(&self) -> BTreeMap<String, usize> {
        let mut ids = BTreeMap::new();
        for batch in &self.batches {
            let column = batch.column_by_name("id").unwrap();
            let texts = column.as_any().downcast_ref::<arrow::array::StringArray>().unwrap();
            for id in texts.iter().flatten() {
                *ids.entry(id.to_owned()).or_default() += 1;
            }
        }
        ids
    }

    fn rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }
}

async fn read(connector: &dyn DynConnector, request: ReadRequest) -> Reading {
    read_until(connector, request, |_| {}).await
}

/// Reads, and says of each checkpoint how many there were.
async fn read_until(connector: &dyn DynConnector, request: ReadRequest, at: impl Fn(usize)) -> Reading {
    let mut reading = Reading::default();
    let mut events = connector.read(request);
    while let Some(event) = events.next().await {
        match event {
            Ok(ReadEvent::Batch(batch)) => reading.batches.push(batch),
            Ok(ReadEvent::Checkpoint(cursor)) => {
                reading.checkpoints.push(cursor);
                at(reading.checkpoints.len());
            }
            Ok(ReadEvent::Log { message, .. }) => reading.logs.push(message),
            Ok(ReadEvent::Whole) => reading.is_whole = true,
            Ok(_) => {}
            Err(error) => reading.error = Some(error),
        }
    }
    reading
}
