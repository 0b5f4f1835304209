//! The contract of a connector, and its erased twin that the core works with.

use async_trait::async_trait;
use futures::{StreamExt, stream};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::http::Consent;
use super::{
    AuthForms, Catalog, ConnectorError, ConnectorType, DemoConfig, OpenContext, ReadRequest, ReadStream, Rediscovered,
    Settings, Simulator, SourceRef,
};

/// What `check` found out.
#[derive(Clone, Debug, PartialEq)]
pub struct Reachable {
    /// A sentence for people, for example `PostgreSQL 15.4 as reporting, 42 tables to read`.
    pub message: String,
    /// Facts for machines: the server's version, the user's name.
    pub details: Value,
}

/// An adapter to one type of system.
///
/// `Config` and `Auth` are typed; their doc comments become the help of forms, reference and command line.
pub trait Connector: Sized + Send + Sync + 'static {
    /// The type it is registered under.
    const TYPE: ConnectorType;
    /// What people call the system.
    const NAME: &'static str;
    /// One sentence on what it reads.
    const DESCRIPTION: &'static str;
    /// Whether any of its data sources can be read incrementally.
    const SUPPORTS_INCREMENTAL: bool;
    /// Whether an incremental read needs a column to go by; not where a source tells itself what is new.
    const NEEDS_CURSOR_FIELD: bool = false;
    /// Whether it can read the vendor's own list of changes.
    const SUPPORTS_DELTA: bool = false;
    /// Whether new data sources turn up by themselves, like files in a folder: a sync of all looks for them first.
    const DISCOVERS_AT_SYNC: bool = false;
    /// Whether it can list the keys of a data source without the rest of its rows: then [`read_keys`](Self::read_keys) does,
    /// and an incremental sync finds what is gone at the source.
    const LISTS_KEYS: bool = false;
    /// Whether it has a simulator: then [`simulator`](Self::simulator) gives it.
    const SUPPORTS_DEMO: bool = false;
    /// `connectionConfig`.
    type Config: DeserializeOwned + JsonSchema + Send + 'static;
    /// `authConfig`, by auth type.
    type Auth: AuthForms;

    /// Puts settings into their one true form before they are stored, for example by moving a password out of a
    /// URL into the secrets. Called with what the user gave; does no I/O.
    ///
    /// # Errors
    /// `Config` where the settings make no sense.
    fn normalize(_settings: &mut Settings) -> Result<(), ConnectorError> {
        Ok(())
    }

    /// The vendor's API over a demo world, for demo mode. Cheap: it is also asked for to see whether the world is known.
    ///
    /// # Errors
    /// `Config` where there is no such world ([`DemoConfig::wrong`]).
    fn simulator(_demo: &DemoConfig) -> Result<Simulator, ConnectorError> {
        Err(Simulator::missing(Self::TYPE))
    }

    /// How a person lets the connector read their account at the vendor, where these settings mean that; `None` where they
    /// need no consent. No I/O.
    ///
    /// # Errors
    /// `Config` where the settings make no sense.
    fn consent(_config: &Self::Config, _auth: &Self::Auth) -> Result<Option<Consent>, ConnectorError> {
        Ok(None)
    }

    /// Settings as people usually give them who consent, one for each vendor: the catalogue tells what
    /// [`consent`](Self::consent) makes of them. The client in them is nobody's.
    fn usual_consents() -> Vec<Settings> {
        Vec::new()
    }

    /// Takes the settings; cheap, with no I/O: an unreachable host is told by `check`.
    ///
    /// # Errors
    /// `Config` where the settings make no sense.
    fn open(config: Self::Config, auth: Self::Auth, context: OpenContext) -> Result<Self, ConnectorError>;

    /// Refuses what the process does not allow ([`OpenContext`]), before the settings are stored. Looks at this machine
    /// only, never at the other end; `check` looks again.
    fn permitted(&self) -> impl Future<Output = Result<(), ConnectorError>> + Send {
        async { Ok(()) }
    }

    /// Signs in and looks whether reading will work, within 10 seconds.
    fn check(&self) -> impl Future<Output = Result<Reachable, ConnectorError>> + Send;

    /// Lists what can be read, in a stable order.
    fn discover(&self) -> impl Future<Output = Result<Catalog, ConnectorError>> + Send;

    /// Lists what can be read now, where `known` is what an earlier look found: what has surely not changed since is only
    /// named. Looks at everything anew, unless a connector knows better.
    fn rediscover(&self, _known: Vec<SourceRef>) -> impl Future<Output = Result<Rediscovered, ConnectorError>> + Send {
        async { self.discover().await.map(Rediscovered::from) }
    }

    /// Reads one data source. Nothing is done before the stream is polled.
    fn read(&self, request: ReadRequest) -> ReadStream;

    /// Lists the keys of all rows that a data source has now, out of one snapshot: the columns of
    /// [`ReadRequest::primary_key`] and no others. They are held against what the incremental read of `request.extract` has
    /// brought, whose `since` is where it ended, and come in the types in which that gave them. Nothing is resumed.
    ///
    /// What is not listed is taken for gone. So the stream has one checkpoint, which says nothing but that all keys stand
    /// before it: a list without it was cut short.
    fn read_keys(&self, _request: ReadRequest) -> ReadStream {
        let message = format!("a connector of type {} does not list keys; only a full sync finds deletes", Self::TYPE);
        stream::iter([Err(ConnectorError::config("detectDeletes", message))]).boxed()
    }
}

/// A connector of any type.
#[async_trait]
pub trait DynConnector: Send + Sync {
    /// See [`Connector::DISCOVERS_AT_SYNC`].
    fn discovers_at_sync(&self) -> bool;
    /// See [`Connector::LISTS_KEYS`].
    fn lists_keys(&self) -> bool;
    /// See [`Connector::permitted`].
    async fn permitted(&self) -> Result<(), ConnectorError>;
    /// See [`Connector::check`].
    async fn check(&self) -> Result<Reachable, ConnectorError>;
    /// See [`Connector::discover`].
    async fn discover(&self) -> Result<Catalog, ConnectorError>;
    /// See [`Connector::rediscover`].
    async fn rediscover(&self, known: Vec<SourceRef>) -> Result<Rediscovered, ConnectorError>;
    /// See [`Connector::read`].
    fn read(&self, request: ReadRequest) -> ReadStream;
    /// See [`Connector::read_keys`].
    fn read_keys(&self, request: ReadRequest) -> ReadStream;
}

#[async_trait]
impl<C: Connector> DynConnector for C {
    fn discovers_at_sync(&self) -> bool {
        C::DISCOVERS_AT_SYNC
    }

    fn lists_keys(&self) -> bool {
        C::LISTS_KEYS
    }

    async fn permitted(&self) -> Result<(), ConnectorError> {
        Connector::permitted(self).await
    }

    async fn check(&self) -> Result<Reachable, ConnectorError> {
        Connector::check(self).await
    }

    async fn discover(&self) -> Result<Catalog, ConnectorError> {
        Connector::discover(self).await
    }

    async fn rediscover(&self, known: Vec<SourceRef>) -> Result<Rediscovered, ConnectorError> {
        Connector::rediscover(self, known).await
    }

    fn read(&self, request: ReadRequest) -> ReadStream {
        Connector::read(self, request)
    }

    fn read_keys(&self, request: ReadRequest) -> ReadStream {
        Connector::read_keys(self, request)
    }
}
