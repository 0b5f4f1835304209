//! Mail: the mailboxes of an IMAP account, mbox files and Maildir folders.
//!
//! Each mailbox is a data source, each message a row. Nothing is ever changed at the other end: mailboxes are examined, never
//! selected, and messages are peeked at. `docs/connectors/email.md` tells what becomes of a message.

mod config;
mod files;
mod imap;
mod message;
mod names;
mod oauth;
mod rows;
pub mod simulator;

use std::time::Duration;

use futures::StreamExt;
use serde_json::json;

use crate::demo::{Office, World};
use crate::sdk::http::Consent;
use crate::sdk::{
    AuthType, Catalog, Connector, ConnectorError, ConnectorFactory, ConnectorType, DemoConfig, OpenContext, Reachable,
    ReadRequest, ReadStream, Rediscovered, Settings, Simulator, SourceRef,
};

use files::Kind;
use simulator::ImapSimulator;

pub use config::{Certificate, EmailAuth, EmailConfig, MailToken, Tls};
pub use oauth::MailOAuth;

/// How long `check` may take.
const CHECK_TIME: Duration = Duration::from_secs(9);
/// A list of very many mailboxes on a slow server takes long; one that takes this long is stuck.
const DISCOVER_TIME: Duration = Duration::from_secs(300);

/// Reads mail.
pub enum Email {
    /// An account on a server.
    Imap(imap::Imap),
    /// Files of a folder.
    Files(files::Files),
}

inventory::submit! { ConnectorFactory::of::<Email>() }

impl Connector for Email {
    const TYPE: ConnectorType = ConnectorType::Email;
    const NAME: &'static str = "Email";
    const DESCRIPTION: &'static str = "Messages of an IMAP account, of mbox files and of Maildir folders";
    const SUPPORTS_INCREMENTAL: bool = true;
    const DISCOVERS_AT_SYNC: bool = true;
    const SUPPORTS_DEMO: bool = true;
    type Config = EmailConfig;
    type Auth = EmailAuth;

    fn consent(config: &EmailConfig, auth: &EmailAuth) -> Result<Option<Consent>, ConnectorError> {
        match auth {
            EmailAuth::Oauth2(client) => client.consent(config),
            _ => Ok(None),
        }
    }

    fn usual_consents() -> Vec<Settings> {
        let at = |host: &str| Settings {
            connection: json!({ "host": host }),
            auth_type: AuthType::Oauth2,
            auth: json!({ "username": "", "client_id": "" }),
        };
        vec![at("imap.gmail.com"), at("outlook.office365.com")]
    }

    fn simulator(demo: &DemoConfig) -> Result<Simulator, ConnectorError> {
        let office = World::telling::<Office>(demo.world.as_deref(), demo.size_factor)
            .map_err(|error| DemoConfig::wrong(error.setting(), error))?;
        let simulator = ImapSimulator::of_world(office);
        let (username, password) = (simulator.user().to_owned(), simulator.password().to_owned());
        let served = simulator.clone();
        let serve = move |listener, stop| served.serve(listener, stop);
        Ok(Simulator::serving(serve, move |address| Settings {
            connection: json!({ "host": address.ip().to_string(), "port": address.port(), "tls": "none" }),
            auth_type: AuthType::UsernamePassword,
            auth: json!({ "username": username, "password": password }),
        })
        .made_by(move || simulator.make()))
    }

    fn open(config: EmailConfig, auth: EmailAuth, context: OpenContext) -> Result<Self, ConnectorError> {
        config.check_ranges()?;
        let files = |kind, path| files::Files::open(&config, kind, path, &auth, context.clone()).map(Self::Files);
        match (&config.host, &config.mbox, &config.maildir) {
            (Some(_), None, None) => imap::Imap::open(&config, auth, &context).map(Self::Imap),
            (None, Some(path), None) => files(Kind::Mbox, path),
            (None, None, Some(path)) => files(Kind::Maildir, path),
            (None, None, None) => Err(ConnectorError::config(
                "connectionConfig.host",
                "is missing; give an IMAP server, or in mbox or maildir where mail lies on this machine",
            )),
            (_, mbox, _) => {
                let field = if mbox.is_some() { "mbox" } else { "maildir" };
                let message = "cannot be given beside another place to read from (host, mbox, maildir)";
                Err(ConnectorError::config(format!("connectionConfig.{field}"), message))
            }
        }
    }

    async fn permitted(&self) -> Result<(), ConnectorError> {
        match self {
            Self::Imap(imap) => imap.permitted().await,
            Self::Files(files) => files.permitted().await,
        }
    }

    async fn check(&self) -> Result<Reachable, ConnectorError> {
        match self {
            Self::Imap(imap) => within(CHECK_TIME, &imap.name(), imap.check()).await,
            Self::Files(files) => within(CHECK_TIME, &files.name(), files.check()).await,
        }
    }

    async fn discover(&self) -> Result<Catalog, ConnectorError> {
        self.rediscover(Vec::new()).await.map(|found| found.catalog)
    }

    async fn rediscover(&self, known: Vec<SourceRef>) -> Result<Rediscovered, ConnectorError> {
        match self {
            Self::Imap(imap) => within(DISCOVER_TIME, &imap.name(), imap.discover(known)).await,
            Self::Files(files) => within(DISCOVER_TIME, &files.name(), files.discover(known)).await,
        }
    }

    fn read(&self, request: ReadRequest) -> ReadStream {
        match self {
            Self::Imap(imap) => imap.read(request).boxed(),
            Self::Files(files) => files.read(request).boxed(),
        }
    }
}

async fn within<T>(
    limit: Duration,
    name: &str,
    work: impl Future<Output = Result<T, ConnectorError>>,
) -> Result<T, ConnectorError> {
    tokio::time::timeout(limit, work).await.unwrap_or_else(|elapsed| {
        let message = format!("{name} did not answer within {} seconds", limit.as_secs());
        Err(ConnectorError::unreachable(message, elapsed))
    })
}
