//! The company behind the sample shop: its people, and what they write to each other about customers, products and orders.
//!
//! Every order, customer and product that is spoken of is one of the shop's. The conversations end when the shop's books do.

mod channels;
mod people;
mod phrases;
mod talk;

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use rand::{RngExt, SeedableRng};

use super::Shop;
use super::dice::Dice;

/// Which company to make.
#[derive(Clone, Debug, PartialEq)]
pub struct CompanySize {
    /// Another seed makes other conversations.
    pub seed: u64,
    /// The shop that the company runs.
    pub shop: Shop,
    /// How many days before the end of the shop's books the conversations begin.
    pub days: u64,
    /// How much is said: 1 is a small company's usual.
    pub talkativeness: f64,
}

impl Default for CompanySize {
    fn default() -> Self {
        Self { seed: 7, shop: Shop::default(), days: 60, talkativeness: 1.0 }
    }
}

/// A company and all that was said in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Company {
    /// What it is called.
    pub name: &'static str,
    /// Its domain, where nobody lives.
    pub domain: &'static str,
    /// Who works or worked there; programs that write messages, too.
    pub people: Vec<Person>,
    /// Where they write, the general channel first.
    pub channels: Vec<Channel>,
    /// What they shared.
    pub files: Vec<SharedFile>,
    /// The moment at which everything ends.
    pub closed_at: DateTime<Utc>,
}

/// Somebody in the company.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    /// The short name, unique in the company.
    pub handle: Cow<'static, str>,
    /// First and last name.
    pub name: Cow<'static, str>,
    /// What the person does.
    pub title: Cow<'static, str>,
    /// IANA time zone.
    pub zone: &'static str,
    /// Whether it is a program.
    pub is_bot: bool,
    /// Whether the account may administrate.
    pub is_admin: bool,
    /// Whether the person has left.
    pub has_left: bool,
    /// When the account was last changed.
    pub updated_at: DateTime<Utc>,
}

/// A place to write in.
#[derive(Clone, Debug, PartialEq)]
pub struct Channel {
    /// Its name, without a sign before it.
    pub name: Cow<'static, str>,
    /// What is being talked about.
    pub topic: Cow<'static, str>,
    /// What it is for.
    pub purpose: Cow<'static, str>,
    /// Whether only members see it.
    pub is_private: bool,
    /// Whether nobody writes in it any more.
    pub is_archived: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Who made it, as a place in [`Company::people`].
    pub creator: usize,
    /// Who is in it.
    pub members: Vec<usize>,
    /// What was written, in order of time. No two moments of a channel are equal, those of replies neither.
    pub messages: Vec<Message>,
}

/// One message.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// When it was written, to the microsecond.
    pub at: DateTime<Utc>,
    /// Who wrote it, as a place in [`Company::people`].
    pub author: usize,
    /// The text. `@handle` stands for a person.
    pub text: String,
    /// When it was last changed.
    pub edited_at: Option<DateTime<Utc>>,
    /// Signs that others put to it.
    pub reactions: Vec<Reaction>,
    /// A file that came along, as a place in [`Company::files`].
    pub file: Option<usize>,
    /// A page that it points at.
    pub link: Option<Link>,
    /// What was answered, in order of time; answers have none themselves.
    pub replies: Vec<Self>,
    /// Of an answer: whether the whole channel was shown it.
    pub also_in_channel: bool,
}

/// A sign with who put it.
#[derive(Clone, Debug, PartialEq)]
pub struct Reaction {
    /// The sign's short name, such as `eyes`.
    pub name: &'static str,
    /// Places in [`Company::people`].
    pub people: Vec<usize>,
}

/// A page behind a link.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// Where it is.
    pub url: String,
    /// What it is called.
    pub title: String,
    /// What stands there.
    pub text: String,
}

