//! The HTTP server as a client, a browser and an operator meet it.

use std::io::Read;
use std::path::Path;

use dataweaver::services::Role;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HOST, HeaderMap, ORIGIN};
use serde_json::{Value, json};

use crate::harness::{PATIENCE, TestApp, token};
use crate::installation::{Installation, Server};
use crate::small_disk::SmallDisk;

const LIST: &str = "{ connectors { totalCount } }";
const CREATE: &str = "mutation($input: CreateConnectorInput!) { createConnector(input: $input) { connector { id } } }";

async fn post(app: &TestApp, headers: &[(&str, &str)], body: impl Into<reqwest::Body>) -> reqwest::Response {
    let mut request = app.client().post(app.url("/graphql")).body(body);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.expect("the server answers")
}

async fn get(app: &TestApp, path: &str, headers: &[(&str, &str)]) -> reqwest::Response {
    let mut request = app.client().get(app.url(path));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.expect("the server answers")
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).map_or("", |value| value.to_str().expect("a plain value"))
}

fn encoded(query: &str) -> String {
    url::form_urlencoded::byte_serialize(query.as_bytes()).collect()
}

const JSON: (&str, &str) = ("content-type", "application/json");

#[tokio::test]
async fn get_answers_queries_and_never_changes_anything() {
    let app = TestApp::new().await;
    let answer = get(&app, &format!("/graphql?query={}", encoded(LIST)), &[]).await;
    assert_eq!(answer.json::<Value>().await.unwrap(), json!({ "data": { "connectors": { "totalCount": 0 } } }));

    let input =
        json!({ "input": { "name": "A", "type": "DATABASE", "connectionConfig": { "url": "sqlite:///a.db" } } });
    let path = format!("/graphql?query={}&variables={}", encoded(CREATE), encoded(&input.to_string()));
    let refused = get(&app, &path, &[]).await;
    assert_eq!(refused.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(header(refused.headers(), "allow"), "POST");
    let hidden = format!("query List {{ __typename }} {}", CREATE.replace("mutation(", "mutation Make("));
    let path =
        format!("/graphql?query={}&operationName=Make&variables={}", encoded(&hidden), encoded(&input.to_string()));
    assert_eq!(get(&app, &path, &[]).await.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(app.gql(LIST, json!({})).await["connectors"]["totalCount"], 0);

    let page = get(&app, "/graphql", &[("accept", "text/html,*/*;q=0.8")]).await;
    assert_eq!((page.status(), header(page.headers(), "location")), (StatusCode::SEE_OTHER, "/graphiql"));
    app.stop().await;
}

#[tokio::test]
async fn media_types_and_statuses_are_those_of_graphql_over_http() {
    let app = TestApp::new().await;
    let good = json!({ "query": LIST }).to_string();
    let wrong = json!({ "query": "{ nothing }" }).to_string();
    let modern = ("accept", "application/graphql-response+json");
    for (headers, body, status, media) in [
        (vec![JSON], &good, 200, "application/json; charset=utf-8"),
        (vec![JSON], &wrong, 200, "application/json; charset=utf-8"),
        (vec![JSON, modern], &good, 200, "application/graphql-response+json; charset=utf-8"),
        (vec![JSON, modern], &wrong, 400, "application/graphql-response+json; charset=utf-8"),
        (vec![JSON, ("accept", "text/html")], &good, 406, "application/json"),
        (vec![("content-type", "text/plain")], &good, 415, "application/json"),
        (vec![("content-type", "application/x-www-form-urlencoded")], &good, 415, "application/json"),
        (vec![], &good, 415, "application/json"),
        (vec![JSON], &"{".to_owned(), 400, "application/json"),
        (vec![JSON], &format!("[{good}]"), 400, "application/json"),
    ] {
        let answer = post(&app, &headers, body.clone()).await;
        assert_eq!(answer.status(), status, "{headers:?} {body}");
        assert_eq!(header(answer.headers(), CONTENT_TYPE.as_str()), media, "{headers:?} {body}");
        let answer: Value = answer.json().await.unwrap();
        let is_good = status == 200 && body == &good;
        assert_eq!(answer.get("data").is_some(), is_good, "a refused operation has no data: {answer}");
        assert_eq!(answer["errors"][0]["extensions"]["code"].is_string(), !is_good, "{answer}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let app = TestApp::with(|config| config.server.body_limit_bytes = 1000).await;
    let body = json!({ "query": LIST, "variables": { "a": "x".repeat(2000) } }).to_string();
    let refused = post(&app, &[JSON], body).await;
    assert_eq!(refused.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(refused.json::<Value>().await.unwrap()["errors"][0]["extensions"]["code"], "LIMIT_EXCEEDED");
    app.stop().await;
}

#[tokio::test]
async fn pages_of_other_sites_are_refused_unless_they_are_allowed() {
    // The second one is refused by the configuration; here it must at least let nobody in.
    let origins = ["https://app.example.com", "localhost:3000"].map(str::to_owned);
    let app = TestApp::with(|config| config.server.cors_origins = origins.to_vec()).await;
    let body = json!({ "query": LIST }).to_string();
    let own = app.url("");
    for (name, value, status) in [
        ("origin", "https://evil.example", 403),
        ("origin", "null", 403),
        ("origin", "localhost:3000", 403),
        ("origin", "http://localhost:1", 403),
        ("sec-fetch-site", "cross-site", 403),
        ("sec-fetch-site", "same-origin", 200),
        ("origin", own.as_str(), 200),
        ("origin", "https://app.example.com", 200),
    ] {
        let answer = post(&app, &[JSON, (name, value)], body.clone()).await;
        assert_eq!(answer.status(), status, "{name}: {value}");
        let allowed = if value.starts_with("https://app") { value } else { "" };
        assert_eq!(header(answer.headers(), "access-control-allow-origin"), allowed);
    }
    let path = format!("/graphql?query={}", encoded(LIST));
    assert_eq!(get(&app, &path, &[("sec-fetch-site", "cross-site")]).await.status(), 403);
    let page = get(&app, "/graphiql", &[("sec-fetch-site", "cross-site")]).await;
    assert_ne!(page.status(), 403, "a link of another site may lead to a page");

    let preflight = |origin: &'static str| {
        let request = app.client().request(reqwest::Method::OPTIONS, app.url("/graphql")).header(ORIGIN, origin);
        request.header("access-control-request-method", "POST").send()
    };
    let allowed = preflight("https://app.example.com").await.unwrap();
    assert_eq!(allowed.status(), StatusCode::NO_CONTENT);
    assert!(header(allowed.headers(), "access-control-allow-headers").contains("authorization"));
    assert_eq!(preflight("https://evil.example").await.unwrap().status(), StatusCode::FORBIDDEN);
    app.stop().await;
}

#[tokio::test]
async fn a_loopback_server_answers_only_under_its_own_names() {
    let app = TestApp::new().await;
    let port = app.address().port();
    for (host, status) in [
        (format!("localhost:{port}"), 200),
        (format!("127.0.0.1:{port}"), 200),
        (format!("[::1]:{port}"), 200),
        (format!("evil.example:{port}"), 403),
        ("localhost".to_owned(), 403),
    ] {
        let answer = get(&app, "/health/live", &[(HOST.as_str(), &host)]).await;
        assert_eq!(answer.status(), status, "{host}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_token_opens_the_api_and_its_downloads() {
    let app = TestApp::with(|config| config.auth.tokens = vec![token("reads", Role::Viewer)]).await;
    let body = json!({ "query": LIST }).to_string();
    let refused = post(&app, &[JSON], body.clone()).await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(header(refused.headers(), "www-authenticate"), "Bearer");
    assert_eq!(post(&app, &[JSON, ("authorization", "Basic reads")], body.clone()).await.status(), 401);
    assert_eq!(post(&app, &[JSON, ("authorization", "Bearer reads")], body).await.status(), 200);
    for path in
        ["/metrics", "/download/data-sources/src_00000000000000000000000000000000", "/graphql?query={__typename}"]
    {
        assert_eq!(get(&app, path, &[]).await.status(), 401, "{path}");
    }
    let statement = json!({ "query": "SELECT 1", "format": "csv" });
    let download = app.client().post(app.url("/download/query")).json(&statement).send().await.unwrap();
    assert_eq!(download.status(), StatusCode::UNAUTHORIZED);
    for path in ["/health/live", "/health/ready", "/graphiql"] {
        assert_ne!(get(&app, path, &[]).await.status(), 401, "{path}");
    }
    app.stop().await;
}

#[tokio::test]
async fn credentials_for_somebody_else_do_no_harm_while_authentication_is_off() {
    let app = TestApp::new().await;
    let body = json!({ "query": LIST }).to_string();
    let answer = post(&app, &[JSON, ("authorization", "Basic cHJveHk6cHJveHk=")], body).await;
    assert_eq!(answer.status(), StatusCode::OK);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_takes_too_long_is_given_up_with_a_code() {
    let app = TestApp::with(|config| config.server.request_timeout_seconds = 1).await;
    let endless = "SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b \
                   WHERE a.value * b.value % 7 = 8";
    let query = format!("{{ sql(query: {}) {{ rowCount }} }}", json!(endless));
    let answer = post(&app, &[JSON], json!({ "query": query }).to_string()).await;
    assert_eq!(answer.status(), StatusCode::GATEWAY_TIMEOUT);
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["errors"][0]["extensions"]["code"], "LIMIT_EXCEEDED");
    app.stop().await;
}

#[tokio::test]
async fn a_page_that_is_none_names_those_there_are() {
    let app = TestApp::new().await;
    let answer = get(&app, "/download", &[]).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    let message = answer.json::<Value>().await.unwrap()["errors"][0]["message"].as_str().unwrap().to_owned();
    for page in ["/graphql/stream, ", "/download/query, ", "/download/data-sources/{id}, ", "/download/files/{id}, "] {
        assert!(message.contains(page), "{message}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_method_that_a_page_does_not_know_is_refused_with_those_it_knows() {
    let app = TestApp::new().await;
    for (method, path, allow) in [
        ("PUT", "/graphql", "GET,HEAD,POST"),
        ("GET", "/download/query", "POST"),
        ("POST", "/health/live", "GET,HEAD"),
        ("DELETE", "/graphiql", "GET,HEAD"),
        ("PATCH", "/graphql/stream", "GET,HEAD,POST,PUT,DELETE"),
    ] {
        let asked = app.client().request(method.parse().unwrap(), app.url(path)).send().await.unwrap();
        assert_eq!(asked.status(), StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
        assert_eq!(header(asked.headers(), "allow"), allow, "{method} {path}");
        let answer: Value = asked.json().await.unwrap_or_else(|error| panic!("{method} {path}: {error}"));
        let error = &answer["errors"][0];
        assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{answer}");
        assert_eq!(
            error["message"],
            format!("this page does not answer {method}; the header Allow names what it answers")
        );
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_downloaded_in_each_format() {
    let app = TestApp::new().await;
    let shop =
        "CREATE TABLE orders (id INTEGER PRIMARY KEY, customer TEXT); INSERT INTO orders VALUES (1, 'Ada'), (2, NULL);";
    let id = app.sqlite_connector("Shop", shop).await;
    let end = app.sync_and_wait(&id).await;
    assert_eq!(end["status"], "SUCCEEDED", "{end:#}");
    let source = end["sources"][0]["dataSource"]["id"].as_str().unwrap();

    let csv = get(&app, &format!("/download/data-sources/{source}"), &[]).await;
    assert_eq!(header(csv.headers(), "content-disposition"), "attachment; filename=\"orders.csv\"");
    assert_eq!(header(csv.headers(), "content-type"), "text/csv; charset=utf-8");
    assert_eq!(csv.text().await.unwrap(), "id,customer\n1,Ada\n2,\n");
    for (format, begins) in [("jsonl", &b"{\"id\":1"[..]), ("parquet", b"PAR1"), ("arrow", b"ARROW1"), ("xlsx", b"PK")]
    {
        let file = get(&app, &format!("/download/data-sources/{source}?format={format}"), &[]).await;
        assert_eq!(file.status(), 200, "{format}");
        assert!(header(file.headers(), "content-disposition").ends_with(&format!("orders.{format}\"")));
        let bytes = file.bytes().await.unwrap();
        assert!(bytes.starts_with(begins), "{format} begins with {:?}", &bytes[..bytes.len().min(16)]);
    }
    assert_eq!(get(&app, &format!("/download/data-sources/{source}?format=pdf"), &[]).await.status(), 400);
    assert_eq!(get(&app, "/download/data-sources/src_00000000000000000000000000000000", &[]).await.status(), 404);
    assert_eq!(get(&app, "/download/data-sources/nonsense", &[]).await.status(), 400);
    let second = app.sqlite_connector("Second", shop).await;
    let discover = "mutation($id: ID!) { discoverSources(input: { connectorId: $id }) { dataSources { id } } }";
    let found = app.gql(discover, json!({ "id": second })).await;
    let unsynced = found["discoverSources"]["dataSources"][0]["id"].as_str().unwrap();
    assert_eq!(get(&app, &format!("/download/data-sources/{unsynced}"), &[]).await.status(), 404, "never synced");

    let query = |body: Value| app.client().post(app.url("/download/query")).json(&body).send();
    let rows =
        query(json!({ "query": "SELECT customer FROM shop.orders WHERE id = 1", "format": "csv" })).await.unwrap();
    assert_eq!(rows.text().await.unwrap(), "customer\nAda\n");
    assert_eq!(query(json!({ "query": "SELEC 1", "format": "csv" })).await.unwrap().status(), 400);
    assert_eq!(query(json!({ "query": "SELECT 1", "other": 1 })).await.unwrap().status(), 400);
    app.stop().await;
}

#[tokio::test]
async fn health_says_what_is_missing() {
    let app = TestApp::new().await;
    let ready = get(&app, "/health/ready", &[]).await;
    assert_eq!(ready.status(), StatusCode::OK);
    assert_eq!(ready.json::<Value>().await.unwrap()["status"], "ok");
    app.stop().await;

    let app = TestApp::new().await;
    app.services().db().clone().close().await.unwrap();
    let ready = get(&app, "/health/ready", &[]).await;
    assert_eq!(ready.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(ready.json::<Value>().await.unwrap()["reasons"][0]["part"], "database");
    assert_eq!(get(&app, "/health/live", &[]).await.status(), StatusCode::OK, "the process still lives");
}

#[tokio::test]
async fn an_engine_that_broke_down_is_missing() {
    // A configuration that is read from a file cannot ask for so many: no semaphore counts them.
    let app = TestApp::with(|config| config.engine.syncs_at_once = usize::MAX).await;
    let unready = async {
        loop {
            let ready = get(&app, "/health/ready", &[]).await;
            if ready.status() != StatusCode::OK {
                return ready;
            }
        }
    };
    let unready = tokio::time::timeout(PATIENCE, unready).await.expect("the fault is noticed");
    assert_eq!(unready.status(), StatusCode::SERVICE_UNAVAILABLE);
    let reasons = unready.json::<Value>().await.unwrap()["reasons"].take();
    assert_eq!(reasons.as_array().map(Vec::len), Some(1), "{reasons}");
    assert_eq!(reasons[0]["part"], "engine");
    app.stop().await;
}

/// What is missing, as an app with its lake at `root` says after `change`.
async fn missing_after(root: &Path, change: impl FnOnce()) -> Value {
    let lake_url = root.to_str().unwrap().to_owned();
    let app = TestApp::with(|config| config.storage.lake_url = Some(lake_url)).await;
    change();
    let ready = get(&app, "/health/ready", &[]).await;
    assert_eq!(ready.status(), StatusCode::SERVICE_UNAVAILABLE);
    let reasons = ready.json::<Value>().await.unwrap()["reasons"].take();
    app.stop().await;
    reasons
}

#[tokio::test]
async fn a_lake_that_is_gone_or_read_only_is_missing() {
    let expected = json!([{ "part": "lake", "message": "the lake cannot be used; the server's log says more" }]);
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("lake");
    assert_eq!(missing_after(&root, || std::fs::remove_dir_all(&root).unwrap()).await, expected);
    let Some(disk) = SmallDisk::mount(1) else { return };
    assert_eq!(missing_after(disk.path(), || disk.make_read_only()).await, expected);
}

#[tokio::test]
async fn asking_for_the_health_writes_nothing_and_looks_once_for_all() {
    let lake = tempfile::tempdir().unwrap();
    let root = lake.path().to_str().unwrap().to_owned();
    let app = TestApp::with(|config| config.storage.lake_url = Some(root)).await;
    let before = std::fs::metadata(lake.path()).unwrap().modified().unwrap();
    assert_eq!(get(&app, "/health/ready", &[]).await.status(), StatusCode::OK);
    let after = std::fs::metadata(lake.path()).unwrap().modified().unwrap();
    assert_eq!(after, before, "something was made in the lake's folder");
    app.services().db().clone().close().await.unwrap();
    assert_eq!(get(&app, "/health/ready", &[]).await.status(), StatusCode::OK, "the last look still holds");
}

#[tokio::test]
async fn metrics_count_requests_and_syncs() {
    let app = TestApp::new().await;
    app.gql(LIST, json!({})).await;
    let made_up = reqwest::Method::from_bytes(b"MADEUP").unwrap();
    app.client().request(made_up, app.url("/graphql")).send().await.unwrap();
    let metrics = get(&app, "/metrics", &[]).await.text().await.unwrap();
    for line in [
        "dataweaver_http_requests_total{method=\"POST\",route=\"/graphql\",status=\"200\"}",
        "dataweaver_syncs{status=\"SUCCEEDED\"}",
        "dataweaver_syncs{status=\"QUEUED\"}",
        "dataweaver_rows_processed",
    ] {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
    assert!(metrics.contains("method=\"OTHER\"") && !metrics.contains("MADEUP"), "{metrics}");
    app.stop().await;
}

#[tokio::test]
async fn every_answer_has_an_id_and_careful_headers() {
    let app = TestApp::new().await;
    let answer = get(&app, "/health/live", &[]).await;
    assert_eq!(header(answer.headers(), "x-request-id").len(), 32);
    assert_eq!(header(answer.headers(), "x-content-type-options"), "nosniff");
    assert_eq!(header(answer.headers(), "cache-control"), "no-store");
    assert!(header(answer.headers(), "content-security-policy").contains("frame-ancestors 'none'"));
    assert_eq!(header(get(&app, "/nowhere", &[("x-request-id", "mine.1")]).await.headers(), "x-request-id"), "mine.1");
    assert_ne!(
        header(get(&app, "/nowhere", &[("x-request-id", "not mine")]).await.headers(), "x-request-id"),
        "not mine"
    );
    assert_eq!(get(&app, "/nowhere", &[]).await.status(), StatusCode::NOT_FOUND);

    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_names_requests_by_their_ids() {
    for format in ["text", "json"] {
        let here = Installation::new().with("LOG__FORMAT", format);
        let server = Server::start(&here);
        let ask = server.client().post(server.url("/graphql")).header("x-request-id", "mine.1");
        let answer = ask.json(&json!({ "query": LIST })).send().await.unwrap();
        assert_eq!(header(answer.headers(), "x-request-id"), "mine.1");
        // An id of our own making is in the log as well.
        let answer = server.client().get(server.url("/nowhere")).send().await.unwrap();
        let ours = header(answer.headers(), "x-request-id");
        let log = here.log();
        for (id, words) in [("mine.1", "POST /graphql answered 200"), (ours, "GET other answered 404")] {
            let is_told = log.lines().any(|line| line.contains(id) && line.contains(words));
            assert!(is_told, "no line says {words} of {id}:\n{log}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_are_packed_for_whoever_can_unpack_them() {
    let app = TestApp::new().await;
    let ask = "query($sql: String!) { sql(query: $sql) { rows } }";
    let body = json!({ "query": ask, "variables": { "sql": "SELECT repeat('many words ', 10000)" } }).to_string();
    let plain = post(&app, &[JSON], body.clone()).await;
    assert_eq!(header(plain.headers(), "content-encoding"), "");
    let plain = plain.bytes().await.unwrap();
    let packed = post(&app, &[JSON, ("accept-encoding", "gzip")], body).await;
    assert_eq!(header(packed.headers(), "content-encoding"), "gzip");
    assert!(packed.headers().get_all("vary").iter().any(|name| name == "accept-encoding"), "{:?}", packed.headers());
    let packed = packed.bytes().await.unwrap();
    assert!(packed.len() * 20 < plain.len(), "{} bytes were packed into {}", plain.len(), packed.len());
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut unpacked).unwrap();
    assert_eq!(unpacked, plain);
    let metrics = get(&app, "/metrics", &[("accept-encoding", "gzip")]).await;
    assert_eq!(header(metrics.headers(), "content-encoding"), "gzip");
    app.stop().await;
}
