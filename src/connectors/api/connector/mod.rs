//! The connector: a manifest's streams as data sources.

mod columns;
mod config;
mod read;

use std::time::Duration;

use futures::StreamExt;
use futures::stream;
use serde_json::json;

use super::examples::stripe::{self, StripeSimulator};
use super::failure::{Blame, Failure};
use super::http::Transport;
use super::run::{Source, Stream};
use super::value::Value;
use crate::demo::{Shop, World};
use crate::sdk::http::Redaction;
use crate::sdk::{
    AuthType, Catalog, CatalogSource, Connector, ConnectorError, ConnectorFactory, ConnectorType, DemoConfig,
    OpenContext, Reachable, ReadRequest, ReadStream, Settings, Simulator, counted,
};
use columns::Columns;

pub(super) use config::redaction_of;
pub use config::{ApiAuth, ApiConfig, SecretMap};

/// How long `check` may take.
const CHECK_TIME: Duration = Duration::from_secs(9);

/// Reads the streams of a declarative manifest.
pub struct Api {
    source: Source,
    /// What failures must not tell.
    redaction: Redaction,
}

inventory::submit! { ConnectorFactory::of::<Api>() }

impl Connector for Api {
    const TYPE: ConnectorType = ConnectorType::Api;
    const NAME: &'static str = "API";
    const DESCRIPTION: &'static str = "Any HTTP API, described by a declarative manifest of Airbyte's format";
    const SUPPORTS_INCREMENTAL: bool = true;
    const SUPPORTS_DEMO: bool = true;
    type Config = ApiConfig;
    type Auth = ApiAuth;

    fn normalize(settings: &mut Settings) -> Result<(), ConnectorError> {
        config::normalize(settings)
    }

    /// In demo mode the example of Stripe reads the payments of a world's shop.
    fn simulator(demo: &DemoConfig) -> Result<Simulator, ConnectorError> {
        let shop = World::telling::<Shop>(demo.world.as_deref(), demo.size_factor)
            .map_err(|error| DemoConfig::wrong(error.setting(), error))?;
        Ok(Simulator::new(StripeSimulator::of_world(shop).router(), |base_url| Settings {
            connection: json!({
                "manifest": stripe::MANIFEST,
                "config": { "base_url": base_url },
                "secrets": { "secret_key": StripeSimulator::KEY },
            }),
            auth_type: AuthType::None,
            auth: json!({}),
        }))
    }

    fn open(config: ApiConfig, _auth: ApiAuth, context: OpenContext) -> Result<Self, ConnectorError> {
        let redaction = config.redaction();
        let transport = Transport::new(&context, &redaction)?;
        let credential = config.credential();
        let source = Source::new(config.manifest()?, &config.values(), credential.as_deref(), transport);
        Ok(Self { source: source.map_err(errors_of(&redaction))?.guarded(), redaction })
    }

    async fn check(&self) -> Result<Reachable, ConnectorError> {
        let told = errors_of(&self.redaction);
        let source = self.source.within(CHECK_TIME);
        let check = async { Ok((source.check().await?, source.names().await?)) };
        let (names, streams) = match tokio::time::timeout(CHECK_TIME, check).await {
            Ok(checked) => checked.map_err(&told)?,
            Err(late) => {
                let message = format!("the API did not answer within {} seconds", CHECK_TIME.as_secs());
                return Err(ConnectorError::unreachable(message, late));
            }
        };
        let message = match names.as_slice() {
            [] => format!("the manifest has {}", counted(streams.len() as u64, "stream", "streams")),
            names => format!("{} answered; {}", names.join(", "), counted(streams.len() as u64, "stream", "streams")),
        };
        Ok(Reachable { message, details: json!({ "streams": streams }) })
    }

    async fn discover(&self) -> Result<Catalog, ConnectorError> {
        let told = errors_of(&self.redaction);
        let mut sources = Vec::new();
        for name in self.source.names().await.map_err(&told)? {
            let stream = self.source.stream(&name, &Value::empty_map()).await.map_err(&told)?;
            let schema = stream.json_schema().await.map_err(&told)?;
            sources.push(CatalogSource {
                sql_name: name.clone(),
                source_type: "stream".to_owned(),
                source_path: name.clone(),
                description: schema.get("description").and_then(Value::as_str).map(str::to_owned),
                schema: Columns::of_schema(&schema).schema(),
                primary_key: primary_key(&stream),
                cursor_field: stream.cursor_field().map(str::to_owned),
                estimated_rows: None,
                details: json!(null),
                name,
            });
        }
        Ok(Catalog { sources })
    }

    fn read(&self, request: ReadRequest) -> ReadStream {
        let told = errors_of(&self.redaction);
        let cancel = request.cancel.clone();
        let stopped = cancel.clone().cancelled_owned();
        // Whatever it waits for, it stops at once, and says so.
        let end = stream::iter(std::iter::once_with(move || cancel.is_cancelled()));
        let end = end.filter_map(|cancelled| async move { cancelled.then_some(Err(ConnectorError::Cancelled)) });
        let cancel = request.cancel.clone();
        self.source.reading(&cancel, |source| read::events(source, told, request).take_until(stopped).chain(end))
    }
}

/// The members that identify a record; none where one of them lies deeper.
fn primary_key(stream: &Stream) -> Vec<String> {
    match stream.primary_key() {
        Value::Str(name) if !name.is_empty() => vec![name.to_string()],
        Value::List(parts) => {
            let names: Option<Vec<String>> = parts
                .iter()
                .map(|part| match part {
                    Value::Str(name) => Some(name.to_string()),
                    other => match other.as_list() {
                        Some([Value::Str(name)]) => Some(name.to_string()),
                        _ => None,
                    },
                })
                .collect();
            names.unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

/// How failures are told: without the secrets of the configuration.
fn errors_of(redaction: &Redaction) -> impl Fn(Failure) -> ConnectorError + use<> {
    let redaction = redaction.clone();
    move |failure| connector_error(failure, &redaction)
}

fn connector_error(failure: Failure, redaction: &Redaction) -> ConnectorError {
    let message = redaction.words(&failure.to_string());
    match failure {
        Failure::Cancelled => ConnectorError::Cancelled,
        Failure::Manifest(slip) => ConnectorError::config_text(config::FIELD, message, slip.place),
        Failure::Config(_) => ConnectorError::config("connectionConfig.config", message),
        Failure::Answer { status: Some(401), .. } => ConnectorError::Auth { message, cause: None },
        Failure::Answer { status: Some(403), .. } => ConnectorError::Permission { message, cause: None },
        Failure::Answer { blame: Blame::Transient, .. } | Failure::Exhausted { .. } => {
            ConnectorError::Unreachable { message, cause: None }
        }
        _ => ConnectorError::Protocol { message, cause: None },
    }
}
