//! The works: what is done with the pages, and what it took.

use std::fmt;
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use clap::ValueEnum;
use dataweaver::sdk::{
    AuthType, ConnectorType, Extract, OpenContext, ReadEvent, ReadRequest, Registry, Settings, SourceRef,
};
use futures::StreamExt;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::measuring::Usage;
use crate::server::RECORDS;

/// What is done with the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Work {
    /// They are downloaded.
    Download,
    /// They are parsed, too.
    Parse,
    /// The API connector makes Arrow batches of them.
    Batches,
    /// The same with a partition for each page, eight of them asked for at once.
    Partitions,
    /// The program prints their records as JSON lines.
    Lines,
}

/// What it took to read all pages.
#[derive(Clone, Copy)]
pub(crate) struct Turn {
    pub(crate) seconds: f64,
    pub(crate) records: f64,
    /// CPU seconds of this process.
    pub(crate) cpu: f64,
}

impl Work {
    pub(crate) const ALL: [Self; 5] = [Self::Download, Self::Parse, Self::Batches, Self::Partitions, Self::Lines];

    /// Reads all pages once.
    pub(crate) async fn take(self, server: SocketAddr, pages: usize) -> Result<Turn> {
        let (began, before) = (Instant::now(), Usage::own()?);
        let records = match self {
            Self::Download | Self::Parse => self.download(server, pages).await?,
            Self::Batches => batches(&manifest(server)).await?,
            Self::Partitions => batches(&partitioned(server, pages)).await?,
            Self::Lines => lines(server, pages).await?,
        };
        ensure!(records == pages * RECORDS, "{self} read {records} records");
        let (seconds, cpu) = (began.elapsed().as_secs_f64(), Usage::own()?.cpu - before.cpu);
        Ok(Turn { seconds, records: records as f64, cpu })
    }

    async fn download(self, server: SocketAddr, pages: usize) -> Result<usize> {
        let client = reqwest::Client::builder().no_proxy().build()?;
        let mut records = 0;
        for page in 1..=pages {
            let answer = client.get(format!("http://{server}/records?page={page}")).send().await?;
            let bytes = answer.bytes().await?;
            records += if self == Self::Parse {
                let parsed: Value = serde_json::from_slice(&bytes)?;
                parsed["data"].as_array().context("a list of records")?.len()
            } else {
                RECORDS
            };
        }
        Ok(records)
    }
}

/// The API connector, as the engine reads it.
async fn batches(manifest: &Value) -> Result<usize> {
    let settings = Settings {
        connection: json!({ "manifest": manifest.to_string() }),
        auth_type: AuthType::None,
        auth: json!({}),
    };
    let context = OpenContext { allow_private_network: true, ..OpenContext::default() };
    let connector = Registry::collect().get(ConnectorType::Api)?.open(settings, context)?;
    let request = ReadRequest {
        source: SourceRef {
            name: "records".into(),
            source_type: "stream".into(),
            source_path: "records".into(),
            details: Value::Null,
        },
        extract: Extract::Full,
        primary_key: Vec::new(),
        resume: None,
        batch_bytes: 8 << 20,
        memory_bytes: 64 << 20,
        cancel: CancellationToken::new(),
    };
    let mut events = connector.read(request);
    let mut records = 0;
    while let Some(event) = events.next().await {
        if let ReadEvent::Batch(batch) = event? {
            records += batch.num_rows();
        }
    }
    Ok(records)
}

/// The program, to nowhere.
async fn lines(server: SocketAddr, pages: usize) -> Result<usize> {
    let folder = tempfile::tempdir()?;
    let (manifest_file, config) = (folder.path().join("manifest.json"), folder.path().join("config.json"));
    std::fs::write(&manifest_file, manifest(server).to_string())?;
    std::fs::write(&config, "{}")?;
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_dataweaver"));
    command.args(["connectors", "read", "--manifest"]).arg(manifest_file).arg("--config").arg(config);
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true).status().await?;
    ensure!(status.success(), "the program fails");
    Ok(pages * RECORDS)
}

/// One stream of numbered pages.
fn manifest(server: SocketAddr) -> Value {
    let properties: Value = [
        ("id", json!({ "type": "integer" })),
        ("name", json!({ "type": "string" })),
        ("email", json!({ "type": "string" })),
        ("amount", json!({ "type": "number" })),
        ("quantity", json!({ "type": "integer" })),
        ("active", json!({ "type": "boolean" })),
        ("country", json!({ "type": "string" })),
        ("created_at", json!({ "type": "string", "format": "date-time" })),
        ("updated_at", json!({ "type": "string", "format": "date-time" })),
        ("score", json!({ "type": "number" })),
        ("note", json!({ "type": ["string", "null"] })),
        ("tags", json!({ "type": "array", "items": { "type": "string" } })),
    ]
    .into_iter()
    .map(|(name, schema)| (name.to_owned(), schema))
    .collect::<serde_json::Map<_, _>>()
    .into();
    json!({
        "version": "6.0.0",
        "type": "DeclarativeSource",
        "check": { "type": "CheckStream", "stream_names": ["records"] },
        "streams": [{
            "type": "DeclarativeStream",
            "name": "records",
            "primary_key": "id",
            "schema_loader": {
                "type": "InlineSchemaLoader",
                "schema": { "type": "object", "properties": properties },
            },
            "retriever": {
                "type": "SimpleRetriever",
                "requester": { "type": "HttpRequester", "url_base": format!("http://{server}"), "path": "/records" },
                "record_selector": {
                    "type": "RecordSelector",
                    "extractor": { "type": "DpathExtractor", "field_path": ["data"] },
                },
                "paginator": {
                    "type": "DefaultPaginator",
                    "page_token_option": { "type": "RequestOption", "inject_into": "request_parameter", "field_name": "page" },
                    "pagination_strategy": {
                        "type": "PageIncrement", "start_from_page": 1, "page_size": RECORDS, "inject_on_first_request": true,
                    },
                },
            },
        }],
    })
}

/// The same with a partition for each page.
fn partitioned(server: SocketAddr, pages: usize) -> Value {
    let mut manifest = manifest(server);
    let retriever = &mut manifest["streams"][0]["retriever"];
    retriever["paginator"] = json!({ "type": "NoPagination" });
    retriever["partition_router"] = json!({
        "type": "ListPartitionRouter",
        "values": (1..=pages).map(|page| page.to_string()).collect::<Vec<_>>(),
        "cursor_field": "page",
        "request_option": { "type": "RequestOption", "inject_into": "request_parameter", "field_name": "page" },
    });
    manifest["concurrency_level"] = json!({ "type": "ConcurrencyLevel", "default_concurrency": 8 });
    manifest
}

impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Download => "download",
            Self::Parse => "download and parse",
            Self::Batches => "dataweaver, to Arrow batches",
            Self::Partitions => "dataweaver, to Arrow batches, a partition for each page",
            Self::Lines => "dataweaver connectors read, to JSON lines",
        })
    }
}

impl fmt::Display for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.0} records/s, {:.2} s, {:.2} CPU s", self.records / self.seconds, self.seconds, self.cpu)
    }
}
