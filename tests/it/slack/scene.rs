//! A simulated workspace on a port of its own, and connectors to it.

use std::collections::BTreeSet;

use arrow::array::{Array, StringArray};
use dataweaver::connectors::slack::Slack;
use dataweaver::connectors::slack::simulator::{SimulatorOptions, SlackSimulator};
use dataweaver::demo::{Company, CompanySize, Shop};
use dataweaver::sdk::{
    AuthType, CatalogSource, ConnectorError, ConnectorFactory, Cursor, DynConnector, Extract, ReadEvent, ReadRequest,
    Settings,
};
use futures::StreamExt;
use serde_json::{Value, json};

use crate::simulated::{self, Served};

pub use crate::simulated::{context, source};

/// A workspace that is being served; no longer when this is dropped.
pub struct Scene {
    pub simulator: SlackSimulator,
    pub url: String,
    _served: Served,
}

impl Scene {
    /// A small company's.
    pub async fn new() -> Self {
        Self::of(&company(), SimulatorOptions::default()).await
    }

    pub async fn of(company: &Company, options: SimulatorOptions) -> Self {
        let simulator = SlackSimulator::with(company, options);
        let served = Served::on_a_port(simulator.router()).await;
        Self { simulator, url: served.url.clone(), _served: served }
    }

    /// Settings with the bot's token; `more` goes into `connectionConfig`.
    pub fn settings(&self, more: &Value) -> Settings {
        self.settings_with(&self.simulator.bot_token(), more)
    }

    pub fn settings_with(&self, token: &str, more: &Value) -> Settings {
        let mut connection = json!({ "base_url": self.url, "rate_limits": "none" });
        connection.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        Settings { connection, auth_type: AuthType::Token, auth: json!({ "token": token }) }
    }

    /// A connector with the bot's token.
    pub fn connector(&self, more: &Value) -> std::sync::Arc<dyn DynConnector> {
        open(self.settings(more))
    }

    /// A message's channel as a data source.
    pub fn path(&self, channel: &str) -> String {
        format!("channels/{}", self.simulator.channel_id(channel))
    }
}

/// A company of thirty days.
pub fn company() -> Company {
    let shop = Shop { customers: 300, products: 40, orders: 4_000, ..Shop::default() };
    Company::make(&CompanySize { seed: 1, shop, days: 30, talkativeness: 1.0 })
}

pub fn open(settings: Settings) -> std::sync::Arc<dyn DynConnector> {
    ConnectorFactory::of::<Slack>().open(settings, context()).unwrap()
}

/// What a read gave.
#[derive(Debug, Default)]
pub struct Reading {
    /// The first column of every row, in the order in which they came.
    pub keys: Vec<String>,
    pub checkpoints: Vec<Cursor>,
    pub error: Option<ConnectorError>,
    pub waits: Vec<String>,
}

impl Reading {
    /// The keys; fails where one came twice.
    pub fn unique(&self) -> BTreeSet<String> {
        let unique: BTreeSet<String> = self.keys.iter().cloned().collect();
        assert_eq!(unique.len(), self.keys.len(), "a row came twice");
        unique
    }
}

pub fn request(source: &CatalogSource, since: Option<Option<Cursor>>) -> ReadRequest {
    let extract = match since {
        None => Extract::Full,
        Some(since) => Extract::Incremental {
            cursor_field: source.cursor_field.clone(),
            since,
            lookback: std::time::Duration::ZERO,
        },
    };
    simulated::request(source, extract)
}

/// Reads to the end, or to so many checkpoints.
pub async fn read_to(connector: &dyn DynConnector, request: ReadRequest, most: usize) -> Reading {
    let mut reading = Reading::default();
    let mut events = connector.read(request);
    while let Some(event) = events.next().await {
        match event {
            Ok(ReadEvent::Batch(batch)) => {
                let keys = batch.column(0).as_any().downcast_ref::<StringArray>().unwrap();
                reading.keys.extend((0..keys.len()).map(|row| keys.value(row).to_owned()));
            }
            Ok(ReadEvent::Checkpoint(cursor)) => {
                reading.checkpoints.push(cursor);
                if reading.checkpoints.len() == most {
                    break;
                }
            }
            Ok(ReadEvent::Waiting { reason, .. }) => reading.waits.push(reason),
            Ok(_) => {}
            Err(error) => reading.error = Some(error),
        }
    }
    reading
}

pub async fn read(connector: &dyn DynConnector, request: ReadRequest) -> Reading {
    read_to(connector, request, usize::MAX).await
}
