//! The shop's orders, day by day, each with its items.

use chrono::{Datelike, NaiveDate, NaiveDateTime, TimeDelta};
use rand::RngExt;

use super::customers::Customer;
use super::products::{CATEGORIES, Product};
use super::{Dice, Shop, calendar, pick_by_weight, running_sums};

/// An order with what was ordered.
pub(super) struct Order {
    /// Place in the list of customers.
    pub(super) customer: usize,
    pub(super) status: &'static str,
    pub(super) ordered_at: NaiveDateTime,
    pub(super) updated_at: NaiveDateTime,
    pub(super) items: Vec<Item>,
}

/// One line of an order.
pub(super) struct Item {
    /// Place in the list of products.
    pub(super) product: usize,
    pub(super) quantity: i64,
    /// In cents.
    pub(super) unit_price: i64,
}

impl Order {
    /// What it costs, in cents.
    pub(super) fn total(&self) -> i64 {
        self.items.iter().map(|item| item.quantity * item.unit_price).sum()
    }
}

/// Makes the orders of one day after another.
pub(super) struct OrderBook<'a> {
    products: &'a [Product],
    customers: &'a [Customer],
    end: NaiveDateTime,
    hours: Vec<f64>,
    /// For each month, running sums of every product's demand.
    demand: [Vec<f64>; 12],
    /// Customers who have signed up, each as often as it is eager.
    ready: Vec<usize>,
    /// How many customers are in `ready`.
    signed_up: usize,
}

impl<'a> OrderBook<'a> {
    pub(super) fn new(shop: &Shop, products: &'a [Product], customers: &'a [Customer]) -> Self {
        let demand = std::array::from_fn(|month| {
            running_sums(products.iter().map(|product| {
                let category = &CATEGORIES[product.category];
                category.weight * category.months[month] * product.popularity
            }))
        });
        let (end, hours) = (calendar::end(shop), calendar::hours());
        Self { products, customers, end, hours, demand, ready: Vec::new(), signed_up: 0 }
    }

    /// The orders of a day, in order of time.
    pub(super) fn day(&mut self, day: NaiveDate, count: usize, dice: &mut Dice) -> Vec<Order> {
        let newcomers = self.customers[self.signed_up..].iter().take_while(|customer| customer.created_at.date() < day);
        for customer in newcomers {
            self.ready.extend(std::iter::repeat_n(self.signed_up, customer.eagerness));
            self.signed_up += 1;
        }
        let mut moments: Vec<_> = (0..count).map(|_| calendar::moment(day, &self.hours, dice)).collect();
        moments.sort_unstable();
        moments.into_iter().map(|ordered_at| self.order(ordered_at, dice)).collect()
    }

    fn order(&self, ordered_at: NaiveDateTime, dice: &mut Dice) -> Order {
        let (status, updated_at) = self.fate(ordered_at, dice);
        let lines = 1 + pick_by_weight(&[0.62, 0.86, 0.96, 1.0], dice);
        let mut items: Vec<Item> = Vec::with_capacity(lines);
        for _ in 0..lines {
            let product = pick_by_weight(&self.demand[ordered_at.month0() as usize], dice);
            match items.iter_mut().find(|item| item.product == product) {
                Some(item) => item.quantity += 1,
                None => {
                    let quantity = 1 + pick_by_weight(&[0.85, 0.97, 1.0], dice) as i64;
                    items.push(Item { product, quantity, unit_price: self.products[product].price_at(ordered_at) });
                }
            }
        }
        Order { customer: self.ready[dice.random_range(0..self.ready.len())], status, ordered_at, updated_at, items }
    }

    /// What has become of an order by the end, and when that was last written down.
    fn fate(&self, ordered_at: NaiveDateTime, dice: &mut Dice) -> (&'static str, NaiveDateTime) {
        let after = |hours: std::ops::Range<i64>, dice: &mut Dice| {
            ordered_at + TimeDelta::seconds(dice.random_range(hours.start * 3600..hours.end * 3600))
        };
        let luck: f64 = dice.random();
        let shipped_at = after(6..48, dice);
        let delivered_at = after(60..150, dice);
        let steps = match luck {
            luck if luck < 0.04 => vec![("cancelled", after(1..20, dice))],
            luck if luck < 0.09 => {
                vec![("shipped", shipped_at), ("delivered", delivered_at), ("returned", after(200..700, dice))]
            }
            _ => vec![("shipped", shipped_at), ("delivered", delivered_at)],
        };
        steps.into_iter().rev().find(|(_, at)| *at < self.end).unwrap_or(("processing", ordered_at))
    }
}
