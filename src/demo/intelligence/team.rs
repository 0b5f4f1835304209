//! What is written in the channel of those who sell.

use std::collections::HashMap;

use chrono::{Datelike, Days, NaiveDate, TimeDelta, Weekday};
use rand::RngExt;

use super::customers::{Class, Customer};
use super::sales::{Product, Sale};
use super::support::{About, Talk};
use super::{CARE, CLOSED_ON, DAYS, Dice, FIRST_DAY, OTHERS, REPS, midnight, pick, team_phrases};
use crate::demo::grammar::Grammar;
use crate::demo::story::talk::{Conversation, Said};

/// Messages at size factor 1.
const MESSAGES: f64 = 3_000.;

/// All conversations of the channel.
pub(super) fn all(
    customers: &[Customer],
    products: &[Product],
    sales: &[Sale],
    size_factor: f64,
    dice: &mut Dice,
) -> Talk {
    let wanted = (MESSAGES * size_factor).round().max(50.) as usize;
    let doubled: std::collections::HashSet<usize> = customers.iter().filter_map(|customer| customer.same_as).collect();
    let is_told = |sale: &&Sale| {
        let customer = &customers[sale.customer];
        customer.class != Class::Small && customer.same_as.is_none() && !doubled.contains(&sale.customer)
    };
    let mut by_day: HashMap<NaiveDate, Vec<&Sale>> = HashMap::new();
    for sale in sales.iter().filter(is_told) {
        by_day.entry(sale.day).or_default().push(sale);
    }
    let mut teller = Teller {
        customers,
        products,
        by_day,
        grammar: Grammar::of(team_phrases::RULES),
        talk: Talk { conversations: Vec::new(), about: Vec::new() },
        dice,
    };
    let mut count = 0;
    for (place, customer) in customers.iter().enumerate().filter(|(_, customer)| customer.is_churning) {
        for days in [25, 70, 120, 160] {
            let day = working_day(customer.annoyed_from + Days::new(days));
            if day < CLOSED_ON {
                count += teller.conversation(day, "churn", place, customer.prefers()[0], 0, false);
            }
        }
    }
    for sale in sales.iter().filter(|sale| sale.is_outlier) {
        count += teller.conversation(sale.day, "outlier", sale.customer, sale.product, sale.cents, true);
    }
    while count < wanted {
        let day = teller.day();
        let sale = teller.sale_about(day);
        let told = match (sale, teller.dice.random_range(0..100)) {
            (Some(sale), 0..46) => {
                teller.conversation(sale.day, "deal", sale.customer, sale.product, sale.cents, wanted - count > 1)
            }
            (Some(sale), 46..62) => teller.conversation(day, "quote", sale.customer, sale.product, sale.cents, false),
            (Some(sale), 62..78) => teller.conversation(day, "visit", sale.customer, sale.product, 0, false),
            (Some(sale), 78..84) => teller.conversation(day, "price", sale.customer, sale.product, 0, false),
            (_, number) => teller.talk_of_the_day(day, if number % 2 == 0 { "office" } else { "figures" }),
        };
        count += told;
    }
    // The last conversation may have answers too many.
    if let (Some(last), Some(about)) = (teller.talk.conversations.last_mut(), teller.talk.about.last_mut()) {
        let kept = (1 + last.answers.len()).saturating_sub(count - wanted).max(1);
        last.answers.truncate(kept - 1);
        about.truncate(kept);
    }
    teller.talk
}

struct Teller<'a> {
    customers: &'a [Customer],
    products: &'a [Product],
    by_day: HashMap<NaiveDate, Vec<&'a Sale>>,
    grammar: Grammar,
    talk: Talk,
    dice: &'a mut Dice,
}

impl<'a> Teller<'a> {
    fn day(&mut self) -> NaiveDate {
        loop {
            let day = FIRST_DAY + Days::new(self.dice.random_range(0..DAYS));
            let likely = match day.weekday() {
                Weekday::Mon => 1.,
                Weekday::Tue | Weekday::Wed | Weekday::Thu => 0.85,
                Weekday::Fri => 0.6,
                Weekday::Sat | Weekday::Sun => 0.03,
            };
            if self.dice.random_bool(likely) {
                return day;
            }
        }
    }