/// A file that somebody shared.
#[derive(Clone, Debug, PartialEq)]
pub struct SharedFile {
    /// Its name, with its ending.
    pub name: String,
    /// What it is about.
    pub title: String,
    /// Its media type.
    pub media_type: &'static str,
    /// How large it is.
    pub bytes: u64,
    /// Who shared it, as a place in [`Company::people`].
    pub owner: usize,
    /// Where, as a place in [`Company::channels`].
    pub channel: usize,
    /// When, to the second.
    pub created_at: DateTime<Utc>,
}

impl Company {
    /// Makes it.
    pub fn make(size: &CompanySize) -> Self {
        let mut dice = Dice::seed_from_u64(size.seed);
        let closed_at = size.shop.closed_on().and_time(chrono::NaiveTime::MIN).and_utc();
        let people = people::all(closed_at);
        let orders = size.shop.recent_orders(size.days);
        let mut company = Self {
            name: "Fernweh Goods",
            domain: "fernweh.example",
            people,
            channels: Vec::new(),
            files: Vec::new(),
            closed_at,
        };
        for (place, plan) in channels::PLANS.iter().enumerate() {
            let channel = talk::channel(&mut company, place, plan, &orders, size, &mut dice);
            company.channels.push(channel);
        }
        company
    }

    /// All messages with their replies.
    pub fn messages(&self) -> impl Iterator<Item = &Message> {
        let tops = self.channels.iter().flat_map(|channel| &channel.messages);
        tops.flat_map(|message| std::iter::once(message).chain(&message.replies))
    }

    fn place_of(&self, handle: &str) -> usize {
        self.people.iter().position(|person| person.handle == handle).expect("the plans name people who are there")
    }
}

fn pick<'a, T>(options: &'a [T], dice: &mut Dice) -> &'a T {
    &options[dice.random_range(0..options.len())]
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn small(seed: u64) -> CompanySize {
        let shop = Shop { customers: 300, products: 40, orders: 4_000, ..Shop::default() };
        CompanySize { seed, shop, days: 30, talkativeness: 1.0 }
    }

    #[test]
    fn the_same_seed_makes_the_same_company() {
        assert_eq!(Company::make(&small(1)), Company::make(&small(1)));
        assert_ne!(Company::make(&small(1)), Company::make(&small(2)));
    }

    #[test]
    fn the_company_is_coherent() {
        let size = small(1);
        let company = Company::make(&size);
        let orders = size.shop.recent_orders(size.days);
        let numbers: HashSet<String> = orders.iter().map(|order| order.number.to_string()).collect();
        for message in company.messages() {
            assert!(message.at < company.closed_at, "{message:#?}");
            assert!(message.author < company.people.len());
            assert!(message.replies.iter().all(|reply| reply.at > message.at && reply.replies.is_empty()));
            if let Some((_, number)) = message.text.split_once('#') {
                let number: String = number.chars().take_while(char::is_ascii_digit).collect();
                assert!(number.is_empty() || numbers.contains(&number), "{}", message.text);
            }
        }
        for channel in &company.channels {
            let mut moments: Vec<_> = channel.messages.iter().map(|message| message.at).collect();
            assert!(moments.is_sorted(), "{}", channel.name);
            moments.extend(channel.messages.iter().flat_map(|message| &message.replies).map(|reply| reply.at));
            let unique: HashSet<_> = moments.iter().collect();
            assert_eq!(unique.len(), moments.len(), "{}", channel.name);
            assert!(!channel.messages.is_empty(), "{}", channel.name);
        }
        let has = |what: fn(&Message) -> bool| company.messages().any(what);
        assert!(has(|message| !message.replies.is_empty()), "threads");
        assert!(has(|message| message.also_in_channel), "answers to all");
        assert!(has(|message| !message.reactions.is_empty()), "reactions");
        assert!(has(|message| message.edited_at.is_some()), "edits");
        assert!(has(|message| message.file.is_some()), "files");
        assert!(has(|message| message.link.is_some()), "links");
        assert!(company.channels.iter().any(|channel| channel.is_private));
        assert!(company.channels.iter().any(|channel| channel.is_archived));
    }
}
