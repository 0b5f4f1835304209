//! Who may ask, and for what: tokens with their scopes, and the app that has them made.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::workspace::{Workspace, id};
use crate::sdk::simulator::{AskedConsent, Consents, Unredeemed};

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

/// The refresh token that the app stands at in the beginning.
const FIRST_REFRESH: &str = "xoxe-1-first";

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
    /// The newest refresh token of the bot.
    refresh_token: String,
    /// What each stands for; each is taken once.
    refresh_tokens: HashMap<String, Installed>,
    consents: Consents,
    bot_user: String,
    first_user: String,
    made: usize,
}

/// What somebody has installed: the app as a bot or as its user, with these scopes.
#[derive(Clone, Debug)]
pub(super) struct Installed {
    is_bot: bool,
    scopes: Vec<String>,
}

/// A token that was given, with the next refresh token.
pub(super) struct Granted {
    pub(super) token: String,
    pub(super) refresh_token: String,
    pub(super) scope: String,
}

impl Token {
    pub(super) fn may(&self, scope: &str) -> bool {
        self.scopes.iter().any(|known| known == scope)
    }
}

impl Access {
    pub(super) fn of(workspace: &Workspace) -> Self {
        let token = |is_bot, user: &str| Token {
            is_bot,
            user: user.to_owned(),
            scopes: all_scopes(),
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
            refresh_token: FIRST_REFRESH.to_owned(),
            refresh_tokens: HashMap::from([(
                FIRST_REFRESH.to_owned(),
                Installed { is_bot: true, scopes: all_scopes() },
            )]),
            consents: Consents::default(),
            bot_user: workspace.bot_user.clone(),
            first_user: workspace.first_user.clone(),
            made: 0,
        }
    }

    pub(super) fn add(&mut self, scopes: &[&str]) -> String {
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        self.insert(Installed { is_bot: true, scopes }, None)
    }

    fn insert(&mut self, installed: Installed, expires_at: Option<DateTime<Utc>>) -> String {
        self.made += 1;
        let Installed { is_bot, scopes } = installed;
        let (kind, user) = if is_bot { ("xoxb", &self.bot_user) } else { ("xoxp", &self.first_user) };
        let rotates = if expires_at.is_some() { "xoxe." } else { "" };
        let text = format!("{rotates}{kind}-{}-made", self.made);
        let token = Token { is_bot, user: user.clone(), scopes, expires_at, is_revoked: false };
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

    /// People refuse from now on, or consent.
    pub(super) fn refuse(&mut self, refuses: bool) {
        self.consents.refuse(refuses);
    }

    /// What the page of the app's installation sends the browser back with.
    ///
    /// # Errors
    /// Slack's word for what is wrong with the link to it.
    pub(super) fn install(&mut self, asked: AskedConsent) -> Result<Vec<(&'static str, String)>, &'static str> {
        if asked.text("client_id") != self.client_id {
            return Err("invalid_client_id");
        }
        let scopes: Vec<&str> = ["scope", "user_scope"].iter().flat_map(|name| asked.words(name)).collect();
        if scopes.is_empty() {
            return Err("no_scopes");
        }
        if scopes.iter().any(|scope| !ALL_SCOPES.contains(scope)) {
            return Err("invalid_scope");
        }
        self.made += 1;
        let code = format!("4724469134.4644010092847.{}", self.made);
        Ok(self.consents.answer(asked, code))
    }

    /// New tokens of the app as a bot and as its user, for a code or a refresh token.
    ///
    /// # Errors
    /// Slack's word for what is wrong.
    pub(super) fn grant<'f>(
        &mut self,
        form: impl Fn(&str) -> &'f str,
        now: DateTime<Utc>,
        life: TimeDelta,
    ) -> Result<(Option<Granted>, Option<Granted>), &'static str> {
        if form("client_id") != self.client_id {
            return Err("invalid_client_id");
        }
        if form("client_secret") != self.client_secret {
            return Err("bad_client_secret");
        }
        let installed = match form("grant_type") {
            "refresh_token" => {
                let known = self.refresh_tokens.remove(form("refresh_token"));
                vec![known.ok_or("invalid_refresh_token")?]
            }
            "" | "authorization_code" if !form("code").is_empty() => self.redeem(&form)?,
            _ => return Err("invalid_grant_type"),
        };
        let (mut bot, mut user) = (None, None);
        for installed in installed {
            let granted = self.give(installed.clone(), now + life);
            *(if installed.is_bot { &mut bot } else { &mut user }) = Some(granted);
        }
        Ok((bot, user))
    }

    fn redeem<'f>(&mut self, form: impl Fn(&str) -> &'f str) -> Result<Vec<Installed>, &'static str> {
        let asked = self.consents.redeem(form).map_err(|why| match why {
            Unredeemed::Unknown => "invalid_code",
            Unredeemed::Spent => "code_already_used",
            Unredeemed::OtherRedirectUri => "bad_redirect_uri",
            Unredeemed::OtherVerifier => "invalid_code_verifier",
        })?;
        let of = |name: &str, is_bot| {
            let scopes: Vec<String> = asked.words(name).into_iter().map(str::to_owned).collect();
            (!scopes.is_empty()).then_some(Installed { is_bot, scopes })
        };
        Ok([of("scope", true), of("user_scope", false)].into_iter().flatten().collect())
    }

    fn give(&mut self, installed: Installed, expires_at: DateTime<Utc>) -> Granted {
        let token = self.insert(installed.clone(), Some(expires_at));
        let refresh_token = format!("xoxe-1-{}", self.made);
        if installed.is_bot {
            self.refresh_token.clone_from(&refresh_token);
        }
        let scope = installed.scopes.join(",");
        self.refresh_tokens.insert(refresh_token.clone(), installed);
        Granted { token, refresh_token, scope }
    }
}

fn all_scopes() -> Vec<String> {
    ALL_SCOPES.iter().map(|scope| (*scope).to_owned()).collect()
}
