//! Google Workspace: files of Drive, tabs of spreadsheets, documents, Gmail's messages and calendars.
//!
//! Nothing is ever changed at Google. `docs/connectors/google-workspace.md` tells what is read and how increments work.

mod access;
mod api;
mod calendar;
mod check;
mod columns;
mod config;
mod discover;
mod documents;
mod drive;
mod failure;
mod mail;
mod sheets;
pub mod simulator;

use serde_json::json;

use crate::sdk::http::{CHECK_TIME, Consent};
use crate::sdk::{
    AuthType, Catalog, Connector, ConnectorError, ConnectorFactory, ConnectorType, DemoConfig, OpenContext, Reachable,
    ReadRequest, ReadStream, Rediscovered, Settings, Simulator, SourceRef,
};
use api::Api;
use sheets::Library;

pub use access::{GoogleAuth, GoogleOAuth};
pub use config::{CalendarOptions, GoogleConfig, HeaderRule, MailOptions, Quotas, Service, SheetOptions};

/// Reads a Google Workspace account.
pub struct GoogleWorkspace {
    api: Api,
    config: GoogleConfig,
    library: Library,
}

inventory::submit! { ConnectorFactory::of::<GoogleWorkspace>() }

impl Connector for GoogleWorkspace {
    const TYPE: ConnectorType = ConnectorType::GoogleWorkspace;
    const NAME: &'static str = "Google Workspace";
    const DESCRIPTION: &'static str = "Drive, Sheets, Docs, Gmail and Calendar of a Google account";
    const SUPPORTS_INCREMENTAL: bool = true;
    const DISCOVERS_AT_SYNC: bool = true;
    const SUPPORTS_DEMO: bool = true;
    type Config = GoogleConfig;
    type Auth = GoogleAuth;

    fn normalize(settings: &mut Settings) -> Result<(), ConnectorError> {
        access::normalize(settings);
        Ok(())
    }

    fn consent(config: &GoogleConfig, auth: &GoogleAuth) -> Result<Option<Consent>, ConnectorError> {
        auth.consent(config)
    }

    fn usual_consents() -> Vec<Settings> {
        vec![Settings { connection: json!({}), auth_type: AuthType::Oauth2, auth: json!({ "client_id": "" }) }]
    }

    fn simulator(demo: &DemoConfig) -> Result<Simulator, ConnectorError> {
        simulator::for_demo(demo)
    }

    fn open(config: GoogleConfig, auth: GoogleAuth, context: OpenContext) -> Result<Self, ConnectorError> {
        config.check()?;
        let api = Api::new(&config, auth, &context)?;
        Ok(Self { api, config, library: Library::default() })
    }

    async fn permitted(&self) -> Result<(), ConnectorError> {
        self.api.http().permitted()
    }

    async fn check(&self) -> Result<Reachable, ConnectorError> {
        let api = self.api.through(self.api.http().within(CHECK_TIME));
        let tried = check::every_service(&api, &self.config).await?;
        let details = json!({ "services": tried.services, "user": tried.user });
        Ok(Reachable { message: tried.message(), details })
    }

    async fn discover(&self) -> Result<Catalog, ConnectorError> {
        Ok(discover::catalog(&self.api, &self.config, &self.library, &[]).await?.catalog)
    }

    async fn rediscover(&self, known: Vec<SourceRef>) -> Result<Rediscovered, ConnectorError> {
        discover::catalog(&self.api, &self.config, &self.library, &known).await
    }

    fn read(&self, request: ReadRequest) -> ReadStream {
        let path = request.source.source_path.as_str();
        if path.starts_with(sheets::SPREADSHEETS) {
            sheets::stream(&self.api, &self.config, &self.library, request)
        } else if path.starts_with(documents::DOCUMENTS) {
            documents::stream(&self.api, request)
        } else if path.starts_with(calendar::CALENDARS) {
            calendar::stream(&self.api, &self.config, request)
        } else if path == mail::MESSAGES {
            mail::stream(&self.api, &self.config, request)
        } else {
            drive::stream(&self.api, &self.config, request)
        }
    }
}
