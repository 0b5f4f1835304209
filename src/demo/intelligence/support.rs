//! What is written in the support channel: what customers say, quoted by those who answer them.

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, Utc, Weekday};
use rand::RngExt;

use super::customers::{Class, Customer};
use super::sales::{BAD, BAD_FROM, BAD_UNTIL, Product, Sale};
use super::{CARE, CLOSED_ON, DAYS, Dice, FIRST_DAY, OTHERS, REPS, midnight, pick, support_phrases};
use crate::demo::grammar::Grammar;
use crate::demo::story::talk::{Conversation, Said};

/// Messages at size factor 1.
const MESSAGES: f64 = 5_000.;

/// Conversations, and what each of their messages is about.
pub(super) struct Talk {
    pub(super) conversations: Vec<Conversation>,
    /// For each conversation, for its first message and its answers.
    pub(super) about: Vec<Vec<About>>,
}

/// What a message is about.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct About {
    /// The customer that it names, if it names one.
    pub(super) customer: Option<usize>,
    /// The customer of the conversation.
    pub(super) of: Option<usize>,
    pub(super) product: Option<usize>,
    /// From -2, furious, to 2, delighted.
    pub(super) tone: i8,
}

/// All conversations of the channel.
pub(super) fn all(
    customers: &[Customer],
    products: &[Product],
    sales: &[Sale],
    size_factor: f64,
    dice: &mut Dice,
) -> Talk {
    let wanted = (MESSAGES * size_factor).round().max(50.) as usize;
    let mut orders = vec![Vec::new(); customers.len()];
    for sale in sales {
        orders[sale.customer].push((sale.day, sale.id.as_str()));
    }
    let mut teller = Teller {
        customers,
        products,
        orders,
        grammar: Grammar::of(support_phrases::RULES),
        weights: weights(customers),
        talk: Talk { conversations: Vec::new(), about: Vec::new() },
        count: 0,
        dice,
    };
    for (place, customer) in customers.iter().enumerate().filter(|(_, customer)| customer.is_churning) {
        // They complain more often, until they do not even complain any more.
        for number in 0..9 {
            let day = customer.annoyed_from - Days::new(40) + Days::new(number * 22);
            if day < CLOSED_ON {
                let tone = if number < 3 { -1 } else { -2 };
                let day = on_a_working_day(day, teller.dice);
                teller.conversation(place, day, Some(tone));
            }
        }
    }
    while teller.count < wanted {
        let day = teller.day();
        let place = teller.customer_on(day);
        let room = wanted - teller.count;
        teller.conversation(place, day, None);
        teller.keep_within(room);
    }
    teller.talk
}

/// Running sums of how often customers are spoken of.
fn weights(customers: &[Customer]) -> Vec<f64> {
    let mut sum = 0.;
    let doubled: std::collections::HashSet<usize> = customers.iter().filter_map(|customer| customer.same_as).collect();
    let weight = |(place, customer): (usize, &Customer)| {
        sum += match customer.class {
            // Which of the two is meant could not be told.
            _ if customer.same_as.is_some() || doubled.contains(&place) => 0.,
            Class::Large => 9.,
            Class::Medium => 4.,
            Class::Small => 1.2,
            Class::None => 0.25,
        };
        sum
    };
    customers.iter().enumerate().map(weight).collect()
}

struct Teller<'a> {
    customers: &'a [Customer],
    products: &'a [Product],
    /// Days and ids of the orders of each customer, by day.
    orders: Vec<Vec<(NaiveDate, &'a str)>>,
    grammar: Grammar,
    weights: Vec<f64>,
    talk: Talk,
    count: usize,
    dice: &'a mut Dice,
}

