//! A simulated account on a port of its own, and connectors to it.

use std::sync::Arc;
use std::time::Duration;

use arrow::util::display::{ArrayFormatter, FormatOptions};
use dataweaver::connectors::google_workspace::GoogleWorkspace;
use dataweaver::connectors::google_workspace::simulator::{GoogleSimulator, SimulatorOptions};
use dataweaver::demo::{Desk, Shop};
use dataweaver::sdk::{
    AuthType, CatalogSource, ConnectorError, ConnectorFactory, Cursor, DynConnector, Extract, ReadEvent, ReadRequest,
    Settings,
};
use futures::StreamExt;
use serde_json::{Value, json};

use crate::simulated::{self, Served};

pub use crate::simulated::{context, source};

/// An account that is being served; no longer when this is dropped.
pub struct Scene {
    pub simulator: GoogleSimulator,
    pub url: String,
    _served: Served,
}

impl Scene {
    pub async fn new() -> Self {
        Self::with(SimulatorOptions::default()).await
    }

    pub async fn with(options: SimulatorOptions) -> Self {
        let simulator = GoogleSimulator::with(&desk(), options);
        let served = Served::on_a_port(simulator.router()).await;
        Self { simulator, url: served.url.clone(), _served: served }
    }

    /// Settings with a token for everything; `more` goes into `connectionConfig`.
    pub fn settings(&self, more: &Value) -> Settings {
        self.settings_with(&self.simulator.access_token(), more)
    }

    pub fn settings_with(&self, token: &str, more: &Value) -> Settings {
        let mut connection = json!({
            "base_url": self.url, "services": ["drive", "sheets", "docs", "gmail", "calendar"],
            "quotas": { "sheets_per_minute": 60_000, "docs_per_minute": 60_000, "calendar_per_minute": 60_000,
                "gmail_units_per_minute": 6_000_000, "drive_per_minute": 600_000 },
        });
        connection.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        Settings { connection, auth_type: AuthType::Token, auth: json!({ "token": token }) }
    }

    /// A connector with a token for everything.
    pub fn connector(&self, more: &Value) -> Arc<dyn DynConnector> {
        open(self.settings(more))
    }

    /// The path of a tab, by the place of its spreadsheet's tab.
    pub fn tab(&self, spreadsheet: &str, place: u64) -> String {
        format!("spreadsheets/{}/{}", self.simulator.file_id(spreadsheet), place * 104_729)
    }

    pub fn document(&self, name: &str) -> String {
        format!("documents/{}", self.simulator.file_id(name))
    }
}

/// A desk whose stocktake has 300 rows.
pub fn desk() -> Desk {
    Desk::of(&Shop { customers: 50, products: 40, orders: 100, ..Shop::default() }, 300)
}

pub fn open(settings: Settings) -> Arc<dyn DynConnector> {
    ConnectorFactory::of::<GoogleWorkspace>().open(settings, context()).unwrap()
}

/// What a read gave.
#[derive(Debug, Default)]
pub struct Reading {
    /// Every row, its columns with | between them, in the order in which they came.
    pub rows: Vec<String>,
    /// The columns, with their types.
    pub columns: Vec<String>,
    pub checkpoints: Vec<Cursor>,
    pub is_whole: bool,
    pub told: Vec<String>,
    pub error: Option<ConnectorError>,
}

impl Reading {
    /// The first column of each row.
    pub fn keys(&self) -> Vec<&str> {
        self.rows.iter().map(|row| row.split('|').next().unwrap()).collect()
    }

    /// Where the next sync begins.
    pub fn end(&self) -> Cursor {
        assert!(self.error.is_none(), "{:?}", self.error);
        self.checkpoints.last().unwrap().clone()
    }
}

/// The request for a whole read, or for what is new since a cursor.
pub fn request(source: &CatalogSource, since: Option<Option<Cursor>>) -> ReadRequest {
    let extract = match since {
        None => Extract::Full,
        Some(since) => Extract::Incremental { cursor_field: None, since, lookback: Duration::ZERO },
    };
    simulated::request(source, extract)
}

pub async fn read(connector: &dyn DynConnector, request: ReadRequest) -> Reading {
    let mut reading = Reading::default();
    let mut events = connector.read(request);
    while let Some(event) = events.next().await {
        match event {
            Ok(ReadEvent::Schema(schema)) => {
                let column = |field: &arrow::datatypes::FieldRef| {
                    format!("{} {}", field.name(), dataweaver::sdk::types::type_name(field.data_type()))
                };
                reading.columns = schema.fields().iter().map(column).collect();
            }
            Ok(ReadEvent::Batch(batch)) => {
                let options = FormatOptions::default();
                let columns: Vec<_> =
                    batch.columns().iter().map(|column| ArrayFormatter::try_new(column, &options).unwrap()).collect();
                for row in 0..batch.num_rows() {
                    let cells: Vec<_> = columns.iter().map(|column| column.value(row).to_string()).collect();
                    reading.rows.push(cells.join("|"));
                }
            }
            Ok(ReadEvent::Checkpoint(cursor)) => reading.checkpoints.push(cursor),
            Ok(ReadEvent::Whole) => reading.is_whole = true,
            Ok(ReadEvent::RejectedValue(value)) => {
                reading.told.push(format!("{}: {} ({})", value.column, value.reason, value.count));
            }
            Ok(ReadEvent::Waiting { reason, .. }) => reading.told.push(reason),
            Ok(ReadEvent::Log { message, .. }) => reading.told.push(message),
            Ok(_) => {}
            Err(error) => reading.error = Some(error),
        }
    }
    reading
}

/// Reads the data source with this path whole.
pub async fn read_all(connector: &dyn DynConnector, path: &str) -> Reading {
    read(connector, request(&source(connector, path).await, None)).await
}
