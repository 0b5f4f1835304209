//! `s3://`, against PyPI's moto: the same files in a bucket.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use dataweaver::connectors::file_system::FileSystem;
use dataweaver::sdk::testing::{Fixture, contract};
use dataweaver::sdk::{AuthType, ConnectorFactory, ErrorClass, OpenContext, Settings};
use serde_json::json;

use super::folder::{read, request};

const VARIABLE: &str = "DATAWEAVER_TEST_MOTO";
const PATIENCE: Duration = Duration::from_secs(60);

/// A moto server of one's own with one user, who may read one bucket. It ends with this value.
struct Moto {
    server: Child,
    endpoint: String,
    key: String,
    secret: String,
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ended = self.server.kill().and_then(|()| self.server.wait());
    }
}

impl Moto {
    /// Starts the server with these objects in the bucket `shop`. `None` where moto is not installed, which is said.
    async fn start(objects: &[(&str, Vec<u8>)]) -> Option<Self> {
        let Some(program) = std::env::var_os(VARIABLE) else {
            crate::servers::missed(
                "moto",
                "pip install 'moto[server]' and set DATAWEAVER_TEST_MOTO to its moto_server",
            );
            return None;
        };
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        // What comes before the last of these needs no keys.
        let unsigned = 4 + objects.len();
        let server = Command::new(program)
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .env("INITIAL_NO_AUTH_ACTION_COUNT", unsigned.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut moto =
            Self { server, endpoint: format!("http://127.0.0.1:{port}"), key: String::new(), secret: String::new() };
        let started = Instant::now();
        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            assert!(started.elapsed() < PATIENCE, "moto did not start");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        moto.iam("Action=CreateUser&UserName=reader").await;
        let keys = moto.iam("Action=CreateAccessKey&UserName=reader").await;
        let between =
            |from: &str, to: &str| keys.split(from).nth(1).and_then(|rest| rest.split(to).next()).unwrap().to_owned();
        moto.key = between("<AccessKeyId>", "</AccessKeyId>");
        moto.secret = between("<SecretAccessKey>", "</SecretAccessKey>");
        let policy = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A\
                      %22s3%3A%2A%22%2C%22Resource%22%3A%22%2A%22%7D%5D%7D";
        moto.iam(&format!("Action=PutUserPolicy&UserName=reader&PolicyName=read&PolicyDocument={policy}")).await;
        moto.put("", Vec::new()).await;
        for (path, bytes) in objects {
            moto.put(path, bytes.clone()).await;
        }
        Some(moto)
    }

    async fn iam(&self, action: &str) -> String {
        let response = reqwest::Client::new()
            .post(&self.endpoint)
            .header(
                "authorization",
                "AWS4-HMAC-SHA256 Credential=root/20240101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0",
            )
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("{action}&Version=2010-05-08"))
            .send()
            .await
            .unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        assert!(status.is_success(), "{action}: {text}");
        text
    }

    async fn put(&self, path: &str, bytes: Vec<u8>) {
        let response =
            reqwest::Client::new().put(format!("{}/shop/{path}", self.endpoint)).body(bytes).send().await.unwrap();
        let status = response.status();
        assert!(status.is_success(), "{path}: {}", response.text().await.unwrap());
    }

    fn settings(&self, root: &str) -> Settings {
        Settings {
            connection: json!({ "root": root, "endpoint": self.endpoint }),
            auth_type: AuthType::ApiKey,
            auth: json!({ "access_key_id": self.key, "secret_access_key": self.secret }),
        }
    }
}

fn context() -> OpenContext {
    OpenContext { allow_private_network: true, ..OpenContext::default() }
}

fn csv(rows: usize) -> Vec<u8> {
    let rows = (0..rows).map(|row| format!("{row},text {row}\n"));
    std::iter::once("id,text\n".to_owned()).chain(rows).collect::<String>().into_bytes()
}

