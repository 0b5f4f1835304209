//! What customers say of their orders, as it is passed on in a channel.

use chrono::{DateTime, TimeDelta, Utc};
use deunicode::deunicode;
use rand::RngExt;

use super::phrases::grammar;
use super::{Dice, LATE_CITY, Retailer, by_share, person, pick};
use crate::demo::story::talk::{Conversation, Said, channel};
use crate::demo::story::{StoryChannel, StoryPerson};

/// What is said of most orders that something is said of.
const USUAL: &[(&str, f64)] =
    &[("praise", 0.46), ("quality", 0.1), ("delivery", 0.12), ("size", 0.17), ("question", 0.15)];
const OF_THE_WEAK: &[(&str, f64)] = &[("quality", 0.9), ("praise", 0.1)];
const OF_THE_LATE: &[(&str, f64)] = &[("delivery", 0.88), ("praise", 0.12)];

/// Handle, name and title of those who pass it on, and of those who answer.
const CARE: [(&str, &str, &str); 5] = [
    ("aylin", "Aylin Demir", "Customer care lead"),
    ("tomas", "Tomáš Novák", "Customer care"),
    ("chloe", "Chloé Lefèvre", "Customer care"),
    ("bjorn", "Björn Lindqvist", "Buyer, outdoor and cycling"),
    ("jonas", "Jonas Albrecht", "Head of operations"),
];

/// Something that a customer said.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Remark {
    pub(super) topic: &'static str,
    pub(super) product: String,
    pub(super) city: &'static str,
    pub(super) told: Conversation,
}

/// All of it.
pub(super) fn remarks(retailer: &Retailer, dice: &mut Dice) -> Vec<Remark> {
    let grammar = grammar();
    let mut all = Vec::new();
    for order in &retailer.orders {
        let Some(product) = order.products.first() else { continue };
        let (is_weak, is_late) = (*product == retailer.weak, order.city == LATE_CITY);
        let (likely, topics) = match (is_weak, is_late) {
            (true, _) => (0.3, OF_THE_WEAK),
            (_, true) => (0.2, OF_THE_LATE),
            _ => (0.05, USUAL),
        };
        let at = order.ordered_at.and_utc() + TimeDelta::seconds(dice.random_range(2 * 86_400..9 * 86_400));
        if !dice.random_bool(likely) || at + TimeDelta::hours(12) >= retailer.closed_at() {
            continue;
        }
        let topic = by_share(topics, dice);
        let words = grammar.say(topic, &[("product", product)], dice);
        let customer = if dice.random_bool(0.3) { deunicode(&order.customer) } else { order.customer.clone() };
        let text = format!("#{} | {product} | {customer}, {} | \"{words}\"", order.number, order.city);
        let mut answers = Vec::new();
        if dice.random_bool(0.3) {
            let text = grammar.say("answer", &[("someone", pick(&CARE, dice).0)], dice);
            let at = at + TimeDelta::seconds(dice.random_range(200..30_000));
            answers.push(Said { at, author: dice.random_range(0..CARE.len()), text, file: None });
        }
        let first = Said { at, author: dice.random_range(0..3), text, file: None };
        let told = Conversation { first, answers };
        all.push(Remark { topic, product: product.clone(), city: order.city, told });
    }
    all
}

pub(super) fn people() -> Vec<StoryPerson> {
    CARE.iter().map(|(handle, name, title)| person(handle, name, title)).collect()
}

/// The channel of it.
pub(super) fn channel_of(remarks: Vec<Remark>, closed_at: DateTime<Utc>) -> StoryChannel {
    let (messages, _) = channel(remarks.into_iter().map(|remark| remark.told).collect(), closed_at);
    StoryChannel {
        name: "customer-voice".to_owned(),
        topic: "#order | product | customer, city | what they said".to_owned(),
        purpose: "What customers say of what they bought".to_owned(),
        messages,
    }
}
