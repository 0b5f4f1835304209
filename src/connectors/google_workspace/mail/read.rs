//! Reading the messages: all of them by their list, what is new out of the mailbox's history.

use async_stream::try_stream;
use futures::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::api::Api;
use super::super::columns::Rows;
use super::super::config::{GoogleConfig, MailOptions, Service};
use super::{COLUMNS, message};
use crate::sdk::http::segment;
use crate::sdk::rows::whole_number;
use crate::sdk::{ConnectorError, Cursor, ErrorClass, Estimate, Extract, ReadEvent, ReadRequest, ReadStream, Trail};

/// Messages of one answer of a list, Gmail's most.
const PAGE_SIZE: u32 = 500;
/// Messages that are fetched at once. Each costs the same in a batch request of Gmail's, which its budget would not see.
const AT_ONCE: usize = 8;
/// Quota units of a request, as Gmail's documentation has them; those of a message are a setting.
const LIST_COST: u32 = 5;
const HISTORY_COST: u32 = 2;
/// A search goes by days of a zone that we do not know.
const SEARCH_LOOKBACK_SECONDS: i64 = 2 * 86_400;

const PLACE: &str = "the list of messages";

/// Where a read stands.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stand {
    /// In the middle of the list.
    Listing { history: String, newest: i64, since: Option<i64>, token: Option<String> },
    /// In the middle of the history, which stands at `history` when it is read.
    History { history: String, newest: i64, token: Option<String> },
    /// At the end.
    Done { history: String, newest: i64 },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    #[serde(default)]
    messages: Vec<Value>,
    next_page_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct History {
    #[serde(default)]
    history: Vec<Value>,
    next_page_token: Option<String>,
    history_id: Option<Value>,
}

/// Reads the messages.
pub(in super::super) fn stream(api: &Api, config: &GoogleConfig, request: ReadRequest) -> ReadStream {
    let (http, cancel, api) = (api.http().clone(), request.cancel.clone(), api.clone());
    let (options, size) = (config.mail.clone(), config.page_of(PAGE_SIZE));
    let message_cost = config.quotas.gmail_units_per_message.get();
    http.reading(&cancel, move |http| {
        let reader = Reader { api: api.through(http), options, size, message_cost };
        try_stream! {
            let resume: Option<Stand> = request.resume.as_ref().map(|cursor| cursor.read(PLACE)).transpose()?;
            let (since, lookback): (Option<Stand>, _) = match &request.extract {
                Extract::Full => (None, 0),
                Extract::Incremental { since, lookback, .. } => {
                    (since.as_ref().map(|cursor| cursor.read(PLACE)).transpose()?, lookback.as_secs())
                }
            };
            let mut first_history = None;
            let mut stand = match (resume, &since) {
                (Some(stand), _) => stand,
                (None, Some(Stand::Done { history, newest } | Stand::History { history, newest, .. })) => {
                    let (history, newest) = (history.clone(), *newest);
                    if reader.is_narrowed() {
                        let back = SEARCH_LOOKBACK_SECONDS.max(i64::try_from(lookback).unwrap_or(i64::MAX));
                        let since = Some((newest / 1000).saturating_sub(back).max(0));
                        Stand::Listing { history, newest, since, token: None }
                    } else {
                        first_history = reader.history(&history, None).await?;
                        match first_history {
                            Some(_) => Stand::History { history, newest, token: None },
                            None => {
                                // The mailbox keeps its history for about a week.
                                yield ReadEvent::Whole;
                                reader.beginning().await?
                            }
                        }
                    }
                }
                (None, Some(Stand::Listing { .. })) => {
                    yield ReadEvent::Whole;
                    reader.beginning().await?
                }
                (None, None) => reader.beginning().await?,
            };
            let mut rows = Rows::of(COLUMNS);
            yield ReadEvent::Schema(rows.schema());
            if let (Stand::Listing { since: None, .. }, false) = (&stand, reader.is_narrowed()) {
                yield ReadEvent::Estimate(Estimate { rows: reader.count().await?, ..Estimate::default() });
            }
            let mut trail = Trail::of("Gmail", "the page token of a list");
            loop {
                let (ids, after) = match stand {
                    Stand::Done { .. } => {
                        yield ReadEvent::Checkpoint(Cursor::of(&stand));
                        break;
                    }
                    Stand::Listing { history, newest, since, token } => {
                        let page = reader.list(since, token.as_deref()).await?;
                        if let Some(token) = &page.next_page_token {
                            trail.follow(token)?;
                        }
                        let ids = page.messages.iter().filter_map(|message| message["id"].as_str());
                        let ids: Vec<_> = ids.map(|id| (id.to_owned(), false)).collect();
                        (ids, match page.next_page_token {
                            Some(token) => Stand::Listing { history, newest, since, token: Some(token) },
                            None => Stand::Done { history, newest },
                        })
                    }
                    Stand::History { history, newest, token } => {
                        let page = match first_history.take() {
                            Some(page) => page,
                            None => reader.history(&history, token.as_deref()).await?.ok_or_else(forgotten)?,
                        };
                        if let Some(token) = &page.next_page_token {
                            trail.follow(token)?;
                        }
                        let now = page.history_id.as_ref().and_then(text_of).unwrap_or_else(|| history.clone());
                        (changed(&page.history), match page.next_page_token {
                            Some(token) => Stand::History { history, newest, token: Some(token) },
                            None => Stand::Done { history: now, newest },
                        })
                    }
                };
                stand = after;
                let mut messages = reader.messages(ids);
                while let Some(message) = messages.try_next().await? {
                    let received = message.get("internalDate").and_then(whole_number).unwrap_or_default();
                    match &mut stand {
                        Stand::Listing { newest, .. } | Stand::History { newest, .. } | Stand::Done { newest, .. } => {
                            *newest = (*newest).max(received);
                        }
                    }
                    rows.add(&message);
                    if rows.bytes() >= request.batch_bytes {
                        for event in rows.take()? {
                            yield event;
                        }
                    }
                }
                drop(messages);
                for event in rows.take()? {
                    yield event;
                }
                if !matches!(stand, Stand::Done { .. }) {
                    yield ReadEvent::Checkpoint(Cursor::of(&stand));
                }
                if request.cancel.is_cancelled() {
                    Err(ConnectorError::Cancelled)?;
                }
            }
        }
    })
}

