//! The statements, and how their rows become what GraphQL gives.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::SqlitePoolOptions;
use sqlx::{ColumnIndex, Decode, PgPool, Row, SqlitePool, Type};

/// Connections, as many as ours has.
const POSTGRES_CONNECTIONS: u32 = 16;
const SQLITE_CONNECTIONS: u32 = 8;

const NESTED: &str = "
    SELECT c.id, c.name, c.status, s.id, s.name, s.row_count, e.id, e.status, e.row_count, e.completed_at
    FROM (SELECT id, name, status, created_at FROM connectors ORDER BY created_at, id LIMIT 20) c
    JOIN data_sources s ON s.connector_id = c.id
    LEFT JOIN data_extracts e ON e.id =
        (SELECT id FROM data_extracts WHERE data_source_id = s.id ORDER BY created_at DESC, id DESC LIMIT 1)
    ORDER BY c.created_at, c.id, s.created_at, s.id";
const LOOKUP: &str = "SELECT id, name, slug, status, last_sync_at FROM connectors WHERE id = $1";

/// Connections to the database.
#[derive(Clone)]
pub(crate) enum Database {
    Postgres(PgPool),
    Sqlite(SqlitePool),
}

#[derive(Serialize)]
struct Nodes<T> {
    nodes: Vec<T>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Connector {
    id: String,
    name: String,
    status: String,
    data_sources: Nodes<Source>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Source {
    id: String,
    name: String,
    row_count: Option<i64>,
    extracts: Nodes<Extract>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Extract {
    id: String,
    status: String,
    row_count: Option<i64>,
    completed_at: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    id: String,
    name: String,
    slug: String,
    status: String,
    last_sync_at: Option<String>,
}

impl Database {
    pub(crate) async fn connect(url: &str) -> sqlx::Result<Self> {
        if url.starts_with("sqlite:") {
            return Ok(Self::Sqlite(SqlitePoolOptions::new().max_connections(SQLITE_CONNECTIONS).connect(url).await?));
        }
        Ok(Self::Postgres(PgPoolOptions::new().max_connections(POSTGRES_CONNECTIONS).connect(url).await?))
    }

    /// 20 connectors, their data sources, and the last extraction of each.
    pub(crate) async fn nested(&self) -> anyhow::Result<Vec<u8>> {
        let mut nodes: Vec<Connector> = Vec::new();
        match self {
            Self::Postgres(pool) => {
                for row in sqlx::query(NESTED).fetch_all(pool).await? {
                    add(&mut nodes, &row)?;
                }
            }
            Self::Sqlite(pool) => {
                for row in sqlx::query(NESTED).fetch_all(pool).await? {
                    add(&mut nodes, &row)?;
                }
            }
        }
        Ok(serde_json::to_vec(&Data { data: Connectors { connectors: Nodes { nodes } } })?)
    }

    /// One connector.
    pub(crate) async fn lookup(&self, id: &str) -> anyhow::Result<Vec<u8>> {
        let connector = match self {
            Self::Postgres(pool) => found(&sqlx::query(LOOKUP).bind(id).fetch_one(pool).await?)?,
            Self::Sqlite(pool) => found(&sqlx::query(LOOKUP).bind(id).fetch_one(pool).await?)?,
        };
        Ok(serde_json::to_vec(&Data { data: One { connector } })?)
    }
}

#[derive(Serialize)]
struct Data<T> {
    data: T,
}

#[derive(Serialize)]
struct Connectors {
    connectors: Nodes<Connector>,
}

#[derive(Serialize)]
struct One {
    connector: Found,
}

/// Adds a row, which follows on those of the same connector.
fn add<'r, R>(connectors: &mut Vec<Connector>, row: &'r R) -> sqlx::Result<()>
where
    R: Row,
    usize: ColumnIndex<R>,
    String: Decode<'r, R::Database> + Type<R::Database>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
    DateTime<Utc>: Decode<'r, R::Database> + Type<R::Database>,
{
    let id: String = row.try_get(0)?;
    if connectors.last().is_none_or(|last| last.id != id) {
        let data_sources = Nodes { nodes: Vec::new() };
        connectors.push(Connector { id, name: row.try_get(1)?, status: row.try_get(2)?, data_sources });
    }
    let mut extracts = Nodes { nodes: Vec::new() };
    if let Some(id) = row.try_get(6)? {
        let row_count = row.try_get(8)?;
        extracts.nodes.push(Extract { id, status: row.try_get(7)?, row_count, completed_at: time(row.try_get(9)?) });
    }
    let row_count = row.try_get(5)?;
    let source = Source { id: row.try_get(3)?, name: row.try_get(4)?, row_count, extracts };
    connectors.last_mut().expect("there is one now").data_sources.nodes.push(source);
    Ok(())
}

fn found<'r, R>(row: &'r R) -> sqlx::Result<Found>
where
    R: Row,
    usize: ColumnIndex<R>,
    String: Decode<'r, R::Database> + Type<R::Database>,
    DateTime<Utc>: Decode<'r, R::Database> + Type<R::Database>,
{
    Ok(Found {
        id: row.try_get(0)?,
        name: row.try_get(1)?,
        slug: row.try_get(2)?,
        status: row.try_get(3)?,
        last_sync_at: time(row.try_get(4)?),
    })
}

fn time(at: Option<DateTime<Utc>>) -> Option<String> {
    at.map(|at| at.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}
