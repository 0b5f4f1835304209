//! Where chaos happens: slow sources, an installation whose server is killed, and syncs that never end for long.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tokio::sync::watch;
use tokio::task::block_in_place;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::facts::{self, Fact};
use super::subscriber::Life;
use crate::cluster::Cluster;
use crate::harness::PATIENCE;
use crate::installation::{Installation, SECRET_KEY, Server};
use crate::servers::TestDatabase;

/// Connectors, each with a sync that runs.
pub const CONNECTORS: usize = 20;
/// A view that is slow, and now and then says in the middle that it is to be read again: a sync takes some seconds without
/// much work.
const SOURCE: &str = "CREATE SCHEMA shopN;
    CREATE FUNCTION shopN.comes(n int) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
        IF n % 100 = 0 THEN PERFORM pg_sleep(0.5); END IF;
        IF n = 500 AND random() < 0.5 THEN
            RAISE EXCEPTION 'somebody else was first' USING ERRCODE = 'serialization_failure';
        END IF;
        RETURN true; END $$;
    CREATE VIEW shopN.orders AS SELECT n AS id, md5(n::text) AS text, shopN.comes(n) AS came
        FROM generate_series(1, 1000) n";
/// How often it is looked whether a sync has ended, so that another one begins.
const SYNC_PAUSE: Duration = Duration::from_millis(300);

const START: &str = "mutation($id: ID!) { syncConnector(input: { connectorId: $id }) { syncLog { id } } }";
const LIVE: &str = "{ syncLogs(first: 100, status: [QUEUED, RUNNING]) { nodes { id connector { id } } } }";
const RECORD: &str = "{ all: syncLogs(first: 1) { totalCount }
    failed: syncLogs(first: 5, status: [FAILED, PARTIAL, CANCELLED]) { nodes { id status errorMessage } } }";

/// The scene. The fields are dropped in their order: the server before what it works with.
pub struct Scene {
    server: Server,
    here: Installation,
    own: Option<TestDatabase>,
    life: watch::Sender<Life>,
    /// The ids of the connectors.
    pub connectors: Vec<String>,
    _sources: Cluster,
}

impl Scene {
    /// An installation on its own SQLite file, or on another database.
    pub async fn set(own: Option<TestDatabase>) -> Option<Self> {
        let sources = block_in_place(Cluster::start)?;
        build_sources(&sources.url()).await;
        let here = Installation::new()
            // A server that is killed too soon to get any further may be so often.
            .with("ENGINE__MOST_TAKE_OVERS", 1000)
            .with("ENGINE__RETRIES", 1000)
            .with("ENGINE__RETRY_SECONDS", 0.5)
            .with("ENGINE__RETRY_MAX_SECONDS", 0.5)
            // Little waits for whoever does not read, and the frozen are sent away now and then.
            .with("LIVE__QUEUE_KIB", 4)
            .with("LIVE__KEEP_ALIVE_SECONDS", 2)
            .with("LIVE__SLOW_SECONDS", 2);
        let here = match &own {
            Some(own) => {
                let here = here.with("DATABASE_URL", own.url()).with("SECRET_KEY", SECRET_KEY);
                // Nothing else proves there that an owner is dead.
                here.with("ENGINE__LEASE_SECONDS", 15)
            }
            None => here,
        };
        let server = block_in_place(|| Server::start(&here));
        let mut connectors = Vec::new();
        for n in 0..CONNECTORS {
            let config = json!({ "url": sources.url(), "schemas": [format!("shop{n}")], "parallelism": 1 });
            let input = json!({ "name": format!("Shop {n}"), "type": "DATABASE", "connectionConfig": config });
            connectors.push(server.connector(input).await);
        }
        let life = watch::Sender::new(Life { number: 0, address: server.address() });
        Some(Self { server, here, own, life, connectors, _sources: sources })
    }

    /// The server of the moment, for those who have to find it.
    pub fn life(&self) -> watch::Receiver<Life> {
        self.life.subscribe()
    }

    /// Kills the server and starts another one, elsewhere: its port may be somebody's by then.
    pub fn kill_and_restart(&mut self) {
        block_in_place(|| {
            self.server.signal("KILL");
            self.server.wait();
            self.server = Server::start(&self.here);
        });
        let number = self.life.borrow().number + 1;
        self.life.send_replace(Life { number, address: self.server.address() });
    }

    /// Starts syncs of all connectors again and again until `stop` fires.
    pub fn keep_syncing(&self, stop: CancellationToken) -> impl Future<Output = ()> + Send + use<> {
        let (connectors, life) = (self.connectors.clone(), self.life());
        async move {
            let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().expect("a client");
            while !stop.is_cancelled() {
                let url = format!("http://{}/graphql", life.borrow().address);
                // Where no server is, there is one soon.
                if let Some(live) = answer(&client, &url, json!({ "query": LIVE })).await {
                    let live = live["data"]["syncLogs"]["nodes"].as_array().cloned().unwrap_or_default();
                    for id in connectors.iter().filter(|id| !live.iter().any(|log| log["connector"]["id"] == **id)) {
                        answer(&client, &url, json!({ "query": START, "variables": { "id": id } })).await;
                    }
                }
                sleep(SYNC_PAUSE).await;
            }
        }
    }

    /// Waits until all syncs have ended, and runs one more of each connector, so that each has a last word.
    pub async fn come_to_rest(&self) {
        let live = self.server.gql(LIVE, json!({})).await;
        for log in live["syncLogs"]["nodes"].as_array().expect("a list") {
            self.ends_well(log["id"].as_str().expect("an id")).await;
        }
        let mut last = Vec::new();
        for connector in &self.connectors {
            last.push(self.server.start_sync(connector, None).await);
        }
        for sync in last {
            self.ends_well(&sync).await;
        }
    }

    async fn ends_well(&self, sync: &str) {
        let end = self.server.sync_end(sync).await;
        assert_eq!(end["status"], "SUCCEEDED", "{end:#}");
    }

    /// The facts in the table, which are also those that are told; and how many syncs they are of, none of which failed.
    pub async fn facts_and_syncs(&self) -> (Vec<Fact>, Value) {
        let facts = match &self.own {
            Some(own) => facts::in_postgres(own.url()).await,
            None => facts::in_file(&self.file()),
        };
        let told = facts::told(self.server.address(), facts.len()).await;
        let stored: Vec<&String> = facts.iter().map(|fact| &fact.id).collect();
        assert!(told.iter().eq(stored), "a fresh subscriber is told something else than what is stored");
        let mut record = self.server.gql(RECORD, json!({})).await;
        assert_eq!(record["failed"]["nodes"], json!([]));
        (facts, record["all"]["totalCount"].take())
    }

    /// What the servers said of themselves.
    pub fn log(&self) -> String {
        self.here.log()
    }

    fn file(&self) -> PathBuf {
        self.here.path().join(".dataweaver/dataweaver.db")
    }
}

/// What a server answers, if there is one.
async fn answer(client: &reqwest::Client, url: &str, operation: Value) -> Option<Value> {
    client.post(url).json(&operation).send().await.ok()?.json().await.ok()
}

async fn build_sources(url: &str) {
    let mut database = PgConnection::connect(url).await.expect("the cluster is there");
    for n in 0..CONNECTORS {
        let build = SOURCE.replace("shopN", &format!("shop{n}"));
        database.execute(AssertSqlSafe(build)).await.expect("the view is made");
    }
}
