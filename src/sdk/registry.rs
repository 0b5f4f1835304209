//! The catalogue of connector types. Each registers itself from its own folder.

use std::sync::Arc;

use serde_json::Value;

use super::http::Consent;
use super::simulator::InDemoMode;
use super::{
    AuthForms, AuthType, Connector, ConnectorError, ConnectorType, DemoConfig, DynConnector, OpenContext, SecretPaths,
    Settings, Simulator,
};

/// Everything the core knows of one connector type.
pub struct ConnectorFactory {
    /// The type.
    pub connector_type: ConnectorType,
    /// What people call the system.
    pub name: &'static str,
    /// One sentence on what it reads.
    pub description: &'static str,
    /// The auth types that it takes, the usual one first.
    pub auth_types: &'static [AuthType],
    /// Whether any of its data sources can be read incrementally.
    pub supports_incremental: bool,
    /// See [`Connector::NEEDS_CURSOR_FIELD`].
    pub needs_cursor_field: bool,
    /// Whether it can read the vendor's own list of changes.
    pub supports_delta: bool,
    /// Whether it has a simulator.
    pub supports_demo: bool,
    connection_schema: fn() -> Value,
    auth_schema: fn(AuthType) -> Option<Value>,
    normalize: fn(&mut Settings) -> Result<(), ConnectorError>,
    consent: fn(Settings) -> Result<Option<Consent>, ConnectorError>,
    usual_consents: fn() -> Vec<Settings>,
    open: fn(Settings, OpenContext) -> Result<Arc<dyn DynConnector>, ConnectorError>,
    simulator: fn(&DemoConfig) -> Result<Simulator, ConnectorError>,
}

inventory::collect!(ConnectorFactory);

/// A vendor's page on which people let connectors of a type read their account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsualConsent {
    /// The auth type that leads there.
    pub auth_type: AuthType,
    /// Where the page is, or the document that says it.
    pub page: String,
    /// What is asked for there, unless the settings say something else.
    pub scopes: Vec<String>,
}

impl ConnectorFactory {
    /// The factory of a connector, for `inventory::submit!` in the connector's folder.
    pub const fn of<C: Connector>() -> Self {
        Self {
            connector_type: C::TYPE,
            name: C::NAME,
            description: C::DESCRIPTION,
            auth_types: C::Auth::TYPES,
            supports_incremental: C::SUPPORTS_INCREMENTAL,
            needs_cursor_field: C::NEEDS_CURSOR_FIELD,
            supports_delta: C::SUPPORTS_DELTA,
            supports_demo: C::SUPPORTS_DEMO,
            connection_schema: || schemars::schema_for!(C::Config).to_value(),
            auth_schema: |auth_type| C::Auth::schema(auth_type).map(schemars::Schema::to_value),
            normalize: C::normalize,
            consent: |settings| {
                let config = Settings::parse("connectionConfig", settings.connection)?;
                C::consent(&config, &C::Auth::parse(settings.auth_type, settings.auth)?)
            },
            usual_consents: C::usual_consents,
            open: |settings, context| {
                let config = Settings::parse("connectionConfig", settings.connection)?;
                let auth = C::Auth::parse(settings.auth_type, settings.auth)?;
                Ok(Arc::new(C::open(config, auth, context)?))
            },
            simulator: C::simulator,
        }
    }

    /// JSON Schema of `connectionConfig`.
    pub fn connection_schema(&self) -> Value {
        (self.connection_schema)()
    }

    /// JSON Schema of `authConfig` for one auth type; `None` where the connector does not take it.
    pub fn auth_schema(&self, auth_type: AuthType) -> Option<Value> {
        (self.auth_schema)(auth_type)
    }

    /// Puts settings into the form that is stored; see [`Connector::normalize`].
    ///
    /// # Errors
    /// `Config` where the settings make no sense.
    pub fn normalize(&self, settings: &mut Settings) -> Result<(), ConnectorError> {
        (self.normalize)(settings)
    }

    /// How a person lets the connector read their account; see [`Connector::consent`].
    ///
    /// # Errors
    /// `Config` where the settings make no sense.
    pub fn consent(&self, settings: Settings) -> Result<Option<Consent>, ConnectorError> {
        (self.consent)(settings)
    }

