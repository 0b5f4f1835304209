//! What tokens are got for: a service account's assertion, a person's consent, a refresh token until it is refused.

use std::sync::Arc;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::Process;
use super::vendor::{Seen, Vendor};
use crate::sdk::http::{ClientAuth, Consent, OAuth2, ServiceAccount, TokenSource};
use crate::sdk::{ConnectorType, ErrorClass, SecretString};

fn form(seen: &Seen) -> std::collections::HashMap<String, String> {
    url::form_urlencoded::parse(&seen.body).into_owned().collect()
}

fn json_of(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn key_file(pair: &RsaKeyPair, token_uri: &str) -> SecretString {
    let der = STANDARD.encode(pair.as_der().unwrap().as_ref());
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{der}\n-----END PRIVATE KEY-----\n");
    SecretString::new(
        json!({ "type": "service_account", "project_id": "p", "private_key_id": "k1", "private_key": pem,
            "client_email": "reader@p.iam.gserviceaccount.com", "client_id": "1", "token_uri": token_uri })
        .to_string(),
    )
}

#[tokio::test]
async fn a_service_account_asks_with_an_assertion_that_its_key_signed() {
    let process = Process::new();
    let vendor = Vendor::new(|_| axum::Json(json!({ "access_token": "a", "expires_in": 3599 })).into_response()).await;
    let pair = RsaKeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
    let token_url = format!("{}/token", vendor.url);
    let account = ServiceAccount::from_key_file("authConfig.service_account", &key_file(&pair, &token_url)).unwrap();
    assert_eq!(account.token_url(), token_url);
    let tokens = OAuth2::builder(&process.context, ConnectorType::GoogleWorkspace, account.token_url())
        .service_account(account.acting_for(Some("ada@example.com".to_owned())))
        .scope("https://www.googleapis.com/auth/drive.readonly https://www.googleapis.com/auth/gmail.readonly")
        .build()
        .unwrap();
    assert_eq!(tokens.token().await.unwrap().expose(), "a");

    let asked = form(&vendor.seen()[0]);
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert_eq!(asked["grant_type"], "urn:ietf:params:oauth:grant-type:jwt-bearer");
    let (message, signature) = asked["assertion"].rsplit_once('.').unwrap();
    let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key().as_ref());
    public.verify(message.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
    let (header, claims) = message.split_once('.').unwrap();
    assert_eq!(json_of(header), json!({ "alg": "RS256", "typ": "JWT", "kid": "k1" }));
    let claims = json_of(claims);
    assert_eq!(claims["iss"], "reader@p.iam.gserviceaccount.com");
    assert_eq!(claims["aud"], token_url);
    assert_eq!(claims["sub"], "ada@example.com");
    assert!(claims["scope"].as_str().unwrap().contains("drive.readonly "), "{claims}");
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 3600);
    assert!((chrono::Utc::now().timestamp() - claims["iat"].as_i64().unwrap()).abs() < 60);
    assert!(!format!("{tokens:?}").contains("PRIVATE"));
}

