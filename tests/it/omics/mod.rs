//! Omics: studies of a simulated cBioPortal, and count matrices and variants from files.

mod client;
mod contract;
mod counts;
mod folder;
mod increments;
mod outside;
mod portal;
mod refusals;
mod syncs;
mod variants;

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use axum::Router;
use dataweaver::connectors::omics::Omics;
use dataweaver::connectors::omics::simulator::PortalSimulator;
use dataweaver::demo::cohort::Cohort;
use dataweaver::sdk::{ConnectorError, Cursor, DynConnector, Extract, ReadEvent, ReadRequest, RejectedRow};
use futures::StreamExt;
use serde_json::{Value, json};

use crate::simulated::{self, Served, news, request_of as request, settings, with_token};

type Hurry = simulated::Hurry<Omics>;

/// A portal that is being served, until this is dropped.
struct Server {
    simulator: PortalSimulator,
    url: String,
    _served: Served,
}

impl Server {
    async fn of(simulator: PortalSimulator) -> Self {
        let router = simulator.router();
        Self::behind(simulator, router).await
    }

    /// What is asked of it comes to another router first.
    async fn behind(simulator: PortalSimulator, router: Router) -> Self {
        let served = Served::on_a_port(router).await;
        Self { simulator, url: served.url.clone(), _served: served }
    }

    /// Settings with small pages and pieces.
    fn portal(&self) -> Value {
        json!({ "system": "cbioportal", "base_url": self.url, "page_size": 20, "samples_per_request": 10,
            "expression_genes": ["TP53", "2064"] })
    }
}

/// A portal over a tenth of the cohorts, unless more is asked for.
fn cohorts(size: f64) -> PortalSimulator {
    PortalSimulator::of(&Cohort { size, ..Cohort::default() })
}

/// What a read gave.
#[derive(Debug, Default)]
struct Reading {
    batches: Vec<RecordBatch>,
    checkpoints: Vec<Cursor>,
    rejected: Vec<RejectedRow>,
    logs: Vec<String>,
    is_whole: bool,
    error: Option<ConnectorError>,
}

impl Reading {
    /// Some columns of all rows, with `|` between the values.
    fn lines(&self, columns: &[&str]) -> Vec<String> {
        let options = FormatOptions::default().with_null("∅");
        let mut lines = Vec::new();
        for batch in &self.batches {
            let column =
                |name: &&str| batch.column_by_name(name).unwrap_or_else(|| panic!("there is no column {name}"));
            let formatters: Vec<_> =
                columns.iter().map(|name| ArrayFormatter::try_new(column(name), &options).unwrap()).collect();
            for row in 0..batch.num_rows() {
                lines.push(formatters.iter().map(|one| one.value(row).to_string()).collect::<Vec<_>>().join("|"));
            }
        }
        lines
    }

    /// The values of columns, each with how often they came.
    fn counts(&self, columns: &[&str]) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for line in self.lines(columns) {
            *counts.entry(line).or_default() += 1;
        }
        counts
    }

    fn rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    fn end(&self) -> &Cursor {
        self.checkpoints.last().expect("a read gives checkpoints")
    }

    /// The words of the failure.
    fn failure(&self) -> String {
        let error = self.error.as_ref().expect("the read fails");
        dataweaver::sdk::with_causes(error)
    }
}

/// Reads as far as it goes.
async fn collect(connector: &dyn DynConnector, request: ReadRequest) -> Reading {
    let mut reading = Reading::default();
    let mut events = connector.read(request);
    while let Some(event) = events.next().await {
        match event {
            Ok(ReadEvent::Batch(batch)) => reading.batches.push(batch),
            Ok(ReadEvent::Checkpoint(cursor)) => reading.checkpoints.push(cursor),
            Ok(ReadEvent::RejectedRows(rows)) => reading.rejected.extend(rows),
            Ok(ReadEvent::Log { message, .. }) => reading.logs.push(message),
            Ok(ReadEvent::Whole) => reading.is_whole = true,
            Ok(_) => {}
            Err(error) => reading.error = Some(error),
        }
    }
    reading
}

/// Reads to the end.
async fn read(connector: &dyn DynConnector, request: ReadRequest) -> Reading {
    let reading = collect(connector, request).await;
    assert!(reading.error.is_none(), "{:?}", reading.error);
    reading
}

async fn read_whole(connector: &dyn DynConnector, source: &str) -> Reading {
    read(connector, request(source, Extract::Full)).await
}