    /// The pages on which people consent, with usual settings; none where the type has no such page.
    pub fn usual_consents(&self) -> Vec<UsualConsent> {
        let told = |settings: Settings| {
            let auth_type = settings.auth_type;
            // A test looks that these settings are right.
            let consent = self.consent(settings).ok().flatten()?;
            let scopes = consent.asked_scopes().to_vec();
            Some(UsualConsent { auth_type, page: consent.place().to_owned(), scopes })
        };
        (self.usual_consents)().into_iter().filter_map(told).collect()
    }

    /// Opens a connector; no I/O.
    ///
    /// # Errors
    /// `Config` where the settings make no sense.
    pub fn open(&self, settings: Settings, context: OpenContext) -> Result<Arc<dyn DynConnector>, ConnectorError> {
        (self.open)(settings, context)
    }

    /// The simulator that `connectionConfig` asks for in demo mode; nothing is served yet.
    ///
    /// # Errors
    /// `Config` where the type has none, or does not know the world.
    pub fn simulator(&self, connection: Value) -> Result<Simulator, ConnectorError> {
        let demo: DemoConfig = Settings::parse("connectionConfig", connection)?;
        (self.simulator)(&demo)
    }

    /// Opens a connector in demo mode, with its simulator, which runs as long as the connector and its reads do. Its
    /// address is on loopback, which is allowed for it alone.
    ///
    /// # Errors
    /// As [`simulator`](Self::simulator), and where no port is free.
    pub fn open_demo(&self, connection: Value, context: OpenContext) -> Result<Arc<dyn DynConnector>, ConnectorError> {
        let (settings, simulator) = self.simulator(connection)?.start()?;
        let connector = self.open(settings, OpenContext { allow_private_network: true, ..context })?;
        Ok(Arc::new(InDemoMode { connector, simulator: Arc::new(simulator) }))
    }

    /// Moves the secrets out of settings: what is left may be shown.
    pub fn take_secrets(&self, settings: &mut Settings) -> Value {
        let connection = SecretPaths::of_schema(&self.connection_schema()).take(&mut settings.connection);
        let auth_schema = self.auth_schema(settings.auth_type).unwrap_or(Value::Null);
        let auth = SecretPaths::of_schema(&auth_schema).take(&mut settings.auth);
        serde_json::json!({ "connection": connection, "auth": auth })
    }

    /// Puts the secrets back that [`take_secrets`](Self::take_secrets) took.
    pub fn put_secrets(settings: &mut Settings, secrets: &Value) {
        for (part, value) in [("connection", &mut settings.connection), ("auth", &mut settings.auth)] {
            if let Some(secrets) =
                secrets.get(part).filter(|secrets| secrets.as_object().is_some_and(|map| !map.is_empty()))
            {
                SecretPaths::put(value, secrets);
            }
        }
    }
}

/// All connector types of this build, sorted by name of the type.
#[derive(Clone)]
pub struct Registry(Arc<Vec<&'static ConnectorFactory>>);

impl Registry {
    /// Collects what the connectors' folders registered.
    pub fn collect() -> Self {
        let mut factories: Vec<_> = inventory::iter::<ConnectorFactory>().collect();
        factories.sort_by_key(|factory| factory.connector_type.as_str());
        Self(Arc::new(factories))
    }

    /// The same with another connector in the place of its type's, for tests and for programs that bring their own.
    #[must_use]
    pub fn with(&self, factory: &'static ConnectorFactory) -> Self {
        let others = self.0.iter().copied().filter(|other| other.connector_type != factory.connector_type);
        let mut factories: Vec<_> = others.chain([factory]).collect();
        factories.sort_by_key(|factory| factory.connector_type.as_str());
        Self(Arc::new(factories))
    }

    /// Every connector type.
    pub fn all(&self) -> &[&'static ConnectorFactory] {
        &self.0
    }

    /// One connector type.
    ///
    /// # Errors
    /// `Config` naming the known ones where this build has no such connector.
    pub fn get(&self, connector_type: ConnectorType) -> Result<&'static ConnectorFactory, ConnectorError> {
        self.0.iter().copied().find(|factory| factory.connector_type == connector_type).ok_or_else(|| {
            let known = self.0.iter().map(|factory| factory.connector_type.as_str()).collect::<Vec<_>>().join(", ");
            ConnectorError::config("type", format!("{connector_type} is not in this build (known: {known})"))
        })
    }
}
