//! A gate in the middle of a table: whoever reads it waits there, so that what is to happen in the middle does.

use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};
use tokio::time::{sleep, timeout};

use crate::harness::PATIENCE;

/// The ids at which a reader waits: some, since one alone may have been deleted.
const IDS: &str = "100000 AND 100100";

/// The gate in the table `orders` of a database, shut. It opens with the end of this value, and when the database is
/// restarted.
pub struct Gate {
    keeper: PgConnection,
}

impl Gate {
    /// Builds an open one, in the way of the role `reader` only. A policy leaves the table a table, which is read by
    /// ranges of its key as any other is.
    pub async fn build(url: &str) {
        let build = format!(
            "CREATE ROLE reader LOGIN; GRANT SELECT ON orders TO reader;
             CREATE FUNCTION gate(id bigint) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
               IF id BETWEEN {IDS} THEN PERFORM pg_advisory_lock_shared(9), pg_advisory_unlock_shared(9); END IF;
               RETURN true; END $$;
             CREATE POLICY gate ON orders TO reader USING (gate(id));
             ALTER TABLE orders ENABLE ROW LEVEL SECURITY"
        );
        let mut connection = PgConnection::connect(url).await.unwrap();
        connection.execute(AssertSqlSafe(build)).await.unwrap();
    }

    /// Shuts it.
    pub async fn shut(url: &str) -> Self {
        let mut keeper = PgConnection::connect(url).await.unwrap();
        keeper.execute("SELECT pg_advisory_lock(9)").await.unwrap();
        Self { keeper }
    }

    /// Opens it.
    pub async fn open(self) {
        self.keeper.close().await.unwrap();
    }

    /// Waits until somebody stands before it.
    pub async fn somebody_waits(&mut self) {
        let count = "SELECT count(*) AS waiting FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";
        let waiting = async {
            while self.keeper.fetch_one(count).await.unwrap().get::<i64, _>("waiting") == 0 {
                sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(PATIENCE, waiting).await.expect("somebody comes to the gate");
    }
}
