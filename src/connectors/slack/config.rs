//! What a user sets on a Slack connector.

use std::ops::RangeInclusive;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::sdk::http::{Authorisation, Consent, HttpOptions, OAuth2};
use crate::sdk::{ConnectorError, ConnectorType, OpenContext, SecretString, Token, auth_forms};

/// Slack's own origin.
const SLACK: &str = "https://slack.com";
/// Messages of one answer; 999 is Slack's most.
const PAGE_SIZE: RangeInclusive<u32> = 1..=999;
/// Days that can be read again.
const LOOKBACK_DAYS: RangeInclusive<u32> = 0..=3650;

/// A Slack workspace, through its Web API.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(
    example = &serde_json::json!({}),
    example = &serde_json::json!({"channels": ["general", "project-*"], "lookback_days": 14})
)]
pub struct SlackConfig {
    /// What stands for `https://slack.com`, the token endpoint's origin too: a proxy, or a server that speaks the same API. Paths
    /// stay: `{base_url}/api/conversations.list`.
    #[serde(default = "default_base_url")]
    pub base_url: String,
    /// Only these channels, by name or id, for example `general`, `C024BE91L` or `project-*`; where it is absent, all that
    /// the token may read. A public channel that the app is not in is left out unless it is named here.
    #[serde(default)]
    pub channels: Vec<String>,
    /// Which conversations are looked for. Each kind asks for scopes of its own.
    #[serde(default = "default_conversation_types")]
    pub conversation_types: Vec<ConversationType>,
    /// Whether archived channels are read, too.
    #[serde(default = "yes")]
    pub include_archived: bool,
    /// How many days before the last message an incremental sync reads again, 0 to 3650: changed and newly answered messages
    /// are found as far back as this.
    #[serde(default = "default_lookback_days")]
    #[schemars(range(min = *LOOKBACK_DAYS.start(), max = *LOOKBACK_DAYS.end()))]
    pub lookback_days: u32,
    /// Of the threads that it comes by, an incremental sync reads the answers of those that were answered within so many days
    /// before the last message, 0 to 3650. Each takes a request of its own.
    #[serde(default = "default_thread_lookback_days")]
    #[schemars(range(min = *LOOKBACK_DAYS.start(), max = *LOOKBACK_DAYS.end()))]
    pub thread_lookback_days: u32,
    /// Messages of one answer, 1 to 999.
    #[serde(default = "default_page_size")]
    #[schemars(range(min = *PAGE_SIZE.start(), max = *PAGE_SIZE.end()))]
    pub page_size: u32,
    /// The rate limits that Slack holds the app to. Where it is absent: `standard` at Slack, and `none` where `base_url` leads
    /// elsewhere.
    pub rate_limits: Option<RateLimits>,
    /// Limits of requests. What is not given here is as the installation has it (`http_client` in its settings).
    #[serde(default)]
    pub http: HttpOptions,
}

/// A kind of conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConversationType {
    /// Public channels: scopes `channels:read` and `channels:history`.
    PublicChannel,
    /// Private channels that the app is in: scopes `groups:read` and `groups:history`.
    PrivateChannel,
    /// Direct messages between several people: scopes `mpim:read` and `mpim:history`.
    Mpim,
    /// Direct messages: scopes `im:read` and `im:history`.
    Im,
}

impl ConversationType {
    /// As Slack spells it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::PublicChannel => "public_channel",
            Self::PrivateChannel => "private_channel",
            Self::Mpim => "mpim",
            Self::Im => "im",
        }
    }

    /// The scopes to list and to read it.
    pub(super) fn scopes(self) -> [&'static str; 2] {
        match self {
            Self::PublicChannel => ["channels:read", "channels:history"],
            Self::PrivateChannel => ["groups:read", "groups:history"],
            Self::Mpim => ["mpim:read", "mpim:history"],
            Self::Im => ["im:read", "im:history"],
        }
    }
}

/// The rate limits that Slack holds an app to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RateLimits {
    /// Those of internal apps and of the Marketplace: each method's tier.
    Standard,
    /// Those of apps that are distributed outside of the Marketplace, since May 2025: messages and answers once a minute, 15
    /// at a time.
    Restricted,
    /// None but what the other end asks for with status 429: for servers other than Slack's.
    None,
}

fn default_base_url() -> String {
    SLACK.to_owned()
}

fn default_conversation_types() -> Vec<ConversationType> {
    vec![ConversationType::PublicChannel, ConversationType::PrivateChannel]
}

fn yes() -> bool {
    true
}

fn default_lookback_days() -> u32 {
    30
}

fn default_thread_lookback_days() -> u32 {
    3
}

fn default_page_size() -> u32 {
    200
}

/// An app that users install by a consent page.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SlackOAuth {
    /// The app's client id, from its page Basic Information.
    pub client_id: String,
    /// The app's client secret, from the same page.
    pub client_secret: SecretString,
    /// The refresh token (`xoxe-1-…`) of an app with token rotation. Slack takes each only once; the later ones are kept here.
    pub refresh_token: Option<SecretString>,
    /// The access token of an app without token rotation, which does not expire.
    pub access_token: Option<SecretString>,
    /// Where Slack sends people back to, if it is not this server's own `/oauth/callback`.
    pub redirect_uri: Option<String>,
    /// Whom the app reads as when somebody installs it on Slack's page.
    #[serde(default)]
    pub acts_for: SlackActsFor,
}

