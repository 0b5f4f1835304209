//! What is tried again, when, and how often.

use std::time::Duration;

use axum::response::Response;

use super::vendor::{Vendor, cut, failure, ok, status};
use super::{HttpSettings, Process};
use crate::sdk::http::{Clock, Judgement, Method, RateHeader};
use crate::sdk::{ConnectorError, ErrorClass};

#[tokio::test]
async fn what_may_pass_is_tried_again() {
    let process = Process::new();
    for broken in [failure, cut, || status(503, &[], "busy"), || status(408, &[], ""), || status(425, &[], "")] {
        let vendor = Vendor::answers(vec![broken, broken, ok]).await;
        let response = process.client(&vendor).build().unwrap().get("x").send().await.unwrap();
        assert_eq!((response.attempt(), vendor.seen().len()), (3, 3));
    }
}

#[tokio::test]
async fn what_does_not_pass_is_told_with_its_class() {
    let process = Process::new();
    let cases: [(u16, ErrorClass); 8] = [
        (400, ErrorClass::Protocol),
        (401, ErrorClass::Auth),
        (403, ErrorClass::Permission),
        (404, ErrorClass::NotFound),
        (410, ErrorClass::NotFound),
        (422, ErrorClass::Protocol),
        (501, ErrorClass::Protocol),
        (304, ErrorClass::Protocol),
    ];
    for (code, class) in cases {
        let vendor = Vendor::new(move |_| status(code, &[], "the vendor's words\nand more")).await;
        let error = process.client(&vendor).build().unwrap().get("a/b").query("page", 2).send().await.unwrap_err();
        assert_eq!(error.class(), class, "{code}: {error}");
        let said = error.to_string();
        let place = format!("GET {}/a/b?page=2", vendor.url);
        let words = if code == 304 { "answered" } else { "the vendor's words" };
        assert!(said.contains(&place) && said.contains(&code.to_string()) && said.contains(words), "{said}");
        assert!(!said.contains("and more"), "{said}");
        assert_eq!(vendor.seen().len(), 1, "{code}");
    }
}

#[tokio::test]
async fn only_what_is_idempotent_is_sent_twice() {
    let process = Process::new();
    let vendor = Vendor::new(|_| failure()).await;
    let client = process.client(&vendor).build().unwrap();
    let sent = async |request: crate::sdk::http::HttpRequest| {
        let before = vendor.seen().len();
        assert_eq!(request.send().await.unwrap_err().class(), ErrorClass::Transient);
        vendor.seen().len() - before
    };
    assert_eq!(sent(client.post("x")).await, 1);
    assert_eq!(sent(client.request(Method::PATCH, "x")).await, 1);
    assert_eq!(sent(client.post("x").json(&1).idempotent()).await, 5);
    assert_eq!(sent(client.request(Method::PUT, "x")).await, 5);
    assert_eq!(sent(client.get("x")).await, 5);
    assert_eq!(vendor.seen().last().unwrap().target, "/x");
}

#[tokio::test]
async fn a_refused_connection_is_tried_again_and_told() {
    let process = Process::new();
    let vendor = Vendor::new(|_| ok()).await;
    let client = process.client(&vendor).build().unwrap();
    drop(vendor);
    tokio::task::yield_now().await;
    let before = process.clock.now();
    let error = client.get("x").send().await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Transient, "{error}");
    assert!(error.to_string().contains("no connection"), "{error}");
    // Half a second, one, two, four, and with jitter at most twice as long.
    let waited = process.clock.now() - before;
    assert!(waited >= Duration::from_millis(7500) && waited < Duration::from_secs(15), "{waited:?}");
}

#[tokio::test]
async fn the_vendor_says_how_long_to_wait() {
    let date = ("date", "Fri, 13 Feb 2009 23:31:30 GMT");
    let cases: [(&'static str, &'static str, u64); 4] = [
        ("retry-after", "7", 7000),
        ("retry-after", "Fri, 13 Feb 2009 23:31:50 GMT", 20_000),
        ("x-ms-retry-after-ms", "1500", 1500),
        ("x-ratelimit-reset", "1234567893", 3000),
    ];
    for (name, value, milliseconds) in cases {
        for code in [429, 503] {
            let process = Process::new();
            let vendor = Vendor::new(move |seen| match seen.index {
                0 => status(code, &[date, (name, value)], ""),
                _ => ok(),
            })
            .await;
            let client = process
                .client(&vendor)
                .rate_header(RateHeader::milliseconds("x-ms-retry-after-ms"))
                .rate_header(RateHeader::epoch_seconds("x-ratelimit-reset"))
                .build()
                .unwrap();
            let before = process.clock.now();
            client.get("x").send().await.unwrap();
            let waited = (process.clock.now() - before).as_millis();
            let expected = u128::from(milliseconds);
            assert!(waited >= expected && waited < expected + 2, "{name} {value}: {waited}");
        }
    }
}

#[tokio::test]
async fn a_wait_that_is_too_long_is_left_to_the_engine() {
    let process = Process::with(HttpSettings { wait_seconds: 60, ..HttpSettings::default() });
    let vendor = Vendor::new(|_| status(429, &[("retry-after", "3600")], "")).await;
    let client = process.client(&vendor).build().unwrap();
    let before = process.clock.now();
    let error = client.get("x").send().await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3600)), "{error}");
    // The others do not even ask.
    let error = client.get("y").send().await.unwrap_err();
    assert!(error.retry_after().is_some_and(|wait| wait > Duration::from_secs(3590)), "{error:?}");
    assert_eq!((vendor.seen().len(), process.clock.now()), (1, before));
    process.clock.advance(Duration::from_secs(3600));
    client.get("z").send().await.unwrap_err();
    assert_eq!(vendor.seen().len(), 2);
}

#[tokio::test]
async fn a_vendor_may_mean_something_else_than_its_status() {
    fn refused() -> Response {
        super::vendor::json(r#"{"ok":false,"error":"ratelimited"}"#)
    }
    let process = Process::new();
    let judge = |response: &crate::sdk::http::HttpResponse| {
        let body: serde_json::Value = response.peek()?;
        match body["error"].as_str()? {
            "ratelimited" => {
                Some(Judgement::failed(ErrorClass::RateLimited, "ratelimited").after(Duration::from_secs(4)))
            }
            "none" => Some(Judgement::Good),
            error => Some(Judgement::failed(ErrorClass::Auth, error)),
        }
    };
    let vendor = Vendor::answers(vec![refused, ok]).await;
    let before = process.clock.now();
    let response = process.client(&vendor).judge(judge).build().unwrap().get("x").send().await.unwrap();
    assert_eq!(response.attempt(), 2);
    assert!(process.clock.now() - before >= Duration::from_secs(4));

    let vendor = Vendor::answers(vec![|| super::vendor::json(r#"{"ok":false,"error":"invalid_auth"}"#)]).await;
    let error = process.client(&vendor).judge(judge).build().unwrap().get("x").send().await.unwrap_err();
    assert!(
        matches!(&error, ConnectorError::Auth { message, .. } if message.contains("200 OK: invalid_auth")),
        "{error}"
    );

    let vendor = Vendor::answers(vec![|| status(404, &[], r#"{"error":"none"}"#)]).await;
    let response = process.client(&vendor).judge(judge).build().unwrap().get("x").send().await.unwrap();
    assert_eq!(response.status().as_u16(), 404);
}
