//! What is paid into accounts and out of them.

use std::ops::Range;

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveTime, TimeDelta, Utc};
use rand::RngExt;

use super::clients::GROWING;
use super::{Bank, Dice, amount, by_share, how_many};

/// Cash from this amount on is told to the authorities, in cents.
const THRESHOLD: i64 = 1_000_000;
/// Accounts that keep below it again and again.
const STRUCTURING: usize = 3;

/// A movement of money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Transaction {
    /// Number from 1, in order of time.
    pub(super) number: usize,
    pub(super) at: DateTime<Utc>,
    /// A place among the accounts.
    pub(super) account: usize,
    pub(super) kind: &'static str,
    pub(super) is_in: bool,
    /// In cents.
    pub(super) amount: i64,
    pub(super) channel: &'static str,
}

impl Transaction {
    /// Whether it is cash just below what is told to the authorities.
    pub(super) fn is_just_below(&self) -> bool {
        self.kind == "cash deposit" && (THRESHOLD * 9 / 10..THRESHOLD).contains(&self.amount)
    }
}

/// What may happen: how often beside the rest, whether money comes in, how much, and by which ways.
type Kind = (&'static str, bool, f64, &'static [(&'static str, f64)]);

const CASH: &[(&str, f64)] = &[("branch", 0.8), ("atm", 0.2)];
const MACHINE: &[(&str, f64)] = &[("atm", 0.9), ("branch", 0.1)];
const ONLINE: &[(&str, f64)] = &[("app", 0.6), ("web", 0.35), ("branch", 0.05)];

const KINDS: &[(Kind, f64)] = &[
    (("transfer in", true, 900., ONLINE), 0.30),
    (("transfer out", false, 620., ONLINE), 0.27),
    (("card payment", false, 70., &[("card", 1.0)]), 0.25),
    (("cash deposit", true, 480., CASH), 0.06),
    (("cash withdrawal", false, 160., MACHINE), 0.12),
];

/// All of them, in order of time.
pub(super) fn all(bank: &Bank, dice: &mut Dice) -> Vec<Transaction> {
    let mut all = Vec::new();
    let mut month = bank.first_day;
    let mut passed = 0_i32;
    while month < bank.closed_at.date_naive() {
        // December is busy, summer is not.
        let season = [0.95, 0.92, 1.0, 1.0, 1.02, 1.0, 0.9, 0.86, 1.0, 1.03, 1.1, 1.25][month.month0() as usize];
        for (place, account) in bank.accounts.iter().enumerate() {
            let a_month = match account.kind {
                "current" => 0.62,
                _ => 0.12,
            };
            for _ in 0..how_many(a_month * season, dice) {
                all.extend(usual(bank, place, month, passed, dice));
            }
        }
        month = month + Months::new(1);
        passed += 1;
    }
    for number in 0..STRUCTURING {
        structured(bank, number, &mut all, dice);
    }
    all.sort_by_key(|one| (one.at, one.account));
    for (place, one) in all.iter_mut().enumerate() {
        one.number = place + 1;
    }
    all
}

fn usual(bank: &Bank, account: usize, month: NaiveDate, passed: i32, dice: &mut Dice) -> Option<Transaction> {
    let client = bank.client_of(account);
    let (kind, is_in, middle, ways) = by_share(KINDS, dice);
    let size = match client.segment {
        "Affluent" => 3.,
        "Business" => 6.,
        _ => 1.,
    };
    // Clients of one adviser bring more and more since the second spring.
    let brings = if client.adviser == GROWING && kind == "transfer in" && passed >= 14 {
        1.6 + 0.25 * f64::from(passed - 14)
    } else {
        1.
    };
    let at = moment(month, 0..28, dice);
    let transaction = Transaction {
        number: 0,
        at,
        account,
        kind,
        is_in,
        amount: amount(middle * size * brings, dice).min(25_000_000),
        channel: by_share(ways, dice),
    };
    (at.date_naive() >= client.joined_on).then_some(transaction)
}

/// Many deposits just below the threshold, in the last autumn.
fn structured(bank: &Bank, number: usize, all: &mut Vec<Transaction>, dice: &mut Dice) {
    let candidates = bank.accounts.iter().enumerate().filter(|(_, account)| {
        account.kind == "current" && bank.clients[account.client].joined_on < bank.last_day() - TimeDelta::days(200)
    });
    let candidates: Vec<usize> = candidates.map(|(place, _)| place).collect();
    // Far from each other, the same ones whatever else is made.
    let account = candidates[(candidates.len() * (2 * number + 1) / (2 * STRUCTURING)).min(candidates.len() - 1)];
    let month = bank.closed_at.date_naive() - Months::new(4) + Months::new(number as u32 % 2);
    for _ in 0..dice.random_range(11..16) {
        let cents = dice.random_range(9_050..9_990) * 100;
        let (at, channel) = (moment(month, 0..56, dice), "branch");
        all.push(Transaction { number: 0, at, account, kind: "cash deposit", is_in: true, amount: cents, channel });
    }
}

fn moment(month: NaiveDate, days: Range<i64>, dice: &mut Dice) -> DateTime<Utc> {
    let day = month + TimeDelta::days(dice.random_range(days));
    day.and_time(NaiveTime::MIN).and_utc() + TimeDelta::seconds(dice.random_range(8 * 3600..18 * 3600))
}