#[tokio::test]
async fn files_of_a_bucket_are_read_like_those_of_a_folder() {
    let large = csv(200_000);
    let objects = [
        ("data/orders.csv", large.clone()),
        ("data/2024/small.csv.gz", super::packed::gzip(&csv(10))),
        ("data/.hidden.csv", csv(1)),
        ("database/other.csv", csv(1)),
        ("data/größe 50%.csv", csv(3)),
        ("data/table/Day=1/part-0.csv", csv(1)),
        ("data/table/_delta_log/00000000000000000000.json", b"{}".to_vec()),
        ("data/table/part-0.csv", csv(1)),
        ("data/.table/_delta_log/00000000000000000000.json", b"{}".to_vec()),
    ];
    let Some(moto) = Moto::start(&objects).await else { return };
    let connector = ConnectorFactory::of::<FileSystem>().open(moto.settings("s3://shop/data"), context()).unwrap();
    let told = "s3://shop/data holds 3 files to read: 3 csv; left out is table: a Delta table, whose files are not read one by one";
    assert_eq!(connector.check().await.unwrap().message, told);
    let sources = connector.discover().await.unwrap().sources;
    let paths: Vec<_> = sources.iter().map(|source| source.source_path.as_str()).collect();
    assert_eq!(paths, ["2024/small.csv.gz", "größe 50%.csv", "orders.csv"]);
    assert!(sources.iter().all(|source| source.schema.fields().len() == 2));
    for (path, rows) in [("orders.csv", 200_000), ("2024/small.csv.gz", 10), ("größe 50%.csv", 3)] {
        assert_eq!(read(connector.as_ref(), request(path)).await.whole().rows(), rows, "{path}");
    }
    let missing = read(connector.as_ref(), request("gone.csv")).await.error.unwrap();
    assert_eq!(missing.class(), ErrorClass::NotFound);
    let of_a_table = read(connector.as_ref(), request("table/Day=1/part-0.csv")).await.error.unwrap();
    assert_eq!(of_a_table.class(), ErrorClass::NotFound);
    assert!(of_a_table.to_string().contains("it belongs to table, a Delta table"), "{of_a_table}");
}

#[tokio::test]
async fn what_is_wrong_with_a_bucket_is_told_apart() {
    let Some(moto) = Moto::start(&[("a.csv", csv(1))]).await else { return };
    let refused = async |settings: Settings, context: OpenContext| {
        let started = Instant::now();
        let error = ConnectorFactory::of::<FileSystem>().open(settings, context).unwrap().check().await.unwrap_err();
        assert!(started.elapsed() < Duration::from_secs(10), "it took {:?}", started.elapsed());
        (error.class(), error.to_string())
    };
    let (class, words) = refused(moto.settings("s3://missing"), context()).await;
    assert_eq!(
        (class, words.as_str()),
        (ErrorClass::NotFound, "the bucket of s3://missing was not found; check its name and the endpoint")
    );

    let mut wrong = moto.settings("s3://shop");
    wrong.auth["access_key_id"] = json!("AKIAWRONG");
    assert_eq!(refused(wrong, context()).await.0, ErrorClass::Auth);
    let mut wrong = moto.settings("s3://shop");
    wrong.auth["secret_access_key"] = json!("wrong");
    assert_eq!(refused(wrong, context()).await.0, ErrorClass::Auth);

    let private = OpenContext::default();
    let (class, words) = refused(moto.settings("s3://shop"), private).await;
    assert_eq!(class, ErrorClass::Permission);
    assert!(words.contains("network.allow_private"), "{words}");
}

#[tokio::test]
async fn a_dead_endpoint_is_told_in_time() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for endpoint in [format!("http://127.0.0.1:{port}"), "http://no-such-host.invalid".to_owned()] {
        let settings = Settings {
            connection: json!({ "root": "s3://shop", "endpoint": endpoint }),
            auth_type: AuthType::None,
            auth: json!({}),
        };
        let started = Instant::now();
        let error = ConnectorFactory::of::<FileSystem>().open(settings, context()).unwrap().check().await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::Transient, "{error}");
        assert!(started.elapsed() < Duration::from_secs(10), "it took {:?}", started.elapsed());
    }
}

#[tokio::test]
async fn a_bucket_keeps_the_contract() {
    let packed = super::packed::gzip(&csv(3_000));
    let objects = [("a.csv", csv(3_000)), ("b.csv.gz", packed), ("c.parquet", super::contract::parquet())];
    let Some(moto) = Moto::start(&objects).await else { return };
    let mut dead = moto.settings("s3://shop");
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    dead.connection["endpoint"] = json!(format!("http://127.0.0.1:{port}"));
    let mut wrong = moto.settings("s3://shop");
    wrong.auth["secret_access_key"] = json!("canary-of-a-wrong-secret");
    for (path, _) in objects {
        let fixture = Fixture::new(moto.settings("s3://shop"), path, dead.clone())
            .secret(&moto.secret)
            .refused(wrong.clone())
            .secret("canary-of-a-wrong-secret");
        let kept = contract(&ConnectorFactory::of::<FileSystem>(), &fixture).await;
        kept.unwrap_or_else(|broken| panic!("{path}: {broken}"));
    }
}
