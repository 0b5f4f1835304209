//! A table of PostgreSQL in which somebody works all the time.

use std::time::Duration;

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::installation::Server;
use crate::servers::{self, TestDatabase};

/// The table `orders`, filled, with `updated_at` as the cursor.
pub struct BusyShop {
    database: TestDatabase,
    connection: PgConnection,
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
        let mut connection = PgConnection::connect(database.url()).await.unwrap();
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
        Some(Self { database, connection })
    }

    /// The URL of its database.
    pub fn url(&self) -> &str {
        self.database.url()
    }

    /// Begins to work on it.
    pub async fn begin_traffic(&self) -> Traffic {
        let mut connection = PgConnection::connect(self.url()).await.unwrap();
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        // Each statement is a transaction of its own, so that a moment of the table is a moment between two of them.
        let work = tokio::spawn(async move {
            let mut turns = 0;
            while !stopped.is_cancelled() {
                let statements = [
                    "INSERT INTO orders (id, customer, total)
                       SELECT max(id) + 1, 'new', 1 FROM orders",
                    "UPDATE orders SET total = total + 1, updated_at = clock_timestamp()
                       WHERE id IN (SELECT id FROM orders TABLESAMPLE SYSTEM (1) LIMIT 5)",
                    "DELETE FROM orders WHERE id IN (SELECT id FROM orders TABLESAMPLE SYSTEM (1) LIMIT 1)",
                ];
                for statement in statements {
                    connection.execute(statement).await.expect("the shop is open");
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
        self.connection.execute(AssertSqlSafe(statements.to_owned())).await.unwrap();
    }

    /// Changes every so-many-th order at once.
    pub async fn change_one_in(&mut self, of: u32) {
        let change = format!("UPDATE orders SET total = total + 1, updated_at = clock_timestamp() WHERE id % {of} = 0");
        self.run(&change).await;
    }

    /// What the table holds now, as [`lake_rows`] tells it.
    pub async fn rows(&mut self) -> Vec<String> {
        let query = "SELECT id || '|' || left(customer, 8) || '|' || total || '|' ||
            (extract(epoch FROM updated_at) * 1000000)::bigint AS line FROM orders ORDER BY id";
        let rows = self.connection.fetch_all(query).await.unwrap();
        rows.iter().map(|row| row.get("line")).collect()
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

/// What the lake table `shop.orders` holds, in the order of the ids.
pub async fn lake_rows(server: &Server) -> Vec<String> {
    lake_rows_of(server, "shop.orders").await
}

/// What a lake table of orders holds, in the order of the ids.
pub async fn lake_rows_of(server: &Server, table: &str) -> Vec<String> {
    let sql = format!("SELECT id, left(customer, 8), total, CAST(updated_at AS bigint) FROM {table} ORDER BY id");
    let query =
        "query($sql: String!, $offset: Int!) { sql(query: $sql, limit: 100000, offset: $offset) { rows truncated } }";
    let mut lines = Vec::new();
    loop {
        let data = server.gql(query, json!({ "sql": sql, "offset": lines.len() })).await;
        let rows = data["sql"]["rows"].as_array().expect("rows");
        lines.extend(rows.iter().map(|row| {
            let parts: Vec<String> = row.as_array().expect("a row").iter().map(text).collect();
            parts.join("|")
        }));
        if data["sql"]["truncated"] != true {
            return lines;
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
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
