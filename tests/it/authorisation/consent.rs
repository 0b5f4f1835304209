//! A person consents at the vendor and comes back.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dataweaver::services::Role;
use reqwest::header::{HOST, HeaderMap};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::Url;

use super::server::Server;
use super::{app, app_in, app_with, authorize, browser, connect, connector, on_both, page_of, status, test};
use crate::client::Client;
use crate::harness::token;

/// Opens a URL as a browser does that comes from another site.
pub(super) async fn open(app: &Client, url: &str) -> (u16, HeaderMap, String) {
    let request = app.client().get(url).header("sec-fetch-site", "cross-site").header("sec-fetch-mode", "navigate");
    let answer = request.header("sec-fetch-dest", "document").send().await.unwrap();
    (answer.status().as_u16(), answer.headers().clone(), answer.text().await.unwrap())
}

fn code(answer: &Value) -> &str {
    answer["errors"][0]["extensions"]["code"].as_str().unwrap_or("none")
}

#[tokio::test]
async fn an_account_is_connected_and_read() {
    on_both(async |folder, database| {
        let app = app_in(folder, database).await;
        let Some(server) = Server::start(&[&app], 600).await else { return };
        let id = connector(&app, &server).await;
        let before = test(&app, &id).await;
        assert_eq!(before["success"], false, "{before}");
        assert_eq!(before["details"]["code"], "UPSTREAM_AUTH", "{before}");
        assert!(before["message"].as_str().unwrap().contains("authorise the connector"), "{before}");

        let page = page_of(&app, &id, Some("/connectors?done=1#here")).await;
        let asked: std::collections::HashMap<_, _> = Url::parse(&page).unwrap().query_pairs().into_owned().collect();
        assert_eq!(asked["code_challenge_method"], "S256");
        assert_eq!(asked["redirect_uri"], app.url("/oauth/callback"));
        assert_eq!(asked["scope"], "openid offline_access ledger");
        assert_eq!((asked["state"].len(), asked["code_challenge"].len()), (43, 43));
        let callback = browser::consent(&page).await;
        assert!(callback.starts_with(&app.url("/oauth/callback?")), "{callback}");

        let (code, headers, _) = open(&app, &callback).await;
        assert_eq!((code, headers["location"].to_str().unwrap()), (303, "/connectors?done=1#here"));
        assert_eq!(headers["cache-control"], "no-store");
        assert_eq!(headers["referrer-policy"], "no-referrer");
        assert_eq!(server.seen().await["reads"], 1, "that it can be read was looked at");
        assert_eq!(status(&app, &id).await, json!({ "status": "CONNECTED", "statusMessage": null }));

        let found = test(&app, &id).await;
        assert_eq!(found["message"], "the ledger of ada has 2 entries", "{found}");
        let synced = app.sync_and_wait(&id).await;
        assert_eq!((&synced["status"], &synced["recordsProcessed"]), (&json!("SUCCEEDED"), &json!(2)), "{synced}");
        assert_eq!(server.grants("authorization_code", "good").await, 1);
        assert_eq!(server.renewals().await, 0, "the token is good for longer");

        let (code, _, page) = open(&app, &callback).await;
        assert!(code == 409 && page.contains("was used already"), "{code} {page}");
        app.stop().await;

        // What was given is kept.
        let app = app_in(folder, database).await;
        assert_eq!(test(&app, &id).await["success"], true);
        assert_eq!(server.renewals().await, 0);
        app.stop().await;
    })
    .await;
}