    /// An order of that day, or of those before it.
    fn sale_about(&mut self, day: NaiveDate) -> Option<&'a Sale> {
        for back in 0..5 {
            if let Some(sales) = self.by_day.get(&(day - Days::new(back))) {
                return Some(pick(sales, self.dice));
            }
        }
        None
    }

    /// Says something of a customer; gives how many messages it took.
    fn conversation(
        &mut self,
        day: NaiveDate,
        rule: &str,
        place: usize,
        product: usize,
        cents: i64,
        answered: bool,
    ) -> usize {
        let customers = self.customers;
        let customer = &customers[place];
        let spelt = customer.spelt(self.dice);
        let text = self.say(rule, Some((customer, &spelt)), product, cents);
        let author = CARE.len() + customer.rep;
        let at = midnight(day) + TimeDelta::milliseconds(self.dice.random_range(25_000_000..62_000_000));
        let file = match rule {
            "quote" if self.dice.random_bool(0.5) => Some(format!("quote-{}.pdf", customer.id)),
            "visit" if self.dice.random_bool(0.15) => Some(format!("visit-{}-{day}.txt", customer.id)),
            "price" if self.dice.random_bool(0.3) => Some(format!("prices-{}.xlsx", day.format("%Y-%m"))),
            _ => None,
        };
        let first = Said { at, author, text, file };
        let mut about = vec![About { customer: Some(place), of: Some(place), product: Some(product), tone: 0 }];
        let mut answers = Vec::new();
        if rule == "churn" || (answered && self.dice.random_bool(0.15)) {
            let later = at + TimeDelta::milliseconds(self.dice.random_range(60_000..9_000_000));
            let rule = if rule == "churn" { "worried" } else { "cheer" };
            let text = self.say(rule, None, product, cents);
            answers.push(Said { at: later, author: self.colleague(), text, file: None });
            about.push(About { of: Some(place), ..About::default() });
        }
        let count = 1 + answers.len();
        self.talk.conversations.push(Conversation { first, answers });
        self.talk.about.push(about);
        count
    }

    fn talk_of_the_day(&mut self, day: NaiveDate, rule: &str) -> usize {
        let product = self.dice.random_range(0..self.products.len());
        let text = self.say(rule, None, product, 0);
        let at = midnight(day) + TimeDelta::milliseconds(self.dice.random_range(25_000_000..62_000_000));
        let is_figures = rule == "figures" && self.dice.random_bool(0.25);
        let file = is_figures.then(|| format!("pipeline-{}.xlsx", day.format("%Y-%m")));
        let first = Said { at, author: self.colleague(), text, file };
        self.talk.conversations.push(Conversation { first, answers: Vec::new() });
        self.talk.about.push(vec![About::default()]);
        1
    }

    /// Somebody who sells; now and then the one who leads them.
    fn colleague(&mut self) -> usize {
        let reps = CARE.len()..CARE.len() + REPS.len();
        if self.dice.random_bool(0.15) { reps.end } else { self.dice.random_range(reps) }
    }

    fn say(&mut self, rule: &str, customer: Option<(&Customer, &str)>, product: usize, cents: i64) -> String {
        let number = self.dice.random_range(2..60).to_string();
        let amount = format!("{}.{:02} EUR", cents / 100, cents % 100);
        let colleague = format!("@{}", pick(&REPS, self.dice).0);
        let care = format!("@{}", pick(&CARE, self.dice).0);
        let other = format!("@{}", pick(&OTHERS, self.dice).0);
        let values = [
            ("customer", customer.map_or("", |(_, spelt)| spelt)),
            ("first", customer.map_or("", |(customer, _)| customer.person.0)),
            ("city", customer.map_or("Hamburg", |(customer, _)| customer.city)),
            ("product", self.products[product].name.as_str()),
            ("number", &number),
            ("amount", &amount),
            ("colleague", &colleague),
            ("care", &care),
            ("other", &other),
        ];
        self.grammar.say(rule, &values, self.dice)
    }
}

fn working_day(day: NaiveDate) -> NaiveDate {
    match day.weekday() {
        Weekday::Sat | Weekday::Sun => day + Days::new(2),
        _ => day,
    }
}
