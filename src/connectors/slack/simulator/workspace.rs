//! The workspace that is simulated: a company's people, channels, messages and files, as Slack keeps them.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::conversation::{Conversation, Kept};
use crate::demo::{Company, Message};

/// A message's time in microseconds, which is its name in its channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Ts(pub(super) i64);

impl Ts {
    pub(super) fn of(moment: DateTime<Utc>) -> Self {
        Self(moment.timestamp_micros())
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        let (seconds, digits) = text.split_once('.').unwrap_or((text, "0"));
        let digits: i64 = format!("{digits:0<6}").get(..6)?.parse().ok()?;
        Some(Self(seconds.parse::<i64>().ok()? * 1_000_000 + digits))
    }
}

impl fmt::Display for Ts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:06}", self.0 / 1_000_000, self.0 % 1_000_000)
    }
}

pub(super) struct Workspace {
    pub(super) team_id: String,
    pub(super) name: String,
    pub(super) domain: String,
    /// When the simulation begins.
    pub(super) began_at: DateTime<Utc>,
    pub(super) users: Vec<Value>,
    pub(super) channels: Vec<Conversation>,
    /// In the company's order.
    pub(super) files: Vec<Value>,
    /// The user of the app's bot.
    pub(super) bot_user: String,
    pub(super) bot_id: String,
    /// The user whose token is given away.
    pub(super) first_user: String,
    ids: HashMap<String, String>,
    company: Arc<Company>,
}

/// An id in Slack's manner: a letter for the kind, and ten signs that follow from the name.
pub(super) fn id(kind: char, name: &str) -> String {
    const SIGNS: &[u8] = b"0123456789ABCDEFGHJKLMNPQRSTUVWX";
    let hash = Sha256::digest(format!("{kind}/{name}"));
    let signs: String = hash.iter().take(9).map(|byte| char::from(SIGNS[usize::from(byte % 32)])).collect();
    format!("{kind}0{signs}")
}

impl Workspace {
    pub(super) fn of(company: &Arc<Company>) -> Self {
        let team_id = id('T', company.name);
        let ids: HashMap<String, String> =
            company.people.iter().map(|person| (person.handle.to_string(), id('U', &person.handle))).collect();
        let app = company.people.iter().find(|person| person.is_bot).map_or("app", |person| &person.handle);
        let mut workspace = Self {
            users: company.people.iter().map(|person| super::render::user(company, person, &team_id)).collect(),
            team_id,
            name: company.name.to_owned(),
            domain: company.domain.split('.').next().unwrap_or_default().to_owned(),
            began_at: company.closed_at,
            channels: Vec::new(),
            files: Vec::new(),
            bot_user: id('U', app),
            bot_id: id('B', app),
            first_user: id('U', &company.people[0].handle),
            ids,
            company: Arc::clone(company),
        };
        workspace.files = super::render::files(company, &workspace);
        workspace.channels = (0..company.channels.len()).map(|place| workspace.conversation(place)).collect();
        workspace
    }

    fn conversation(&self, place: usize) -> Conversation {
        let channel = &self.company.channels[place];
        let mut members: BTreeSet<String> = channel.members.iter().map(|place| self.person(*place)).collect();
        if channel.is_archived {
            // Slack takes everybody's apps out of a channel that is archived.
            members.remove(&self.bot_user);
        } else {
            members.insert(self.bot_user.clone());
        }
        let facts = super::render::channel_facts(channel, &self.person(channel.creator), &self.team_id);
        Conversation::of(channel, place, id('C', &channel.name), facts, members)
    }

    /// The id of somebody, by the place in the company.
    fn person(&self, place: usize) -> String {
        self.ids[&*self.company.people[place].handle].clone()
    }

    /// Whether a message stands in the channel itself, and not in a thread alone.
    pub(super) fn is_in_channel(&self, channel: &Conversation, message: &Kept) -> bool {
        channel.is_in_channel(message, &self.company.channels[channel.place])
    }

    /// Who wrote a message.
    pub(super) fn author(&self, channel: &Conversation, message: &Kept) -> Value {
        match message {
            Kept::Told { .. } => json!(self.person(message.told(&self.company.channels[channel.place]).author)),
            Kept::Written(message) => message["user"].clone(),
        }
    }

    /// A message as it was written, without what Slack tells of its thread.
    pub(super) fn message(&self, channel: &Conversation, message: &Kept) -> Value {
        let story = &self.company.channels[channel.place];
        match message {
            Kept::Written(message) => message.clone(),
            Kept::Told { reply: None, .. } => self.told(message.told(story), None),
            Kept::Told { message: parent, reply: Some(_) } => {
                let parent = &story.messages[*parent];
                self.told(message.told(story), Some((Ts::of(parent.at), self.person(parent.author))))
            }
        }
    }

