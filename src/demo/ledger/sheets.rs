//! The spreadsheets.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::super::story::{StoryTable, StoryValue};
use super::calendar::{first_day, months};
use super::lines::{Kind, LINES};
use super::subsidiary::{ACCOUNTS, CENTERS, SHARED};
use super::{Ledger, facts};

/// How much more than what is expected is set down in the budget, so that small excesses are covered.
const RESERVE: f64 = 1.06;

/// All of them.
pub(super) fn all(ledger: &Ledger) -> Vec<StoryTable> {
    vec![
        reports(ledger),
        budget(ledger),
        invoices(ledger),
        vendors(ledger),
        postings(ledger),
        account_mapping(),
        cost_centers(),
    ]
}

fn reports(ledger: &Ledger) -> StoryTable {
    let rows = ledger.entries.iter().map(|entry| {
        vec![
            entry.id.clone().into(),
            StoryValue::Day(entry.day),
            entry.kind.name().into(),
            entry.category.into(),
            StoryValue::Money(entry.amount),
            entry.department.into(),
            entry.description.clone().map_or(StoryValue::Empty, StoryValue::Text),
            entry.approved_by.map_or(StoryValue::Empty, StoryValue::from),
        ]
    });
    StoryTable {
        title: "Financial Reports".into(),
        about: format!("What {} earned and spent, entry by entry.", Ledger::COMPANY),
        columns: vec!["entry_id", "date", "type", "category", "amount", "department", "description", "approved_by"],
        rows: rows.collect(),
    }
}

/// What is set down for each month, department and category, in cents.
pub(super) fn budgeted(ledger: &Ledger) -> BTreeMap<(NaiveDate, &'static str, &'static str), i64> {
    let mut budget = BTreeMap::new();
    for month in months() {
        for line in LINES.iter().filter(|line| line.kind == Kind::Expense) {
            let euros = line.planned(month, first_day()) * ledger.size_factor * RESERVE;
            // Budgets are round.
            *budget.entry((month, line.department, line.category)).or_default() += (euros / 10.).round() as i64 * 1_000;
        }
    }
    budget
}

fn budget(ledger: &Ledger) -> StoryTable {
    let rows = budgeted(ledger).into_iter().map(|((month, department, category), cents)| {
        vec![department.into(), category.into(), StoryValue::Day(month), StoryValue::Money(cents)]
    });
    StoryTable {
        title: "Budget".into(),
        about: "What each department may spend, by category and month.".into(),
        columns: vec!["department", "category", "month", "budget_amount"],
        rows: rows.collect(),
    }
}

fn invoices(ledger: &Ledger) -> StoryTable {
    let rows = ledger.invoices.iter().map(|invoice| {
        vec![
            invoice.id.clone().into(),
            invoice.vendor.into(),
            invoice.number.clone().into(),
            invoice.department.into(),
            invoice.category.into(),
            StoryValue::Day(invoice.issued),
            StoryValue::Day(invoice.due),
            invoice.paid.map_or(StoryValue::Empty, StoryValue::Day),
            StoryValue::Money(invoice.ordered),
            StoryValue::Money(invoice.amount),
            invoice.status().into(),
        ]
    });
    StoryTable {
        title: "Invoices".into(),
        about: "The invoices of vendors, as they were typed in, with what was ordered.".into(),
        columns: vec![
            "invoice_id",
            "vendor",
            "vendor_number",
            "department",
            "category",
            "issued_on",
            "due_on",
            "paid_on",
            "order_amount",
            "amount",
            "status",
        ],
        rows: rows.collect(),
    }
}

fn vendors(ledger: &Ledger) -> StoryTable {
    let rows = facts::vendors(ledger).into_iter().zip(1..).map(|((vendor, category), number)| {
        let host: String = vendor.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
        vec![
            StoryValue::Text(format!("V-{number:03}")),
            vendor.into(),
            category.into(),
            StoryValue::Text(format!("accounts@{host}.example")),
            StoryValue::Integer(30),
        ]
    });
    StoryTable {
        title: "Vendors".into(),
        about: "Who is paid by invoice.".into(),
        columns: vec!["vendor_id", "vendor", "category", "email", "payment_days"],
        rows: rows.collect(),
    }
}

fn postings(ledger: &Ledger) -> StoryTable {
    let rows = ledger.postings.iter().map(|posting| {
        vec![
            posting.document.clone().into(),
            StoryValue::Day(posting.day),
            posting.account.into(),
            posting.center.into(),
            StoryValue::Money(posting.value),
            posting.text.into(),
            if posting.partner.is_empty() { StoryValue::Empty } else { posting.partner.into() },
        ]
    });
    StoryTable {
        title: "Subsidiary Accounts".into(),
        about: format!("The books of {}, from its own system. What comes in is negative.", Ledger::SUBSIDIARY),
        columns: vec!["document_no", "posted_on", "account_code", "cost_center", "value", "booking_text", "partner"],
        rows: rows.collect(),
    }
}

fn account_mapping() -> StoryTable {
    let rows = ACCOUNTS.iter().map(|account| {
        vec![account.code.into(), account.name.into(), account.kind.name().into(), account.category.into()]
    });
    StoryTable {
        title: "Account Mapping".into(),
        about: format!("What the accounts of {} are called here.", Ledger::SUBSIDIARY),
        columns: vec!["account_code", "account_name", "type", "category"],
        rows: rows.collect(),
    }
}

fn cost_centers() -> StoryTable {
    let rows = CENTERS.iter().map(|center| vec![center.code.into(), center.name.into(), center.department.into()]);
    StoryTable {
        title: "Cost Centres".into(),
        about: format!("What the departments of {} are called here.", Ledger::SUBSIDIARY),
        columns: vec!["cost_center", "cost_center_name", "department"],
        rows: rows.collect(),
    }
}

/// How the subsidiary spells a vendor of ours.
pub(super) fn spelled_there(vendor: &str) -> Option<&'static str> {
    SHARED.iter().find(|(_, ours)| *ours == vendor).map(|(there, _)| *there)
}
