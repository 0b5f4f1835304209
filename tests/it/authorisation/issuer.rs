//! The answer of another authorisation server than the one that was asked is refused (RFC 9207).

use serde_json::json;
use url::Url;

use super::consent::open;
use super::server::Server;
use super::{app, browser, connect, page_of, status};

/// A callback with another `iss`, or without any.
fn answered_by(callback: &str, issuer: Option<&str>) -> String {
    let mut url = Url::parse(callback).unwrap();
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    assert!(pairs.iter().any(|(name, _)| name == "iss"), "the server says who it is: {callback}");
    let others = pairs.iter().filter(|(name, _)| name != "iss");
    url.query_pairs_mut().clear().extend_pairs(others).extend_pairs(issuer.map(|issuer| ("iss", issuer)));
    url.into()
}

#[tokio::test]
async fn what_a_document_says_of_its_server_is_held_against_the_answer() {
    let app = app().await;
    let Some(server) = Server::start(&[&app], 600).await else { return };
    let mut input = server.connector();
    input["connectionConfig"]["described"] = json!(true);
    let id = app.connector(input).await;
    for (issuer, words) in [
        (Some("https://evil.example/<b>"), "and the answer comes from https://evil.example/&lt;b&gt;"),
        (None, "does not say that it comes from there"),
    ] {
        let callback = browser::consent(&page_of(&app, &id, Some("/back")).await).await;
        let (code, _, page) = open(&app, &answered_by(&callback, issuer)).await;
        assert_eq!(code, 400, "{page}");
        assert!(page.contains("Ledger was not connected: ") && page.contains(words), "{page}");
        assert!(page.contains(server.issuer()) && page.contains("<a href=\"/back\">"), "{page}");
        assert_eq!(open(&app, &callback).await.0, 409, "its state is spent");
    }
    // What another server says of a refusal counts no more than its code.
    server.want("denies", json!(true)).await;
    let callback = browser::consent(&page_of(&app, &id, None).await).await;
    let (code, _, page) = open(&app, &answered_by(&callback, Some("https://evil.example"))).await;
    assert!(code == 400 && !page.contains("Ada said"), "{code} {page}");
    assert_eq!(server.grants("authorization_code", "good").await, 0, "no code was sent to anybody");
    assert_eq!(status(&app, &id).await["status"], "DISCONNECTED");

    server.want("denies", json!(false)).await;
    connect(&app, &id).await;
    assert_eq!(status(&app, &id).await["status"], "CONNECTED");
    app.stop().await;
}

#[tokio::test]
async fn an_issuer_that_is_declared_may_be_left_out_and_not_be_another() {
    let app = app().await;
    let Some(server) = Server::start(&[&app], 600).await else { return };
    let declaring = async |issuer: &str| {
        let mut input = server.connector();
        input["connectionConfig"]["issuer"] = json!(issuer);
        app.connector(input).await
    };
    // Identifiers are compared to the letter.
    let id = declaring(&format!("{}/", server.issuer())).await;
    let callback = browser::consent(&page_of(&app, &id, None).await).await;
    let (code, _, page) = open(&app, &callback).await;
    assert!(code == 400 && page.contains("and the answer comes from"), "{code} {page}");

    let id = declaring(server.issuer()).await;
    connect(&app, &id).await;
    let callback = browser::consent(&page_of(&app, &id, None).await).await;
    let (code, _, page) = open(&app, &answered_by(&callback, None)).await;
    assert_eq!(code, 200, "{page}");
    app.stop().await;
}
