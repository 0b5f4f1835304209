//! What is planted in the bank, as it came out.

use std::collections::BTreeMap;

use chrono::Datelike;
use serde_json::{Value, json};

use super::Bank;
use super::clients::ADVISERS;
use super::talk::{Remark, is_released};
use crate::demo::truth::Truth;

/// Deposits just below the threshold from which on an account is suspicious.
const SUSPICIOUS: i64 = 5;

pub(super) fn of(bank: &Bank, remarks: &[Remark]) -> Truth {
    let truth = of_money(bank, Truth::default());
    let truth = of_loans(bank, truth);
    let truth = of_trades(bank, truth);
    of_remarks(remarks, truth)
}

fn of_money(bank: &Bank, truth: Truth) -> Truth {
    let mut below: BTreeMap<String, i64> = BTreeMap::new();
    let (mut net, mut cash) = (BTreeMap::new(), 0_i64);
    let (mut inflow, mut by_kind) = (0_i64, BTreeMap::new());
    for one in &bank.transactions {
        if one.is_just_below() {
            *below.entry(bank.accounts[one.account].id()).or_default() += 1;
        }
        *by_kind.entry(one.kind).or_insert(0_i64) += 1;
        if one.at.year() == 2025 {
            let adviser = ADVISERS[bank.client_of(one.account).adviser].name;
            *net.entry(adviser).or_insert(0_i64) += if one.is_in { one.amount } else { -one.amount };
            inflow += if one.is_in { one.amount } else { 0 };
            cash += if one.kind == "cash deposit" { one.amount } else { 0 };
        }
    }
    let mut suspicious = ranked(below.into_iter().filter(|(_, count)| *count >= SUSPICIOUS), |count| json!(count));
    suspicious.iter_mut().for_each(|row| row.truncate(1));
    let mut segments = BTreeMap::new();
    let mut joined = BTreeMap::new();
    for client in &bank.clients {
        *segments.entry(client.segment).or_insert(0_i64) += 1;
        if client.joined_on.year() == 2025 {
            *joined.entry(ADVISERS[client.adviser].name).or_insert(0_i64) += 1;
        }
    }
    truth
        .with("structuring", "accounts with many cash deposits just below 10,000", &["account_id"], suspicious)
        .with(
            "net_new_money",
            "what came in less what went out in 2025, by adviser",
            &["adviser", "amount"],
            ranked(net, euros),
        )
        .with("inflow", "what came in in 2025", &["amount"], vec![vec![euros(inflow)]])
        .with("cash", "cash that was deposited in 2025", &["amount"], vec![vec![euros(cash)]])
        .with("kinds", "transactions by their kind", &["kind", "transactions"], ranked(by_kind, |count| json!(count)))
        .with(
            "transactions",
            "how many transactions there were",
            &["transactions"],
            vec![vec![json!(bank.transactions.len())]],
        )
        .with("clients", "how many clients there are", &["clients"], vec![vec![json!(bank.clients.len())]])
        .with("segments", "clients by segment", &["segment", "clients"], ranked(segments, |count| json!(count)))
        .with(
            "new_clients",
            "clients who joined in 2025, by adviser",
            &["adviser", "clients"],
            ranked(joined, |count| json!(count)),
        )
}

