//! Who may ask, and for what: access tokens with their permissions, and the app that has them made.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::reply::Reply;
use crate::sdk::simulator::{AskedConsent, Consents, Unredeemed};

/// Every permission that the simulated resources ask for.
const ALL: &[&str] = &[
    "User.Read.All",
    "Organization.Read.All",
    "Files.Read.All",
    "Files.ReadWrite.All",
    "Sites.Read.All",
    "Mail.Read",
    "Calendars.Read",
    "Team.ReadBasic.All",
    "Channel.ReadBasic.All",
    "ChannelMessage.Read.All",
];

/// What a token stands for.
#[derive(Clone, Debug)]
pub(super) struct Token {
    /// Whom it acts for; an application by itself where there is nobody.
    pub(super) user: Option<String>,
    permissions: HashSet<String>,
    expires_at: Option<DateTime<Utc>>,
    is_revoked: bool,
}

impl Token {
    pub(super) fn may(&self, permission: &str) -> bool {
        // Who may write may read.
        self.permissions.contains(permission) || self.permissions.contains(&permission.replace(".Read.", ".ReadWrite."))
    }
}

pub(super) struct Access {
    tokens: HashMap<String, Token>,
    tenant: String,
    domain: String,
    client_id: String,
    client_secret: String,
    /// The refresh tokens that are taken; Microsoft takes older ones, too, for a while.
    refresh_tokens: HashSet<String>,
    person: String,
    consents: Consents,
    made: usize,
    /// Tells the tokens of one simulator from those of another.
    nonce: String,
    /// How many tokens the endpoint has given.
    pub(super) granted: usize,
}

impl Access {
    pub(super) fn new(tenant: &str, domain: &str, person: &str) -> Self {
        Self {
            tokens: HashMap::new(),
            tenant: tenant.to_owned(),
            domain: domain.to_owned(),
            client_id: "1b0f7a52-3c4d-4e5f-8a6b-7c8d9e0f1a2b".to_owned(),
            client_secret: "sim8Q~notasecretofanybody".to_owned(),
            refresh_tokens: HashSet::from(["0.first-refresh-token".to_owned()]),
            person: person.to_owned(),
            consents: Consents::default(),
            made: 0,
            nonce: Uuid::now_v7().simple().to_string(),
            granted: 0,
        }
    }

    pub(super) fn app(&self) -> (String, String, String) {
        (self.tenant.clone(), self.client_id.clone(), self.client_secret.clone())
    }

    pub(super) fn refresh_token(&self) -> String {
        self.refresh_tokens.iter().next().cloned().unwrap_or_default()
    }

    /// Makes a token with these permissions, or all.
    pub(super) fn make(
        &mut self,
        permissions: Option<&[&str]>,
        user: Option<String>,
        expires_at: Option<DateTime<Utc>>,
    ) -> String {
        self.made += 1;
        let whose = if user.is_some() { "person" } else { "app" };
        let text = format!("eyJ0eXAiOiJKV1Qi.simulated-{}-{}.{whose}", self.nonce, self.made);
        let permissions = permissions.unwrap_or(ALL).iter().map(|permission| (*permission).to_owned()).collect();
        self.tokens.insert(text.clone(), Token { user, permissions, expires_at, is_revoked: false });
        text
    }

    pub(super) fn make_for_person(&mut self, permissions: Option<&[&str]>) -> String {
        let person = self.person.clone();
        self.make(permissions, Some(person), None)
    }

    /// Takes every token back that was given so far.
    pub(super) fn revoke_all(&mut self) {
        self.tokens.values_mut().for_each(|token| token.is_revoked = true);
    }

    /// The token of a request.
    ///
    /// # Errors
    /// Graph's answer to what is wrong with it.
    pub(super) fn token(&self, bearer: Option<&str>, now: DateTime<Utc>) -> Result<Token, Reply> {
        let wrong = |message: &str| {
            let challenge =
                format!("Bearer realm=\"\", authorization_uri=\"https://login.microsoftonline.com/{}\"", self.tenant);
            Reply::error(401, "InvalidAuthenticationToken", message).with("WWW-Authenticate", challenge)
        };
        let bearer = bearer.ok_or_else(|| wrong("Access token is empty."))?;
        let token = self.tokens.get(bearer).ok_or_else(|| wrong("IDX14100: JWT is not well formed."))?;
        if token.is_revoked || token.expires_at.is_some_and(|expires| expires <= now) {
            return Err(wrong("Lifetime validation failed, the token is expired."));
        }
        Ok(token.clone())
    }

    /// People refuse from now on, or consent.
    pub(super) fn refuse(&mut self, refuses: bool) {
        self.consents.refuse(refuses);
    }

