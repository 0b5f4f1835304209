//! A table of PostgreSQL in which somebody works all the time.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::ledger::{Change, Ledger};
use crate::client::Client;
use crate::servers::{self, TestDatabase};

/// How long the shop waits for a database that is restarted.
const PATIENCE: Duration = Duration::from_secs(60);

/// An order as [`lake_rows`] tells it.
const LINE: &str = "id || '|' || left(customer, 8) || '|' || total || '|' ||
    (extract(epoch FROM updated_at) * 1000000)::bigint AS line";

/// The table `orders`, filled, with `updated_at` as the cursor. All who write into it do so one after the other, and it is
/// written down what each of them did.
pub struct BusyShop {
    url: String,
    connection: PgConnection,
    ledger: Arc<Mutex<Ledger>>,
    _database: Option<TestDatabase>,
}

/// Inserts, updates and deletes that go on until it is stopped.
pub struct Traffic {
    stop: CancellationToken,
    work: JoinHandle<u64>,
}

impl BusyShop {
    /// With so many orders; `None` where there is no PostgreSQL.
    pub async fn with_orders(count: u32) -> Option<Self> {
        let database = servers::postgres()?;
        let shop = Self::at(database.url(), count).await;
        Some(Self { _database: Some(database), ..shop })
    }

    /// With so many orders, in an empty database.
    pub async fn at(url: &str, count: u32) -> Self {
        let mut connection = PgConnection::connect(url).await.unwrap();
        let fill = format!(
            "CREATE TABLE orders (id bigint PRIMARY KEY, customer text NOT NULL, total numeric(12,2),
               updated_at timestamptz NOT NULL DEFAULT clock_timestamp());
             CREATE INDEX ON orders (updated_at);
             INSERT INTO orders
               SELECT n, repeat(md5(n::text), 4), n / 100.0, timestamptz '2026-01-01' + n * interval '1 second'
               FROM generate_series(1, {count}) n;
             ANALYZE orders"
        );
        connection.execute(AssertSqlSafe(fill)).await.unwrap();
        let ledger = Arc::new(Mutex::new(Ledger::of(&all_rows(&mut connection).await)));
        Self { url: url.to_owned(), connection, ledger, _database: None }
    }

    /// The URL of its database.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Begins to work on it. A restart of its database interrupts the work and does not end it.
    pub async fn begin_traffic(&self) -> Traffic {
        let (url, ledger) = (self.url.clone(), Arc::clone(&self.ledger));
        let mut connection = PgConnection::connect(&url).await.unwrap();
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let inserts = format!(
            "INSERT INTO orders (id, customer, total) SELECT max(id) + 1, 'new', 1 FROM orders RETURNING id, {LINE}"
        );
        let updates = format!(
            "UPDATE orders SET total = total + 1, updated_at = clock_timestamp()
               WHERE id IN (SELECT id FROM orders TABLESAMPLE SYSTEM (1) LIMIT 5) RETURNING id, {LINE}"
        );
        let deletes = "DELETE FROM orders WHERE id IN (SELECT id FROM orders TABLESAMPLE SYSTEM (1) LIMIT 1)
               RETURNING id, NULL AS line"
            .to_owned();
        // Each statement is a transaction of its own, so that a moment of the table is a moment between two of them.
        let work = tokio::spawn(async move {
            let mut turns = 0;
            while !stopped.is_cancelled() {
                for statement in [&inserts, &updates, &deletes] {
                    let mut ledger = ledger.lock().await;
                    match connection.fetch_all(AssertSqlSafe(statement.clone())).await {
                        Ok(changed) => ledger.note(changed.iter().map(change).collect()),
                        Err(error) if is_interruption(&error) => {
                            connection = reconnected(&url).await;
                            // Whether the statement took effect, only the table can tell.
                            ledger.note_all(&all_rows(&mut connection).await);
                        }
                        Err(error) => panic!("the shop is open: {error}"),
                    }
                }
                turns += 1;
                // The pace of the customers, not a wait for anything.
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            turns
        });
        Traffic { stop, work }
    }

    /// Runs statements in its database.
    pub async fn run(&mut self, statements: &str) {
        let ledger = Arc::clone(&self.ledger);
        let mut ledger = ledger.lock().await;
        self.connected().await.execute(AssertSqlSafe(statements.to_owned())).await.unwrap();
        ledger.note_all(&all_rows(&mut self.connection).await);
    }

    /// Changes every so-many-th order at once.
    pub async fn change_one_in(&mut self, of: u32) {
        let change = format!("UPDATE orders SET total = total + 1, updated_at = clock_timestamp() WHERE id % {of} = 0");
        self.run(&change).await;
    }

    /// What the table holds now, as [`lake_rows`] tells it.
    pub async fn rows(&mut self) -> Vec<String> {
        all_rows(self.connected().await).await
    }

    /// The number of the moment in which the table is now.
    pub async fn moment(&self) -> usize {
        self.ledger.lock().await.moment()
    }

    /// Fails unless the table held exactly these rows at one moment since that one.
    pub async fn assert_is_of_one_moment_since(&self, moment: usize, rows: &[String]) {
        let ledger = self.ledger.lock().await;
        let within = moment..=ledger.moment();
        if ledger.moment_of(rows, within.clone()).is_none() {
            // Says more where rows are wrong by themselves.
            ledger.assert_of_these_moments(rows, within.clone());
            panic!("the {} rows are those of no one moment of {within:?}", rows.len());
        }
    }

    /// Fails unless each row was in the table at some moment since that one, and all are there that were in it all the
    /// time.
    pub async fn assert_are_of_moments_since(&self, moment: usize, rows: &[String]) {
        let ledger = self.ledger.lock().await;
        ledger.assert_of_these_moments(rows, moment..=ledger.moment());
    }

    /// Its own connection, made again where the database was restarted.
    async fn connected(&mut self) -> &mut PgConnection {
        if self.connection.ping().await.is_err() {
            self.connection = reconnected(&self.url).await;
        }
        &mut self.connection
    }
}

