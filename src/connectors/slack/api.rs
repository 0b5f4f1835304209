//! The methods of the Web API that are called, each within its rate limit.

use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::config::{RateLimits, SlackAuth, SlackConfig};
use super::failure;
use crate::sdk::http::{Budget, HttpClient, HttpResponse};
use crate::sdk::{ConnectorError, ConnectorType, OpenContext, Trail};

/// Objects of one answer of a list, as Slack recommends.
const LIST_SIZE: u32 = 200;
/// The most messages of one answer under the restricted limits.
const RESTRICTED_SIZE: u32 = 15;

/// A method, with the tier that its documentation names: so many calls a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    AuthTest,
    ConversationsList,
    ConversationsHistory,
    ConversationsReplies,
    UsersList,
    FilesList,
}

impl Method {
    const ALL: [Self; 6] = [
        Self::AuthTest,
        Self::ConversationsList,
        Self::ConversationsHistory,
        Self::ConversationsReplies,
        Self::UsersList,
        Self::FilesList,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::AuthTest => "auth.test",
            Self::ConversationsList => "conversations.list",
            Self::ConversationsHistory => "conversations.history",
            Self::ConversationsReplies => "conversations.replies",
            Self::UsersList => "users.list",
            Self::FilesList => "files.list",
        }
    }

    /// Calls a minute; `auth.test` has a tier of its own, of hundreds.
    fn a_minute(self, limits: RateLimits) -> Option<u32> {
        let messages = matches!(self, Self::ConversationsHistory | Self::ConversationsReplies);
        match (limits, self) {
            (RateLimits::None, _) | (_, Self::AuthTest) => None,
            (RateLimits::Restricted, _) if messages => Some(1),
            // Tier 2.
            (_, Self::ConversationsList | Self::UsersList) => Some(20),
            // Tier 3.
            (_, Self::ConversationsHistory | Self::ConversationsReplies | Self::FilesList) => Some(50),
        }
    }
}

/// The API by one token.
#[derive(Clone, Debug)]
pub(super) struct Api {
    http: HttpClient,
    page_size: u32,
}

/// Whose token it is.
#[derive(Debug, Deserialize)]
pub(super) struct Identity {
    pub(super) team: Option<String>,
    pub(super) user: Option<String>,
    pub(super) url: Option<String>,
    pub(super) team_id: Option<String>,
    pub(super) user_id: Option<String>,
    /// Only bots have one.
    pub(super) bot_id: Option<String>,
    /// The scopes that the token has, where Slack says so.
    #[serde(skip)]
    pub(super) scopes: Option<Vec<String>>,
}

/// Where a list goes on.
#[derive(Debug, Default, Deserialize)]
struct Metadata {
    #[serde(default)]
    next_cursor: Option<String>,
}

/// Some messages, and whether there are more.
#[derive(Debug, Deserialize)]
pub(super) struct Messages {
    #[serde(default)]
    pub(super) messages: Vec<Value>,
    #[serde(default)]
    pub(super) has_more: bool,
    #[serde(default)]
    response_metadata: Option<Metadata>,
}

impl Messages {
    /// Where they go on.
    pub(super) fn next_cursor(&self) -> Option<String> {
        next(self.response_metadata.as_ref())
    }
}

#[derive(Deserialize)]
struct Channels {
    channels: Vec<Value>,
    #[serde(default)]
    response_metadata: Option<Metadata>,
}

/// Some users.
#[derive(Deserialize)]
struct Members {
    members: Vec<Value>,
    #[serde(default)]
    response_metadata: Option<Metadata>,
}

/// A page of files.
#[derive(Deserialize)]
pub(super) struct Files {
    pub(super) files: Vec<Value>,
    #[serde(default)]
    pub(super) paging: Paging,
}

/// Where a page stands among the others.
#[derive(Default, Deserialize)]
pub(super) struct Paging {
    #[serde(default)]
    pub(super) pages: u64,
    #[serde(default)]
    pub(super) total: Option<u64>,
}

impl Api {
    pub(super) fn new(config: &SlackConfig, auth: SlackAuth, context: &OpenContext) -> Result<Self, ConnectorError> {
        let mut builder = HttpClient::builder(context, ConnectorType::Slack, &config.base_url)
            .options(&config.http)
            .authorisation(auth.authorisation(config, context)?)
            .judge(failure::judge);
        let limits = config.limits();
        for method in Method::ALL {
            let budget = Budget::new(method.name());
            builder = builder.budget(match method.a_minute(limits) {
                Some(most) => budget.at_most(most, Duration::from_secs(60)),
                None => budget,
            });
        }
        let page_size =
            if limits == RateLimits::Restricted { config.page_size.min(RESTRICTED_SIZE) } else { config.page_size };
        Ok(Self { http: builder.build()?, page_size })
    }

