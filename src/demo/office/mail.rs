//! Mail: what customers ask, what is answered, and what colleagues send each other.

use chrono::{DateTime, TimeDelta, Utc};
use rand::RngExt;

use super::{Dice, Mail, address, pick, place_of};
use crate::demo::{Company, RecentOrder};

const QUESTIONS: &[(&str, &str)] = &[
    (
        "Where is order {order}?",
        "Hello,\n\nI ordered the {product} last week and it is still {status}. When does it come?\n\nKind regards\n{customer}, {city}",
    ),
    ("Order {order}: wrong size", "Hello,\n\nthe {product} is too small. Can I change it?\n\n{customer}"),
    ("Thank you for the {product}", "It is just what I wanted. Greetings from {city}!\n\n{customer}"),
    ("Invoice for order {order}", "Good morning,\n\nplease send me an invoice with a VAT number.\n\n{customer}"),
];
const ANSWERS: &[&str] = &[
    "Hello {customer},\n\nthank you for your message. We are looking into it.\n\n{me}, Fernweh Goods",
    "Hello {customer},\n\nthis is settled, you get a mail from the carrier tomorrow.\n\n{me}, Fernweh Goods",
];
const NOTES: &[(&str, &str)] = &[
    ("Figures of the week", "The figures of the week are in Orders.xlsx. Best: {product}."),
    ("Large order {order}", "{customer} from {city} ordered again. Please pack it first."),
    ("Return of order {order}", "The {product} came back. It is in the list of returns."),
];

struct Writer<'a> {
    company: &'a Company,
    mails: Vec<Mail>,
    conversation: usize,
}

pub(super) fn all(company: &Company, orders: &[RecentOrder], dice: &mut Dice) -> Vec<Mail> {
    let care = ["aylin", "tomas", "chloe"].map(|handle| place_of(company, handle));
    let office = ["marta", "jonas", "aylin", "peter", "hana", "lotte"].map(|handle| place_of(company, handle));
    // About as many, however much the shop sells.
    let share = |wanted: f64, most: f64| (wanted / orders.len().max(1) as f64).min(most);
    let mut writer = Writer { company, mails: Vec::new(), conversation: 0 };
    for order in orders {
        let at = order.ordered_at.and_utc() + TimeDelta::seconds(dice.random_range(3600..4 * 86_400));
        if dice.random_bool(share(240., 0.5)) {
            writer.question(order, *pick(&care, dice), at, dice);
        }
        if dice.random_bool(share(60., 0.2)) {
            writer.note(order, *pick(&office, dice), &office, at, dice);
        }
    }
    let Writer { mut mails, .. } = writer;
    mails.retain(|mail| mail.at < company.closed_at);
    mails.sort_by_key(|mail| mail.at);
    mails
}

impl Writer<'_> {
    fn question(&mut self, order: &RecentOrder, owner: usize, at: DateTime<Utc>, dice: &mut Dice) {
        let (subject, text) = pick(QUESTIONS, dice);
        let (subject, text) = (fill(subject, order), fill(text, order));
        let handle: String = order.customer.chars().filter(char::is_ascii_alphabetic).collect();
        let customer = (order.customer.clone(), format!("{}.{}@example.com", handle.to_lowercase(), order.number));
        let me = address(self.company, owner);
        self.conversation += 1;
        let folder = if dice.random_bool(0.3) { "Archive" } else { "Inbox" };
        let is_answered = dice.random_bool(0.6);
        self.mails.push(Mail {
            owner,
            folder,
            from: customer.clone(),
            to: vec![me.clone()],
            subject: subject.clone(),
            text,
            at,
            is_read: is_answered || dice.random_bool(0.5),
            conversation: self.conversation,
        });
        if is_answered {
            let text = fill(pick::<&str>(ANSWERS, dice), order).replace("{me}", &me.0);
            let at = at + TimeDelta::seconds(dice.random_range(600..40_000));
            self.mails.push(Mail {
                owner,
                folder: "Sent Items",
                from: me,
                to: vec![customer],
                subject: format!("Re: {subject}"),
                text,
                at,
                is_read: true,
                conversation: self.conversation,
            });
        }
    }

    fn note(&mut self, order: &RecentOrder, author: usize, all: &[usize], at: DateTime<Utc>, dice: &mut Dice) {
        let (subject, text) = pick(NOTES, dice);
        let (subject, text) = (fill(subject, order), fill(text, order));
        self.conversation += 1;
        let others: Vec<usize> = all.iter().copied().filter(|other| *other != author).collect();
        let to: Vec<_> = others.iter().map(|other| address(self.company, *other)).collect();
        let copies = others.iter().map(|other| (*other, "Inbox")).chain([(author, "Sent Items")]);
        for (owner, folder) in copies {
            self.mails.push(Mail {
                owner,
                folder,
                from: address(self.company, author),
                to: to.clone(),
                subject: subject.clone(),
                text: text.clone(),
                at,
                is_read: owner == author || dice.random_bool(0.8),
                conversation: self.conversation,
            });
        }
    }
}

fn fill(phrase: &str, order: &RecentOrder) -> String {
    phrase
        .replace("{order}", &order.number.to_string())
        .replace("{customer}", &order.customer)
        .replace("{city}", order.city)
        .replace("{status}", order.status)
        .replace("{product}", order.products.first().map_or("parcel", String::as_str))
}