#[tokio::test]
async fn any_replica_takes_who_comes_back() {
    on_both(async |folder, database| {
        let (one, other) = (app_in(folder, database).await, app_in(folder, database).await);
        let Some(server) = Server::start(&[&one, &other], 600).await else { return };
        let id = connector(&one, &server).await;
        let callback = browser::consent(&page_of(&one, &id, None).await).await;
        let elsewhere = callback.replace(&one.url(""), &other.url(""));
        let (code, headers, page) = open(&other, &elsewhere).await;
        assert_eq!(code, 200, "{page}");
        assert!(page.contains("Ledger is connected. You can close this window."), "{page}");
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
        for (name, tag) in [("style", "style"), ("script", "script")] {
            let (_, rest) = page.split_once(&format!("<{tag}>")).unwrap();
            let digest = STANDARD.encode(Sha256::digest(rest.split_once(&format!("</{tag}>")).unwrap().0));
            assert!(policy.contains(&format!("{name}-src 'sha256-{digest}'")), "{policy}");
        }
        assert_eq!(headers["cache-control"], "no-store");
        assert_eq!(headers["referrer-policy"], "no-referrer");
        let asked: Vec<String> = Url::parse(&elsewhere).unwrap().query_pairs().map(|(_, value)| value.into()).collect();
        assert!(asked.len() > 1 && asked.iter().all(|secret| !page.contains(secret)), "{page}");
        assert_eq!(test(&one, &id).await["success"], true);
        assert_eq!(open(&one, &callback).await.0, 409, "it is good once, wherever");
        one.stop().await;
        other.stop().await;
    })
    .await;
}

#[tokio::test]
async fn endpoints_are_looked_up_where_a_document_describes_them() {
    let app = app().await;
    let Some(server) = Server::start(&[&app], 2).await else { return };
    let mut input = server.connector();
    input["connectionConfig"]["described"] = json!(true);
    let id = app.connector(input).await;
    connect(&app, &id).await;
    assert_eq!(test(&app, &id).await["success"], true);
    app.stop().await;
}

#[tokio::test]
async fn who_says_no_is_told_so_and_nothing_is_connected() {
    let app = app().await;
    let Some(server) = Server::start(&[&app], 600).await else { return };
    let id = connector(&app, &server).await;
    server.want("denies", json!(true)).await;
    let callback = browser::consent(&page_of(&app, &id, Some("/connectors")).await).await;
    let (code, _, page) = open(&app, &callback).await;
    assert_eq!(code, 403, "{page}");
    assert!(
        page.contains("Access to Ledger was not allowed: Ada said &lt;b&gt;no&lt;/b&gt; (access_denied)"),
        "{page}"
    );
    assert!(page.contains("<a href=\"/connectors\">"), "{page}");
    assert_eq!(status(&app, &id).await["status"], "DISCONNECTED");
    assert_eq!(open(&app, &callback).await.0, 409);
    app.stop().await;
}

#[tokio::test]
async fn a_link_that_is_not_ours_tells_nothing_of_what_it_says() {
    let app = app().await;
    for (query, status) in [
        ("", 400),
        ("?state=", 400),
        ("?state=made-up&code=x", 400),
        ("?state=made-up&error=access_denied&error_description=Call+0800-EVIL", 400),
        ("?state=a&state=b", 400),
    ] {
        let (code, headers, page) = open(&app, &app.url(&format!("/oauth/callback{query}"))).await;
        assert_eq!(code, status, "{query}: {page}");
        assert!(!page.contains("EVIL"), "{page}");
        assert_eq!(headers["cache-control"], "no-store");
    }
    let url = app.url("/oauth/callback?state=a&code=b");
    let head = app.client().head(&url).send().await.unwrap();
    let posted = app.client().post(&url).send().await.unwrap();
    assert_eq!((head.status().as_u16(), posted.status().as_u16()), (405, 405));
    let foreign = app.client().get(&url).header(HOST, "evil.example").send().await.unwrap();
    assert_eq!(foreign.status(), 403, "the rules for hosts hold here, too");
    app.stop().await;
}

