//! A connector type of the tests' own, which reads a ledger with OAuth 2 tokens as any vendor's connector does.

use std::sync::Arc;

use arrow::array::{Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use dataweaver::sdk::http::{Authorisation, CHECK_TIME, Consent, HttpClient, OAuth2};
use dataweaver::sdk::{
    Catalog, CatalogSource, Connector, ConnectorError, ConnectorFactory, ConnectorType, Cursor, NoAuth, OpenContext,
    Reachable, ReadEvent, ReadRequest, ReadStream, Registry, SecretString, auth_forms,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

static LEDGER: ConnectorFactory = ConnectorFactory::of::<Ledger>();

/// The connector types of this build, with ledgers in the place of clinical systems.
pub fn registry() -> Registry {
    Registry::collect().with(&LEDGER)
}

/// Where the ledger is.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LedgerConfig {
    /// Its origin.
    base_url: String,
    /// Whether the server's own document says where its endpoints are.
    #[serde(default)]
    described: bool,
    /// Whose answers are taken, where no document says it.
    issuer: Option<String>,
}

/// The client as it is registered.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LedgerClient {
    /// Its id.
    client_id: String,
    /// Its secret.
    client_secret: Option<SecretString>,
    /// Where people are sent back to.
    redirect_uri: Option<String>,
    /// A refresh token, instead of a consent.
    refresh_token: Option<SecretString>,
}

auth_forms! {
    /// How a ledger is opened.
    pub enum LedgerAuth { Oauth2(LedgerClient), None(NoAuth) }
}

pub struct Ledger {
    http: HttpClient,
}

fn declared(config: &LedgerConfig, client: &LedgerClient) -> Consent {
    let origin = &config.base_url;
    let consent = match config.described {
        true => Consent::described_at(format!("{origin}/.well-known/openid-configuration")),
        false => Consent::at(format!("{origin}/auth"), format!("{origin}/token")),
    };
    let consent = match &config.issuer {
        Some(issuer) => consent.issuer(issuer),
        None => consent,
    };
    consent
        .client(&client.client_id, client.client_secret.clone())
        .scopes(["openid", "offline_access", "ledger"])
        .parameter("prompt", "consent")
        .redirect_uri(client.redirect_uri.clone())
}

fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new("id", DataType::Int64, false), Field::new("amount", DataType::Int64, false)]))
}

#[derive(Deserialize)]
struct Entries {
    account: String,
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    id: i64,
    amount: i64,
}

impl Connector for Ledger {
    const TYPE: ConnectorType = ConnectorType::Clinical;
    const NAME: &'static str = "Ledger";
    const DESCRIPTION: &'static str = "Reads a ledger";
    const SUPPORTS_INCREMENTAL: bool = false;
    type Config = LedgerConfig;
    type Auth = LedgerAuth;

    fn consent(config: &LedgerConfig, auth: &LedgerAuth) -> Result<Option<Consent>, ConnectorError> {
        Ok(match auth {
            LedgerAuth::Oauth2(client) if client.refresh_token.is_none() => Some(declared(config, client)),
            _ => None,
        })
    }

    fn open(config: LedgerConfig, auth: LedgerAuth, context: OpenContext) -> Result<Self, ConnectorError> {
        let authorisation = match auth {
            LedgerAuth::Oauth2(client) => Authorisation::tokens(match &client.refresh_token {
                Some(token) => OAuth2::builder(&context, Self::TYPE, &format!("{}/token", config.base_url))
                    .client(&client.client_id, client.client_secret.clone())
                    .refresh_token(token.clone())
                    .build()?,
                None => OAuth2::consented(&context, Self::TYPE, &declared(&config, &client))?,
            }),
            LedgerAuth::None(_) => Authorisation::none(),
        };
        let http = HttpClient::builder(&context, Self::TYPE, &config.base_url).authorisation(authorisation).build()?;
        Ok(Self { http })
    }

    async fn check(&self) -> Result<Reachable, ConnectorError> {
        let found: Entries = self.http.within(CHECK_TIME).get("ledger").send().await?.json()?;
        let message = format!("the ledger of {} has {} entries", found.account, found.entries.len());
        Ok(Reachable { message, details: json!({}) })
    }

    async fn discover(&self) -> Result<Catalog, ConnectorError> {
        let entries = CatalogSource {
            name: "entries".into(),
            sql_name: "entries".into(),
            source_type: "ledger".into(),
            source_path: "ledger".into(),
            description: None,
            schema: schema(),
            primary_key: vec!["id".into()],
            cursor_field: None,
            estimated_rows: None,
            details: json!(null),
        };
        Ok(Catalog { sources: vec![entries] })
    }

    fn read(&self, request: ReadRequest) -> ReadStream {
        self.http.reading(&request.cancel, |http| {
            async_stream::try_stream! {
                yield ReadEvent::Schema(schema());
                let found: Entries = http.get("ledger").send().await?.json()?;
                let ids = Int64Array::from_iter_values(found.entries.iter().map(|entry| entry.id));
                let amounts = Int64Array::from_iter_values(found.entries.iter().map(|entry| entry.amount));
                let batch = RecordBatch::try_new(schema(), vec![Arc::new(ids), Arc::new(amounts)]);
                yield ReadEvent::Batch(batch.map_err(|error| ConnectorError::data("ledger", error.to_string()))?);
                yield ReadEvent::Checkpoint(Cursor(json!({ "read": true })));
            }
        })
    }
}
