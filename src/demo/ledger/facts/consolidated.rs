//! What is true of both companies together.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde_json::json;

use super::super::super::truth::Truth;
use super::super::calendar::month_of;
use super::super::lines::{INTERCOMPANY, Kind};
use super::super::subsidiary::Posting;
use super::super::{Ledger, sheets};
use super::{by_day, euros, number, ranked, sums};

/// Both companies together, without what they pay each other.
pub(super) fn facts(truth: Truth, ledger: &Ledger) -> Truth {
    let ours = ledger.entries.iter().filter(|entry| entry.category != INTERCOMPANY);
    let ours: Vec<_> =
        ours.map(|entry| (entry.kind, entry.category, entry.department, entry.day, entry.amount)).collect();
    let there = |posting: &Posting| {
        let account = posting.mapped();
        let amount = if account.kind == Kind::Revenue { -posting.value } else { posting.value };
        (account.kind, account.category, posting.department(), posting.day, amount)
    };
    let theirs: Vec<_> = ledger.postings.iter().map(there).filter(|posting| posting.1 != INTERCOMPANY).collect();
    let of = |kind: Kind| ours.iter().chain(&theirs).filter(move |one| one.0 == kind);
    let total = |kind: Kind| of(kind).map(|one| one.4).sum::<i64>();
    let spent = |of: &[(Kind, &str, &str, NaiveDate, i64)]| -> i64 {
        of.iter().filter(|one| one.0 == Kind::Expense).map(|one| one.4).sum()
    };
    let companies = sums([(Ledger::COMPANY, spent(&ours)), (Ledger::SUBSIDIARY, spent(&theirs))].into_iter());
    let result = sums(
        ours.iter().chain(&theirs).map(|one| (month_of(one.3), if one.0 == Kind::Revenue { one.4 } else { -one.4 })),
    );
    let by_us = sums(ledger.invoices.iter().map(|invoice| (invoice.vendor, invoice.amount)));
    let by_them = sums(ledger.postings.iter().map(|posting| (posting.partner, posting.value)));
    let known: BTreeSet<&str> = by_us.keys().copied().collect();
    let mut shared: Vec<(&str, i64, i64)> = known
        .into_iter()
        .filter_map(|vendor| Some((vendor, by_us[vendor], *by_them.get(sheets::spelled_there(vendor)?)?)))
        .collect();
    shared.sort_by_key(|(_, us, them)| -(us + them));
    truth
        .with(
            "consolidated_expenses",
            "what both companies spent, without what they paid each other",
            &["expenses"],
            number(euros(total(Kind::Expense))),
        )
        .with(
            "consolidated_revenue",
            "what both companies earned, without what they paid each other",
            &["revenue"],
            number(euros(total(Kind::Revenue))),
        )
        .with(
            "consolidated_expenses_by_category",
            "what the group spent on each category, the most first",
            &["category", "expenses"],
            ranked(sums(of(Kind::Expense).map(|one| (one.1, one.4)))),
        )
        .with(
            "consolidated_expenses_by_department",
            "what the group's departments spent, the most first",
            &["department", "expenses"],
            ranked(sums(of(Kind::Expense).map(|one| (one.2, one.4)))),
        )
        .with(
            "consolidated_revenue_by_category",
            "what the group earned with what, the most first",
            &["category", "revenue"],
            ranked(sums(of(Kind::Revenue).map(|one| (one.1, one.4)))),
        )
        .with(
            "consolidated_expenses_by_company",
            "what each company of the group spent, the most first",
            &["company", "expenses"],
            ranked(companies),
        )
        .with(
            "consolidated_result_by_month",
            "what came in for the group less what went out, in each month",
            &["month", "result"],
            by_day(result),
        )
        .with(
            "shared_vendors",
            "vendors of both companies, with what each was invoiced and booked",
            &["vendor", "parent_amount", "subsidiary_amount"],
            shared.into_iter().map(|(vendor, us, them)| vec![json!(vendor), euros(us), euros(them)]).collect(),
        )
}
