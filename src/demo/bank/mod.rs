//! A small bank, made up: its clients with their accounts, transactions, loans and trades, and what its people write.
//!
//! Nobody in it exists.

mod clients;
mod loans;
mod money;
mod phrases;
mod sheets;
mod talk;
mod trades;
mod truth;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use rand::{RngExt, SeedableRng};

use super::dice::{Dice, by_share, pick};
use super::story::{Story, StoryPerson};
use clients::{ADVISERS, Account, Client};
use loans::Loan;
use money::Transaction;
use trades::Trade;

const SEED: u64 = 1_694;
/// Clients, at size factor 1.
const CLIENTS: f64 = 600.;

/// All that the bank knows.
#[derive(Clone, Debug, PartialEq)]
struct Bank {
    clients: Vec<Client>,
    accounts: Vec<Account>,
    /// In order of time.
    transactions: Vec<Transaction>,
    /// By when they were given.
    loans: Vec<Loan>,
    /// In order of time.
    trades: Vec<Trade>,
    first_day: NaiveDate,
    closed_at: DateTime<Utc>,
}

/// What the bank tells, and what is planted.
pub(super) fn story(size_factor: f64) -> Story {
    let mut dice = Dice::seed_from_u64(SEED);
    let bank = Bank::make(size_factor, &mut dice);
    let remarks = talk::remarks(&bank, size_factor, &mut dice);
    Story {
        company: "Kestrel Vale Bank",
        domain: "kestrelvale.example",
        people: staff(),
        truth: truth::of(&bank, &remarks),
        sheets: vec![
            sheets::clients(&bank),
            sheets::accounts(&bank),
            sheets::transactions(&bank),
            sheets::loans(&bank),
            sheets::trades(&bank),
        ],
        documents: Vec::new(),
        channels: vec![talk::relations(remarks, bank.closed_at), talk::compliance(&bank, &mut dice)],
        closed_at: bank.closed_at,
    }
}

impl Bank {
    fn make(size_factor: f64, dice: &mut Dice) -> Self {
        let first_day = NaiveDate::from_ymd_opt(2024, 1, 1).unwrap_or_default();
        let closed_on = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap_or_default();
        let clients = ((CLIENTS * size_factor).round() as usize).max(60);
        let mut bank = Self {
            clients: clients::all(clients, first_day, closed_on, dice),
            accounts: Vec::new(),
            transactions: Vec::new(),
            loans: Vec::new(),
            trades: Vec::new(),
            first_day,
            closed_at: closed_on.and_time(NaiveTime::MIN).and_utc(),
        };
        bank.accounts = clients::accounts(&bank.clients, dice);
        bank.transactions = money::all(&bank, dice);
        bank.loans = loans::all(&bank, dice);
        bank.trades = trades::all(&bank, dice);
        bank
    }

    /// The last day that is told of.
    fn last_day(&self) -> NaiveDate {
        self.closed_at.date_naive() - TimeDelta::days(1)
    }

    fn client_of(&self, account: usize) -> &Client {
        &self.clients[self.accounts[account].client]
    }
}

/// Others than advisers: short name, name, what they do. The first owns the desk.
const OTHERS: &[(&str, &str, &str)] = &[
    ("edda", "Edda Lund", "Head of data"),
    ("marcus", "Marcus Thorne", "Compliance officer"),
    ("yara", "Yara Benali", "Financial crime analyst"),
    ("paula", "Paula Reyes", "Client relations"),
    ("finn", "Finn O'Shea", "Client relations"),
    ("ming", "Ming Zhao", "App product owner"),
    ("ruben", "Ruben de Wit", "Lending"),
];

fn staff() -> Vec<StoryPerson> {
    let others = OTHERS.iter().copied();
    let advisers = ADVISERS.iter().map(|adviser| (adviser.handle, adviser.name, "Adviser"));
    let person = |(handle, name, title): (&str, &str, &str)| StoryPerson {
        handle: handle.to_owned(),
        name: name.to_owned(),
        title: title.to_owned(),
    };
    others.chain(advisers).map(person).collect()
}

/// The place of somebody among [`staff`].
fn place_of(handle: &str) -> usize {
    let handles = OTHERS.iter().map(|(handle, ..)| *handle).chain(ADVISERS.iter().map(|adviser| adviser.handle));
    handles.into_iter().position(|known| known == handle).unwrap_or_default()
}

/// How many of what comes by chance, so many in the mean.
fn how_many(expected: f64, dice: &mut Dice) -> usize {
    expected.floor() as usize + usize::from(dice.random_bool(expected.fract()))
}

/// An amount in cents: many small ones, some large, so many euros in the middle.
fn amount(middle: f64, dice: &mut Dice) -> i64 {
    let bell = (0..12).map(|_| dice.random::<f64>()).sum::<f64>() - 6.;
    (middle * (0.8 * bell).exp() * 100.).round().max(100.) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_bank() {
        assert_eq!(story(1.), story(1.));
    }

    #[test]
    fn the_bank_is_coherent() {
        let bank = Bank::make(1., &mut Dice::seed_from_u64(SEED));
        assert!(bank.transactions.len() > 7_000, "{}", bank.transactions.len());
        assert!(bank.transactions.is_sorted_by_key(|one| one.at));
        let opened = |account: usize| bank.accounts[account].opened_on;
        assert!(
            bank.transactions.iter().all(|one| one.at < bank.closed_at && one.at.date_naive() >= opened(one.account))
        );
        assert!(bank.trades.iter().all(|one| one.on <= bank.last_day() && one.on >= opened(one.account)));
        for loan in &bank.loans {
            assert!(loan.defaulted_on.is_none_or(|day| day > loan.given_on && day <= bank.last_day()), "{loan:?}");
        }
        let larger = Bank::make(3., &mut Dice::seed_from_u64(SEED));
        assert!(larger.transactions.len() > 2 * bank.transactions.len());
    }
}
