//! A transaction stays open while a sync passes its row, and the sync is cut short behind it: the next sync finds the row,
//! however far the read that was cut went on.

use std::time::Duration;

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor, MySqlConnection, PgConnection, Row};
use tokio::time::{sleep, timeout};

use super::busy_shop::BusyShop;
use super::gate::Gate;
use crate::client::Socket;
use crate::cluster::Cluster;
use crate::harness::PATIENCE;
use crate::installation::{Installation, Server};
use crate::mysql::Source;

/// A server that reads the news of one table, with every checkpoint made durable.
struct Scene {
    here: Installation,
    server: Server,
    connector: String,
    table: String,
}

impl Scene {
    /// Of the only table that the connector has; all that it holds is read.
    async fn set(connection: Value, mut settings: Value) -> Self {
        let here = Installation::new().with("ENGINE__CHECKPOINT_SECONDS", 0).with("ENGINE__RETRY_SECONDS", 0.2);
        let server = Server::start(&here);
        let shop = json!({ "name": "Shop", "type": "DATABASE", "connectionConfig": connection });
        let connector = server.connector(shop).await;
        let source = server.only_source(&connector).await;
        settings["id"] = json!(source);
        settings["extractType"] = json!("INCREMENTAL");
        server.update_source(settings).await;
        let ask = "query($id: ID!) { dataSource(id: $id) { tableName lookbackSeconds } }";
        let asked = server.gql(ask, json!({ "id": source })).await["dataSource"].take();
        assert_eq!(asked["lookbackSeconds"], 300, "{asked:#}");
        let table = asked["tableName"].as_str().expect("a name").to_owned();
        let scene = Self { here, server, connector, table };
        scene.sync().await;
        scene
    }

    /// Starts a sync; gives what it tells, too.
    async fn start(&self) -> (String, Socket) {
        let events = self.server.events_of(&self.connector).await;
        (self.server.start_sync(&self.connector, None).await, events)
    }

    /// The end of a sync that must succeed.
    async fn end(&self, sync: &str) -> Value {
        let end = self.server.sync_end(sync).await;
        assert_eq!(end["status"], "SUCCEEDED", "{end:#}");
        end
    }

    async fn sync(&self) -> Value {
        let (sync, _) = self.start().await;
        self.end(&sync).await
    }

    /// Kills the server, and starts it again.
    fn killed(self) -> Self {
        let Self { here, server, connector, table } = self;
        server.kill();
        Self { server: Server::start(&here), here, connector, table }
    }

    /// How many rows the lake table has, and how many of them are the late transaction's.
    async fn rows(&self) -> (i64, i64) {
        let sql = format!("SELECT count(*), count(CASE WHEN id = 0 THEN 1 END) FROM {}", self.table);
        let ask = "query($sql: String!) { sql(query: $sql) { rows } }";
        let rows = self.server.gql(ask, json!({ "sql": sql })).await["sql"]["rows"][0].take();
        (rows[0].as_i64().expect("a count"), rows[1].as_i64().expect("a count"))
    }

    /// Syncs three times: the first finds the late row, the others read from where the source stands now.
    async fn finds_the_late_row_once(&self, rows: i64) {
        let end = self.sync().await;
        assert_eq!((&end["recordsAdded"], self.rows().await), (&json!(1), (rows, 1)), "{end:#}");
        for _ in 0..2 {
            let end = self.sync().await;
            assert_eq!((&end["recordsProcessed"], &end["recordsAdded"]), (&json!(10), &json!(0)), "{end:#}");
        }
        assert_eq!(self.rows().await, (rows, 1));
    }
}

async fn is_durable(events: &mut Socket) {
    events.wait_for(|event| event["kind"] == "CHECKPOINT").await;
}

/// Has whoever reads the news of the orders do so by an index, row by row, so that those before the gate come.
const IN_ORDER: &str = "CREATE INDEX ON orders (updated_at, id);
    ALTER ROLE reader SET enable_seqscan = off; ALTER ROLE reader SET enable_bitmapscan = off;
    ALTER ROLE reader SET enable_sort = off; ALTER ROLE reader SET enable_incremental_sort = off";

