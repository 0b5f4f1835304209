//! What is said: conversations that begin with one message, and the answers to it.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, Days, TimeDelta, Timelike, Utc, Weekday};
use rand::RngExt;

use super::channels::{Plan, Subject};
use super::phrases::phrases;
use super::{Channel, Company, CompanySize, Dice, Link, Message, Reaction, SharedFile, pick};
use crate::demo::RecentOrder;

const SIGNS: &[&str] = &["+1", "eyes", "white_check_mark", "tada", "heart", "rocket", "pray", "joy"];

/// Fills a channel.
pub(super) fn channel(
    company: &mut Company,
    place: usize,
    plan: &Plan,
    orders: &[RecentOrder],
    size: &CompanySize,
    dice: &mut Dice,
) -> Channel {
    let members: Vec<usize> = match plan.members {
        [] => (0..company.people.len()).collect(),
        handles => handles.iter().map(|handle| company.place_of(handle)).collect(),
    };
    let first_day = company.closed_at - Days::new(size.days);
    // An archived channel fell silent long before the end.
    let silent_from =
        if plan.is_archived { first_day + (company.closed_at - first_day) / 3 } else { company.closed_at };
    let mut teller = Teller { company, place, plan, orders, taken: BTreeSet::new(), members: &members, dice };
    let mut messages = Vec::new();
    let mut day = first_day;
    while day < silent_from {
        let is_weekend = matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
        let expected = plan.a_day * size.talkativeness * if is_weekend { 0.15 } else { 1.0 };
        let conversations = expected.floor() as usize + usize::from(teller.dice.random_bool(expected.fract()));
        for _ in 0..conversations {
            messages.extend(teller.conversation(day, silent_from));
        }
        day += TimeDelta::days(1);
    }
    let mut day = first_day;
    while messages.is_empty() && day < silent_from {
        messages.extend(teller.conversation(day, silent_from));
        day += TimeDelta::days(1);
    }
    messages.sort_by_key(|message| message.at);
    let (name, topic, purpose) = (plan.name.into(), plan.topic.into(), plan.purpose.into());
    let (is_private, is_archived) = (plan.is_private, plan.is_archived);
    let created_at = first_day - TimeDelta::days(200) + TimeDelta::hours(9 + place as i64);
    let creator = members[0];
    Channel { name, topic, purpose, is_private, is_archived, created_at, creator, members, messages }
}

struct Teller<'a> {
    company: &'a mut Company,
    place: usize,
    plan: &'a Plan,
    orders: &'a [RecentOrder],
    /// Moments that messages of the channel have.
    taken: BTreeSet<DateTime<Utc>>,
    members: &'a [usize],
    dice: &'a mut Dice,
}

impl<'a> Teller<'a> {
    /// One message of a day with its answers; none where it would come too late, or there is nothing to speak of yet.
    fn conversation(&mut self, day: DateTime<Utc>, end: DateTime<Utc>) -> Option<Message> {
        let second = self.dice.random_range(7 * 3600..18 * 3600);
        let at = self.moment(day + TimeDelta::seconds(second));
        let order = self.known_order(at);
        let (text, answers) = self.words(order)?;
        let author = self.author();
        if at >= end {
            return None;
        }
        let mut message = self.message(at, author, text, end);
        if let Some(order) = order.filter(|_| self.plan.subject == Subject::Orders) {
            message.link = self.dice.random_bool(0.4).then(|| link(order));
        }
        if self.dice.random_bool(0.06) {
            message.file = Some(self.share(at, author, order));
        }
        let count = match self.plan.subject {
            Subject::Orders | Subject::Care if self.dice.random_bool(0.45) => self.dice.random_range(1..6),
            _ if self.dice.random_bool(0.2) => self.dice.random_range(1..9),
            _ => 0,
        };
        let mut last = at;
        for number in 0..count {
            // Some threads are taken up again days later.
            let pause = if self.dice.random_bool(0.07) { 4 * 86_400 } else { 5_400 };
            let pause = self.dice.random_range(40..pause);
            let moment = self.moment(last + TimeDelta::seconds(pause));
            let author = self.author();
            let text = if number == 0 { answers[0].clone() } else { pick(&answers, self.dice).clone() };
            let mut reply = self.message(moment, author, text, end);
            reply.also_in_channel = number > 0 && self.dice.random_bool(0.08);
            last = moment;
            if moment < end {
                message.replies.push(reply);
            }
        }
        Some(message)
    }

