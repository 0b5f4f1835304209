//! Slack: the messages of a workspace's channels with their threads, its users, its channels and its files.
//!
//! Each channel is a data source. Nothing is ever changed in Slack. `docs/connectors/slack.md` tells what is read.

mod api;
mod channels;
mod columns;
mod config;
mod discover;
mod failure;
mod files;
mod messages;
mod moment;
pub mod simulator;
mod users;

use serde_json::json;

use crate::demo::{Company, World};
use crate::sdk::http::{CHECK_TIME, Consent};
use crate::sdk::{
    AuthType, Catalog, Connector, ConnectorError, ConnectorFactory, ConnectorType, DemoConfig, OpenContext, Reachable,
    ReadRequest, ReadStream, Settings, Simulator,
};
use api::Api;
use simulator::SlackSimulator;

pub use config::{ConversationType, RateLimits, SlackActsFor, SlackAuth, SlackConfig, SlackOAuth};

/// Reads a Slack workspace.
pub struct Slack {
    api: Api,
    config: SlackConfig,
}

inventory::submit! { ConnectorFactory::of::<Slack>() }

impl Connector for Slack {
    const TYPE: ConnectorType = ConnectorType::Slack;
    const NAME: &'static str = "Slack";
    const DESCRIPTION: &'static str = "Messages and threads of channels, users and files of a Slack workspace";
    const SUPPORTS_INCREMENTAL: bool = true;
    const DISCOVERS_AT_SYNC: bool = true;
    const SUPPORTS_DEMO: bool = true;
    type Config = SlackConfig;
    type Auth = SlackAuth;

    fn consent(config: &SlackConfig, auth: &SlackAuth) -> Result<Option<Consent>, ConnectorError> {
        Ok(auth.consent(config))
    }

    fn usual_consents() -> Vec<Settings> {
        let auth = json!({ "client_id": "", "client_secret": "" });
        vec![Settings { connection: json!({}), auth_type: AuthType::Oauth2, auth }]
    }

    fn simulator(demo: &DemoConfig) -> Result<Simulator, ConnectorError> {
        let company = World::telling::<Company>(demo.world.as_deref(), demo.size_factor)
            .map_err(|error| DemoConfig::wrong(error.setting(), error))?;
        let simulator = SlackSimulator::of_world(company);
        let token = simulator.bot_token();
        Ok(Simulator::new(simulator.router(), move |base_url| Settings {
            connection: json!({ "base_url": base_url }),
            auth_type: AuthType::Token,
            auth: json!({ "token": token }),
        }))
    }

    fn open(config: SlackConfig, auth: SlackAuth, context: OpenContext) -> Result<Self, ConnectorError> {
        config.check()?;
        config.named()?;
        Ok(Self { api: Api::new(&config, auth, &context)?, config })
    }

    async fn permitted(&self) -> Result<(), ConnectorError> {
        self.api.http().permitted()
    }

    async fn check(&self) -> Result<Reachable, ConnectorError> {
        let api = self.api.through(self.api.http().within(CHECK_TIME));
        let identity = api.identity().await?;
        api.try_conversations(&self.config.types()).await?;
        let missing = identity.missing_scopes(&self.config);
        let who = identity.user.as_deref().unwrap_or("the token's user");
        let team = identity.team.as_deref().unwrap_or("the workspace");
        let mut message = format!("Slack workspace {team} as {who}");
        if !missing.is_empty() {
            message.push_str(&format!(
                "; to read all of it, add the scopes {} and install the app again",
                missing.join(", ")
            ));
        }
        let details = json!({
            "team": identity.team, "teamId": identity.team_id, "url": identity.url, "user": identity.user,
            "userId": identity.user_id, "isBot": identity.bot_id.is_some(), "scopes": identity.scopes,
            "missingScopes": missing,
        });
        Ok(Reachable { message, details })
    }

    async fn discover(&self) -> Result<Catalog, ConnectorError> {
        discover::catalog(&self.api, &self.config).await
    }

    fn read(&self, request: ReadRequest) -> ReadStream {
        match request.source.source_path.as_str() {
            "users" => users::stream(&self.api, request),
            "channels" => channels::stream(&self.api, &self.config, request),
            "files" => files::stream(&self.api, &self.config, request),
            _ => messages::stream(&self.api, &self.config, request),
        }
    }
}