impl Traffic {
    /// Ends the work; it must have done some.
    pub async fn stop(self) {
        self.stop.cancel();
        let turns = self.work.await.expect("the traffic does not fail");
        assert!(turns > 0, "nobody worked on the shop");
    }
}

async fn all_rows(connection: &mut PgConnection) -> Vec<String> {
    let query = format!("SELECT {LINE} FROM orders ORDER BY id");
    let rows = connection.fetch_all(AssertSqlSafe(query)).await.unwrap();
    rows.iter().map(|row| row.get("line")).collect()
}

fn change(row: &PgRow) -> Change {
    Change { id: row.get("id"), line: row.get("line") }
}

/// Whether the database went away, and not the statement was wrong: classes 08 (connection) and 57 (operator
/// intervention).
fn is_interruption(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(error) => {
            error.code().is_some_and(|code| code.starts_with("08") || code.starts_with("57"))
        }
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) => true,
        _ => false,
    }
}

async fn reconnected(url: &str) -> PgConnection {
    let trying = async {
        loop {
            match PgConnection::connect(url).await {
                Ok(connection) => return connection,
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    };
    tokio::time::timeout(PATIENCE, trying).await.expect("the shop's database comes back")
}

/// What the lake table `shop.orders` holds, in the order of the ids.
pub async fn lake_rows(server: &Client) -> Vec<String> {
    lake_rows_of(server, "shop.orders").await
}

/// What a lake table of orders holds, in the order of the ids.
pub async fn lake_rows_of(server: &Client, table: &str) -> Vec<String> {
    let sql = format!("SELECT id, left(customer, 8), total, CAST(updated_at AS bigint) FROM {table} ORDER BY id");
    let ask = server.client().post(server.url("/download/query")).json(&json!({ "query": sql, "format": "csv" }));
    let answer = ask.send().await.and_then(reqwest::Response::error_for_status).expect("the table can be downloaded");
    let text = answer.text().await.expect("the download comes to its end");
    // No value has a comma in it.
    text.lines().skip(1).map(|line| line.replace(',', "|")).collect()
}

/// Of how many snapshots of its source a full load is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Snapshots {
    One,
    /// It was cut short, and says so.
    Several,
}

/// Fails unless `shop.orders` is as the source was at one moment since that one. Where the load says that it went on in a
/// new snapshot, each row is as it was at some moment.
pub async fn assert_true_copy(server: &Client, shop: &BusyShop, moment: usize) -> Snapshots {
    let ask = "{ syncLogs(first: 1) { nodes { events(first: 500, kinds: [LOG]) { nodes { message } } } } }";
    let log = server.gql(ask, json!({})).await["syncLogs"]["nodes"][0].take();
    let facts = log["events"]["nodes"].as_array().expect("facts");
    let is_cut_short = |fact: &Value| fact["message"].as_str().is_some_and(|words| words.contains("in a new snapshot"));
    let rows = lake_rows(server).await;
    if facts.iter().any(is_cut_short) {
        shop.assert_are_of_moments_since(moment, &rows).await;
        return Snapshots::Several;
    }
    shop.assert_is_of_one_moment_since(moment, &rows).await;
    Snapshots::One
}

/// Fails with the first differences where two tables are not equal.
pub fn assert_equal_rows(lake: &[String], source: &[String]) {
    let in_lake: std::collections::HashSet<_> = lake.iter().collect();
    let in_source: std::collections::HashSet<_> = source.iter().collect();
    let some = |lines: Vec<&&String>| lines.iter().take(5).map(ToString::to_string).collect::<Vec<_>>();
    let missing: Vec<_> = in_source.difference(&in_lake).collect();
    let extra: Vec<_> = in_lake.difference(&in_source).collect();
    assert!(
        missing.is_empty() && extra.is_empty() && lake.len() == source.len(),
        "the lake has {} rows, the source {}; {} missing: {:?}; {} extra: {:?}",
        lake.len(),
        source.len(),
        missing.len(),
        some(missing.clone()),
        extra.len(),
        some(extra.clone()),
    );
}
