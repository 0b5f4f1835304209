//! The facts of all syncs as the table has them.

use std::net::SocketAddr;
use std::path::Path;

use dataweaver::events::EventCursor;
use sqlx::{Connection as _, PgConnection, Row};
use tokio::time::timeout;

use super::connection::{Connection, Request, Transport};
use super::wish::Wish;
use crate::harness::PATIENCE;

/// A fact, as far as subscribers choose by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    pub place: EventCursor,
    pub id: String,
    pub connector: String,
    pub kind: String,
}

const ALL: &str = "SELECT position, id, connector_id, kind FROM sync_events ORDER BY position";

/// What a SQLite file holds.
pub fn in_file(file: &Path) -> Vec<Fact> {
    let database = rusqlite::Connection::open(file).expect("the database is there");
    let mut statement = database.prepare(ALL).expect("the table is there");
    let fact = |row: &rusqlite::Row| {
        let place = EventCursor(row.get(0)?);
        Ok(Fact { place, id: row.get(1)?, connector: row.get(2)?, kind: row.get(3)? })
    };
    statement.query_map([], fact).expect("it can be read").map(|fact| fact.expect("a fact")).collect()
}

/// What a PostgreSQL database holds.
pub async fn in_postgres(url: &str) -> Vec<Fact> {
    let mut database = PgConnection::connect(url).await.expect("the database is there");
    let rows = sqlx::query(ALL).fetch_all(&mut database).await.expect("the table can be read");
    let fact = |row: &sqlx::postgres::PgRow| Fact {
        place: EventCursor(row.get(0)),
        id: row.get(1),
        connector: row.get(2),
        kind: row.get(3),
    };
    rows.iter().map(fact).collect()
}

/// The ids of the first so many facts that a server tells to someone who has seen none.
pub async fn told(address: SocketAddr, count: usize) -> Vec<String> {
    let wish = Wish::everything();
    let variables = wish.variables(Some(&EventCursor(0).to_string()));
    let request = Request { query: wish.query, variables, last_event_id: None, is_narrow: false };
    let mut connection = Connection::open(address, Transport::Socket, &request).await.expect("the server listens");
    let mut ids = Vec::new();
    while ids.len() < count {
        let told = timeout(PATIENCE, connection.next()).await.expect("all facts are told");
        let event = told.expect("the connection holds").event;
        ids.extend(event["id"].as_str().map(str::to_owned));
    }
    ids
}
