//! What is taken of an answer, and what not.

use std::io::Write;
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Deserialize;
use tokio::io::AsyncReadExt;

use super::vendor::{Vendor, cut, json, stalled, status};
use super::{HttpSettings, Process};
use crate::sdk::http::HttpOptions;
use crate::sdk::{ConnectorError, ErrorClass};

#[derive(Debug, Deserialize)]
struct Page {
    items: Vec<Item>,
}

#[derive(Debug, Deserialize)]
struct Item {
    id: u32,
}

#[tokio::test]
async fn json_that_is_not_as_documented_is_told_with_its_place() {
    let process = Process::new();
    let told = async |body: &'static str| {
        let vendor = Vendor::new(move |_| json(body)).await;
        let response =
            process.client(&vendor).build().unwrap().get("list").query("api_key", "k3y").send().await.unwrap();
        let error = response.json::<Page>().unwrap_err();
        assert_eq!(error.class(), ErrorClass::Protocol, "{error}");
        error.to_string().replace(&vendor.url, "VENDOR")
    };
    assert_eq!(
        told(r#"{"items":[{"id":1},{"id":"secret value"}]}"#).await,
        "GET VENDOR/list?api_key=*** answered with JSON of another shape than expected, at items[1].id: \
         a string is given where u32 at line 1 column 39 is expected"
    );
    assert_eq!(
        told("{\"items\": [\n}").await,
        "GET VENDOR/list?api_key=*** answered with no JSON (it begins with \"{\\\"items\\\": [\"): line 2, column 1"
    );
    assert!(told("").await.contains("no JSON (it is empty)"));
}

#[tokio::test]
async fn an_answer_larger_than_the_limit_is_not_read_on() {
    let process = Process::with(HttpSettings { response_mib: 2, ..HttpSettings::default() });
    // Endless, and of no known length.
    let endless = || {
        let pieces = futures::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b' '; 65_536]));
        Response::new(Body::from_stream(pieces))
    };
    let vendor = Vendor::new(move |seen| match seen.path() {
        "/endless" => endless(),
        _ => vec![b' '; 3 << 20].into_response(),
    })
    .await;
    let options: HttpOptions = serde_json::from_value(serde_json::json!({ "response_mib": 1000 })).unwrap();
    let client = process.client(&vendor).options(&options).build().unwrap();
    for path in ["endless", "long"] {
        let error = client.get(path).send().await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::Data, "{error}");
        assert!(error.to_string().contains("larger than 2 MiB"), "{error}");
    }
    assert_eq!(client.get("long").limit_bytes(4 << 20).send().await.unwrap().bytes().len(), 3 << 20);
}

