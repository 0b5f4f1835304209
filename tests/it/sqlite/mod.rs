//! The SQLite connector against real files, as the core opens it.

mod contract;
mod discovery;
mod incremental;

use std::sync::Arc;

use dataweaver::sdk::{Cursor, DynConnector, Extract, ReadRequest};
use serde_json::json;
use tempfile::TempDir;

use crate::postgres::reading::{Read, collect, full, open};

/// A database file of its own.
pub struct File {
    folder: TempDir,
    connector: Arc<dyn DynConnector>,
}

impl File {
    /// One with these statements run in it.
    pub fn with(statements: &str) -> Self {
        let folder = TempDir::new().expect("a folder");
        let url = format!("sqlite://{}", folder.path().join("shop.db").display());
        let connector = open(&url, json!({})).expect("the settings are right");
        let file = Self { folder, connector };
        file.run(statements);
        file
    }

    pub fn path(&self) -> String {
        self.folder.path().join("shop.db").display().to_string()
    }

    /// Runs statements.
    pub fn run(&self, statements: &str) {
        let connection = rusqlite::Connection::open(self.path()).expect("it opens");
        connection.execute_batch(statements).expect("the test's own statements are right");
    }

    pub async fn read(&self, request: ReadRequest) -> Read {
        collect(&*self.connector, request).await.expect("the read succeeds")
    }

    /// What is new in a table since an earlier read.
    pub async fn since(&self, table: &str, field: &str, since: Option<Cursor>) -> Read {
        let extract = Extract::Incremental { cursor_field: Some(field.into()), since, lookback: Default::default() };
        self.read(ReadRequest { extract, ..full(table) }).await
    }
}