#[test]
fn a_key_file_that_cannot_sign_is_told_without_what_it_holds() {
    let told = |text: &str| {
        let error = ServiceAccount::from_key_file("authConfig.service_account", &SecretString::new(text)).unwrap_err();
        assert_eq!(error.class(), ErrorClass::Config);
        error.to_string()
    };
    for (text, words) in [
        ("s3cret", "is no JSON"),
        (r#"{"type": "authorized_user", "client_secret": "s3cret"}"#, "another kind of account"),
        (r#"{"type": "service_account", "private_key": "s3cret"}"#, "client_email: is missing"),
        (r#"{"type": "service_account", "private_key": ["s3cret"], "client_email": "a"}"#, "private_key"),
        (r#"{"type": "service_account", "private_key": "s3cret", "client_email": "a"}"#, "holds no RSA key"),
    ] {
        let told = told(text);
        assert!(told.starts_with("authConfig.service_account") && told.contains(words), "{told}");
        assert!(!told.contains("s3cret"), "{told}");
    }
}

/// As Slack has it: scopes of the user with commas, and its tokens one level down.
fn consent(vendor: &Vendor) -> Consent {
    Consent::at(format!("{}/oauth/v2/authorize?team=T1", vendor.url), format!("{}/api/oauth.v2.access", vendor.url))
        .client("1.2", Some(SecretString::new("app-secret")))
        .scope_parameter("user_scope")
        .separated_by(",")
        .scopes(["channels:read", "users:read"])
        .tokens_at("/authed_user")
}

#[tokio::test]
async fn a_page_is_asked_for_as_the_vendor_documents_it() {
    let process = Process::new();
    let vendor = Vendor::new(|seen| match form(seen).get("grant_type").map(String::as_str) {
        Some("authorization_code") => axum::Json(json!({ "ok": true, "access_token": null, "authed_user": {
            "id": "U1", "access_token": "xoxe.xoxp-1", "refresh_token": "xoxe-1", "expires_in": 43200 } }))
        .into_response(),
        _ => axum::Json(json!({ "ok": true, "access_token": "xoxe.xoxp-2", "expires_in": 43200 })).into_response(),
    })
    .await;
    let (state, verifier) = (SecretString::new("st"), SecretString::new("verifier"));
    let back = "https://data.example.com/oauth/callback";
    let consent = consent(&vendor);
    let page = consent.page(&process.context, ConnectorType::Slack, back, &state, &verifier).await.unwrap();
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest("verifier"));
    assert_eq!(
        page.url.query().unwrap(),
        format!(
            "team=T1&response_type=code&client_id=1.2&redirect_uri=https%3A%2F%2Fdata.example.com%2Foauth%2Fcallback\
             &user_scope=channels%3Aread%2Cusers%3Aread&state=st&code_challenge={challenge}&code_challenge_method=S256"
        )
    );
    let code = SecretString::new("c0de");
    let tokens = consent.exchange(&process.context, ConnectorType::Slack, back, &code, &verifier).await.unwrap();
    assert_eq!(tokens.access_token.expose(), "xoxe.xoxp-1");
    assert_eq!(tokens.refresh_token.unwrap().expose(), "xoxe-1");
    assert_eq!(
        vendor.seen()[0].body,
        "grant_type=authorization_code&code=c0de&redirect_uri=https%3A%2F%2Fdata.example.com%2Foauth%2Fcallback\
         &code_verifier=verifier&client_id=1.2&client_secret=app-secret"
    );

    let without = consent.clone().without_pkce().client_auth(ClientAuth::Basic);
    let page = without.page(&process.context, ConnectorType::Slack, back, &state, &verifier).await.unwrap();
    assert!(!page.url.query().unwrap().contains("challenge"), "{}", page.url);
    without.exchange(&process.context, ConnectorType::Slack, back, &code, &verifier).await.unwrap();
    let asked = vendor.seen()[1].clone();
    assert!(!form(&asked).contains_key("code_verifier") && !form(&asked).contains_key("client_secret"));
    assert!(asked.header("authorization").unwrap().starts_with("Basic "));
}

#[tokio::test]
async fn before_anybody_consented_nobody_is_asked() {
    let process = Process::new();
    let vendor = Vendor::new(|_| StatusCode::IM_A_TEAPOT.into_response()).await;
    let tokens = OAuth2::consented(&process.context, ConnectorType::Slack, &consent(&vendor)).unwrap();
    let error = tokens.token().await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Auth);
    assert!(error.to_string().contains("authorise the connector at the vendor first"), "{error}");
    assert!(vendor.seen().is_empty());
}

#[tokio::test]
async fn a_refresh_token_that_was_refused_is_not_sent_again() {
    let process = Process::new();
    let vendor = Vendor::new(|_| -> Response {
        let body = json!({ "error": "invalid_grant", "error_description": "Token has been revoked." });
        (StatusCode::BAD_REQUEST, axum::Json(body)).into_response()
    })
    .await;
    let tokens = OAuth2::builder(&process.context, ConnectorType::Slack, &format!("{}/token", vendor.url))
        .client("app", None)
        .refresh_token(SecretString::new("refresh-0"))
        .build()
        .unwrap();
    let asking = (0..5).map(|_| {
        let tokens = Arc::clone(&tokens);
        async move { tokens.token().await.unwrap_err() }
    });
    for error in futures::future::join_all(asking).await {
        assert_eq!(error.class(), ErrorClass::Auth);
        assert!(error.to_string().contains("authorise the account again: invalid_grant"), "{error}");
    }
    assert_eq!(vendor.seen().len(), 1);
}