async fn of_postgres(mode: &str, rows: i64) {
    let Some(cluster) = Cluster::start() else { return };
    let mut shop = BusyShop::at(&cluster.url(), 120_000).await;
    Gate::build(&cluster.url()).await;
    shop.run(IN_ORDER).await;
    let reader = json!({ "url": cluster.url().replace("postgres@", "reader@") });
    let settings = json!({ "writeMode": mode, "primaryKey": ["id"], "cursorField": "updated_at" });
    let scene = Scene::set(reader, settings).await;

    shop.run(
        "UPDATE orders SET total = total + 1,
           updated_at = timestamptz '2026-03-01 00:00:01Z' + id * interval '1 microsecond'",
    )
    .await;
    let mut late = PgConnection::connect(&cluster.url()).await.unwrap();
    late.execute("BEGIN; INSERT INTO orders VALUES (0, 'late', 1, '2026-03-01Z')").await.unwrap();
    let mut gate = Gate::shut(&cluster.url()).await;
    let (sync, mut events) = scene.start().await;
    gate.somebody_waits().await;
    is_durable(&mut events).await;
    let scene = scene.killed();
    late.execute("COMMIT").await.unwrap();
    // More time goes by than is looked back.
    shop.run("UPDATE orders SET total = total + 1, updated_at = '2026-03-02Z' WHERE id BETWEEN 1 AND 10").await;
    gate.open().await;
    scene.end(&sync).await;
    assert_eq!(scene.rows().await, (rows - 1, 0), "it went on behind the late row");
    scene.finds_the_late_row_once(rows).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_row_of_postgres_that_a_killed_sync_has_passed_is_merged_by_the_next() {
    of_postgres("MERGE", 120_001).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_row_of_postgres_that_a_killed_sync_has_passed_is_appended_by_the_next() {
    // Each order, each again when it was changed, and ten of them once more.
    of_postgres("APPEND", 240_011).await;
}

/// The row at which whoever reads the orders of MariaDB waits.
const GATE: u32 = 25_000;

/// A gate in the view `t` of a MariaDB; it is shut while a connection holds its lock.
struct MariaGate {
    keeper: MySqlConnection,
    lock: String,
}

impl MariaGate {
    /// Makes the view with the rows that it shows. Only those that are sent come to the gate.
    async fn build(source: &Source) -> Self {
        let lock = format!("gate of {}", source.name());
        let statements = [
            "CREATE TABLE stored (id INT PRIMARY KEY, total INT NOT NULL, note VARCHAR(300) NOT NULL,
               updated_at DATETIME(6) NOT NULL, KEY (updated_at))"
                .to_owned(),
            "INSERT INTO stored SELECT seq, 0, REPEAT('x', 300), '2026-01-01' + INTERVAL seq SECOND FROM seq_1_to_30000"
                .to_owned(),
            format!(
                "CREATE FUNCTION gate(n INT) RETURNS INT READS SQL DATA BEGIN
                   IF n = {GATE} THEN DO GET_LOCK('{lock}', 600); DO RELEASE_LOCK('{lock}'); END IF;
                   RETURN 1; END"
            ),
            "CREATE VIEW t AS SELECT id, total, note, updated_at, gate(id) AS passed FROM stored".to_owned(),
        ];
        for statement in statements {
            source.run(&statement).await;
        }
        Self { keeper: source.connection().await, lock }
    }

    async fn shut(&mut self) {
        let sql = format!("DO GET_LOCK('{}', 60)", self.lock);
        self.keeper.execute(AssertSqlSafe(sql)).await.unwrap();
    }

    async fn open(&mut self) {
        let sql = format!("DO RELEASE_LOCK('{}')", self.lock);
        self.keeper.execute(AssertSqlSafe(sql)).await.unwrap();
    }

    /// Waits until a connection stands before it; gives its number.
    async fn somebody_waits(&mut self) -> i64 {
        let ask = "SELECT CAST(ID AS SIGNED) AS id FROM information_schema.PROCESSLIST
            WHERE DB = DATABASE() AND ID <> CONNECTION_ID() AND STATE = 'User lock'";
        let waiting = async {
            loop {
                if let Some(row) = self.keeper.fetch_optional(ask).await.unwrap() {
                    return row.get::<i64, _>("id");
                }
                sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(PATIENCE, waiting).await.expect("somebody comes to the gate")
    }
}

async fn of_mariadb(mode: &str, rows: i64) {
    let Some(source) = Source::with("").await else { return };
    let mut gate = MariaGate::build(&source).await;
    let settings = json!({ "writeMode": mode, "primaryKey": ["id"], "cursorField": "updated_at" });
    let scene = Scene::set(json!({ "url": source.url(), "tables": ["t"] }), settings).await;

    source
        .run("UPDATE stored SET total = total + 1, updated_at = '2026-03-01 00:00:01' + INTERVAL id MICROSECOND")
        .await;
    let mut late = source.connection().await;
    late.execute("START TRANSACTION").await.unwrap();
    late.execute("INSERT INTO stored VALUES (0, 1, 'late', '2026-03-01')").await.unwrap();
    gate.shut().await;
    let (sync, mut events) = scene.start().await;
    let reader = gate.somebody_waits().await;
    is_durable(&mut events).await;
    late.execute("COMMIT").await.unwrap();
    // More time goes by than is looked back.
    source.run("UPDATE stored SET total = total + 1, updated_at = '2026-03-02' WHERE id BETWEEN 1 AND 10").await;
    gate.keeper.execute(AssertSqlSafe(format!("KILL {reader}"))).await.unwrap();
    gate.open().await;
    events.wait_for(|event| event["kind"] == "RETRY").await;
    scene.end(&sync).await;
    assert_eq!(scene.rows().await, (rows - 1, 0), "it went on behind the late row");
    scene.finds_the_late_row_once(rows).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_row_of_mariadb_that_a_cut_sync_has_passed_is_merged_by_the_next() {
    of_mariadb("MERGE", 30_001).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_row_of_mariadb_that_a_cut_sync_has_passed_is_appended_by_the_next() {
    of_mariadb("APPEND", 60_011).await;
}