impl<'a> Teller<'a> {
    /// A day on which somebody writes: more in bad weeks, before Christmas, and from year to year.
    fn day(&mut self) -> NaiveDate {
        loop {
            let day = FIRST_DAY + Days::new(self.dice.random_range(0..DAYS));
            let of_week = match day.weekday() {
                Weekday::Mon => 1.,
                Weekday::Tue | Weekday::Wed => 0.9,
                Weekday::Thu => 0.85,
                Weekday::Fri => 0.7,
                Weekday::Sat => 0.12,
                Weekday::Sun => 0.05,
            };
            let season = if day.month() == 12 || day.month() == 11 { 1.2 } else { 1. };
            let bad = if (BAD_FROM..BAD_UNTIL).contains(&day) { 1.7 } else { 1. };
            let trend = 0.8 + 0.4 * Customer::passed(day);
            if self.dice.random_bool((of_week * season * bad * trend / 2.6).min(1.)) {
                return day;
            }
        }
    }

    fn customer_on(&mut self, day: NaiveDate) -> usize {
        let total = self.weights.last().copied().unwrap_or_default();
        loop {
            let point = self.dice.random::<f64>() * total;
            let place = self.weights.partition_point(|sum| *sum <= point).min(self.customers.len() - 1);
            let customer = &self.customers[place];
            // Who is annoyed writes more; who leaves is heard of above.
            let heard = if customer.is_churning && customer.annoyance_on(day) > 0. {
                0.
            } else {
                0.55 + 0.9 * customer.annoyance_on(day)
            };
            if customer.is_known_on(day) && self.dice.random_bool(f64::min(heard, 1.)) {
                return place;
            }
        }
    }

    /// How the customer feels about it.
    fn tone(&mut self, customer: &Customer, day: NaiveDate, is_bad_product: bool) -> i8 {
        if customer.class == Class::None {
            return 0;
        }
        let passed = Customer::passed(day);
        let busy = if day.month() == 12 { 0.05 } else { 0. };
        let bad =
            0.27 - 0.07 * passed + busy + 0.6 * customer.annoyance_on(day) + if is_bad_product { 0.62 } else { 0. };
        let good = (0.36 + 0.08 * passed) * (1. - customer.annoyance_on(day)) * if is_bad_product { 0.1 } else { 1. };
        let point = self.dice.random::<f64>();
        if point < bad {
            if self.dice.random_bool(if is_bad_product { 0.55 } else { 0.35 }) { -2 } else { -1 }
        } else if point < bad + good {
            if self.dice.random_bool(0.35) { 2 } else { 1 }
        } else {
            0
        }
    }

    fn conversation(&mut self, place: usize, day: NaiveDate, tone: Option<i8>) {
        let (customers, products) = (self.customers, self.products);
        let customer = &customers[place];
        let is_bad_time = (BAD_FROM..BAD_UNTIL).contains(&day);
        let is_bad_product = tone.is_none() && is_bad_time && self.dice.random_bool(0.5);
        let product = if is_bad_product { BAD } else { self.usual_product(customer, is_bad_time) };
        let tone = tone.unwrap_or_else(|| self.tone(customer, day, is_bad_product));
        let rule = match (tone, is_bad_product) {
            (-2, true) => "defect_furious",
            (-1, true) => "defect_annoyed",
            (-2, ..) => "furious",
            (-1, ..) => "annoyed",
            (1, ..) => "pleased",
            (2, ..) => "delighted",
            _ if customer.class == Class::None => "prospect",
            _ => "neutral",
        };
        let mut at = midnight(day) + TimeDelta::seconds(self.dice.random_range(6 * 3600..17 * 3600));
        let spelt = customer.spelt(self.dice);
        let order = self.order_before(place, day);
        let text = self.say(rule, customer, product, &spelt, order);
        let author = self.dice.random_range(0..CARE.len());
        let product = text.contains(&products[product].name).then_some(product);
        let mut about = vec![About { customer: Some(place), of: Some(place), product, tone }];
        let file = (tone < 0 && self.dice.random_bool(0.06)).then(|| format!("photo-{}.jpg", customer.id));
        let first = Said { at: moment(at, self.dice), author, text, file };
        // Most messages need no answer; trouble makes for long threads.
        let (is_answered, most) = match tone {
            -2 => (self.dice.random_bool(0.55), 6),
            -1 => (self.dice.random_bool(0.3), 5),
            _ => (self.dice.random_bool(0.11), 3),
        };
        let count = if is_answered { self.dice.random_range(1..most) } else { 0 };
        let mut answers = Vec::new();
        for number in 0..count {
            at += TimeDelta::seconds(self.dice.random_range(90..if number == 0 { 5_400 } else { 40_000 }));
            let is_last = number + 1 == count;
            // Those who leave are not made happy again.
            let is_settled = is_last && tone < 0 && !customer.is_churning && self.dice.random_bool(0.3);
            let rule = match tone {
                _ if is_settled => "settled",
                -2 | -1 if number == 0 => "on_it",
                -2 | -1 => "handled",
                0 => "informed",
                _ => "cheered",
            };
            let names = self.dice.random_bool(0.3);
            let spelt = if names { customer.spelt(self.dice) } else { "They".to_owned() };
            let rule = if names && !is_settled { "about_them" } else { rule };
            let text = self.say(rule, customer, product.unwrap_or(0), &spelt, order);
            let said_customer = names && text.contains(&spelt);
            let author = self.dice.random_range(0..CARE.len());
            answers.push(Said { at: moment(at, self.dice), author, text, file: None });
            about.push(About { customer: said_customer.then_some(place), of: Some(place), product: None, tone: 0 });
        }
        self.count += 1 + answers.len();
        self.talk.conversations.push(Conversation { first, answers });
        self.talk.about.push(about);
    }