#[tokio::test]
async fn compressed_answers_are_read_and_bombs_are_not() {
    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }
    let process = Process::with(HttpSettings { response_mib: 1, attempts: 2, ..HttpSettings::default() });
    let bomb = gzip(&vec![0; 100 << 20]);
    assert!(bomb.len() < 200_000);
    let vendor = Vendor::new(move |seen| {
        assert_eq!(seen.header("accept-encoding"), Some("gzip"));
        let (encoding, body) = match seen.path() {
            "/good" => ("gzip", gzip(br#"{"items":[{"id":7}]}"#)),
            "/two" => ("gzip", [gzip(br#"{"items""#), gzip(br#":[{"id":7}]}"#)].concat()),
            "/bomb" => ("gzip", bomb.clone()),
            "/false" => ("gzip", b"{}, plainly".to_vec()),
            "/half" => ("gzip", gzip(&[7; 5000])[..25].to_vec()),
            "/empty" => ("gzip", Vec::new()),
            _ => ("br", vec![1]),
        };
        ([("content-encoding", encoding)], body).into_response()
    })
    .await;
    let client = process.client(&vendor).build().unwrap();
    for path in ["good", "two"] {
        let page: Page = client.get(path).send().await.unwrap().json().unwrap();
        assert_eq!(page.items.iter().map(|item| item.id).collect::<Vec<_>>(), [7]);
    }
    assert!(client.get("empty").send().await.unwrap().bytes().is_empty());
    for (path, class) in [
        ("bomb", ErrorClass::Data),
        ("false", ErrorClass::Protocol),
        ("half", ErrorClass::Transient),
        ("other", ErrorClass::Protocol),
    ] {
        let error = client.get(path).send().await.unwrap_err();
        assert_eq!(error.class(), class, "{path}: {error}");
    }
}

#[tokio::test]
async fn an_answer_that_stalls_is_given_up() {
    let process = Process::new();
    let vendor = Vendor::new(|_| stalled()).await;
    let options: HttpOptions = serde_json::from_value(serde_json::json!({ "idle_seconds": 1, "attempts": 1 })).unwrap();
    let client = process.client(&vendor).options(&options).build().unwrap();
    let error = client.get("x").send().await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Transient, "{error}");
    assert!(error.to_string().contains("stopped in the middle"), "{error}");
    assert_eq!(process.context.http.open_requests(), 0);
}

#[tokio::test]
async fn a_file_is_read_as_it_comes() {
    let process = Process::new();
    let vendor = Vendor::new(|seen| match (seen.path(), seen.index) {
        ("/gone", _) => status(404, &[], "no such file"),
        ("/cut", _) => cut(),
        (_, 0) => status(503, &[], ""),
        _ => vec![b'a'; 1 << 20].into_response(),
    })
    .await;
    let client = process.client(&vendor).build().unwrap();
    let file = client.get("file").stream().await.unwrap();
    assert_eq!((file.content_length(), vendor.seen().len()), (Some(1 << 20), 2));
    let mut bytes = Vec::new();
    file.into_reader().read_to_end(&mut bytes).await.unwrap();
    assert_eq!(bytes.len(), 1 << 20);

    let error = client.get("gone").stream().await.err().unwrap();
    assert!(error.to_string().contains("no such file") && error.class() == ErrorClass::NotFound, "{error}");

    // What came is given already: it is not begun again behind the reader's back.
    let mut file = client.get("cut").stream().await.unwrap();
    assert_eq!(file.chunk().await.unwrap().unwrap(), "{\"ok\":");
    assert!(matches!(file.chunk().await, Err(ConnectorError::Unreachable { .. })));
    drop(file);
    assert_eq!((vendor.seen().len(), process.context.http.open_requests()), (4, 0));
}

#[tokio::test]
async fn pages_are_followed_by_their_links() {
    let process = Process::new();
    let vendor = Vendor::new(|seen| match seen.target.as_str() {
        "/api/items?limit=2" => status(200, &[("link", "</api/items?limit=2&page=2>; rel=\"next\"")], "1"),
        "/api/items?limit=2&page=2" => status(200, &[("link", "</api/items>; rel=first")], "2"),
        other => panic!("{other}"),
    })
    .await;
    let base = format!("{}/api/", vendor.url);
    let client = crate::sdk::http::HttpClient::builder(&process.context, crate::sdk::ConnectorType::Api, &base);
    let client = client.build().unwrap();
    let mut pages = Vec::new();
    let mut response = client.get("items").query("limit", 2).send().await.unwrap();
    loop {
        pages.push(response.json::<u32>().unwrap());
        let Some(next) = response.next_link().unwrap() else { break };
        response = client.get(next).send().await.unwrap();
    }
    assert_eq!(pages, [1, 2]);
}

#[tokio::test]
async fn a_slow_answer_is_within_its_time() {
    let process = Process::new();
    let vendor = Vendor::new(|_| {
        let pieces = futures::stream::unfold(0, |count| async move {
            tokio::time::sleep(Duration::from_millis(20)).await;
            (count < 5).then(|| (Ok::<_, std::io::Error>("1".to_owned()), count + 1))
        });
        Response::new(Body::from_stream(pieces))
    })
    .await;
    let response = process.client(&vendor).build().unwrap().get("x").send().await.unwrap();
    assert_eq!(response.json::<u32>().unwrap(), 11_111);
}
