//! A simulated tenant on a port of its own, and connectors to it.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use arrow::array::{Array, RecordBatch, StringArray};
use arrow::datatypes::SchemaRef;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use dataweaver::connectors::microsoft_365::Microsoft365;
use dataweaver::connectors::microsoft_365::simulator::{GraphSimulator, SimulatorOptions};
use dataweaver::demo::{Company, CompanySize, Office, Shop};
use dataweaver::sdk::{
    AuthType, CatalogSource, ConnectorError, ConnectorFactory, Cursor, DynConnector, Extract, ReadEvent, ReadRequest,
    RejectedValue, Settings,
};
use futures::StreamExt;
use serde_json::{Value, json};

use crate::simulated::{self, Served};

pub use crate::simulated::{context, source};

/// A tenant that is being served; no longer when this is dropped.
pub struct Scene {
    pub simulator: GraphSimulator,
    pub url: String,
    _served: Served,
}

impl Scene {
    pub async fn new() -> Self {
        Self::with(SimulatorOptions::default()).await
    }

    pub async fn with(options: SimulatorOptions) -> Self {
        let (company, office) = world();
        let simulator = GraphSimulator::with(company, office, options);
        let served = Served::on_a_port(simulator.router()).await;
        Self { simulator, url: served.url.clone(), _served: served }
    }

    /// Settings with a token of the application; `more` goes into `connectionConfig`.
    pub fn settings(&self, more: &Value) -> Settings {
        self.settings_with(&self.simulator.app_token(None), more)
    }

    pub fn settings_with(&self, token: &str, more: &Value) -> Settings {
        Settings { connection: self.connection(more), auth_type: AuthType::Token, auth: json!({ "token": token }) }
    }

    /// Settings with the app's client.
    pub fn oauth_settings(&self, more: &Value, refresh_token: Option<&str>) -> Settings {
        let (tenant, client_id, client_secret) = self.simulator.app();
        let mut connection = self.connection(more);
        connection["tenant_id"] = json!(tenant);
        let mut auth = json!({ "client_id": client_id, "client_secret": client_secret });
        if let Some(refresh_token) = refresh_token {
            auth["refresh_token"] = json!(refresh_token);
        }
        Settings { connection, auth_type: AuthType::Oauth2, auth }
    }

    fn connection(&self, more: &Value) -> Value {
        let mut connection = json!({ "base_url": self.url, "calendar_days_back": 900 });
        connection.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        connection
    }

    pub fn connector(&self, more: &Value) -> Arc<dyn DynConnector> {
        open(self.settings(more))
    }

    /// The path of a worksheet of a workbook of the site's drive.
    pub fn sheet(&self, book: &str, sheet: usize) -> String {
        let (drive, item) = (self.simulator.site_drive(), self.simulator.book(book));
        format!("drives/{drive}/items/{item}/workbook/worksheets/{{00000000-0001-0000-{sheet:04}-000000000000}}")
    }

    /// The path of the table of a sheet of a workbook of the site's drive.
    pub fn table(&self, book: &str, sheet: usize) -> String {
        let (drive, item) = (self.simulator.site_drive(), self.simulator.book(book));
        format!("drives/{drive}/items/{item}/workbook/tables/{{A5BDC1F0-0000-4000-8000-{sheet:012}}}")
    }
}

/// A company of thirty days with its office, made once.
pub fn world() -> &'static (Company, Office) {
    static WORLD: OnceLock<(Company, Office)> = OnceLock::new();
    WORLD.get_or_init(|| {
        let shop = Shop { customers: 300, products: 40, orders: 4_000, ..Shop::default() };
        let size = CompanySize { seed: 1, shop, days: 30, talkativeness: 0.6 };
        let company = Company::make(&size);
        let office = Office::make(&company, &size);
        (company, office)
    })
}

pub fn open(settings: Settings) -> Arc<dyn DynConnector> {
    ConnectorFactory::of::<Microsoft365>().open(settings, context()).unwrap()
}

/// What a read gave.
#[derive(Debug, Default)]
pub struct Reading {
    pub schema: Option<SchemaRef>,
    pub batches: Vec<RecordBatch>,
    pub checkpoints: Vec<Cursor>,
    pub is_whole: bool,
    pub rejected: Vec<RejectedValue>,
    pub error: Option<ConnectorError>,
    pub waits: Vec<String>,
}

impl Reading {
    /// A column as texts.
    pub fn column(&self, name: &str) -> Vec<String> {
        let options = FormatOptions::default().with_null("NULL");
        let mut found = Vec::new();
        for batch in &self.batches {
            let column = batch.column_by_name(name).unwrap_or_else(|| panic!("no {name} in {:?}", batch.schema()));
            let formatter = ArrayFormatter::try_new(column.as_ref(), &options).unwrap();
            found.extend((0..batch.num_rows()).map(|row| formatter.value(row).to_string()));
        }
        found
    }

    /// The first column, which holds the ids; fails where one came twice.
    pub fn ids(&self) -> BTreeSet<String> {
        let mut ids = BTreeSet::new();
        for batch in &self.batches {
            let column = batch.column(0).as_any().downcast_ref::<StringArray>().unwrap();
            for row in 0..column.len() {
                assert!(ids.insert(column.value(row).to_owned()), "{} came twice", column.value(row));
            }
        }
        ids
    }

    pub fn rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    /// The columns with their types.
    pub fn columns(&self) -> Vec<(String, String)> {
        let fields = self.schema.as_ref().unwrap().fields().iter();
        fields.map(|field| (field.name().clone(), dataweaver::sdk::types::type_name(field.data_type()))).collect()
    }
}

pub fn request(source: &CatalogSource, since: Option<Option<Cursor>>) -> ReadRequest {
    let extract = match since {
        None => Extract::Full,
        Some(since) => Extract::Incremental { cursor_field: None, since, lookback: std::time::Duration::ZERO },
    };
    simulated::request(source, extract)
}

/// Reads to the end, or to so many checkpoints.
pub async fn read_to(connector: &dyn DynConnector, request: ReadRequest, most: usize) -> Reading {
    let mut reading = Reading::default();
    let mut events = connector.read(request);
    while let Some(event) = events.next().await {
        match event {
            Ok(ReadEvent::Schema(schema)) => reading.schema = Some(schema),
            Ok(ReadEvent::Batch(batch)) => reading.batches.push(batch),
            Ok(ReadEvent::Checkpoint(cursor)) => {
                reading.checkpoints.push(cursor);
                if reading.checkpoints.len() == most {
                    break;
                }
            }
            Ok(ReadEvent::Whole) => reading.is_whole = true,
            Ok(ReadEvent::RejectedValue(value)) => reading.rejected.push(value),
            Ok(ReadEvent::Waiting { reason, .. }) => reading.waits.push(reason),
            Ok(_) => {}
            Err(error) => reading.error = Some(error),
        }
    }
    reading
}

/// Reads to the end; fails where that fails.
pub async fn read(connector: &dyn DynConnector, request: ReadRequest) -> Reading {
    let reading = read_to(connector, request, usize::MAX).await;
    assert!(reading.error.is_none(), "{:?}", reading.error);
    reading
}

/// Reads what is new since the last checkpoint of another read.
pub async fn news(connector: &dyn DynConnector, source: &CatalogSource, last: &Reading) -> Reading {
    read(connector, request(source, Some(last.checkpoints.last().cloned()))).await
}

pub fn set(ids: Vec<String>) -> BTreeSet<String> {
    ids.into_iter().collect()
}
