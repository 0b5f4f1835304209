//! A database of its own on a PostgreSQL server.

use anyhow::{Context, Result};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use url::Url;
use uuid::Uuid;

/// An empty database. One that was not dropped is left behind under its name, `dataweaver_bench_…`.
pub(crate) struct Database {
    server: String,
    name: String,
    /// The URL by which to connect to it.
    pub(crate) url: String,
}

impl Database {
    /// Makes one on the server at a URL.
    pub(crate) async fn create(server: &str) -> Result<Self> {
        let name = format!("dataweaver_bench_{}", Uuid::now_v7().simple());
        let mut url = Url::parse(server).context("the URL of a PostgreSQL server")?;
        url.set_path(&name);
        execute(server, format!("CREATE DATABASE {name}")).await?;
        Ok(Self { server: server.to_owned(), name, url: url.into() })
    }

    /// Drops it, whoever is still connected.
    pub(crate) async fn drop(self) -> Result<()> {
        execute(&self.server, format!("DROP DATABASE {} WITH (FORCE)", self.name)).await
    }
}

async fn execute(server: &str, statement: String) -> Result<()> {
    let mut connection = PgConnection::connect(server).await.with_context(|| format!("connecting to {server}"))?;
    connection.execute(AssertSqlSafe(statement)).await?;
    Ok(connection.close().await?)
}
