//! Who may ask, and for what: access tokens with their scopes, and how they are got.

use std::collections::HashMap;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::sdk::simulator::{AskedConsent, Consents, Unredeemed};

/// What every scope begins with.
const SCOPES: &str = "https://www.googleapis.com/auth/";
const ALL: &[&str] =
    &["drive.readonly", "spreadsheets.readonly", "documents.readonly", "gmail.readonly", "calendar.readonly"];
/// Who the consent page says that it is (RFC 9207).
const ISSUER: &str = "https://accounts.google.com";

struct Token {
    scopes: Vec<String>,
    expires_at: Option<Instant>,
    is_revoked: bool,
}

pub(super) struct Tokens {
    /// A token with every scope.
    pub(super) everything: String,
    pub(super) service_account: String,
    tokens: HashMap<String, Token>,
    client_id: String,
    client_secret: String,
    refresh_token: String,
    consents: Consents,
    made: usize,
}

impl Tokens {
    pub(super) fn of(email: &str) -> Self {
        let domain = email.split_once('@').map_or(email, |(_, domain)| domain);
        let mut tokens = Self {
            everything: String::new(),
            service_account: format!("reader@{}.iam.gserviceaccount.com", domain.replace('.', "-")),
            tokens: HashMap::new(),
            client_id: "104729-simulated.apps.googleusercontent.com".to_owned(),
            client_secret: "GOCSPX-simulated-secret".to_owned(),
            refresh_token: "1//0simulated-refresh-token".to_owned(),
            consents: Consents::default(),
            made: 0,
        };
        tokens.everything = tokens.add(ALL, None);
        tokens
    }

    pub(super) fn add(&mut self, scopes: &[&str], expires_at: Option<Instant>) -> String {
        self.made += 1;
        let text = format!("ya29.simulated-{}", self.made);
        let scopes = scopes.iter().map(|scope| scope.trim_start_matches(SCOPES).to_owned()).collect();
        self.tokens.insert(text.clone(), Token { scopes, expires_at, is_revoked: false });
        text
    }

    pub(super) fn revoke(&mut self, token: &str) {
        if let Some(token) = self.tokens.get_mut(token) {
            token.is_revoked = true;
        }
    }

    pub(super) fn client(&self) -> (String, String, String) {
        (self.client_id.clone(), self.client_secret.clone(), self.refresh_token.clone())
    }

    /// The scopes of a token; none where it is not good.
    pub(super) fn scopes(&self, token: &str, now: Instant) -> Option<&[String]> {
        let token = self.tokens.get(token)?;
        let is_good = !token.is_revoked && token.expires_at.is_none_or(|expires| expires > now);
        is_good.then_some(token.scopes.as_slice())
    }

    /// What the consent page sends the browser back with.
    pub(super) fn consent(&mut self, asked: AskedConsent) -> Vec<(&'static str, String)> {
        self.made += 1;
        let code = format!("4/0AbCdEfGh-{}", self.made);
        let scope = asked.text("scope").to_owned();
        let mut answer = self.consents.answer(asked, code);
        answer.extend([("iss", ISSUER.to_owned()), ("scope", scope), ("authuser", "0".to_owned())]);
        answer
    }

    /// Answers a request for a token: the error is in OAuth's words.
    pub(super) fn grant(
        &mut self,
        form: &HashMap<String, String>,
        now: Instant,
        life: Duration,
    ) -> Result<Value, Value> {
        let text = |name: &str| form.get(name).map_or("", String::as_str);
        let refused = |error: &str, words: &str| json!({ "error": error, "error_description": words });
        let kind = text("grant_type");
        if kind == "urn:ietf:params:oauth:grant-type:jwt-bearer" {
            let scopes = self.assertion(text("assertion")).map_err(|words| refused("invalid_grant", words))?;
            let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
            let token = self.add(&scopes, Some(now + life));
            return Ok(json!({ "access_token": token, "expires_in": life.as_secs(), "token_type": "Bearer" }));
        }
        if text("client_id") != self.client_id {
            return Err(refused("invalid_client", "The OAuth client was not found."));
        }
        if text("client_secret") != self.client_secret {
            return Err(refused("invalid_client", "Unauthorized"));
        }
        let is_first = match kind {
            "refresh_token" if text("refresh_token") == self.refresh_token => false,
            "refresh_token" => return Err(refused("invalid_grant", "Token has been expired or revoked.")),
            "authorization_code" => {
                let asked = self.consents.redeem(text).map_err(|why| match why {
                    Unredeemed::OtherRedirectUri => refused("redirect_uri_mismatch", "Bad Request"),
                    Unredeemed::OtherVerifier => refused("invalid_grant", "Invalid code verifier."),
                    Unredeemed::Unknown | Unredeemed::Spent => refused("invalid_grant", "Malformed auth code."),
                })?;
                asked.text("access_type") == "offline"
            }
            _ => return Err(refused("unsupported_grant_type", "Invalid grant_type")),
        };
        let token = self.add(ALL, Some(now + life));
        let scope: Vec<String> = ALL.iter().map(|scope| format!("{SCOPES}{scope}")).collect();
        let mut answer = json!({
            "access_token": token, "expires_in": life.as_secs(), "token_type": "Bearer", "scope": scope.join(" "),
        });
        if is_first {
            answer["refresh_token"] = json!(self.refresh_token);
        }
        Ok(answer)
    }

    /// The scopes that a service account's assertion asks for.
    fn assertion(&self, assertion: &str) -> Result<Vec<String>, &'static str> {
        let mut parts = assertion.split('.');
        let decoded = |part: Option<&str>| -> Option<Value> {
            serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part?).ok()?).ok()
        };
        let (header, claims) = (decoded(parts.next()), decoded(parts.next()));
        let (Some(header), Some(claims), Some(_), None) = (header, claims, parts.next(), parts.next()) else {
            return Err("Invalid JWT");
        };
        if header["alg"] != "RS256" {
            return Err("Invalid JWT: it is not signed by RS256.");
        }
        if claims["iss"] != self.service_account.as_str() {
            return Err("Invalid grant: account not found");
        }
        let life = claims["exp"].as_i64().unwrap_or_default() - claims["iat"].as_i64().unwrap_or_default();
        if !(1..=3600).contains(&life) {
            return Err("Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.");
        }
        if !claims["aud"].as_str().is_some_and(|audience| audience.ends_with("/token")) {
            return Err("Invalid JWT: Failed audience check.");
        }
        let scopes: Vec<_> =
            claims["scope"].as_str().unwrap_or_default().split_whitespace().map(str::to_owned).collect();
        if scopes.is_empty() { Err("Missing required parameter: scope") } else { Ok(scopes) }
    }
}