fn forgotten() -> ConnectorError {
    ConnectorError::data(PLACE, "Gmail no longer knows the place in the mailbox's history; sync again")
}

struct Reader {
    api: Api,
    options: MailOptions,
    size: u32,
    /// Quota units of a message.
    message_cost: u32,
}

impl Reader {
    /// Whether only some messages are read. History does not say which of the new ones are among them.
    fn is_narrowed(&self) -> bool {
        self.options.query.is_some() || !self.options.label_ids.is_empty()
    }

    /// The beginning of a whole read. The history is asked for first, so that nothing falls between.
    async fn beginning(&self) -> Result<Stand, ConnectorError> {
        let profile = self.profile().await?;
        let history = profile.get("historyId").and_then(text_of).unwrap_or_default();
        Ok(Stand::Listing { history, newest: 0, since: None, token: None })
    }

    async fn count(&self) -> Result<Option<u64>, ConnectorError> {
        Ok(self.profile().await?.get("messagesTotal").and_then(Value::as_u64))
    }

    async fn profile(&self) -> Result<Value, ConnectorError> {
        self.api.get(Service::Gmail, "gmail/v1/users/me/profile", &[]).await
    }

    async fn list(&self, since: Option<i64>, token: Option<&str>) -> Result<Listed, ConnectorError> {
        let mut request = self.api.ask(Service::Gmail, "gmail/v1/users/me/messages").cost(LIST_COST);
        request = request.query("maxResults", self.size);
        let query = match (&self.options.query, since) {
            (Some(query), Some(since)) => Some(format!("({query}) after:{since}")),
            (Some(query), None) => Some(query.clone()),
            (None, Some(since)) => Some(format!("after:{since}")),
            (None, None) => None,
        };
        request = request.queries(query.map(|query| ("q", query)));
        request = request.queries(self.options.label_ids.iter().map(|label| ("labelIds", label)));
        if self.options.include_spam_trash {
            request = request.query("includeSpamTrash", true);
        }
        request.queries(token.map(|token| ("pageToken", token))).send().await?.json()
    }

    /// Some of what happened since; none where Gmail has forgotten.
    async fn history(&self, since: &str, token: Option<&str>) -> Result<Option<History>, ConnectorError> {
        let request = self.api.ask(Service::Gmail, "gmail/v1/users/me/history").cost(HISTORY_COST);
        let request = request.query("startHistoryId", since).query("maxResults", self.size);
        match request.queries(token.map(|token| ("pageToken", token))).send().await {
            Ok(answer) => answer.json().map(Some),
            Err(error) if error.class() == ErrorClass::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The rows of messages, in the order of their ids; of each is said whether it is known to be gone.
    fn messages(&self, ids: Vec<(String, bool)>) -> impl futures::Stream<Item = Result<Value, ConnectorError>> + Unpin {
        let (api, cost) = (self.api.clone(), self.message_cost);
        let shows_trash = self.options.include_spam_trash;
        let fetched = stream::iter(ids).map(move |(id, is_gone)| {
            let api = api.clone();
            async move {
                if is_gone {
                    return Ok(message::removed(&id));
                }
                let path = format!("gmail/v1/users/me/messages/{}", segment(&id));
                let answer = api.ask(Service::Gmail, &path).cost(cost).query("format", "full").send().await;
                match answer {
                    Ok(answer) => Ok(seen(message::flattened(answer.json()?), shows_trash)),
                    // It was deleted a moment ago.
                    Err(error) if error.class() == ErrorClass::NotFound => Ok(message::removed(&id)),
                    Err(error) => Err(error),
                }
            }
        });
        Box::pin(fetched.buffered(AT_ONCE))
    }
}

/// A whole read leaves spam and the trash out, unless it is told to: what has gone there since is gone.
fn seen(mut message: Value, shows_trash: bool) -> Value {
    let labels = message["labelIds"].as_array();
    let is_hidden = labels.into_iter().flatten().any(|label| matches!(label.as_str(), Some("TRASH" | "SPAM")));
    if is_hidden && !shows_trash {
        message["removed"] = json!(true);
    }
    message
}

/// The ids of the messages that something happened to, in order and once each, and whether they are gone.
fn changed(history: &[Value]) -> Vec<(String, bool)> {
    let mut found: Vec<(String, bool)> = Vec::new();
    for record in history {
        for (what, is_gone) in
            [("messagesAdded", false), ("labelsAdded", false), ("labelsRemoved", false), ("messagesDeleted", true)]
        {
            for change in record[what].as_array().into_iter().flatten() {
                let Some(id) = change["message"]["id"].as_str() else { continue };
                match found.iter_mut().find(|(known, _)| known == id) {
                    Some((_, gone)) => *gone |= is_gone,
                    None => found.push((id.to_owned(), is_gone)),
                }
            }
        }
    }
    found
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
