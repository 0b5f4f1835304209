//! What is true of the books.

mod consolidated;
mod invoices;
mod spending;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::super::truth::Truth;
use super::Ledger;
use super::entries::{Entry, NEEDS_APPROVAL};
use super::lines::Kind;

pub(super) use invoices::vendors;

/// All facts.
pub(super) fn all(ledger: &Ledger) -> Truth {
    let truth = spending::facts(Truth::default(), ledger);
    let truth = spending::budgets(truth, ledger);
    let truth = invoices::facts(truth, ledger);
    let truth = compliance(truth, ledger);
    consolidated::facts(truth, ledger)
}

/// Sums by a key, in cents.
fn sums<K: Ord>(amounts: impl Iterator<Item = (K, i64)>) -> BTreeMap<K, i64> {
    let mut sums = BTreeMap::new();
    for (key, amount) in amounts {
        *sums.entry(key).or_default() += amount;
    }
    sums
}

/// The largest first.
fn ranked(sums: BTreeMap<&'static str, i64>) -> Vec<Vec<Value>> {
    let mut ranked: Vec<_> = sums.into_iter().collect();
    ranked.sort_by_key(|(_, sum)| -sum);
    ranked.into_iter().map(|(name, sum)| vec![json!(name), euros(sum)]).collect()
}

fn by_day(sums: BTreeMap<NaiveDate, i64>) -> Vec<Vec<Value>> {
    sums.into_iter().map(|(day, sum)| vec![json!(day), euros(sum)]).collect()
}

fn euros(cents: i64) -> Value {
    json!(cents as f64 / 100.)
}

fn number(value: impl Into<Value>) -> Vec<Vec<Value>> {
    vec![vec![value.into()]]
}

fn compliance(truth: Truth, ledger: &Ledger) -> Truth {
    let silent: Vec<_> = ledger.entries.iter().filter(|entry| entry.description.is_none()).collect();
    let is_unapproved =
        |entry: &&Entry| entry.kind == Kind::Expense && entry.amount >= NEEDS_APPROVAL && entry.approved_by.is_none();
    let unapproved: Vec<_> = ledger.entries.iter().filter(is_unapproved).collect();
    let mut by_department: Vec<_> = sums(silent.iter().map(|entry| (entry.department, 1))).into_iter().collect();
    by_department.sort_by_key(|(_, count)| -count);
    let listed = |entries: &[&Entry]| -> Vec<Vec<Value>> {
        let rows = entries.iter().map(|entry| vec![json!(entry.id), json!(entry.department), euros(entry.amount)]);
        rows.collect()
    };
    truth
        .with(
            "entries_without_description",
            "entries of which nobody wrote down what they were for",
            &["entry_id", "department", "amount"],
            listed(&silent),
        )
        .with("entries_without_description_count", "how many those are", &["entries"], number(silent.len()))
        .with(
            "entries_without_description_by_department",
            "how many each department has, the most first",
            &["department", "entries"],
            by_department.into_iter().map(|(name, count)| vec![json!(name), json!(count)]).collect(),
        )
        .with(
            "unapproved_expenses",
            "expenses of 10,000 or more that nobody approved",
            &["entry_id", "department", "amount"],
            listed(&unapproved),
        )
        .with("unapproved_expenses_count", "how many those are", &["entries"], number(unapproved.len()))
}