    /// Takes answers of the last conversation back that are too many.
    fn keep_within(&mut self, room: usize) {
        let (Some(conversation), Some(about)) = (self.talk.conversations.last_mut(), self.talk.about.last_mut()) else {
            return;
        };
        let kept = (1 + conversation.answers.len()).min(room.max(1));
        self.count -= 1 + conversation.answers.len() - kept;
        conversation.answers.truncate(kept - 1);
        about.truncate(kept);
    }

    fn usual_product(&mut self, customer: &Customer, is_bad_time: bool) -> usize {
        let prefers = customer.prefers();
        let product = if self.dice.random_bool(0.7) {
            pick(prefers, self.dice)
        } else {
            self.dice.random_range(0..self.products.len())
        };
        if is_bad_time && product == BAD { (BAD + 1) % self.products.len() } else { product }
    }

    /// The last order before a day, as it is called.
    fn order_before(&self, place: usize, day: NaiveDate) -> &'a str {
        let orders = &self.orders[place];
        let before = orders.partition_point(|(ordered, _)| *ordered <= day);
        before.checked_sub(1).map_or("the order", |last| orders[last].1)
    }

    fn say(&mut self, rule: &str, customer: &Customer, product: usize, spelt: &str, order: &str) -> String {
        let number = self.dice.random_range(2..40).to_string();
        let mention = format!("@{}", pick(&CARE, self.dice).0);
        let seller = format!("@{}", REPS[customer.rep].0);
        let other = format!("@{}", pick(&OTHERS, self.dice).0);
        let values = [
            ("customer", spelt),
            ("first", customer.person.0),
            ("product", self.products[product].name.as_str()),
            ("number", &number),
            ("order", order),
            ("colleague", &mention),
            ("seller", &seller),
            ("other", &other),
            ("city", customer.city),
        ];
        self.grammar.say(rule, &values, self.dice)
    }
}

/// Moments have fractions of a second.
fn moment(at: DateTime<Utc>, dice: &mut Dice) -> DateTime<Utc> {
    at + TimeDelta::microseconds(dice.random_range(1_000..999_000))
}

fn on_a_working_day(day: NaiveDate, dice: &mut Dice) -> NaiveDate {
    match day.weekday() {
        Weekday::Sat | Weekday::Sun => day + Days::new(dice.random_range(2..4)),
        _ => day,
    }
}
