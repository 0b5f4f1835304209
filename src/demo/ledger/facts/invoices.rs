//! What is true of invoices and vendors.

use std::collections::BTreeMap;

use chrono::Datelike;
use serde_json::json;

use super::super::super::truth::Truth;
use super::super::Ledger;
use super::super::lines::GROWING_VENDOR;
use super::{euros, number, ranked, sums};

/// The vendors of our invoices, by name, with what they mostly supply.
pub(in super::super) fn vendors(ledger: &Ledger) -> Vec<(&'static str, &'static str)> {
    let pairs = sums(ledger.invoices.iter().map(|invoice| ((invoice.vendor, invoice.category), 1)));
    let mut most: BTreeMap<&'static str, (&'static str, i64)> = BTreeMap::new();
    for ((vendor, category), count) in pairs {
        let known = most.entry(vendor).or_insert((category, count));
        if known.1 < count {
            *known = (category, count);
        }
    }
    most.into_iter().map(|(vendor, (category, _))| (vendor, category)).collect()
}

pub(super) fn facts(truth: Truth, ledger: &Ledger) -> Truth {
    let all = || ledger.invoices.iter();
    let in_year =
        |year: i32| sums(all().filter(move |one| one.issued.year() == year).map(|one| (one.vendor, one.amount)));
    let (first, second) = (in_year(2024), in_year(2025));
    let both = first.iter().filter_map(|(vendor, before)| Some((*vendor, *before, *second.get(vendor)?)));
    let mut growth: Vec<(&str, i64, i64)> = both.collect();
    growth.sort_by_key(|(_, before, after)| before - after);
    let growth = growth
        .iter()
        .map(|(vendor, before, after)| vec![json!(vendor), euros(*before), euros(*after), euros(after - before)]);
    let duplicates: Vec<_> = all().filter(|one| one.is_duplicate).collect();
    let mistyped = all().filter(|one| one.is_mistyped());
    let unpaid = all().filter(|one| one.paid.is_none());
    let overdue: Vec<_> = all().filter(|one| one.status() == "overdue").collect();
    truth
        .with("growing_vendor", "the vendor that is paid more and more", &["vendor"], number(GROWING_VENDOR))
        .with("invoice_count", "how many invoices there are", &["invoices"], number(ledger.invoices.len()))
        .with(
            "duplicate_invoices",
            "invoices that were typed in before",
            &["invoice_id", "vendor", "amount"],
            duplicates.iter().map(|one| vec![json!(one.id), json!(one.vendor), euros(one.amount)]).collect(),
        )
        .with(
            "duplicate_amount",
            "what the duplicates add up to",
            &["amount"],
            number(euros(duplicates.iter().map(|one| one.amount).sum())),
        )
        .with(
            "mistyped_invoices",
            "invoices whose amount is not what was ordered",
            &["invoice_id", "vendor", "amount", "order_amount"],
            mistyped.map(|one| vec![json!(one.id), json!(one.vendor), euros(one.amount), euros(one.ordered)]).collect(),
        )
        .with(
            "costs_by_vendor",
            "what the invoices of each vendor add up to, the most first",
            &["vendor", "amount"],
            ranked(sums(all().map(|one| (one.vendor, one.amount)))),
        )
        .with(
            "vendor_cost_growth",
            "what the invoices of each vendor added up to in 2024 and 2025, the largest increase first",
            &["vendor", "amount_2024", "amount_2025", "increase"],
            growth.collect(),
        )
        .with(
            "unpaid_amount",
            "what the invoices add up to that are not paid",
            &["amount"],
            number(euros(unpaid.map(|one| one.amount).sum())),
        )
        .with(
            "overdue_invoices",
            "invoices that should have been paid by the end",
            &["invoice_id", "vendor", "amount"],
            overdue.iter().map(|one| vec![json!(one.id), json!(one.vendor), euros(one.amount)]).collect(),
        )
        .with("overdue_count", "how many those are", &["invoices"], number(overdue.len()))
}
