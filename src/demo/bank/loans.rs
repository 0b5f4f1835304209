//! What the bank has lent, and what has become of it.

use chrono::{Datelike, NaiveDate, TimeDelta};
use rand::RngExt;

use super::{Bank, Dice, amount, by_share};

/// Loans for each client.
const A_CLIENT: f64 = 1.3;

/// A loan.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Loan {
    /// Number from 1, by when they were given.
    pub(super) number: usize,
    /// A place among the clients.
    pub(super) client: usize,
    pub(super) product: &'static str,
    /// In cents.
    pub(super) principal: i64,
    /// In hundredths of a per cent a year.
    pub(super) rate: i64,
    pub(super) given_on: NaiveDate,
    pub(super) status: &'static str,
    pub(super) defaulted_on: Option<NaiveDate>,
    /// What is still owed, in cents.
    pub(super) outstanding: i64,
}

/// Name, principal in the middle, interest in hundredths of a per cent, and how likely it is never paid back.
type Product = (&'static str, f64, i64, f64);

/// What is lent, each with its share of all loans.
const PRODUCTS: &[(Product, f64)] = &[
    (("Mortgage", 240_000., 345, 0.006), 0.22),
    (("Consumer loan", 9_000., 710, 0.035), 0.36),
    (("Car loan", 21_000., 520, 0.02), 0.27),
    (("Business loan", 85_000., 480, 0.02), 0.15),
];

/// All of them, by when they were given.
pub(super) fn all(bank: &Bank, dice: &mut Dice) -> Vec<Loan> {
    let count = (bank.clients.len() as f64 * A_CLIENT).round() as usize;
    let first = bank.first_day - TimeDelta::days(365);
    let span = (bank.last_day() - first).num_days() - 20;
    let mut days: Vec<i64> = (0..count).map(|_| dice.random_range(0..span)).collect();
    days.sort_unstable();
    let given = days.into_iter().enumerate();
    given.map(|(place, passed)| loan(bank, place + 1, first + TimeDelta::days(passed), dice)).collect()
}

fn loan(bank: &Bank, number: usize, given_on: NaiveDate, dice: &mut Dice) -> Loan {
    let (product, middle, rate, lost) = by_share(PRODUCTS, dice);
    // Car loans were given too freely from the first summer on.
    let is_careless = product == "Car loan" && (given_on.year(), given_on.month()) >= (2024, 6);
    let lost = if is_careless { 0.40 } else { lost };
    let principal = amount(middle, dice) / 10_000 * 10_000 + 10_000;
    let age = (bank.last_day() - given_on).num_days();
    let after = dice.random_range(100..500);
    let is_lost = dice.random_bool(lost) && after < age;
    let luck: f64 = dice.random();
    let status = match is_lost {
        true => "defaulted",
        false if luck < age as f64 / 6_000. => "repaid",
        false if luck > 0.95 => "late",
        false => "performing",
    };
    let left = (1. - age as f64 / 4_000.).max(0.2);
    Loan {
        number,
        client: dice.random_range(0..bank.clients.len()),
        product,
        principal,
        rate: rate + dice.random_range(-60..120),
        given_on,
        status,
        defaulted_on: is_lost.then(|| given_on + TimeDelta::days(after)),
        outstanding: if status == "repaid" { 0 } else { (principal as f64 * left / 100.).round() as i64 * 100 },
    }
}

impl Loan {
    pub(super) fn id(&self) -> String {
        format!("L-{:05}", self.number)
    }
}
