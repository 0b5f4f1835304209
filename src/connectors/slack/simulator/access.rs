//! Who may ask, and for what: tokens with their scopes, and the app that has them made.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::workspace::{Workspace, id};

/// Every scope that the simulated methods ask for.
const ALL_SCOPES: &[&str] = &[
    "channels:history",
    "channels:read",
    "files:read",
    "groups:history",
    "groups:read",
    "im:history",
    "im:read",
    "mpim:history",
    "mpim:read",
    "users:read",
    "users:read.email",
];

/// What a token stands for.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) is_bot: bool,
    /// The user that acts by it.
    pub(super) user: String,
    pub(super) scopes: Vec<String>,
    expires_at: Option<DateTime<Utc>>,
    is_revoked: bool,
}

pub(super) struct Access {
    pub(super) bot_token: String,
    pub(super) user_token: String,
    tokens: HashMap<String, Token>,
    client_id: String,
    client_secret: String,
    /// Each is taken once.
    refresh_token: String,
    bot_user: String,
    made: usize,
}

impl Token {
    pub(super) fn may(&self, scope: &str) -> bool {
        self.scopes.iter().any(|known| known == scope)
    }
}

impl Access {
    pub(super) fn of(workspace: &Workspace) -> Self {
        let all = || ALL_SCOPES.iter().map(|scope| (*scope).to_owned()).collect::<Vec<String>>();
        let token = |is_bot, user: &str| Token {
            is_bot,
            user: user.to_owned(),
            scopes: all(),
            expires_at: None,
            is_revoked: false,
        };
        let numbers = id('T', "numbers").to_lowercase();
        let (bot_token, user_token) = (format!("xoxb-{numbers}-bot"), format!("xoxp-{numbers}-user"));
        let tokens = HashMap::from([
            (bot_token.clone(), token(true, &workspace.bot_user)),
            (user_token.clone(), token(false, &workspace.first_user)),
        ]);
        Self {
            bot_token,
            user_token,
            tokens,
            client_id: "2141029472.691202649728".to_owned(),
            client_secret: "e1b9e11dfc4e4a7d9a4d0f5c1c2b3a49".to_owned(),
            refresh_token: "xoxe-1-first".to_owned(),
            bot_user: workspace.bot_user.clone(),
            made: 0,
        }
    }

    pub(super) fn add(&mut self, scopes: &[&str]) -> String {
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        self.insert(scopes, None)
    }

    fn insert(&mut self, scopes: Vec<String>, expires_at: Option<DateTime<Utc>>) -> String {
        self.made += 1;
        let prefix = if expires_at.is_some() { "xoxe.xoxb" } else { "xoxb" };
        let text = format!("{prefix}-{}-made", self.made);
        let token = Token { is_bot: true, user: self.bot_user.clone(), scopes, expires_at, is_revoked: false };
        self.tokens.insert(text.clone(), token);
        text
    }

    pub(super) fn revoke(&mut self, token: &str) {
        if let Some(token) = self.tokens.get_mut(token) {
            token.is_revoked = true;
        }
    }

    pub(super) fn app(&self) -> (String, String, String) {
        (self.client_id.clone(), self.client_secret.clone(), self.refresh_token.clone())
    }

    /// The token of a call.
    ///
    /// # Errors
    /// Slack's word for what is wrong with it.
    pub(super) fn token(&self, token: Option<&str>, now: DateTime<Utc>) -> Result<Token, &'static str> {
        let token = self.tokens.get(token.ok_or("not_authed")?).ok_or("invalid_auth")?;
        if token.is_revoked {
            return Err("token_revoked");
        }
        if token.expires_at.is_some_and(|expires| expires <= now) {
            return Err("token_expired");
        }
        Ok(token.clone())
    }

    /// A new token for a refresh token or a code: gives it with the next refresh token.
    ///
    /// # Errors
    /// Slack's word for what is wrong.
    pub(super) fn grant(
        &mut self,
        client: (&str, &str),
        grant: Grant<'_>,
        now: DateTime<Utc>,
        life: TimeDelta,
    ) -> Result<(String, String), &'static str> {
        if client.0 != self.client_id {
            return Err("invalid_client_id");
        }
        if client.1 != self.client_secret {
            return Err("bad_client_secret");
        }
        match grant {
            Grant::RefreshToken(token) if token != self.refresh_token => return Err("invalid_refresh_token"),
            Grant::Code(code) if code != CODE => return Err("invalid_code"),
            _ => {}
        }
        let scopes = ALL_SCOPES.iter().map(|scope| (*scope).to_owned()).collect();
        let token = self.insert(scopes, Some(now + life));
        self.refresh_token = format!("xoxe-1-{}", self.made);
        Ok((token, self.refresh_token.clone()))
    }
}

/// What a token is asked for with.
pub(super) enum Grant<'a> {
    RefreshToken(&'a str),
    Code(&'a str),
}

/// The code that the consent page sends back with.
pub(super) const CODE: &str = "4724469134.4644010092847";

impl Access {
    /// All scopes, as Slack writes them.
    pub(super) fn all_scopes() -> String {
        ALL_SCOPES.join(",")
    }
}
