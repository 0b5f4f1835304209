//! Microsoft 365 through Microsoft Graph: users, files, Excel workbooks, SharePoint lists, mail, calendars and Teams channels.
//!
//! Nothing is ever changed there. `docs/connectors/microsoft-365.md` tells what is read.

mod api;
mod batch;
mod columns;
mod config;
mod discover;
mod failure;
mod feed;
mod lookup;
mod objects;
mod origins;
pub mod simulator;
mod source;
mod workbook;

use async_stream::try_stream;
use chrono::Utc;
use futures::StreamExt;
use serde_json::{Value, json};

use crate::demo::{Office, World};
use crate::sdk::http::{CHECK_TIME, Consent};
use crate::sdk::{
    AuthType, Catalog, Connector, ConnectorError, ConnectorFactory, ConnectorType, DemoConfig, ErrorClass, OpenContext,
    Reachable, ReadRequest, ReadStream, Settings, Simulator,
};
use api::{Api, Who};
use objects::{channel, drive, event, list, message, user};
use simulator::GraphSimulator;
use source::Kind;

pub use config::{ActsFor, Microsoft365Auth, Microsoft365Config, Microsoft365OAuth, Service, ServiceLimits};

/// Reads Microsoft 365.
pub struct Microsoft365 {
    api: Api,
    config: Microsoft365Config,
    is_application: bool,
}

inventory::submit! { ConnectorFactory::of::<Microsoft365>() }

impl Connector for Microsoft365 {
    const TYPE: ConnectorType = ConnectorType::Microsoft365;
    const NAME: &'static str = "Microsoft 365";
    const DESCRIPTION: &'static str =
        "Users, files, Excel workbooks, SharePoint lists, mail, calendars and Teams channels, through Microsoft Graph";
    const SUPPORTS_INCREMENTAL: bool = true;
    const SUPPORTS_DELTA: bool = true;
    const DISCOVERS_AT_SYNC: bool = true;
    const SUPPORTS_DEMO: bool = true;
    type Config = Microsoft365Config;
    type Auth = Microsoft365Auth;

    fn consent(config: &Microsoft365Config, auth: &Microsoft365Auth) -> Result<Option<Consent>, ConnectorError> {
        auth.consent(config)
    }

    fn usual_consents() -> Vec<Settings> {
        let auth = json!({ "client_id": "", "acts_for": "person" });
        vec![Settings { connection: json!({}), auth_type: AuthType::Oauth2, auth }]
    }

    fn simulator(demo: &DemoConfig) -> Result<Simulator, ConnectorError> {
        let office = World::telling::<Office>(demo.world.as_deref(), demo.size_factor)
            .map_err(|error| DemoConfig::wrong(error.setting(), error))?;
        let simulator = GraphSimulator::of_world(office);
        let (tenant, client_id, client_secret) = simulator.app();
        let router = simulator.router();
        Ok(Simulator::new(router, move |base_url| Settings {
            connection: json!({
                "base_url": base_url, "tenant_id": tenant, "mailboxes": simulator::DEMO_MAILBOXES,
                // The story lies in the past, and nobody is throttled in it.
                "calendar_days_back": 900, "limits": { "team_in_a_second": 0 },
            }),
            auth_type: AuthType::Oauth2,
            auth: json!({ "client_id": client_id, "client_secret": client_secret }),
        })
        .made_by(move || simulator.make()))
    }

    fn open(config: Microsoft365Config, auth: Microsoft365Auth, context: OpenContext) -> Result<Self, ConnectorError> {
        config.check()?;
        let is_application = auth.is_application();
        Ok(Self { api: Api::new(&config, auth, &context)?, config, is_application })
    }

    async fn permitted(&self) -> Result<(), ConnectorError> {
        self.api.http().permitted()
    }

    async fn check(&self) -> Result<Reachable, ConnectorError> {
        let api = self.api.through(self.api.http().within(CHECK_TIME));
        let who = if self.is_application { Who::Application } else { api.who().await? };
        // Not every app may see it, and none needs to.
        let organisation = match api.get::<Value>("organization?$select=id,displayName").await {
            Ok(found) => found["value"][0].clone(),
            Err(error) if matches!(error.class(), ErrorClass::Auth | ErrorClass::Transient) => return Err(error),
            Err(error) if matches!(error.class(), ErrorClass::RateLimited | ErrorClass::Cancelled) => {
                return Err(error);
            }
            Err(_) => Value::Null,
        };
        let tenant = organisation["displayName"].as_str().or(self.config.tenant_id.as_deref()).unwrap_or("the tenant");
        let (message, user) = match &who {
            Who::Application => (format!("Microsoft 365 of {tenant} as an application"), None),
            Who::Person { address, .. } => (format!("Microsoft 365 of {tenant} as {address}"), Some(address.clone())),
        };
        let details = json!({
            "tenant": tenant, "tenantId": organisation["id"], "user": user, "isApplication": who == Who::Application,
        });
        Ok(Reachable { message, details })
    }

    async fn discover(&self) -> Result<Catalog, ConnectorError> {
        discover::catalog(&self.api, &self.config, self.is_application).await
    }

    fn read(&self, request: ReadRequest) -> ReadStream {
        let kind = match Kind::of(&request.source) {
            Ok(kind) => kind,
            Err(error) => return futures::stream::once(async { Err(error) }).boxed(),
        };
        let (api, config) = (&self.api, &self.config);
        let feed = match kind {
            Kind::Sheet(sheet) => return workbook::stream(api, sheet, config.range_cells, request),
            Kind::List { site, list } => return self.read_list(site, list, request),
            Kind::Users => user::feed(),
            Kind::Drive { drive } => drive::feed(&drive, config.page_size),
            Kind::Folder { mailbox, folder } => message::feed(&mailbox, &folder, config.page_size),
            Kind::Calendar { mailbox } => {
                let (back, ahead) = (config.calendar_days_back, config.calendar_days_ahead);
                event::feed(&mailbox, back, ahead, config.page_size, Utc::now())
            }
            Kind::Channel { team, channel } => channel::feed(&team, &channel, config.page_size),
        };
        feed.stream(api, request)
    }
}

impl Microsoft365 {
    /// A list's columns are looked up first: they may have changed since it was found.
    fn read_list(&self, site: String, id: String, request: ReadRequest) -> ReadStream {
        let (api, page_size) = (self.api.clone(), self.config.page_size);
        let client = api.http().cancelled_by(&request.cancel);
        try_stream! {
            let path = discover::columns_path(&site, &id);
            let definitions = api.through(client).all(&path, usize::MAX).await?;
            let feed = list::feed(&site, &id, list::columns(&definitions), page_size);
            let mut events = feed.stream(&api, request);
            while let Some(event) = events.next().await {
                yield event?;
            }
        }
        .boxed()
    }
}