#[tokio::test]
async fn a_consent_that_comes_too_late_is_told_so() {
    let app = app().await;
    let Some(server) = Server::start(&[&app], 600).await else { return };
    let id = connector(&app, &server).await;
    let callback = browser::consent(&page_of(&app, &id, None).await).await;
    {
        use dataweaver::entity::pending_authorisation::{Column, Entity};
        use sea_orm::EntityTrait;
        use sea_orm::sea_query::Expr;
        let past = Expr::value(chrono::Utc::now() - chrono::TimeDelta::seconds(1));
        Entity::update_many().col_expr(Column::ExpiresAt, past).exec(app.services().db()).await.unwrap();
    }
    let (code, _, page) = open(&app, &callback).await;
    assert!(code == 410 && page.contains("begun too long ago"), "{code} {page}");
    app.stop().await;
}

#[tokio::test]
async fn a_vendor_that_gives_no_tokens_is_told_and_shown() {
    let app = app().await;
    let Some(server) = Server::start(&[&app], 600).await else { return };
    let id = connector(&app, &server).await;
    let callback = browser::consent(&page_of(&app, &id, Some("/back")).await).await;
    let mut spoilt = Url::parse(&callback).unwrap();
    let pairs: Vec<(String, String)> = spoilt.query_pairs().into_owned().collect();
    spoilt.query_pairs_mut().clear();
    for (name, value) in pairs {
        let value = if name == "code" { "spoilt-code".to_owned() } else { value };
        spoilt.query_pairs_mut().append_pair(&name, &value);
    }
    let (code, _, page) = open(&app, spoilt.as_str()).await;
    assert_eq!(code, 502, "{page}");
    assert!(page.contains("Could not connect Ledger") && page.contains("invalid_grant"), "{page}");
    assert!(!page.contains("spoilt-code"), "{page}");
    let status = status(&app, &id).await;
    assert_eq!(status["status"], "ERROR");
    assert!(status["statusMessage"].as_str().unwrap().contains("authorise the account again"), "{status}");
    app.stop().await;
}

#[tokio::test]
async fn an_account_that_cannot_be_read_is_told_and_shown() {
    let app = app().await;
    let Some(server) = Server::start(&[&app], 600).await else { return };
    let id = connector(&app, &server).await;
    server.want("locked", json!(true)).await;
    let callback = browser::consent(&page_of(&app, &id, Some("/connectors")).await).await;
    let (code, _, page) = open(&app, &callback).await;
    assert_eq!(code, 502, "{page}");
    assert!(page.contains("<h1><span aria-hidden=\"true\">✕</span>Connected, but not readable</h1>"), "{page}");
    assert!(page.contains("The account of Ledger was authorised, and cannot be read: "), "{page}");
    assert!(page.contains("<a href=\"/connectors\">"), "{page}");
    let told = status(&app, &id).await;
    assert_eq!(told["status"], "ERROR", "{told}");
    // A test of the connection says the same.
    assert_eq!(told["statusMessage"], test(&app, &id).await["message"], "{told}");
    assert!(told["statusMessage"].as_str().unwrap().contains("the ledger is locked"), "{told}");

    // The account is connected all the same: nobody has to consent again.
    server.want("locked", json!(false)).await;
    assert_eq!(test(&app, &id).await["success"], true);
    assert_eq!(server.grants("authorization_code", "good").await, 1);
    app.stop().await;
}

#[tokio::test]
async fn who_may_not_change_connectors_any_more_connects_none() {
    let folder = tempfile::tempdir().unwrap();
    let with_tokens = async |tokens: Vec<dataweaver::services::auth::TokenSettings>| {
        app_with(|config| {
            config.storage.data_dir = folder.path().join("data");
            config.auth.tokens = tokens;
            config.network.allow_private = true;
        })
        .await
    };
    let app = with_tokens(vec![token("writes", Role::Editor), token("reads", Role::Viewer)]).await;
    let Some(server) = Server::start(&[&app], 600).await else { return };
    let create = "mutation($input: CreateConnectorInput!) { createConnector(input: $input) { connector { id } } }";
    let made = app.gql_as(Some("writes"), create, json!({ "input": server.connector() })).await;
    let id = made["data"]["createConnector"]["connector"]["id"].as_str().unwrap().to_owned();
    assert_eq!(code(&authorize(&app, Some("reads"), &id, None).await), "FORBIDDEN");
    let mut callbacks = Vec::new();
    for _ in 0..2 {
        let answer = authorize(&app, Some("writes"), &id, None).await;
        let page = answer["data"]["authorizeConnector"]["authorizationUrl"].as_str().unwrap();
        callbacks.push(browser::consent(page).await);
    }
    // The browser brings no bearer token: the state is its proof.
    assert_eq!(open(&app, &callbacks[0]).await.0, 200);
    let before = app.url("");
    app.stop().await;

    let app = with_tokens(vec![token("writes", Role::Viewer), token("governs", Role::Admin)]).await;
    let (code, _, page) = open(&app, &callbacks[1].replace(&before, &app.url(""))).await;
    assert!(code == 403 && page.contains("Who began this authorisation (writes) may not"), "{code} {page}");
    app.stop().await;
}