    pub(super) fn http(&self) -> &HttpClient {
        &self.http
    }

    /// The same API through a client with other bounds.
    pub(super) fn through(&self, http: HttpClient) -> Self {
        Self { http, page_size: self.page_size }
    }

    pub(super) async fn identity(&self) -> Result<Identity, ConnectorError> {
        let answer = self.call(Method::AuthTest, &[]).await?;
        let mut identity: Identity = answer.json()?;
        let scopes = answer.header("x-oauth-scopes");
        identity.scopes = scopes.map(|scopes| scopes.split(',').map(|scope| scope.trim().to_owned()).collect());
        Ok(identity)
    }

    /// The first conversation, to see whether they may be listed.
    pub(super) async fn try_conversations(&self, types: &str) -> Result<(), ConnectorError> {
        self.get::<Channels>(Method::ConversationsList, &[("types", types), ("limit", "1")]).await.map(drop)
    }

    /// All conversations of these types.
    pub(super) async fn conversations(&self, types: &str, with_archived: bool) -> Result<Vec<Value>, ConnectorError> {
        let limit = LIST_SIZE.to_string();
        let mut found = Vec::new();
        let mut trail = Trail::of("Slack", "the cursor of conversations.list");
        let mut cursor: Option<String> = None;
        loop {
            let mut arguments = vec![("types", types), ("limit", limit.as_str())];
            if !with_archived {
                arguments.push(("exclude_archived", "true"));
            }
            arguments.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
            let page: Channels = self.get(Method::ConversationsList, &arguments).await?;
            found.extend(page.channels);
            cursor = next(page.response_metadata.as_ref());
            match &cursor {
                Some(cursor) => trail.follow(cursor)?,
                None => return Ok(found),
            }
        }
    }

    /// Messages of a conversation, the newest first.
    pub(super) async fn history(&self, arguments: &[(&str, &str)]) -> Result<Messages, ConnectorError> {
        self.messages(Method::ConversationsHistory, arguments).await
    }

    /// Answers of a thread, the oldest first.
    pub(super) async fn replies(&self, arguments: &[(&str, &str)]) -> Result<Messages, ConnectorError> {
        self.messages(Method::ConversationsReplies, arguments).await
    }

    async fn messages(&self, method: Method, arguments: &[(&str, &str)]) -> Result<Messages, ConnectorError> {
        let limit = self.page_size.to_string();
        let mut all = vec![("limit", limit.as_str())];
        all.extend_from_slice(arguments);
        self.get(method, &all).await
    }

    /// Some users, and where the list goes on.
    pub(super) async fn users(&self, cursor: Option<&str>) -> Result<(Vec<Value>, Option<String>), ConnectorError> {
        let limit = LIST_SIZE.to_string();
        let mut arguments = vec![("limit", limit.as_str())];
        arguments.extend(cursor.map(|cursor| ("cursor", cursor)));
        let page: Members = self.get(Method::UsersList, &arguments).await?;
        let next = next(page.response_metadata.as_ref());
        Ok((page.members, next))
    }

    /// A page of files.
    pub(super) async fn files(&self, arguments: &[(&str, &str)]) -> Result<Files, ConnectorError> {
        let count = LIST_SIZE.to_string();
        let mut all = vec![("count", count.as_str())];
        all.extend_from_slice(arguments);
        self.get(Method::FilesList, &all).await
    }

    async fn get<T: DeserializeOwned>(&self, method: Method, arguments: &[(&str, &str)]) -> Result<T, ConnectorError> {
        self.call(method, arguments).await?.json()
    }

    /// As Slack's own clients do it: by a form, whatever the method.
    async fn call(&self, method: Method, arguments: &[(&str, &str)]) -> Result<HttpResponse, ConnectorError> {
        let request = self.http.post(format!("api/{}", method.name())).form(arguments.iter().copied());
        // All that is called only reads.
        request.budget(method.name()).idempotent().send().await
    }
}

/// Slack ends a list with an empty cursor.
fn next(metadata: Option<&Metadata>) -> Option<String> {
    metadata?.next_cursor.clone().filter(|cursor| !cursor.is_empty())
}
