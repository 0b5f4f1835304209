//! What is written in the bank: what clients say, and what compliance sees.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use rand::RngExt;

use super::clients::ADVISERS;
use super::phrases::grammar;
use super::trades::RELEASED;
use super::{Bank, Dice, OTHERS, by_share, how_many, pick, place_of};
use crate::demo::grammar::Grammar;
use crate::demo::story::talk::{Conversation, Said, channel};
use crate::demo::story::{StoryChannel, StoryMessage};

/// Remarks that are passed on in a day.
const A_DAY: f64 = 1.7;
/// Remarks on the new version of the app in a day, beside the others.
const OF_THE_RELEASE: f64 = 3.2;
/// Cases that have nothing to them in a day.
const ROUTINE: f64 = 0.4;

/// What remarks are about: its name, its share, and how likely it is a complaint.
const TOPICS: &[((&str, f64), f64)] = &[
    (("app", 0.35), 0.22),
    (("fees", 0.55), 0.16),
    (("cards", 0.5), 0.16),
    (("loans", 0.45), 0.14),
    (("service", 0.2), 0.32),
];

/// A remark of a client that was passed on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Remark {
    pub(super) topic: &'static str,
    pub(super) is_complaint: bool,
    pub(super) told: Conversation,
}

/// What clients said.
pub(super) fn remarks(bank: &Bank, size_factor: f64, dice: &mut Dice) -> Vec<Remark> {
    let grammar = grammar();
    let mut all = Vec::new();
    let mut day = bank.first_day;
    while day <= bank.last_day() {
        for _ in 0..how_many(A_DAY * size_factor, dice) {
            let (topic, complains) = by_share(TOPICS, dice);
            let complains = if topic == "app" && is_released(day) { 0.92 } else { complains };
            let is_complaint = dice.random_bool(complains);
            all.push(remark(bank, &grammar, day, topic, is_complaint, dice));
        }
        let more = if is_released(day) { how_many(OF_THE_RELEASE * size_factor, dice) } else { 0 };
        for _ in 0..more {
            all.push(remark(bank, &grammar, day, "app", true, dice));
        }
        day += TimeDelta::days(1);
    }
    all
}

/// Whether the new version of the app is out on a day.
pub(super) fn is_released(day: NaiveDate) -> bool {
    day >= NaiveDate::from_ymd_opt(RELEASED.0, RELEASED.1, RELEASED.2).unwrap_or_default()
}

fn remark(
    bank: &Bank,
    grammar: &Grammar,
    day: NaiveDate,
    topic: &'static str,
    is_complaint: bool,
    dice: &mut Dice,
) -> Remark {
    let at = moment(day, dice);
    // Clients can only complain once they are there.
    let joined = bank.clients.partition_point(|client| client.joined_on < day).max(1);
    let client = &bank.clients[dice.random_range(0..joined)];
    let who = client.spelt(dice);
    let minutes = dice.random_range(10..70).to_string();
    let values = [("adviser", ADVISERS[client.adviser].name), ("minutes", minutes.as_str())];
    let words = grammar.say(&format!("{} {topic}", if is_complaint { "bad" } else { "good" }), &values, dice);
    let frame = if is_complaint { "cross" } else { "glad" };
    let text = grammar.say(frame, &[("who", &who), ("words", &words)], dice);
    let author = place_of(if dice.random_bool(0.55) { "paula" } else { "finn" });
    let mut answers = Vec::new();
    if dice.random_bool(if is_complaint { 0.4 } else { 0.1 }) {
        let values = [("who", client.name.as_str()), ("someone", pick(OTHERS, dice).0)];
        let text = grammar.say("answer", &values, dice);
        let at = at + TimeDelta::seconds(dice.random_range(300..30_000));
        answers.push(Said { at, author: place_of(pick(&["paula", "finn", "ming", "ruben"], dice)), text, file: None });
    }
    Remark { topic, is_complaint, told: Conversation { first: Said { at, author, text, file: None }, answers } }
}

/// The channel of it.
pub(super) fn relations(remarks: Vec<Remark>, closed_at: DateTime<Utc>) -> StoryChannel {
    let (messages, _) = channel(remarks.into_iter().map(|remark| remark.told).collect(), closed_at);
    called("client-relations", "Quote them, do not judge", "What clients tell us", messages)
}

/// What compliance sees.
pub(super) fn compliance(bank: &Bank, dice: &mut Dice) -> StoryChannel {
    let grammar = grammar();
    let mut told = Vec::new();
    let mut say = |rule: &str, day: NaiveDate, account: usize, cents: i64, dice: &mut Dice| {
        let values = [
            ("account", bank.accounts[account].id()),
            ("who", bank.client_of(account).spelt(dice)),
            ("amount", format!("EUR {}", cents / 100)),
            ("count", dice.random_range(3..8).to_string()),
            ("someone", pick(&["yara", "marcus"], dice).to_owned()),
        ];
        let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let text = grammar.say(rule, &values, dice);
        let author = place_of(pick(&["yara", "yara", "marcus"], dice));
        told.push(Conversation {
            first: Said { at: moment(day, dice), author, text, file: None },
            answers: Vec::new(),
        });
    };
    let mut day = bank.first_day;
    while day <= bank.last_day() {
        for _ in 0..how_many(ROUTINE, dice) {
            let transaction = &bank.transactions[dice.random_range(0..bank.transactions.len())];
            say("routine", day, transaction.account, transaction.amount, dice);
        }
        day += TimeDelta::days(1);
    }
    // What is seen is seen a day later, and not all of it.
    for one in bank.transactions.iter().filter(|one| one.is_just_below()) {
        if dice.random_bool(0.7) {
            say("alert", one.at.date_naive() + TimeDelta::days(1), one.account, one.amount, dice);
        }
    }
    let (messages, _) = channel(told, bank.closed_at);
    called("compliance", "Case numbers stay out of here", "What we have to look at", messages)
}

fn called(name: &str, topic: &str, purpose: &str, messages: Vec<StoryMessage>) -> StoryChannel {
    StoryChannel { name: name.to_owned(), topic: topic.to_owned(), purpose: purpose.to_owned(), messages }
}

fn moment(day: NaiveDate, dice: &mut Dice) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc() + TimeDelta::seconds(dice.random_range(8 * 3600..18 * 3600))
}
