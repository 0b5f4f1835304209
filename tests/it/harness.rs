//! A whole product for one test: its own folder and database, and its HTTP server on a free port.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::time::Duration;

use dataweaver::app::App;
use dataweaver::config::Config;
use dataweaver::http;
use dataweaver::sdk::Registry;
use dataweaver::services::auth::TokenSettings;
use dataweaver::services::{Role, Services};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::client::Client;
use crate::installation::SECRET_KEY;

/// How long anything that a test waits for may take.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A running product. [`stop`](Self::stop) it at the end, or drop it, which stops it without looking.
pub struct TestApp {
    app: std::sync::Arc<App>,
    client: Client,
    stop: CancellationToken,
    server: JoinHandle<std::io::Result<()>>,
    folder: TempDir,
}

impl TestApp {
    /// The product as it comes: SQLite, local files, no authentication.
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// The product on another database, for example one of [`servers`](crate::servers).
    pub async fn on(database_url: &str) -> Self {
        Self::with(|config| config.storage.database_url = Some(database_url.to_owned())).await
    }

    /// The product with other settings.
    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::with_connectors(dataweaver::app::registry(), change).await
    }

    /// The product with other connectors and settings.
    pub async fn with_connectors(registry: Registry, change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut config = Config::default();
        config.storage.data_dir = folder.path().join("data");
        change(&mut config);
        let app = App::start_with_connectors(config, Some(SECRET_KEY), registry).await.expect("the app starts");
        let app = std::sync::Arc::new(app);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let stop = CancellationToken::new();
        let (served, stopped) = (app.clone(), stop.clone().cancelled_owned());
        let server = tokio::spawn(async move { http::serve(&served, listener, stopped).await });
        Self { app, client: Client::new(address), stop, server, folder }
    }

    /// The services below the API.
    pub fn services(&self) -> &Services {
        &self.app.services
    }

    /// A folder of the test's own.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Makes a SQLite database with these statements and a connector to it; returns the connector's id.
    pub async fn sqlite_connector(&self, name: &str, statements: &str) -> String {
        let file = self.sqlite_file(name, statements);
        self.database_connector(name, &format!("sqlite://{}", file.display())).await
    }

    /// Makes a SQLite database with these statements.
    pub fn sqlite_file(&self, name: &str, statements: &str) -> PathBuf {
        let file = self.folder().join(format!("{name}.db"));
        let database = rusqlite::Connection::open(&file).expect("a database file");
        database.execute_batch(statements).expect("the statements run");
        file
    }

    /// Stops the server and the product, and fails where either does not end in time.
    pub async fn stop(self) {
        let Self { app, stop, server, folder, .. } = self;
        stop.cancel();
        let served = tokio::time::timeout(PATIENCE, server).await.expect("the server ends in time");
        served.expect("the server does not panic").expect("the listener works");
        let app = std::sync::Arc::into_inner(app).expect("nobody else holds the app");
        tokio::time::timeout(PATIENCE, app.shut_down()).await.expect("the app ends in time");
        drop(folder);
    }
}

impl Deref for TestApp {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

/// The settings of a token.
pub fn token(text: &str, role: Role) -> TokenSettings {
    TokenSettings { name: text.to_owned(), role, sha256: hex::encode(Sha256::digest(text)) }
}
