//! A channel with all that was written in it.
//!
//! What the story tells is kept by its place in it and rendered when it is asked for: a large world has many messages.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use super::workspace::Ts;
use crate::demo::{Channel, Message};

/// A channel.
pub(super) struct Conversation {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) is_private: bool,
    pub(super) is_archived: bool,
    /// What does not change.
    pub(super) facts: Value,
    pub(super) members: BTreeSet<String>,
    /// Its place in the company's list.
    pub(super) place: usize,
    pub(super) messages: BTreeMap<Ts, Kept>,
    /// The answers to messages that were answered.
    threads: HashMap<Ts, BTreeSet<Ts>>,
}

/// A message as it is kept.
pub(super) enum Kept {
    /// It is the story's: by its place in the channel, and that of the answer to it.
    Told { message: usize, reply: Option<usize> },
    /// It was written or changed since.
    Written(Value),
}

impl Conversation {
    /// One in which nothing was written but what the story tells.
    pub(super) fn of(channel: &Channel, place: usize, id: String, facts: Value, members: BTreeSet<String>) -> Self {
        let mut conversation = Self {
            id,
            name: channel.name.to_string(),
            is_private: channel.is_private,
            is_archived: channel.is_archived,
            facts,
            members,
            place,
            messages: BTreeMap::new(),
            threads: HashMap::new(),
        };
        for (message, told) in channel.messages.iter().enumerate() {
            let thread = Ts::of(told.at);
            conversation.insert(thread, Kept::Told { message, reply: None }, None);
            for (reply, told) in told.replies.iter().enumerate() {
                conversation.insert(Ts::of(told.at), Kept::Told { message, reply: Some(reply) }, Some(thread));
            }
        }
        conversation
    }

    pub(super) fn insert(&mut self, ts: Ts, message: Kept, thread: Option<Ts>) {
        self.messages.insert(ts, message);
        if let Some(thread) = thread {
            self.threads.entry(thread).or_default().insert(ts);
        }
    }

    pub(super) fn remove(&mut self, ts: Ts) {
        self.messages.remove(&ts);
        self.threads.retain(|_, answers| {
            answers.remove(&ts);
            !answers.is_empty()
        });
    }

    /// The answers to a message, in order.
    pub(super) fn replies_to(&self, thread: Ts) -> impl Iterator<Item = Ts> + '_ {
        self.threads.get(&thread).into_iter().flatten().copied()
    }

    pub(super) fn was_answered(&self, ts: Ts) -> bool {
        self.threads.contains_key(&ts)
    }

    /// Whether it stands in the channel itself, and not in a thread alone.
    pub(super) fn is_in_channel(&self, message: &Kept, told: &Channel) -> bool {
        match message {
            Kept::Told { reply: None, .. } => true,
            told_reply @ Kept::Told { .. } => told_reply.told(told).also_in_channel,
            Kept::Written(message) => message["thread_ts"].is_null() || message["subtype"] == "thread_broadcast",
        }
    }
}

impl Kept {
    /// What the story tells.
    ///
    /// # Panics
    /// Where it was written since.
    pub(super) fn told<'a>(&self, channel: &'a Channel) -> &'a Message {
        match self {
            Self::Told { message, reply: None } => &channel.messages[*message],
            Self::Told { message, reply: Some(reply) } => &channel.messages[*message].replies[*reply],
            Self::Written(_) => panic!("it is not the story's"),
        }
    }

    /// Whether it answers another.
    pub(super) fn is_reply(&self) -> bool {
        match self {
            Self::Told { reply, .. } => reply.is_some(),
            Self::Written(message) => !message["thread_ts"].is_null(),
        }
    }
}
