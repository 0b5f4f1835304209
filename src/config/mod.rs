//! Settings: one typed section a file; defaults < file < environment < flags.
//!
//! A leaf, but for the settings structs of other layers that it embeds, such as `engine::EngineSettings`. A key is documented where it is declared; `docs/configuration.md` is made from there.

mod auth;
mod error;
mod graphql;
mod live;
mod load;
mod log;
mod network;
mod origins;
#[cfg(test)]
mod reference;
mod server;
mod storage;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use auth::AuthSettings;
pub use error::ConfigError;
pub use graphql::GraphqlSettings;
pub use live::LiveSettings;
pub use load::{ConfigSources, FILE_NAME};
pub use log::{LogFormat, LogSettings};
pub use network::NetworkSettings;
pub use origins::{Origin, Origins};
pub use server::{ServerSettings, normal_origin};
pub use storage::StorageSettings;

use crate::engine::EngineSettings;
use crate::query::QuerySettings;
use crate::sdk::http::HttpSettings;
use crate::services::asks::AskSettings;
use crate::services::authorisations::AuthorisationSettings;
use crate::services::scenarios::ScenarioSettings;
use crate::services::upkeep::RetentionSettings;
use crate::services::workflows::WorkflowSettings;

/// More syncs at once are asked for by mistake; the engine cannot even count all that a number can hold.
const MOST_SYNCS_AT_ONCE: usize = 10_000;

/// All settings of a process.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The HTTP server.
    pub server: ServerSettings,
    /// Where everything is kept.
    pub storage: StorageSettings,
    /// How syncs are run.
    pub engine: EngineSettings,
    /// How long things are kept.
    pub retention: RetentionSettings,
    /// Limits of SQL.
    pub query: QuerySettings,
    /// Where scenarios come from.
    pub scenarios: ScenarioSettings,
    /// How questions in plain English are answered, and the language model that may do so.
    pub ask: AskSettings,
    /// How workflows are run.
    pub workflows: WorkflowSettings,
    /// Limits of the GraphQL API.
    pub graphql: GraphqlSettings,
    /// Limits of what is followed live: WebSockets, event streams and multipart subscriptions.
    pub live: LiveSettings,
    /// Who may use the API.
    pub auth: AuthSettings,
    /// How accounts at vendors are connected, and their tokens renewed.
    pub authorisation: AuthorisationSettings,
    /// What connectors may reach while authentication is on.
    pub network: NetworkSettings,
    /// How connectors speak HTTP with vendors. A connector's own `http` settings go over these.
    pub http_client: HttpSettings,
    /// What the process says of itself on stderr.
    pub log: LogSettings,
    /// Where the settings came from.
    #[serde(skip)]
    pub origins: Origins,
}

impl Config {
    /// Reads the settings of all sources and checks that they go together.
    ///
    /// # Errors
    /// Where a file cannot be read, a key is unknown, a value is of the wrong type, or settings contradict one another.
    pub fn load(sources: ConfigSources) -> Result<Self, ConfigError> {
        let config = sources.read()?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        let listen = self.server.listen;
        if !listen.ip().is_loopback() && self.auth.tokens.is_empty() {
            return Err(ConfigError::OpenToAll { listen, origin: self.origins.of("server.listen") });
        }
        let syncs = self.engine.syncs_at_once;
        if syncs > MOST_SYNCS_AT_ONCE {
            return Err(ConfigError::TooMany {
                setting: "engine.syncs_at_once",
                given: syncs,
                most: MOST_SYNCS_AT_ONCE,
            });
        }
        let seconds = [
            ("query.timeout_seconds", self.query.timeout().as_secs()),
            ("graphql.timeout_seconds", self.graphql.timeout_seconds),
            ("server.request_timeout_seconds", self.server.request_timeout_seconds),
        ];
        for [(inner, inner_seconds), (outer, outer_seconds)] in [[seconds[0], seconds[1]], [seconds[1], seconds[2]]] {
            if inner_seconds > outer_seconds {
                let (inner_origin, outer_origin) = (self.origins.of(inner), self.origins.of(outer));
                return Err(ConfigError::LimitsContradict {
                    inner,
                    inner_seconds,
                    inner_origin,
                    outer,
                    outer_seconds,
                    outer_origin,
                });
            }
        }
        self.server.check(&self.origins)?;
        self.auth.check(&self.origins)?;
        self.log.check(&self.origins)
    }
}
