//! What clients buy and sell, what that should cost them, and what they were charged.

use chrono::{Datelike, NaiveDate, TimeDelta};
use rand::RngExt;

use super::{Bank, Dice, amount, by_share, pick};

/// Trades of a brokerage account in two years.
const AN_ACCOUNT: f64 = 11.;
/// The day on which a new version of the app came out.
pub(super) const RELEASED: (i32, u32, u32) = (2025, 10, 6);

/// A trade.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trade {
    /// Number from 1, in order of time.
    pub(super) number: usize,
    pub(super) on: NaiveDate,
    /// A place among the accounts.
    pub(super) account: usize,
    pub(super) instrument: &'static str,
    pub(super) side: &'static str,
    pub(super) channel: &'static str,
    /// In cents.
    pub(super) value: i64,
    /// In cents, as the price list has it.
    pub(super) fee_due: i64,
    /// In cents.
    pub(super) fee_charged: i64,
}

const INSTRUMENTS: &[(&str, f64)] = &[("ETF", 0.45), ("Share", 0.3), ("Fund", 0.15), ("Bond", 0.1)];

/// All of them, in order of time.
pub(super) fn all(bank: &Bank, dice: &mut Dice) -> Vec<Trade> {
    let released = NaiveDate::from_ymd_opt(RELEASED.0, RELEASED.1, RELEASED.2).unwrap_or_default();
    let own = bank.accounts.iter().enumerate().filter(|(_, account)| account.kind == "brokerage");
    let own: Vec<usize> = own.map(|(place, _)| place).collect();
    let days = (bank.last_day() - bank.first_day).num_days() + 1;
    let mut all = Vec::new();
    for _ in 0..(own.len() as f64 * AN_ACCOUNT).round() as usize {
        let Some(account) = (!own.is_empty()).then(|| pick(&own, dice)) else { break };
        // More and more.
        let passed = (days as f64 * dice.random::<f64>().powf(0.8)) as i64;
        let on = bank.first_day + TimeDelta::days(passed.min(days - 1));
        if on < bank.accounts[account].opened_on || on.weekday().num_days_from_monday() > 4 {
            continue;
        }
        let instrument = by_share(INSTRUMENTS, dice);
        let channel = by_share(&[("app", 0.5), ("web", 0.28), ("adviser", 0.17), ("phone", 0.05)], dice);
        let value = amount(7_500., dice);
        let fee_due = (value / 400).max(490);
        // The new version forgets the fee of funds that are traded on exchanges; elsewhere one is waived now and then.
        let is_forgotten = on >= released && channel == "app" && instrument == "ETF";
        let fee_charged = if is_forgotten || dice.random_bool(0.006) { 0 } else { fee_due };
        let side = if dice.random_bool(0.64) { "buy" } else { "sell" };
        all.push(Trade { number: 0, on, account, instrument, side, channel, value, fee_due, fee_charged });
    }
    all.sort_by_key(|one| (one.on, one.account));
    for (place, one) in all.iter_mut().enumerate() {
        one.number = place + 1;
    }
    all
}