    fn message(&mut self, at: DateTime<Utc>, author: usize, text: String, end: DateTime<Utc>) -> Message {
        let edited_at = self.dice.random_bool(0.05).then(|| at + TimeDelta::seconds(self.dice.random_range(20..900)));
        let mut reactions: Vec<Reaction> = Vec::new();
        if self.dice.random_bool(0.22) {
            for _ in 0..self.dice.random_range(1..3) {
                let name = *pick(SIGNS, self.dice);
                if reactions.iter().any(|reaction| reaction.name == name) {
                    continue;
                }
                let mut people: Vec<usize> = (0..self.dice.random_range(1..4)).map(|_| self.author()).collect();
                people.sort_unstable();
                people.dedup();
                reactions.push(Reaction { name, people });
            }
        }
        let edited_at = edited_at.filter(|edited| *edited < end);
        let (file, link) = (None, None);
        Message { at, author, text, edited_at, reactions, file, link, replies: Vec::new(), also_in_channel: false }
    }

    /// Somebody of the channel who is still there.
    fn author(&mut self) -> usize {
        loop {
            let author = *pick(self.members, self.dice);
            let person = &self.company.people[author];
            if !person.is_bot && (!person.has_left || self.plan.is_archived) {
                return author;
            }
        }
    }

    /// The moment, or the next that no message of the channel has.
    fn moment(&mut self, about: DateTime<Utc>) -> DateTime<Utc> {
        let about = about.with_nanosecond(0).unwrap_or(about);
        let mut at = about + TimeDelta::microseconds(self.dice.random_range(100..999_900));
        while !self.taken.insert(at) {
            at += TimeDelta::microseconds(1);
        }
        at
    }

    /// An order of the days before a moment.
    fn known_order(&mut self, at: DateTime<Utc>) -> Option<&'a RecentOrder> {
        let until = self.orders.partition_point(|order| order.ordered_at.and_utc() < at);
        let since = self.orders.partition_point(|order| order.ordered_at.and_utc() < at - TimeDelta::days(5));
        (since < until).then(|| &self.orders[self.dice.random_range(since..until)])
    }

    /// How it begins, and what may be answered; none where all that could be said is about an order, and there is none.
    fn words(&mut self, order: Option<&RecentOrder>) -> Option<(String, Vec<String>)> {
        let (begins, answers) = phrases(self.plan.subject);
        let someone = self.author();
        let someone: &str = &self.company.people[someone].handle;
        let fill = |phrase: &str, number: u32| {
            let Some(order) = order else { return phrase.replace("{someone}", someone) };
            phrase
                .replace("{order}", &order.number.to_string())
                .replace("{customer}", &order.customer)
                .replace("{city}", order.city)
                .replace("{product}", order.products.first().map_or("order", String::as_str))
                .replace("{status}", order.status)
                .replace("{total}", &euros(order.total))
                .replace("{number}", &number.to_string())
                .replace("{someone}", someone)
        };
        // Without an order, only what speaks of none can be said.
        let fits = |phrase: &&&str| order.is_some() || !phrase.replace("{someone}", "").contains('{');
        let begins: Vec<&str> = begins.iter().filter(fits).copied().collect();
        if begins.is_empty() {
            return None;
        }
        let number = self.dice.random_range(2..60);
        let text = fill(pick::<&str>(&begins, self.dice), number);
        let answers = answers.iter().filter(fits).map(|answer| fill(answer, self.dice.random_range(2..12))).collect();
        Some((text, answers))
    }

    /// A file that is about what is talked about.
    fn share(&mut self, at: DateTime<Utc>, owner: usize, order: Option<&RecentOrder>) -> usize {
        let day = at.format("%Y-%m-%d");
        let (name, title, media_type) = match (self.plan.subject, order) {
            (Subject::Orders | Subject::Care, Some(order)) => {
                (format!("order-{}.jpg", order.number), format!("Photo of order {}", order.number), "image/jpeg")
            }
            (Subject::Warehouse, _) => (format!("stock-{day}.csv"), format!("Stock on {day}"), "text/csv"),
            (Subject::Marketing, _) => {
                (format!("newsletter-{day}.pdf"), "Newsletter draft".to_owned(), "application/pdf")
            }
            _ => (format!("notes-{day}.txt"), format!("Notes of {day}"), "text/plain"),
        };
        let (bytes, created_at) = (self.dice.random_range(2_000..4_000_000), at.with_nanosecond(0).unwrap_or(at));
        let channel = self.place;
        self.company.files.push(SharedFile { name, title, media_type, bytes, owner, channel, created_at });
        self.company.files.len() - 1
    }
}

fn link(order: &RecentOrder) -> Link {
    Link {
        url: format!("https://shop.fernweh.example/orders/{}", order.number),
        title: format!("Order {}", order.number),
        text: format!("{} ({}), {}, {}", order.customer, order.city, order.products.join(", "), euros(order.total)),
    }
}

fn euros(cents: i64) -> String {
    format!("€{}.{:02}", cents / 100, cents % 100)
}
