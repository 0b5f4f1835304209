//! What business customers order over two years.

use chrono::{Datelike, Days, NaiveDate, Weekday};
use rand::RngExt;

use super::customers::{Class, Customer};
use super::names::GROWING;
use super::{CLOSED_ON, Dice, FIRST_DAY, pick};

/// An order of a single product.
#[derive(Clone, Debug)]
pub(super) struct Sale {
    pub(super) id: String,
    pub(super) day: NaiveDate,
    /// Places in the lists of products and customers.
    pub(super) product: usize,
    pub(super) customer: usize,
    pub(super) quantity: i64,
    pub(super) cents: i64,
    /// Whether it is one that nobody would expect.
    pub(super) is_outlier: bool,
}

/// A product that is sold to businesses.
#[derive(Clone, Debug)]
pub(super) struct Product {
    pub(super) name: String,
    /// What a piece costs, in cents.
    pub(super) price: i64,
}

/// The product that is bad for some weeks, as a place in the list.
pub(super) const BAD: usize = 2;

/// Those weeks.
pub(super) const BAD_FROM: NaiveDate = NaiveDate::from_ymd_opt(2025, 5, 12).expect("a day");
pub(super) const BAD_UNTIL: NaiveDate = NaiveDate::from_ymd_opt(2025, 6, 30).expect("a day");

/// How much is ordered in each month, January first.
const MONTHS: [f64; 12] = [0.86, 0.90, 1.02, 1.06, 1.10, 1.04, 0.88, 0.84, 1.06, 1.10, 1.18, 0.96];

/// Orders that nobody would expect, at any size.
const OUTLIERS: usize = 4;

/// All orders, by day.
pub(super) fn all(customers: &[Customer], products: &[Product], dice: &mut Dice) -> Vec<Sale> {
    let mut sales = Vec::new();
    for (place, customer) in customers.iter().enumerate() {
        if customer.class != Class::None {
            of_customer(place, customer, products, &mut sales, dice);
        }
    }
    outliers(customers, products, &mut sales, dice);
    sales.sort_by_key(|sale| (sale.day, sale.customer));
    for (number, sale) in sales.iter_mut().enumerate() {
        sale.id = format!("B-{}", 100_001 + number);
    }
    sales
}

fn of_customer(place: usize, customer: &Customer, products: &[Product], sales: &mut Vec<Sale>, dice: &mut Dice) {
    let first = customer.since.max(FIRST_DAY);
    let mut day = first + Days::new(dice.random_range(0.0..customer.pause) as u64);
    let mut slower = 1.;
    while day < CLOSED_ON {
        let on = on_a_working_day(day, dice).max(first);
        if on < CLOSED_ON {
            sales.push(sale(place, customer, products, on, dice));
        }
        // Small customers order when they need something, large ones by a plan.
        let jitter = if customer.class == Class::Large { 0.18 } else { 0.6 };
        let growth = if customer.region == GROWING { 1.9 - 1.25 * Customer::passed(day) } else { 1. };
        if customer.is_churning && day >= customer.annoyed_from {
            slower *= 2.;
        }
        let pause = customer.pause * growth * slower * dice.random_range(1. - jitter..1. + jitter);
        day = day + Days::new(pause.round().max(1.) as u64);
    }
}

fn sale(place: usize, customer: &Customer, products: &[Product], day: NaiveDate, dice: &mut Dice) -> Sale {
    let product = product(customer, day, products.len(), dice);
    let season = MONTHS[day.month0() as usize];
    let trend = 1. + 0.16 * Customer::passed(day);
    let mood = 1. - 0.55 * customer.annoyance_on(day);
    let noise = dice.random_range(0.78..1.22);
    let wanted = customer.basket * season * trend * mood * noise;
    let quantity = (wanted / products[product].price as f64).round().max(1.) as i64;
    // Who orders more pays less for a piece.
    let per_cent = 100 - (quantity / 10).min(12);
    let cents = quantity * products[product].price * per_cent / 100;
    Sale { id: String::new(), day, product, customer: place, quantity, cents, is_outlier: false }
}

fn product(customer: &Customer, day: NaiveDate, count: usize, dice: &mut Dice) -> usize {
    let product = if dice.random_bool(0.7) { pick(customer.prefers(), dice) } else { dice.random_range(0..count) };
    // Word of the bad weeks goes round.
    let is_shunned = product == BAD && day >= BAD_FROM + Days::new(14) && day < BAD_UNTIL + Days::new(60);
    if is_shunned && dice.random_bool(0.6) { (product + 1) % count } else { product }
}

/// Orders come on working days, most of them early in the week.
fn on_a_working_day(day: NaiveDate, dice: &mut Dice) -> NaiveDate {
    match day.weekday() {
        Weekday::Sat if dice.random_bool(0.92) => day + Days::new(2),
        Weekday::Sun if dice.random_bool(0.95) => day + Days::new(dice.random_range(1..3)),
        Weekday::Fri if dice.random_bool(0.35) => day - Days::new(dice.random_range(1..4)),
        _ => day,
    }
}

/// A few orders far beyond what their customers usually buy, once each.
fn outliers(customers: &[Customer], products: &[Product], sales: &mut Vec<Sale>, dice: &mut Dice) {
    let fits = |(_, customer): &(usize, &Customer)| {
        customer.class == Class::Medium && customer.region != GROWING && customer.annoyance == 0.
    };
    let fitting: Vec<(usize, &Customer)> = customers.iter().enumerate().filter(fits).collect();
    for number in 0..OUTLIERS.min(fitting.len()) {
        let (place, customer) = fitting[(2 * number + 1) * fitting.len() / (2 * OUTLIERS)];
        let earliest = customer.since.max(FIRST_DAY);
        let day = FIRST_DAY + Days::new(95 + 160 * number as u64);
        let day = if day.weekday().num_days_from_monday() > 4 { day + Days::new(2) } else { day };
        let product = dice.random_range(0..products.len());
        let cents = 6_200_000 + 740_000 * number as i64;
        let quantity = cents / products[product].price;
        let cents = quantity * products[product].price;
        let day = day.max(earliest);
        sales.push(Sale { id: String::new(), day, product, customer: place, quantity, cents, is_outlier: true });
    }
}