fn of_loans(bank: &Bank, truth: Truth) -> Truth {
    let mut rates: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    let (mut defaults, mut lost, mut outstanding) = (BTreeMap::new(), BTreeMap::new(), 0_i64);
    for loan in &bank.loans {
        let rate = rates.entry(loan.product).or_default();
        *rate = (rate.0 + 1., rate.1 + f64::from(u8::from(loan.defaulted_on.is_some())));
        outstanding += loan.outstanding;
        if let Some(day) = loan.defaulted_on {
            *defaults.entry(day.year()).or_insert(0_i64) += 1;
            *lost.entry(loan.product).or_insert(0_i64) += loan.outstanding;
        }
    }
    let rate = |(all, lost): (f64, f64)| 100. * lost / all;
    let overall = rates.values().fold((0., 0.), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    let mut products: Vec<(&str, f64)> = rates.iter().map(|(product, one)| (*product, rate(*one))).collect();
    products.sort_by(|one, other| other.1.total_cmp(&one.1));
    let years = defaults.into_iter().map(|(year, count)| vec![json!(year.to_string()), json!(count)]).collect();
    truth
        .with(
            "default_rates",
            "loans in default in per cent, by product",
            &["product", "rate"],
            products.into_iter().map(|(product, rate)| vec![json!(product), json!(rate)]).collect(),
        )
        .with("default_rate", "the same of all loans", &["rate"], vec![vec![json!(rate(overall))]])
        .with("defaults_by_year", "loans that defaulted, by year", &["year", "loans"], years)
        .with("lost", "what is owed on loans in default, by product", &["product", "amount"], ranked(lost, euros))
        .with("outstanding", "what is owed on all loans", &["amount"], vec![vec![euros(outstanding)]])
        .with("loans", "how many loans were given", &["loans"], vec![vec![json!(bank.loans.len())]])
}

fn of_trades(bank: &Bank, truth: Truth) -> Truth {
    let (mut channels, mut instruments, mut all, mut months) =
        (BTreeMap::new(), BTreeMap::new(), 0_i64, BTreeMap::new());
    let mut charged = 0_i64;
    for one in &bank.trades {
        let missing = one.fee_due - one.fee_charged;
        *channels.entry(one.channel).or_insert(0_i64) += missing;
        *instruments.entry(one.instrument).or_insert(0_i64) += missing;
        *months.entry(one.on.format("%Y-%m").to_string()).or_insert(0_i64) += missing;
        (all, charged) = (all + missing, charged + one.fee_charged);
    }
    truth
        .with("leakage", "fees that were due and not charged", &["amount"], vec![vec![euros(all)]])
        .with("leakage_by_channel", "the same, by channel", &["channel", "amount"], ranked(channels, euros))
        .with("leakage_by_instrument", "the same, by instrument", &["instrument", "amount"], ranked(instruments, euros))
        .with("leakage_months", "the same, by month", &["month", "amount"], ranked(months, euros))
        .with("fees", "fees that were charged", &["amount"], vec![vec![euros(charged)]])
        .with("trades", "how many trades there were", &["trades"], vec![vec![json!(bank.trades.len())]])
}

fn of_remarks(remarks: &[Remark], truth: Truth) -> Truth {
    let (mut topics, mut praised, mut since) = (BTreeMap::new(), BTreeMap::new(), 0_i64);
    for remark in remarks {
        *topics.entry(remark.topic).or_insert(0_i64) += 1;
        let good = praised.entry(remark.topic).or_insert((0_i64, 0_i64));
        *good = (good.0 + 1, good.1 + i64::from(!remark.is_complaint));
        since += i64::from(remark.topic == "app" && is_released(remark.told.first.at.date_naive()));
    }
    let mut shares: Vec<(&str, f64)> =
        praised.into_iter().map(|(topic, (all, good))| (topic, 100. * good as f64 / all as f64)).collect();
    shares.sort_by(|one, other| one.1.total_cmp(&other.1));
    truth
        .with("topics", "remarks of clients, by topic", &["topic", "remarks"], ranked(topics, |count| json!(count)))
        .with(
            "praise",
            "good remarks in per cent, by topic, the worst first",
            &["topic", "rate"],
            shares.into_iter().map(|(topic, rate)| vec![json!(topic), json!(rate)]).collect(),
        )
        .with(
            "app_remarks",
            "remarks on the app since its release of 6 October 2025",
            &["remarks"],
            vec![vec![json!(since)]],
        )
        .with("remarks", "how many remarks of clients were passed on", &["remarks"], vec![vec![json!(remarks.len())]])
}

fn euros(cents: i64) -> Value {
    json!(cents as f64 / 100.)
}

/// The largest first.
fn ranked<N: Into<Value>>(sums: impl IntoIterator<Item = (N, i64)>, shown: impl Fn(i64) -> Value) -> Vec<Vec<Value>> {
    let mut sums: Vec<(N, i64)> = sums.into_iter().collect();
    sums.sort_by_key(|(_, sum)| -sum);
    sums.into_iter().map(|(name, sum)| vec![name.into(), shown(sum)]).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_planted_shows() {
        let truth = super::super::story(1.).truth;
        let rows = |name: &str| truth.fact(name).unwrap().rows.clone();
        assert_eq!(rows("structuring").len(), 3, "{:#?}", rows("structuring"));
        for (fact, thing, least) in [
            ("net_new_money", "Noor Haddad", 1.5),
            ("default_rates", "Car loan", 2.),
            ("leakage_by_channel", "app", 5.),
            ("leakage_by_instrument", "ETF", 5.),
            ("new_clients", "Noor Haddad", 1.3),
        ] {
            let rows = rows(fact);
            let value = |place: usize| rows[place][1].as_f64().unwrap();
            assert_eq!(rows[0][0], thing, "{fact}: {rows:#?}");
            assert!(value(0) > least * value(1), "{fact}: {rows:#?}");
        }
        assert_eq!(rows("praise")[0][0], "app");
        assert!(rows("app_remarks")[0][0].as_i64().unwrap() > 200);
        assert!(rows("leakage_months")[0][0].as_str().unwrap() >= "2025-10");
        let defaults: Vec<i64> = rows("defaults_by_year").iter().map(|row| row[1].as_i64().unwrap()).collect();
        assert!(defaults.is_sorted(), "{defaults:?}");
    }
}
