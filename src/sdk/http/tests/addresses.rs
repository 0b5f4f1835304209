//! Where requests may go, and what goes along.

use axum::response::{IntoResponse, Response};

use super::Process;
use super::vendor::{Vendor, ok, status};
use crate::sdk::http::{Authorisation, HttpClient, Method};
use crate::sdk::{ConnectorType, ErrorClass, OpenContext, SecretString};

fn redirect(code: u16, to: &str) -> Response {
    (axum::http::StatusCode::from_u16(code).unwrap(), [("location", to.to_owned())]).into_response()
}

fn key() -> SecretString {
    SecretString::new("the-k3y")
}

#[tokio::test]
async fn private_addresses_are_refused_where_they_are_not_allowed() {
    let vendor = Vendor::new(|_| ok()).await;
    let port = vendor.url.rsplit(':').next().unwrap();
    let context = OpenContext::default();
    let bases = [
        vendor.url.clone(),
        format!("http://localhost:{port}"),
        format!("http://[::ffff:127.0.0.1]:{port}"),
        format!("http://0x7f.1:{port}"),
        "http://10.1.2.3".to_owned(),
    ];
    for base in bases {
        let client = HttpClient::builder(&context, ConnectorType::Api, &base).build().unwrap();
        assert_eq!(client.permitted().is_err(), !base.contains("localhost"), "{base}");
        let error = client.get("x").send().await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::Permission, "{base}: {error}");
        assert!(error.to_string().contains("network.allow_private"), "{error}");
    }
    // Nor by a link of a vendor that is allowed.
    let client = HttpClient::builder(&context, ConnectorType::Api, "https://example.org").build().unwrap();
    let error = client.get(&vendor.url).send().await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Permission, "{error}");
    assert!(vendor.seen().is_empty());
}

#[tokio::test]
async fn a_redirect_within_the_origin_is_followed_with_the_credential() {
    let process = Process::new();
    let vendor = Vendor::new(|seen| match seen.path() {
        "/303" => redirect(303, "/there"),
        "/307" => redirect(307, "there?a=b"),
        _ => ok(),
    })
    .await;
    let client = process.client(&vendor).authorisation(Authorisation::bearer(key())).build().unwrap();
    client.get("307").send().await.unwrap();
    client.post("307").json("body").send().await.unwrap();
    client.post("303").json("body").send().await.unwrap();
    let seen = vendor.seen();
    assert!(seen.iter().all(|seen| seen.header("authorization") == Some("Bearer the-k3y")));
    let told: Vec<_> = seen.iter().map(|seen| format!("{} {} {}", seen.method, seen.target, seen.body.len())).collect();
    assert_eq!(
        told,
        ["GET /307 0", "GET /there?a=b 0", "POST /307 6", "POST /there?a=b 6", "POST /303 6", "GET /there 0"]
    );
}

#[tokio::test]
async fn another_origin_never_sees_the_credential() {
    let process = Process::new();
    let other = Vendor::new(|seen| match seen.path() {
        "/refused" => status(401, &[], "who are you"),
        _ => ok(),
    })
    .await;
    let to = other.url.clone();
    let vendor = Vendor::new(move |seen| match seen.path() {
        "/body" => redirect(307, &to),
        path => redirect(302, &format!("{to}{path}")),
    })
    .await;
    let client = |authorisation| {
        process.client(&vendor).authorisation(authorisation).header("x-own", "the-k3y").build().unwrap()
    };
    let ways = [
        Authorisation::bearer(key()),
        Authorisation::header("x-api-key", key()),
        Authorisation::query("key", key()),
        Authorisation::basic("me", key()),
    ];
    for way in ways {
        let client = client(way);
        client.get("x").header("x-token", "the-k3y").header("accept", "a/b").send().await.unwrap();
        // A link of the vendor's own making.
        client.get(format!("{}/link", other.url)).send().await.unwrap();
    }
    let client = client(Authorisation::bearer(key()));
    let error = client.get("refused").send().await.unwrap_err();
    let said = error.to_string();
    assert!(said.contains("who are you") && said.contains(&format!("sent to {} only", vendor.url)), "{said}");
    let error = client.post("body").form([("password", "the-k3y")]).send().await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Protocol, "{error}");
    let seen = other.seen();
    assert_eq!(seen.len(), 9);
    assert_eq!(seen[0].header("accept"), Some("a/b"));
    for seen in seen {
        let whole = format!("{seen:?}");
        assert!(!whole.contains("the-k3y") && seen.header("authorization").is_none(), "{whole}");
    }
}

#[tokio::test]
async fn another_origin_of_the_vendor_sees_it_where_it_is_named() {
    let process = Process::new();
    let files = Vendor::new(|_| ok()).await;
    let vendor = Vendor::new(|_| ok()).await;
    let client = process
        .client(&vendor)
        .authorisation(Authorisation::query("key", key()))
        .also_authorise(files.url.as_str())
        .build()
        .unwrap();
    client.get(format!("{}/file?key=old&v=1", files.url)).send().await.unwrap();
    client.get("x").unauthorised().send().await.unwrap();
    assert_eq!(files.seen()[0].target, "/file?v=1&key=the-k3y");
    assert_eq!(vendor.seen()[0].target, "/x");
}

#[tokio::test]
async fn redirects_do_not_lead_into_private_networks_or_circles() {
    let process = Process::new();
    let vendor = Vendor::new(|seen| match seen.path() {
        "/circle" => redirect(302, "/circle"),
        "/nowhere" => redirect(302, "ftp://host/x"),
        _ => redirect(302, "http://169.254.169.254/latest/meta-data"),
    })
    .await;
    let client = process.client(&vendor).build().unwrap();
    let circle = client.get("circle").send().await.unwrap_err();
    assert!(circle.to_string().contains("in a circle") && vendor.seen().len() == 11, "{circle}");
    let nowhere = client.get("nowhere").send().await.unwrap_err();
    assert_eq!(nowhere.class(), ErrorClass::Protocol, "{nowhere}");
    assert_eq!(client.request(Method::HEAD, "nowhere").send().await.unwrap_err().class(), ErrorClass::Protocol);
}

#[tokio::test]
async fn a_base_url_is_one_of_http() {
    let context = OpenContext::default();
    for base in ["", "host/api", "ftp://host", "https://me:pw@host", "https://host/?key=x", "http://"] {
        let error = HttpClient::builder(&context, ConnectorType::Api, base).build().unwrap_err();
        assert_eq!(error.class(), ErrorClass::Config, "{base}");
        assert!(!error.to_string().contains("pw"), "{error}");
    }
    let broken = Authorisation::bearer(SecretString::new("two\nlines"));
    let error = HttpClient::builder(&context, ConnectorType::Api, "https://host").authorisation(broken).build();
    let error = error.unwrap_err();
    assert!(error.class() == ErrorClass::Config && !error.to_string().contains("two"), "{error}");
}
