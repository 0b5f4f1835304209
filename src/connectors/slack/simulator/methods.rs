//! The methods of the Web API.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::access::Token;
use super::arguments::Arguments;
use super::conversation::Conversation;
use super::render;
use super::workspace::{Ts, Workspace};

/// What a method answers besides `ok: true`, or what it refuses.
pub(super) type Answer = Result<Value, Refusal>;

/// A failure in Slack's words.
pub(super) struct Refusal {
    pub(super) error: &'static str,
    /// The scope that is missing.
    pub(super) needed: Option<String>,
}

impl From<&'static str> for Refusal {
    fn from(error: &'static str) -> Self {
        Self { error, needed: None }
    }
}

/// One call.
pub(super) struct Asked<'a> {
    pub(super) workspace: &'a Workspace,
    pub(super) token: &'a Token,
    pub(super) arguments: &'a Arguments,
    pub(super) now: DateTime<Utc>,
    pub(super) cursor_life: Duration,
    pub(super) most_messages: usize,
}

impl Asked<'_> {
    /// Calls a method.
    pub(super) fn answer(&self, method: &str) -> Answer {
        match method {
            "api.test" => Ok(json!({ "args": {} })),
            "auth.test" => Ok(self.auth_test()),
            "conversations.list" => self.conversations_list(),
            "conversations.info" => self.conversations_info(),
            "conversations.members" => self.conversations_members(),
            "conversations.history" => self.conversations_history(),
            "conversations.replies" => self.conversations_replies(),
            "users.list" => self.users_list(),
            "users.info" => self.users_info(),
            "files.list" => self.files_list(),
            _ => Err("unknown_method".into()),
        }
    }

    fn auth_test(&self) -> Value {
        let user = self.workspace.users.iter().find(|user| user["id"] == self.token.user.as_str());
        let mut answer = json!({
            "url": format!("https://{}.slack.com/", self.workspace.domain), "team": self.workspace.name,
            "user": user.map(|user| user["name"].clone()), "team_id": self.workspace.team_id, "user_id": self.token.user,
            "is_enterprise_install": false,
        });
        if self.token.is_bot {
            answer["bot_id"] = json!(self.workspace.bot_id);
        }
        answer
    }

    fn conversations_list(&self) -> Answer {
        let types = self.arguments.text("types").unwrap_or("public_channel");
        let types: Vec<&str> = types.split(',').map(str::trim).collect();
        for kind in &types {
            let scope = match *kind {
                "public_channel" => "channels:read",
                "private_channel" => "groups:read",
                "mpim" => "mpim:read",
                "im" => "im:read",
                _ => return Err("invalid_types".into()),
            };
            self.need(scope)?;
        }
        let without_archived = self.arguments.flag("exclude_archived");
        let shown: Vec<Value> = self
            .workspace
            .channels
            .iter()
            .filter(|channel| types.contains(&if channel.is_private { "private_channel" } else { "public_channel" }))
            .filter(|channel| self.sees(channel) && !(without_archived && channel.is_archived))
            .map(|channel| render::channel(channel, &self.token.user))
            .collect();
        self.listed("channels", "conversations.list", &shown, 100)
    }

    fn conversations_info(&self) -> Answer {
        let channel = self.channel()?;
        self.need(if channel.is_private { "groups:read" } else { "channels:read" })?;
        Ok(json!({ "channel": render::channel(channel, &self.token.user) }))
    }

    fn conversations_members(&self) -> Answer {
        let channel = self.channel()?;
        self.need(if channel.is_private { "groups:read" } else { "channels:read" })?;
        let members: Vec<Value> = channel.members.iter().map(|member| json!(member)).collect();
        self.listed("members", &channel.id, &members, 100)
    }

    fn conversations_history(&self) -> Answer {
        let channel = self.readable()?;
        let (oldest, latest) = self.span()?;
        let limit = self.arguments.limit("limit", 100.min(self.most_messages), self.most_messages)?;
        let kind = format!("history/{}", channel.id);
        let before = self.cursor(&kind)?.map(|ts| Ts(ts.parse().unwrap_or_default()));
        let newest = before.map_or(latest, |before| latest.min(Ts(before.0 - 1)));
        let span = (oldest <= newest).then(|| channel.messages.range(oldest..=newest).rev());
        let mut found =
            span.into_iter().flatten().filter(|(_, message)| self.workspace.is_in_channel(channel, message));
        let page: Vec<_> = found.by_ref().take(limit).collect();
        let has_more = found.next().is_some();
        let messages: Vec<Value> =
            page.iter().map(|(ts, message)| render::message(self.workspace, channel, **ts, message)).collect();
        let next = page.last().filter(|_| has_more).map(|(ts, _)| self.new_cursor(&kind, &ts.0.to_string()));
        let mut answer = json!({
            "messages": messages, "has_more": has_more, "pin_count": 0, "channel_actions_ts": null,
            "channel_actions_count": 0,
        });
        if let Some(next) = next {
            answer["response_metadata"] = json!({ "next_cursor": next });
        }
        Ok(answer)
    }

    fn conversations_replies(&self) -> Answer {
        let channel = self.readable()?;
        let thread = self.arguments.text("ts").and_then(Ts::parse).ok_or("thread_not_found")?;
        if !channel.messages.contains_key(&thread) {
            return Err("thread_not_found".into());
        }
        let (oldest, latest) = self.span()?;
        let most = if self.most_messages < 999 { self.most_messages } else { 1000 };
        let limit = self.arguments.limit("limit", most, most)?;
        let kind = format!("replies/{}/{thread}", channel.id);
        let after = self.cursor(&kind)?.map(|ts| Ts(ts.parse().unwrap_or_default()));
        // The first message is always there, whatever span is asked for.
        let first = after.is_none().then_some(thread);
        let answers = channel.replies_to(thread);
        let mut found = answers.filter(|ts| *ts >= oldest && *ts <= latest && after.is_none_or(|after| *ts > after));
        let room = limit.saturating_sub(usize::from(first.is_some())).max(1);
        let page: Vec<Ts> = found.by_ref().take(room).collect();
        let has_more = found.next().is_some();
        let messages: Vec<Value> = first
            .into_iter()
            .chain(page.iter().copied())
            .map(|ts| render::message(self.workspace, channel, ts, &channel.messages[&ts]))
            .collect();
        let mut answer = json!({ "messages": messages, "has_more": has_more });
        if let Some(ts) = page.last().filter(|_| has_more) {
            answer["response_metadata"] = json!({ "next_cursor": self.new_cursor(&kind, &ts.0.to_string()) });
        }
        Ok(answer)
    }

    fn users_list(&self) -> Answer {
        self.need("users:read")?;
        let mut users = self.workspace.users.clone();
        for user in users.iter_mut().filter(|_| !self.token.may("users:read.email")) {
            if let Some(profile) = user["profile"].as_object_mut() {
                profile.shift_remove("email");
            }
        }
        let everybody = users.len();
        let mut answer = self.listed("members", "users.list", &users, everybody)?;
        answer["cache_ts"] = json!(self.now.timestamp());
        Ok(answer)
    }

    fn users_info(&self) -> Answer {
        self.need("users:read")?;
        let asked = self.arguments.text("user").unwrap_or_default();
        let user = self.workspace.users.iter().find(|user| user["id"] == asked).ok_or("user_not_found")?;
        Ok(json!({ "user": user }))
    }

    fn files_list(&self) -> Answer {
        self.need("files:read")?;
        let seconds = |name: &str| self.arguments.text(name).and_then(|text| text.parse::<f64>().ok());
        let (from, to) = (seconds("ts_from").unwrap_or(0.), seconds("ts_to").unwrap_or(f64::MAX));
        let channel = self.arguments.text("channel");
        let mut found: Vec<&Value> = self
            .workspace
            .files
            .iter()
            .filter(|file| file["created"].as_f64().is_some_and(|created| created >= from && created <= to))
            .filter(|file| {
                let places = ["channels", "groups"].iter().filter_map(|place| file[place].as_array()).flatten();
                let mut places = places.filter_map(Value::as_str);
                let is_seen = places.clone().any(|place| self.is_seen(place));
                is_seen && channel.is_none_or(|channel| places.any(|place| place == channel))
            })
            .collect();
        // The newest first.
        found.sort_by_key(|file| std::cmp::Reverse(file["created"].as_i64()));
        let count = self.arguments.limit("count", 100, 1000)?;
        let page = self.arguments.limit("page", 1, usize::MAX)?;
        let files: Vec<&Value> = found.iter().skip((page - 1) * count).take(count).copied().collect();
        let pages = found.len().div_ceil(count).max(1);
        Ok(json!({ "files": files, "paging": { "count": count, "total": found.len(), "page": page, "pages": pages } }))
    }

    /// A page of a list whose cursor is a place in it.
    fn listed(&self, key: &str, kind: &str, all: &[Value], usual: usize) -> Answer {
        let limit = self.arguments.limit("limit", usual, 1000)?;
        let start: usize = self.cursor(kind)?.map_or(0, |place| place.parse().unwrap_or(all.len()));
        let end = start.saturating_add(limit).min(all.len());
        let next = if end < all.len() { self.new_cursor(kind, &end.to_string()) } else { String::new() };
        let mut answer = json!({ "response_metadata": { "next_cursor": next } });
        answer[key] = json!(all.get(start..end).unwrap_or_default());
        Ok(answer)
    }

    fn need(&self, scope: &str) -> Result<(), Refusal> {
        match self.token.may(scope) {
            true => Ok(()),
            false => Err(Refusal { error: "missing_scope", needed: Some(scope.to_owned()) }),
        }
    }

    fn sees(&self, channel: &Conversation) -> bool {
        !channel.is_private || channel.members.contains(&self.token.user)
    }

    fn is_seen(&self, id: &str) -> bool {
        self.workspace.channels.iter().any(|channel| channel.id == id && self.sees(channel))
    }

    fn channel(&self) -> Result<&Conversation, Refusal> {
        let asked = self.arguments.text("channel").ok_or("channel_not_found")?;
        let found = self.workspace.channels.iter().find(|channel| channel.id == asked && self.sees(channel));
        found.ok_or_else(|| "channel_not_found".into())
    }

    /// A channel whose messages the token may read: a bot's where it is, a user's where it is and the public ones.
    fn readable(&self) -> Result<&Conversation, Refusal> {
        let channel = self.channel()?;
        self.need(if channel.is_private { "groups:history" } else { "channels:history" })?;
        if self.token.is_bot && !channel.members.contains(&self.token.user) {
            return Err("not_in_channel".into());
        }
        Ok(channel)
    }

    /// The first and the last moment that are asked for.
    fn span(&self) -> Result<(Ts, Ts), Refusal> {
        let edge = i64::from(!self.arguments.flag("inclusive"));
        let oldest = match self.arguments.text("oldest") {
            Some(text) => Ts(Ts::parse(text).ok_or("invalid_ts_oldest")?.0 + edge),
            None => Ts(0),
        };
        let latest = match self.arguments.text("latest") {
            Some(text) => Ts(Ts::parse(text).ok_or("invalid_ts_latest")?.0 - edge),
            None => Ts(i64::MAX),
        };
        Ok((oldest, latest))
    }

    fn new_cursor(&self, kind: &str, place: &str) -> String {
        BASE64_STANDARD.encode(format!("{kind}|{place}|{}", self.now.timestamp()))
    }

    /// Where the cursor leads.
    fn cursor(&self, kind: &str) -> Result<Option<String>, Refusal> {
        let Some(cursor) = self.arguments.text("cursor") else { return Ok(None) };
        let bytes = BASE64_STANDARD.decode(cursor).map_err(|_| "invalid_cursor")?;
        let text = String::from_utf8(bytes).map_err(|_| "invalid_cursor")?;
        let mut parts = text.split('|');
        let (Some(of), Some(place), Some(made)) = (parts.next(), parts.next(), parts.next()) else {
            return Err("invalid_cursor".into());
        };
        let age = self.now.timestamp() - made.parse::<i64>().unwrap_or_default();
        if of != kind || age > i64::try_from(self.cursor_life.as_secs()).unwrap_or(i64::MAX) {
            return Err("invalid_cursor".into());
        }
        Ok(Some(place.to_owned()))
    }
}