    /// What the consent page sends the browser back with.
    ///
    /// # Errors
    /// The words of its page for what is wrong with the link to it.
    pub(super) fn consent(
        &mut self,
        tenant: &str,
        asked: AskedConsent,
    ) -> Result<Vec<(&'static str, String)>, &'static str> {
        if tenant != self.tenant && tenant != self.domain && !matches!(tenant, "common" | "organizations") {
            return Err("AADSTS90002: Tenant not found. Check the tenant id.");
        }
        if asked.text("client_id") != self.client_id {
            return Err("AADSTS700016: Application was not found in the directory.");
        }
        if asked.text("response_type") != "code" || asked.text("scope").is_empty() {
            return Err("AADSTS900144: The request must contain the parameters response_type=code and scope.");
        }
        self.made += 1;
        let code = format!("0.AXoA-simulated-code-{}", self.made);
        let mut answer = self.consents.answer(asked, code);
        if self.consents.refuses() {
            let words = "AADSTS65004: User declined to consent to access the app.";
            answer.extend([("error_subcode", "cancel".to_owned()), ("error_description", words.to_owned())]);
        }
        answer.push(("session_state", self.nonce.clone()));
        Ok(answer)
    }

    /// What the token endpoint answers to a form.
    pub(super) fn grant(
        &mut self,
        tenant: &str,
        form: &HashMap<String, String>,
        now: DateTime<Utc>,
        life: TimeDelta,
    ) -> Reply {
        let text = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
        let wrong = |code: &str, description: &str| Reply {
            status: if code == "invalid_client" { 401 } else { 400 },
            headers: Vec::new(),
            body: json!({ "error": code, "error_description": description, "error_codes": [], "correlation_id": "0" }),
        };
        let is_ours = tenant == self.tenant || tenant == self.domain;
        if !is_ours && !matches!(tenant, "common" | "organizations") {
            return wrong("invalid_request", "AADSTS90002: Tenant not found. Check the tenant id.");
        }
        if text("client_id") != self.client_id {
            return wrong("unauthorized_client", "AADSTS700016: Application was not found in the directory.");
        }
        if text("client_secret") != self.client_secret {
            return wrong("invalid_client", "AADSTS7000215: Invalid client secret provided.");
        }
        let scope = text("scope");
        let mut answer =
            json!({ "token_type": "Bearer", "expires_in": life.num_seconds(), "ext_expires_in": life.num_seconds() });
        let token = match text("grant_type") {
            "client_credentials" if !is_ours => {
                return wrong("invalid_request", "AADSTS50194: The application needs a tenant of its own.");
            }
            "client_credentials" if scope != "https://graph.microsoft.com/.default" => {
                return wrong("invalid_scope", "AADSTS1002012: The scope must end with /.default.");
            }
            "client_credentials" => self.make(None, None, Some(now + life)),
            "refresh_token" if !self.refresh_tokens.contains(text("refresh_token")) => {
                return wrong("invalid_grant", "AADSTS70043: The refresh token has expired or was revoked.");
            }
            kind @ ("refresh_token" | "authorization_code") => {
                let mut scopes = scope.to_owned();
                if kind == "authorization_code" {
                    match self.consents.redeem(text) {
                        Ok(asked) => asked.text("scope").clone_into(&mut scopes),
                        Err(why) => return wrong("invalid_grant", unredeemed(why)),
                    }
                }
                let person = self.person.clone();
                let token = self.make(None, Some(person), Some(now + life));
                // Without that scope nothing is given to renew it with.
                if kind == "refresh_token" || scopes.split(' ').any(|scope| scope == "offline_access") {
                    let next = format!("0.refresh-token-{}", self.made);
                    self.refresh_tokens.insert(next.clone());
                    answer["refresh_token"] = Value::String(next);
                }
                token
            }
            _ => return wrong("unsupported_grant_type", "AADSTS70003: The grant type is not supported."),
        };
        self.granted += 1;
        answer["access_token"] = Value::String(token);
        answer["scope"] = Value::String(scope.to_owned());
        Reply::ok(answer).with("Cache-Control", "no-store")
    }
}

fn unredeemed(why: Unredeemed) -> &'static str {
    match why {
        Unredeemed::Unknown => "AADSTS70000: The provided value for the code parameter is not valid.",
        Unredeemed::Spent => "AADSTS54005: OAuth2 Authorization code was already redeemed, please retry.",
        Unredeemed::OtherRedirectUri => "AADSTS50011: The redirect URI does not match that of the code.",
        Unredeemed::OtherVerifier => "AADSTS501481: The code verifier does not match the code challenge.",
    }
}