    fn told(&self, message: &Message, thread: Option<(Ts, String)>) -> Value {
        let author = self.person(message.author);
        let mut json = self.written(&author, &message.text, Ts::of(message.at));
        if let Some(edited) = message.edited_at {
            json["edited"] = json!({ "user": author, "ts": Ts::of(edited).to_string() });
        }
        if !message.reactions.is_empty() {
            let reactions = message.reactions.iter().map(|reaction| {
                let users: Vec<String> = reaction.people.iter().map(|place| self.person(*place)).collect();
                json!({ "name": reaction.name, "count": users.len(), "users": users })
            });
            json["reactions"] = reactions.collect();
        }
        if let Some(link) = &message.link {
            json["attachments"] = json!([{
                "id": 1, "from_url": link.url, "original_url": link.url, "fallback": link.title, "title": link.title,
                "title_link": link.url, "text": link.text, "service_name": self.name,
            }]);
        }
        if let Some(file) = message.file {
            json["files"] = json!([self.files[file]]);
            json["upload"] = json!(false);
        }
        if let Some((thread, parent)) = thread {
            json["thread_ts"] = json!(thread.to_string());
            json["parent_user_id"] = json!(parent);
            if message.also_in_channel {
                json["subtype"] = json!("thread_broadcast");
            }
        }
        json
    }

    /// A message as its writer's client sends it.
    fn written(&self, author: &str, text: &str, ts: Ts) -> Value {
        let text = self.with_mentions(text);
        let ts = ts.to_string();
        json!({
            "type": "message", "user": author, "text": text, "ts": ts, "team": self.team_id,
            "client_msg_id": super::render::uuid(&format!("{author}/{ts}")),
            "blocks": [{ "type": "rich_text", "block_id": "b1", "elements": [
                { "type": "rich_text_section", "elements": [{ "type": "text", "text": text }] }
            ] }],
        })
    }

    /// `@handle` as Slack writes it.
    fn with_mentions(&self, text: &str) -> String {
        let mut parts = text.split('@');
        let mut written = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let end = part.find(|char: char| !char.is_ascii_alphanumeric()).unwrap_or(part.len());
            match self.ids.get(&part[..end]) {
                Some(user) => written.push_str(&format!("<@{user}>{}", &part[end..])),
                None => written.push_str(&format!("@{part}")),
            }
        }
        written
    }

    /// A channel by its name.
    ///
    /// # Panics
    /// Where there is none.
    pub(super) fn channel(&self, name: &str) -> &Conversation {
        self.channels
            .iter()
            .find(|channel| channel.name == name)
            .unwrap_or_else(|| panic!("no channel is called {name}"))
    }

    fn channel_mut(&mut self, name: &str) -> &mut Conversation {
        let found = self.channels.iter_mut().find(|channel| channel.name == name);
        found.unwrap_or_else(|| panic!("no channel is called {name}"))
    }

    pub(super) fn post(
        &mut self,
        channel: &str,
        handle: &str,
        text: &str,
        thread: Option<&str>,
        now: DateTime<Utc>,
    ) -> String {
        let author = self.ids.get(handle).unwrap_or_else(|| panic!("nobody is called {handle}")).clone();
        let mut ts = Ts::of(now);
        while self.channel(channel).messages.contains_key(&ts) {
            ts.0 += 1;
        }
        let mut message = self.written(&author, text, ts);
        let answered = thread.map(|thread| {
            let answered = Ts::parse(thread).filter(|thread| self.channel(channel).messages.contains_key(thread));
            answered.unwrap_or_else(|| panic!("there is no message {thread}"))
        });
        if let Some(thread) = answered {
            let channel = self.channel(channel);
            message["thread_ts"] = json!(thread.to_string());
            message["parent_user_id"] = self.author(channel, &channel.messages[&thread]);
        }
        self.channel_mut(channel).insert(ts, Kept::Written(message), answered);
        ts.to_string()
    }

    pub(super) fn edit(&mut self, channel: &str, ts: &str, text: &str, now: DateTime<Utc>) {
        let text = self.with_mentions(text);
        let found = self.channel(channel);
        let kept = Ts::parse(ts).and_then(|ts| found.messages.get_key_value(&ts));
        let (ts, kept) = kept.unwrap_or_else(|| panic!("there is no message {ts}"));
        let (ts, mut message) = (*ts, self.message(found, kept));
        message["text"] = json!(text);
        message["edited"] = json!({ "user": message["user"], "ts": format!("{}.000000", now.timestamp()) });
        self.channel_mut(channel).messages.insert(ts, Kept::Written(message));
    }

    pub(super) fn delete(&mut self, channel: &str, ts: &str) {
        let ts = Ts::parse(ts).unwrap_or_else(|| panic!("{ts} is no time"));
        let channel = self.channel_mut(channel);
        let was_answered = channel.was_answered(ts);
        let message = channel.messages.get_mut(&ts).unwrap_or_else(|| panic!("there is no message {ts}"));
        if was_answered {
            *message = Kept::Written(json!({
                "type": "message", "subtype": "tombstone", "user": "USLACKBOT", "hidden": true,
                "text": "This message was deleted.", "ts": ts.to_string(),
            }));
        } else {
            channel.remove(ts);
        }
    }

    pub(super) fn kick_bot(&mut self, channel: &str) {
        let bot = self.bot_user.clone();
        self.channel_mut(channel).members.remove(&bot);
    }

    pub(super) fn remove_channel(&mut self, name: &str) {
        self.channels.retain(|channel| channel.name != name);
    }
}
