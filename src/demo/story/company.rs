//! A story's conversations as the channels of a company.

use chrono::{DateTime, TimeDelta, Utc};

use super::super::company::{Channel, Company, Link, Message, Person, SharedFile};
use super::{Story, StoryChannel, StoryMessage};

impl Story {
    /// The company, with all channels.
    pub fn company(&self) -> Company {
        let mut company = Company {
            name: self.company,
            domain: self.domain,
            people: Vec::new(),
            channels: Vec::new(),
            files: Vec::new(),
            closed_at: self.closed_at,
        }
        .with_story(self);
        let bot = person("notebot", "Note Bot", "Reads along", self.closed_at);
        company.people.push(Person { is_bot: true, ..bot });
        company
    }
}

impl Company {
    /// With the channels of a story that is told in the same company, and with those of its people whom nobody knew yet.
    #[must_use]
    pub fn with_story(mut self, story: &Story) -> Self {
        let mut places = Vec::with_capacity(story.people.len());
        for told in &story.people {
            let known = self.people.iter().position(|person| person.handle == told.handle);
            places.push(known.unwrap_or_else(|| {
                let updated_at = story.closed_at - TimeDelta::days(200);
                self.people.push(person(&told.handle, &told.name, &told.title, updated_at));
                self.people.len() - 1
            }));
        }
        for channel in &story.channels {
            self.tell(channel, &places, story.closed_at);
        }
        self
    }

    fn tell(&mut self, channel: &StoryChannel, places: &[usize], closed_at: DateTime<Utc>) {
        let place = self.channels.len();
        let mut messages: Vec<Message> = Vec::new();
        // Where in `messages` those stand that may be answered.
        let mut tops = vec![0; channel.messages.len()];
        for (number, told) in channel.messages.iter().enumerate() {
            let file = told.file.as_deref().map(|name| self.share(name, told, places, place));
            let message = said(told, places, file);
            match told.answers {
                Some(answered) => messages[tops[answered]].replies.push(message),
                None => {
                    tops[number] = messages.len();
                    messages.push(message);
                }
            }
        }
        let mut members: Vec<usize> = channel.messages.iter().map(|message| places[message.author]).collect();
        members.sort_unstable();
        members.dedup();
        let began_at = channel.messages.first().map_or(closed_at, |message| message.at);
        self.channels.push(Channel {
            name: channel.name.clone().into(),
            topic: channel.topic.clone().into(),
            purpose: channel.purpose.clone().into(),
            is_private: false,
            is_archived: false,
            created_at: began_at - TimeDelta::days(30),
            creator: members.first().copied().unwrap_or_default(),
            members,
            messages,
        });
    }

    fn share(&mut self, name: &str, told: &StoryMessage, places: &[usize], channel: usize) -> usize {
        let (title, ending) = name.rsplit_once('.').unwrap_or((name, ""));
        let media_type = match ending {
            "pdf" => "application/pdf",
            "csv" => "text/csv",
            "png" => "image/png",
            "jpg" => "image/jpeg",
            "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "pptx" => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            _ => "text/plain",
        };
        self.files.push(SharedFile {
            name: name.to_owned(),
            title: title.replace(['-', '_'], " "),
            media_type,
            bytes: 4_000 + told.at.timestamp().unsigned_abs() % 900_000,
            owner: places[told.author],
            channel,
            created_at: told.at,
        });
        self.files.len() - 1
    }
}

fn said(told: &StoryMessage, places: &[usize], file: Option<usize>) -> Message {
    Message {
        at: told.at,
        author: places[told.author],
        text: told.text.clone(),
        edited_at: None,
        reactions: Vec::new(),
        file,
        link: link(&told.text),
        replies: Vec::new(),
        also_in_channel: false,
    }
}

/// The page that a text points at.
fn link(text: &str) -> Option<Link> {
    let start = text.find("https://")?;
    let url = text[start..].split_whitespace().next()?.trim_end_matches(['.', ',', ')', '>']);
    let title = url.rsplit('/').next().unwrap_or(url).replace(['-', '_'], " ");
    Some(Link { url: url.to_owned(), text: title.clone(), title })
}

fn person(handle: &str, name: &str, title: &str, updated_at: DateTime<Utc>) -> Person {
    Person {
        handle: handle.to_owned().into(),
        name: name.to_owned().into(),
        title: title.to_owned().into(),
        zone: "Europe/Berlin",
        is_bot: false,
        is_admin: false,
        has_left: false,
        updated_at,
    }
}
