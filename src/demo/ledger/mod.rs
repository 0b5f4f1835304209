//! The books of a company that makes measuring instruments, over two full years: entries, budget, invoices, and the accounts
//! of a subsidiary that keeps its books in another system.
//!
//! Revenue grows and has seasons, costs follow. What is planted in it stands in its truth: invoices that came twice or were
//! mistyped, a department over its budget, payments that are far from what is usual, a vendor that is paid more and more,
//! entries that lack what the rules ask for.

mod calendar;
mod entries;
mod facts;
mod invoices;
mod lines;
mod sheets;
mod subsidiary;

use chrono::{DateTime, NaiveTime, Utc};
use rand::SeedableRng;

use super::dice::{Dice, noise, pick};
use super::story::{Story, StoryPerson};
use entries::Entry;
use invoices::Invoice;
use subsidiary::Posting;

const SEED: u64 = 2_024;
/// Months of the books.
const MONTHS: u32 = 24;
/// Entries at size factor 1.
const ENTRIES: f64 = 2_000.;
/// Postings of the subsidiary at size factor 1.
const POSTINGS: f64 = 860.;

/// The books.
struct Ledger {
    /// How many times the usual company it is.
    size_factor: f64,
    entries: Vec<Entry>,
    invoices: Vec<Invoice>,
    postings: Vec<Posting>,
}

/// Somebody who answers for a department, or looks after the books.
struct Lead {
    handle: &'static str,
    name: &'static str,
    title: &'static str,
    department: &'static str,
}

const fn lead(handle: &'static str, name: &'static str, title: &'static str, department: &'static str) -> Lead {
    Lead { handle, name, title, department }
}

impl Ledger {
    const COMPANY: &'static str = "Lindgate Instruments";
    const DOMAIN: &'static str = "lindgate.example";
    const SUBSIDIARY: &'static str = "Torvik Sensors";
    const LEADS: &'static [Lead] = &[
        lead("karin", "Karin Solberg", "Chief financial officer", "Finance"),
        lead("emeka", "Emeka Obi", "Controller", "Finance"),
        lead("beatriz", "Beatriz Fonseca", "Head of sales", "Sales"),
        lead("henrik", "Henrik Dahl", "Head of marketing", "Marketing"),
        lead("yasmin", "Yasmin Haddad", "Head of engineering", "Engineering"),
        lead("pavel", "Pavel Hruška", "Head of operations", "Operations"),
        lead("noor", "Noor Jansen", "Head of people", "People"),
        lead("declan", "Declan Moore", "Head of customer care", "Customer Care"),
        lead("ruth", "Ruth Aster", "Facilities", "Facilities"),
    ];

    /// Makes them.
    fn make(size_factor: f64) -> Self {
        let size_factor = size_factor.max(0.);
        let scaled = |count: f64| (count * size_factor).round() as usize;
        let mut dice = Dice::seed_from_u64(SEED);
        let mut entries = entries::make(scaled(ENTRIES), size_factor, &mut dice);
        let invoices = invoices::make(&mut entries, size_factor, &mut dice);
        let postings = subsidiary::make(scaled(POSTINGS), size_factor, &mut dice);
        Self { size_factor, entries, invoices, postings }
    }
}

/// What the simulators tell, and what is true.
pub(super) fn story(size_factor: f64) -> Story {
    let ledger = Ledger::make(size_factor);
    let people = Ledger::LEADS.iter().map(|lead| StoryPerson {
        handle: lead.handle.to_owned(),
        name: lead.name.to_owned(),
        title: lead.title.to_owned(),
    });
    Story {
        company: Ledger::COMPANY,
        domain: Ledger::DOMAIN,
        people: people.collect(),
        sheets: sheets::all(&ledger),
        documents: Vec::new(),
        channels: Vec::new(),
        closed_at: closed_at(),
        truth: facts::all(&ledger),
    }
}

/// The end of the last day.
fn closed_at() -> DateTime<Utc> {
    calendar::last_day().and_time(NaiveTime::from_hms_opt(18, 0, 0).unwrap_or_default()).and_utc()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::entries::ONE_OFFS;
    use super::lines::{GROWING_VENDOR, Kind};
    use super::*;

    #[test]
    fn a_size_makes_the_same_books() {
        assert_eq!(story(1.), story(1.));
        let rows =
            |story: &Story, title: &str| story.sheets.iter().find(|sheet| sheet.title == title).unwrap().rows.len();
        let (usual, larger) = (story(1.), story(3.));
        assert_eq!((rows(&usual, "Financial Reports"), rows(&larger, "Financial Reports")), (2_000, 6_000));
        assert_eq!(rows(&usual, "Budget"), rows(&larger, "Budget"));
        for sheet in &usual.sheets {
            assert!(sheet.rows.iter().all(|row| row.len() == sheet.columns.len()), "{}", sheet.title);
        }
        assert!(!story(0.001).sheets.is_empty());
    }

    #[test]
    fn unusual_payments_are_far_from_what_is_usual() {
        let ledger = Ledger::make(1.);
        let mut amounts: BTreeMap<(&str, &str), Vec<i64>> = BTreeMap::new();
        for entry in ledger.entries.iter().filter(|entry| entry.kind == Kind::Expense) {
            amounts.entry((entry.department, entry.category)).or_default().push(entry.amount);
        }
        amounts.values_mut().for_each(|amounts| amounts.sort_unstable());
        for entry in ledger.entries.iter().filter(|entry| entry.kind == Kind::Expense) {
            let of = &amounts[&(entry.department, entry.category)];
            let times = entry.amount as f64 / of[of.len() / 2] as f64;
            assert_eq!(times > 4., entry.is_unusual, "{entry:?} is {times} times the median");
        }
        assert_eq!(ledger.entries.iter().filter(|entry| entry.is_unusual).count(), ONE_OFFS.len());
    }

    #[test]
    fn one_department_is_over_its_budget() {
        for size_factor in [1., 10.] {
            let truth = facts::all(&Ledger::make(size_factor));
            let over = truth.fact("departments_over_budget_2025").unwrap();
            assert_eq!(over.rows.len(), 1, "{over:?}");
            assert_eq!(over.rows[0][0], "Marketing");
        }
    }

    #[test]
    fn invoices_came_twice_and_were_mistyped() {
        let ledger = Ledger::make(1.);
        let plain = |invoice: &Invoice| {
            let number = invoice.number.to_uppercase().replace(['-', ' ', '/'], "");
            (invoice.vendor, number, invoice.amount)
        };
        let (mut seen, mut again) = (BTreeSet::new(), 0);
        for invoice in &ledger.invoices {
            let is_new = seen.insert(plain(invoice));
            assert_eq!(is_new, !invoice.is_duplicate, "{invoice:?}");
            again += usize::from(!is_new);
        }
        assert_eq!(again, 9);
        let factors =
            ledger.invoices.iter().filter(|one| one.is_mistyped()).map(|one| one.amount as f64 / one.ordered as f64);
        let factors: Vec<f64> = factors.collect();
        assert_eq!(factors.len(), 6);
        assert!(factors.iter().all(|factor| *factor > 1.1), "{factors:?}");
    }

    #[test]
    fn one_vendor_is_paid_more_and_more() {
        let truth = facts::all(&Ledger::make(1.));
        let growth = truth.fact("vendor_cost_growth").unwrap();
        assert_eq!(growth.rows[0][0], GROWING_VENDOR);
        let (first, second) = (growth.rows[0][3].as_f64().unwrap(), growth.rows[1][3].as_f64().unwrap());
        assert!(first > second * 1.2, "{growth:?}");
    }
}
