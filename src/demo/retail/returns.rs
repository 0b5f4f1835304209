//! What customers sent back, and why.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use deunicode::deunicode;
use rand::RngExt;

use super::{Dice, LATE_CITY, Retailer, by_share, pick};
use crate::demo::{Company, ListItem, ListValue, Office, RecentOrder};

/// Who notes them.
const CARE: [&str; 3] = ["aylin", "tomas", "chloe"];

const OF_WEARABLES: &[(&str, f64)] =
    &[("Too small", 0.46), ("Too large", 0.2), ("Changed my mind", 0.2), ("Late", 0.06), ("Broken", 0.08)];
const OF_OTHERS: &[(&str, f64)] = &[("Changed my mind", 0.45), ("Broken", 0.25), ("Late", 0.18), ("Too large", 0.12)];
const OF_THE_WEAK: &[(&str, f64)] = &[("Broken", 0.86), ("Changed my mind", 0.08), ("Too small", 0.06)];
const OF_THE_LATE: &[(&str, f64)] = &[("Late", 0.8), ("Changed my mind", 0.2)];

/// Something that came back.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Return {
    /// The customer's name, as whoever noted it spells it.
    pub(super) customer: String,
    pub(super) order: i64,
    pub(super) product: String,
    pub(super) reason: &'static str,
    /// In cents.
    pub(super) refund: i64,
    pub(super) received_at: DateTime<Utc>,
    is_done: bool,
    handler: &'static str,
}

/// All of them, in the order of their orders.
pub(super) fn all(retailer: &Retailer, dice: &mut Dice) -> Vec<Return> {
    let mut all = Vec::new();
    for order in &retailer.orders {
        let Some(product) = order.products.first() else { continue };
        let is_weak = *product == retailer.weak;
        let is_late = order.city == LATE_CITY;
        let wearable = ["Clothing", "Footwear"].contains(&retailer.category_of(product));
        let (likely, reasons) = match (is_weak, is_late) {
            (true, _) => (0.36, OF_THE_WEAK),
            (_, true) => (0.10, OF_THE_LATE),
            _ if wearable => (0.04, OF_WEARABLES),
            _ => (0.02, OF_OTHERS),
        };
        let received_at = order.ordered_at.and_utc() + TimeDelta::days(dice.random_range(6..16));
        if order.status == "cancelled" || !dice.random_bool(likely) || received_at.date_naive() >= retailer.closed_on {
            continue;
        }
        all.push(Return {
            customer: spelt(order, dice),
            order: order.number,
            product: product.clone(),
            reason: by_share(reasons, dice),
            refund: order.total,
            received_at,
            is_done: dice.random_bool(0.75),
            handler: pick(&CARE, dice),
        });
    }
    all
}

fn spelt(order: &RecentOrder, dice: &mut Dice) -> String {
    let (first, last) = order.customer.split_once(' ').unwrap_or(("", &order.customer));
    match dice.random_range(0..6) {
        0 => format!("{last}, {first}"),
        1 => deunicode(&order.customer),
        _ => order.customer.clone(),
    }
}

impl Return {
    pub(super) fn day(&self) -> NaiveDate {
        self.received_at.date_naive()
    }
}

/// Puts them into the office's list of returns, in place of what is there.
pub(super) fn put_down(returns: &[Return], company: &Company, mut office: Office) -> Office {
    let place_of = |handle: &str| company.people.iter().position(|person| person.handle == handle).unwrap_or_default();
    let Some(list) = office.lists.iter_mut().find(|list| list.name == "Returns") else { return office };
    let item = |one: &Return| ListItem {
        values: vec![
            ListValue::Text(one.customer.clone()),
            ListValue::WholeNumber(one.order),
            ListValue::Text(one.product.clone()),
            ListValue::Text(one.reason.to_owned()),
            ListValue::Money(one.refund),
            ListValue::Day(one.day()),
            ListValue::Flag(one.is_done),
            ListValue::Person(place_of(one.handler)),
        ],
        author: place_of(one.handler),
        created_at: one.received_at,
    };
    list.items = returns.iter().map(item).collect();
    office
}
