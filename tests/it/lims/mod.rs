//! LIMS, read from simulators of SENAITE's JSON API and of a REST API.

mod contract;
mod failures;
mod rest;
mod senaite;
mod syncs;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use arrow::array::{Array, RecordBatch};
use arrow::util::display::array_value_to_string;
use dataweaver::connectors::lims::Lims;
use dataweaver::connectors::lims::simulator::LimsSimulator;
use dataweaver::demo::lab::{Lab, LabSize};
use dataweaver::sdk::{
    AuthType, ConnectorError, Cursor, DynConnector, Extract, ReadEvent, ReadRequest, RejectedRow, RejectedValue,
    Settings,
};
use futures::StreamExt;
use serde_json::{Value, json};

use crate::simulated::{self, Served, news, settings, with_token};

const USER: &str = "reader";
const PASSWORD: &str = "canary-right-password";

/// A simulator that is being served, until this is dropped.
struct Server {
    simulator: LimsSimulator,
    url: String,
    _served: Served,
}

impl Server {
    async fn of(simulator: LimsSimulator) -> Self {
        let served = Served::on_a_port(simulator.router()).await;
        Self { simulator, url: served.url.clone(), _served: served }
    }

    /// SENAITE with its one user.
    async fn senaite() -> Self {
        Self::of(LimsSimulator::of(lab()).with_user(USER, PASSWORD)).await
    }

    /// What is set to read from SENAITE, with pages of 20.
    fn site(&self) -> Value {
        json!({ "system": "senaite", "base_url": format!("{}/senaite", self.url), "page_size": 20 })
    }

    /// What is set to read results and samples from the REST API, with pages of 40.
    fn api(&self) -> Value {
        let source = |name: &str, key: &str| {
            json!({ "name": name, "path": name, "primary_key": [key], "modified": "modified_at",
                "modified_parameter": "modified_since" })
        };
        json!({ "system": "rest", "base_url": format!("{}/api", self.url), "page_size": 40,
            "sources": [source("results", "result_id"), source("samples", "sample_id")] })
    }
}

/// A small laboratory, made once.
fn lab() -> Arc<Lab> {
    static LAB: OnceLock<Arc<Lab>> = OnceLock::new();
    let size = || LabSize { samples: 120, results: 480, days: 60, ..LabSize::default() };
    Arc::clone(LAB.get_or_init(|| Arc::new(Lab::make(&size()))))
}

fn signed_in(connection: Value) -> Settings {
    as_user(connection, PASSWORD)
}

fn as_user(connection: Value, password: &str) -> Settings {
    let auth = json!({ "username": USER, "password": password });
    Settings { connection, auth_type: AuthType::UsernamePassword, auth }
}

type Hurry = simulated::Hurry<Lims>;

/// A request for the data source with this path.
async fn request(connector: &dyn DynConnector, path: &str, extract: Extract) -> ReadRequest {
    simulated::request(&simulated::source(connector, path).await, extract)
}

/// What a read gave.
#[derive(Default)]
struct Reading {
    batches: Vec<RecordBatch>,
    checkpoints: Vec<Cursor>,
    rejected_rows: Vec<RejectedRow>,
    rejected_values: Vec<RejectedValue>,
    logs: Vec<String>,
    is_whole: bool,
    error: Option<ConnectorError>,
}

impl Reading {
    /// The values of a column as texts, in the order in which they came; NULL is empty.
    fn column(&self, name: &str) -> Vec<String> {
        let mut values = Vec::new();
        for batch in &self.batches {
            let column = batch.column_by_name(name).unwrap_or_else(|| panic!("{name} is a column"));
            let text = |row: usize| if column.is_null(row) { String::new() } else { shown(column, row) };
            values.extend((0..batch.num_rows()).map(text));
        }
        values
    }

    /// The same, each with how often it came.
    fn counted(&self, name: &str) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for value in self.column(name) {
            *counts.entry(value).or_default() += 1;
        }
        counts
    }

    /// The values of some columns where a column has this value.
    fn row(&self, key: &str, value: &str, columns: &[&str]) -> Vec<String> {
        let place = self.column(key).iter().position(|found| found == value).expect("the row was read");
        columns.iter().map(|name| self.column(name)[place].clone()).collect()
    }

    /// That it went well and gave each of these keys once.
    fn gave_once(&self, column: &str, mut keys: Vec<String>) {
        assert!(self.error.is_none(), "{:?}", self.error);
        let mut read = self.column(column);
        read.sort();
        keys.sort();
        assert_eq!(read, keys);
    }
}

fn shown(column: &dyn Array, row: usize) -> String {
    array_value_to_string(column, row).unwrap()
}

/// Reads, and says of each checkpoint how many there were.
async fn read(connector: &dyn DynConnector, request: ReadRequest, at: impl Fn(usize)) -> Reading {
    let mut reading = Reading::default();
    let mut events = connector.read(request);
    while let Some(event) = events.next().await {
        match event {
            Ok(ReadEvent::Batch(batch)) => reading.batches.push(batch),
            Ok(ReadEvent::Checkpoint(cursor)) => {
                reading.checkpoints.push(cursor);
                at(reading.checkpoints.len());
            }
            Ok(ReadEvent::RejectedRows(rows)) => reading.rejected_rows.extend(rows),
            Ok(ReadEvent::RejectedValue(value)) => reading.rejected_values.push(value),
            Ok(ReadEvent::Log { message, .. }) => reading.logs.push(message),
            Ok(ReadEvent::Whole) => reading.is_whole = true,
            Ok(_) => {}
            Err(error) => reading.error = Some(error),
        }
    }
    reading
}