#[tokio::test]
async fn what_cannot_be_authorised_is_refused() {
    let app = app().await;
    let base_url = "http://127.0.0.1:1";
    let ledger = |auth_type: &str, auth: Value| {
        json!({ "name": "Ledger", "type": "CLINICAL", "authType": auth_type, "authConfig": auth,
            "connectionConfig": { "base_url": base_url } })
    };
    let none = app.connector(ledger("NONE", json!({}))).await;
    let given = app.connector(ledger("OAUTH2", json!({ "client_id": "a", "refresh_token": "b" }))).await;
    let consented = app.connector(ledger("OAUTH2", json!({ "client_id": "a" }))).await;
    let elsewhere = app.connector(ledger("OAUTH2", json!({ "client_id": "a", "redirect_uri": "ftp://a/b" }))).await;
    for (id, words) in
        [(&none, "only OAUTH2 has a page"), (&given, "sign in by themselves"), (&elsewhere, "redirect_uri")]
    {
        let refused = authorize(&app, None, id, None).await;
        assert_eq!(code(&refused), "BAD_USER_INPUT", "{refused}");
        assert!(refused["errors"][0]["message"].as_str().unwrap().contains(words), "{refused}");
    }
    for path in ["https://evil.example/", "//evil.example", "/\\evil.example", "connectors"] {
        let refused = authorize(&app, None, &consented, Some(path)).await;
        assert_eq!(code(&refused), "BAD_USER_INPUT", "{refused}");
        assert_eq!(refused["errors"][0]["extensions"]["field"], "returnTo", "{refused}");
    }
    let unknown = authorize(&app, None, "con_00000000000000000000000000000000", None).await;
    assert_eq!(code(&unknown), "NOT_FOUND");
    assert!(page_of(&app, &consented, None).await.starts_with(&format!("{base_url}/auth?response_type=code&")));
    app.stop().await;
}

#[tokio::test]
async fn a_public_url_is_where_people_are_sent_back_to() {
    let app = app_with(|config| config.server.public_url = Some("https://data.example.com/weaver/".to_owned())).await;
    let mut input = json!({ "name": "Ledger", "type": "CLINICAL", "authType": "OAUTH2",
        "authConfig": { "client_id": "a" }, "connectionConfig": { "base_url": "http://127.0.0.1:1" } });
    let id = app.connector(input.clone()).await;
    let sent_to = |page: String| {
        let url = Url::parse(&page).unwrap();
        url.query_pairs().find(|(name, _)| name == "redirect_uri").unwrap().1.into_owned()
    };
    assert_eq!(sent_to(page_of(&app, &id, None).await), "https://data.example.com/weaver/oauth/callback");
    input["authConfig"]["redirect_uri"] = json!("https://proxy.example.com/back");
    let id = app.connector(input).await;
    assert_eq!(sent_to(page_of(&app, &id, None).await), "https://proxy.example.com/back");
    // The proxy before it passes on that name.
    let request = app.client().get(app.url("/oauth/callback")).header(HOST, "data.example.com");
    assert_eq!(request.send().await.unwrap().status(), 400);
    app.stop().await;
}