/// Whom an app reads as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SlackActsFor {
    /// Its own bot, which reads the channels that it is in: the scopes are bot token scopes.
    #[default]
    Bot,
    /// The person who installs it, who reads every public channel too: the scopes are user token scopes.
    Person,
}

auth_forms! {
    /// How to prove who asks: a bot's or a user's token, or an app's client with its tokens.
    pub enum SlackAuth { Token(Token), Oauth2(SlackOAuth) }
}

impl SlackAuth {
    /// What requests are signed with.
    ///
    /// # Errors
    /// `Config` where no token can be had.
    pub(super) fn authorisation(
        self,
        config: &SlackConfig,
        context: &OpenContext,
    ) -> Result<Authorisation, ConnectorError> {
        let app = match self {
            Self::Token(Token { token }) => return Ok(Authorisation::bearer(token)),
            Self::Oauth2(app) => app,
        };
        match (app.refresh_token.clone(), app.access_token.clone()) {
            (Some(refresh_token), _) => {
                let tokens = OAuth2::builder(context, ConnectorType::Slack, &config.token_url())
                    .client(app.client_id, Some(app.client_secret))
                    .refresh_token(refresh_token)
                    .options(&config.http)
                    .build()?;
                Ok(Authorisation::tokens(tokens))
            }
            (None, Some(access_token)) => Ok(Authorisation::bearer(access_token)),
            (None, None) => {
                Ok(Authorisation::tokens(OAuth2::consented(context, ConnectorType::Slack, &app.consent(config))?))
            }
        }
    }

    /// What a person is asked to allow who installs the app; none where its tokens are given.
    pub(super) fn consent(&self, config: &SlackConfig) -> Option<Consent> {
        match self {
            Self::Oauth2(app) if app.refresh_token.is_none() && app.access_token.is_none() => Some(app.consent(config)),
            _ => None,
        }
    }
}

impl SlackOAuth {
    /// Slack's installation of an app (<https://docs.slack.dev/authentication/installing-with-oauth>).
    fn consent(&self, config: &SlackConfig) -> Consent {
        let kinds = config.conversation_types.iter().flat_map(|kind| kind.scopes());
        let consent = Consent::at(format!("{}/oauth/v2/authorize", config.origin()), config.token_url())
            .client(self.client_id.clone(), Some(self.client_secret.clone()))
            .scopes(kinds.chain(["users:read", "files:read"]))
            .separated_by(",")
            // Slack takes it of public clients only, which an app becomes by switching it on; this one has its secret.
            .without_pkce()
            .redirect_uri(self.redirect_uri.clone())
            .options(&config.http);
        match self.acts_for {
            SlackActsFor::Bot => consent,
            SlackActsFor::Person => consent.scope_parameter("user_scope").tokens_at("/authed_user"),
        }
    }
}

impl SlackConfig {
    fn origin(&self) -> &str {
        self.base_url.trim_end_matches('/')
    }

    fn token_url(&self) -> String {
        format!("{}/api/oauth.v2.access", self.origin())
    }

    /// Refuses what makes no sense.
    ///
    /// # Errors
    /// `Config` naming the range.
    pub(super) fn check(&self) -> Result<(), ConnectorError> {
        for (field, value, range) in [
            ("lookback_days", self.lookback_days, LOOKBACK_DAYS),
            ("thread_lookback_days", self.thread_lookback_days, LOOKBACK_DAYS),
            ("page_size", self.page_size, PAGE_SIZE),
        ] {
            if !range.contains(&value) {
                let message = format!("must be between {} and {}", range.start(), range.end());
                return Err(ConnectorError::config(format!("connectionConfig.{field}"), message));
            }
        }
        if self.conversation_types.is_empty() {
            let message = "is empty; name public_channel, private_channel, mpim or im";
            return Err(ConnectorError::config("connectionConfig.conversation_types", message));
        }
        Ok(())
    }

    /// The rate limits to keep.
    pub(super) fn limits(&self) -> RateLimits {
        let is_slack = || {
            let url = url::Url::parse(&self.base_url).ok();
            let host = url.as_ref().and_then(url::Url::host_str).unwrap_or_default();
            host == "slack.com" || host.ends_with(".slack.com") || host.ends_with("slack-gov.com")
        };
        self.rate_limits.unwrap_or_else(|| if is_slack() { RateLimits::Standard } else { RateLimits::None })
    }

    /// The kinds of conversations, as Slack wants to hear them.
    pub(super) fn types(&self) -> String {
        self.conversation_types.iter().map(|kind| kind.word()).collect::<Vec<_>>().join(",")
    }

    /// Which channels are asked for by name; `None` where none is.
    ///
    /// # Errors
    /// `Config` where a pattern is none.
    pub(super) fn named(&self) -> Result<Option<GlobSet>, ConnectorError> {
        if self.channels.is_empty() {
            return Ok(None);
        }
        let wrong = |error: &globset::Error| {
            ConnectorError::config("connectionConfig.channels", format!("is no pattern: {}", error.kind()))
        };
        let mut set = GlobSetBuilder::new();
        for text in &self.channels {
            set.add(GlobBuilder::new(text.trim_start_matches('#')).build().map_err(|error| wrong(&error))?);
        }
        set.build().map(Some).map_err(|error| wrong(&error))
    }
}
