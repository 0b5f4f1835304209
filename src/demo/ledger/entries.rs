//! The entries of the books: what came in and went out, by department and category.

use chrono::{Datelike, NaiveDate};
use rand::RngExt;

use super::calendar::{first_day, months, working_day};
use super::lines::{INTERCOMPANY, Kind, LINES, Line};
use super::{Dice, Ledger, noise, pick};

/// From here on an expense needs somebody's approval, in cents.
pub(super) const NEEDS_APPROVAL: i64 = 1_000_000;

/// One entry.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    /// Such as `FR-00123`; they are in the order of days.
    pub(super) id: String,
    pub(super) day: NaiveDate,
    pub(super) kind: Kind,
    pub(super) category: &'static str,
    pub(super) department: &'static str,
    /// In cents.
    pub(super) amount: i64,
    /// What it was for; in some entries nobody wrote it down.
    pub(super) description: Option<String>,
    /// Who approved it; where money comes in, nobody has to.
    pub(super) approved_by: Option<&'static str>,
    /// Who was paid, where there was an invoice.
    pub(super) vendor: Option<&'static str>,
    /// Whether it is one of the unusual ones.
    pub(super) is_unusual: bool,
}

/// Money that was spent once, and is far from what is usual: year, month, department, category, euros, to whom, what for.
type OneOff = (i32, u32, &'static str, &'static str, i64, &'static str, &'static str);

pub(super) const ONE_OFFS: &[OneOff] = &[
    (2024, 5, "Engineering", "Cloud services", 39_500, "Datashift Movers", "Move of the data, once"),
    (2024, 11, "Facilities", "Maintenance", 38_400, "Hale Roofing", "Roof repair after the storm"),
    (2025, 3, "Operations", "Equipment", 61_900, "Volta Generators", "Emergency generator"),
    (2025, 6, "Engineering", "Equipment", 74_250, "Signal & Scope", "Spectrum analyser, express delivery"),
    (2025, 8, "Marketing", "Advertising", 52_300, "Arena Boards", "Banner in the stadium"),
    (2025, 9, "Sales", "Travel", 42_780, "Summit Retreats", "Incentive trip"),
];

/// So many entries, but no fewer than the unusual ones. What they add up to grows with `size_factor`.
pub(super) fn make(count: usize, size_factor: f64, dice: &mut Dice) -> Vec<Entry> {
    let usual = count.saturating_sub(ONE_OFFS.len() + months().count());
    let a_month: usize = LINES.iter().map(|line| line.entries).sum();
    let expected = (a_month * months().count()) as f64;
    let mut entries: Vec<Entry> = Vec::with_capacity(count);
    let (mut until, mut made) = (0., 0);
    for month in months() {
        entries.push(intercompany(month, size_factor, dice));
        for line in LINES {
            until += line.entries as f64 / expected;
            let due = (until * usual as f64).round() as usize;
            fill(&mut entries, line, month, (due.saturating_sub(made), size_factor), dice);
            made = made.max(due);
        }
    }
    entries.extend(ONE_OFFS.iter().map(|one_off| unusual(one_off, dice)));
    entries.sort_by_key(|entry| entry.day);
    for (entry, number) in entries.iter_mut().zip(1..) {
        entry.id = format!("FR-{number:05}");
        forget(entry, dice);
    }
    entries
}

/// A month's entries of a line.
fn fill(entries: &mut Vec<Entry>, line: &Line, month: NaiveDate, (count, size_factor): (usize, f64), dice: &mut Dice) {
    let euros = line.planned(month, first_day()) * line.overspent(month) * size_factor * (1. + 0.02 * noise(dice));
    let shares: Vec<f64> = (0..count).map(|_| dice.random_range(0.8..1.2)).collect();
    let whole: f64 = shares.iter().sum();
    for (place, share) in shares.iter().enumerate() {
        let days = match line.category {
            "Salaries" => 26..29,
            "Rent" => 0..3,
            _ => 0..31,
        };
        let day = working_day(month, days, dice);
        let purpose = if line.partners.is_empty() {
            format!("{}, {}, {}", line.purposes[0], line.department, month.format("%B %Y"))
        } else {
            line.purposes[dice.random_range(0..line.purposes.len())].to_owned()
        };
        // They take turns.
        let partner = line.partners.iter().copied().cycle().nth(place + month.month0() as usize);
        let description = match (line.kind, partner) {
            (Kind::Revenue, Some(customer)) => format!("{purpose}, {customer}"),
            _ => purpose,
        };
        entries.push(Entry {
            id: String::new(),
            day,
            kind: line.kind,
            category: line.category,
            department: line.department,
            amount: (euros * share / whole * 100.).round() as i64,
            description: Some(description),
            approved_by: None,
            vendor: partner.filter(|_| line.kind == Kind::Expense),
            is_unusual: false,
        });
    }
}

/// What the subsidiary pays for the group's services, in cents: the same in its books and in ours.
pub(super) fn group_charge(month: NaiveDate, size_factor: f64) -> i64 {
    let passed = (month - first_day()).num_days() / 365;
    ((12_000 + 1_500 * passed) as f64 * size_factor).round() as i64 * 100
}

fn intercompany(month: NaiveDate, size_factor: f64, dice: &mut Dice) -> Entry {
    Entry {
        id: String::new(),
        day: working_day(month, 30..31, dice),
        kind: Kind::Revenue,
        category: INTERCOMPANY,
        department: "Finance",
        amount: group_charge(month, size_factor),
        description: Some(format!("Group services to {}, {}", Ledger::SUBSIDIARY, month.format("%B %Y"))),
        approved_by: None,
        vendor: None,
        is_unusual: false,
    }
}

fn unusual(&(year, month, department, category, euros, vendor, purpose): &OneOff, dice: &mut Dice) -> Entry {
    let month = NaiveDate::from_ymd_opt(year, month, 1).unwrap_or_default();
    Entry {
        id: String::new(),
        day: working_day(month, 8..24, dice),
        kind: Kind::Expense,
        category,
        department,
        amount: euros * 100,
        description: Some(purpose.to_owned()),
        approved_by: None,
        vendor: Some(vendor),
        is_unusual: true,
    }
}

/// Some entries lack what they should say: what they were for, most often in Operations, or who approved them.
fn forget(entry: &mut Entry, dice: &mut Dice) {
    let forgets = if entry.department == "Operations" { 0.03 } else { 0.006 };
    if dice.random_bool(forgets) && !entry.is_unusual {
        entry.description = None;
    }
    let is_approved = entry.is_unusual || entry.amount < NEEDS_APPROVAL || !dice.random_bool(0.025);
    let leads = Ledger::LEADS.iter().filter(|lead| lead.department == entry.department);
    let lead: Vec<&'static str> = leads.map(|lead| lead.name).collect();
    entry.approved_by = (entry.kind == Kind::Expense && is_approved).then(|| pick(&lead, dice));
}
