//! A server whose lake lies in a bucket, chosen by `--lake-url`: the same product, crashes included.

use std::process::Stdio;

use serde_json::{Value, json};

use crate::installation::{Installation, Server};
use crate::lake_places::Bucket;

/// An installation with its lake in a bucket.
struct InBucket {
    bucket: Bucket,
    here: Installation,
    lake_url: String,
}

impl InBucket {
    async fn new() -> Option<Self> {
        let bucket = Bucket::make().await?;
        let here = Installation::new()
            .with("ENGINE__CHECKPOINT_SECONDS", 0)
            .with_variable("AWS_ENDPOINT", &bucket.endpoint)
            .with_variable("AWS_ALLOW_HTTP", true)
            .with_variable("AWS_REGION", "us-east-1")
            .with_variable("AWS_ACCESS_KEY_ID", "test")
            .with_variable("AWS_SECRET_ACCESS_KEY", "test");
        let lake_url = format!("s3://{}/our/lake", bucket.name);
        Some(Self { bucket, here, lake_url })
    }

    fn server(&self) -> Server {
        let log = std::fs::File::options().create(true).append(true).open(self.here.path().join("serve.log")).unwrap();
        Server::start_with(&self.here, &["--lake-url", &self.lake_url], Stdio::from(log))
    }

    /// The result of a call of the command line on the same lake.
    fn json(&self, arguments: &[&str]) -> Value {
        self.here.json(&[arguments, &["--lake-url", self.lake_url.as_str()]].concat())
    }

    /// The keys of all objects in the bucket.
    async fn keys(&self) -> Vec<String> {
        let url = format!("{}/{}?list-type=2", self.bucket.endpoint, self.bucket.name);
        let listed = reqwest::get(url).await.unwrap().text().await.unwrap();
        let keys = listed.split("<Key>").skip(1).filter_map(|rest| rest.split("</Key>").next());
        keys.map(str::to_owned).collect()
    }

    /// A SQLite table with so many rows, and statements on it; its URL.
    fn shop(&self, statements: &str) -> String {
        let file = self.here.path().canonicalize().unwrap().join("shop.db");
        rusqlite::Connection::open(&file).unwrap().execute_batch(statements).unwrap();
        format!("sqlite://{}", file.display())
    }
}

fn fill(rows: u32) -> String {
    format!(
        "CREATE TABLE orders (id INTEGER PRIMARY KEY, total DECIMAL(10,2), version INTEGER NOT NULL);
         WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {rows})
         INSERT INTO orders SELECT n, n / 100.0, 1 FROM n"
    )
}

async fn rows(server: &Server, sql: &str) -> Value {
    let ask = "query($sql: String!) { sql(query: $sql) { rows } }";
    server.gql(ask, json!({ "sql": sql })).await["sql"]["rows"].take()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_a_merge_a_query_and_a_removal_work_on_a_lake_in_a_bucket() {
    let Some(there) = InBucket::new().await else { return };
    let url = there.shop(&fill(1000));
    let server = there.server();
    let connector = server.database_connector("Shop", &url).await;
    let source = server.only_source(&connector).await;
    let keyed = json!({ "id": source, "extractType": "INCREMENTAL", "writeMode": "MERGE", "primaryKey": ["id"],
        "cursorField": "version" });
    server.update_source(keyed).await;
    let end = server.sync_and_wait(&connector).await;
    assert_eq!((&end["status"], &end["recordsAdded"]), (&json!("SUCCEEDED"), &json!(1000)), "{end:#}");
    there.shop("UPDATE orders SET total = 0.5, version = 2 WHERE id <= 10; INSERT INTO orders VALUES (1001, 0.25, 2)");
    let end = server.sync_and_wait(&connector).await;
    let counts = ["recordsAdded", "recordsUpdated"].map(|name| end[name].as_i64().unwrap());
    assert_eq!((&end["status"], counts), (&json!("SUCCEEDED"), [1, 10]), "{end:#}");
    let sum = "SELECT count(*), count(DISTINCT id), sum(total) FROM shop.orders";
    let expected = json!([[1001, 1001, "5009.70"]]);
    assert_eq!(rows(&server, sum).await, expected);

    let keys = there.keys().await;
    assert!(keys.iter().all(|key| key.starts_with("our/lake/shop/orders-")), "{keys:?}");
    assert!(keys.iter().any(|key| key.contains("/_delta_log/")) && keys.iter().any(|key| key.ends_with(".parquet")));
    assert!(!there.here.path().join(".dataweaver/lake").exists(), "nothing lies beside the bucket");
    assert_eq!(there.json(&["query", sum])["rows"], expected, "the command line reads the same");
    let examined = there.json(&["doctor"]);
    let lake = examined["checks"].as_array().unwrap().iter().find(|check| check["name"] == "lake").unwrap();
    assert!(lake["detail"].as_str().unwrap().contains(&there.lake_url), "{examined:#}");

    let remove = "mutation($id: ID!) { deleteConnector(input: { id: $id, dropData: true }) { deletedId } }";
    server.gql(remove, json!({ "id": connector })).await;
    assert_eq!(there.keys().await, [""; 0], "the data are gone with the connector");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_goes_on_with_what_it_has_in_the_bucket() {
    const ROWS: u32 = 150_000;
    let Some(there) = InBucket::new().await else { return };
    let url = there.shop(&fill(ROWS));
    let server = there.server();
    let connector = server.database_connector("Shop", &url).await;
    let mut events = server.events_of(&connector).await;
    let sync = server.start_sync(&connector, None).await;
    events.wait_for(|event| event["kind"] == "CHECKPOINT").await;
    server.kill();
    let server = there.server();
    let end = server.sync_end(&sync).await;
    assert_eq!((&end["status"], &end["recordsProcessed"]), (&json!("SUCCEEDED"), &json!(ROWS)), "{end:#}");
    let expected: i64 = (1..=i64::from(ROWS)).sum();
    let sum = "SELECT count(*), sum(id) FROM shop.orders";
    assert_eq!(rows(&server, sum).await, json!([[ROWS, expected]]));
}
