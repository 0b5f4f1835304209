//! The invoices behind the entries, those that came twice, and those that somebody mistyped.

use chrono::{Days, NaiveDate, TimeDelta};
use rand::RngExt;

use super::calendar::{first_day, last_day};
use super::entries::Entry;
use super::lines::{GROWING_VENDOR, Kind, LINES};
use super::{Dice, noise};

/// Invoices that came twice.
const DUPLICATES: usize = 9;
/// Invoices with a wrong amount.
const MISTYPED: usize = 6;

/// An invoice.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Invoice {
    /// Such as `INV-000123`; they are in the order in which they were issued.
    pub(super) id: String,
    pub(super) vendor: &'static str,
    /// The number that the vendor gave it.
    pub(super) number: String,
    pub(super) department: &'static str,
    pub(super) category: &'static str,
    pub(super) issued: NaiveDate,
    pub(super) due: NaiveDate,
    pub(super) paid: Option<NaiveDate>,
    /// What was ordered, in cents.
    pub(super) ordered: i64,
    /// What somebody typed in, in cents.
    pub(super) amount: i64,
    /// Whether the same invoice was typed in before.
    pub(super) is_duplicate: bool,
    /// The entry that paid it, by its place.
    entry: Option<usize>,
}

impl Invoice {
    /// In the words of the sheet.
    pub(super) fn status(&self) -> &'static str {
        match self.paid {
            Some(_) => "paid",
            None if self.due < last_day() => "overdue",
            None => "open",
        }
    }

    pub(super) fn is_mistyped(&self) -> bool {
        self.amount != self.ordered
    }
}

/// The invoices of all entries that paid one, whose descriptions then name it, and of what is open at the end.
pub(super) fn make(entries: &mut [Entry], size_factor: f64, dice: &mut Dice) -> Vec<Invoice> {
    let mut invoices: Vec<Invoice> = Vec::new();
    for (place, entry) in entries.iter().enumerate() {
        if let Some(vendor) = entry.vendor {
            let issued = entry.day - Days::new(dice.random_range(6..38));
            let invoice = invoice(vendor, (entry.department, entry.category), issued, entry.amount, dice);
            invoices.push(Invoice { paid: Some(entry.day), entry: Some(place), ..invoice });
        }
    }
    for line in LINES.iter().filter(|line| line.kind == Kind::Expense) {
        let Some(vendor) = line.partners.first() else { continue };
        let issued = last_day() - Days::new(dice.random_range(2..48));
        let share = line.planned(issued, first_day()) * size_factor * (1. + 0.05 * noise(dice)) / line.entries as f64;
        invoices.push(invoice(vendor, (line.department, line.category), issued, (share * 100.).round() as i64, dice));
    }
    invoices.sort_by_key(|invoice| invoice.issued);
    mistype(&mut invoices, dice);
    repeat(&mut invoices, dice);
    invoices.sort_by_key(|invoice| invoice.issued);
    for (invoice, number) in invoices.iter_mut().zip(1..) {
        invoice.id = format!("INV-{number:06}");
        let Some(entry) = invoice.entry.map(|place| &mut entries[place]) else { continue };
        let words = entry.description.take();
        entry.description = words.map(|words| format!("{words}, {}, {}", invoice.vendor, invoice.id));
    }
    invoices
}

fn invoice(
    vendor: &'static str,
    (department, category): (&'static str, &'static str),
    issued: NaiveDate,
    amount: i64,
    dice: &mut Dice,
) -> Invoice {
    let initials: String =
        vendor.split(' ').filter_map(|word| word.chars().next()).filter(char::is_ascii_uppercase).collect();
    Invoice {
        id: String::new(),
        vendor,
        number: format!("{initials}-{}-{:05}", issued.format("%Y"), dice.random_range(100..99_999)),
        department,
        category,
        issued,
        due: issued + TimeDelta::days(30),
        paid: None,
        ordered: amount,
        amount,
        is_duplicate: false,
        entry: None,
    }
}

/// Some amounts of the first year become ten times as high, or two of their digits change places.
fn mistype(invoices: &mut [Invoice], dice: &mut Dice) {
    let first_year = invoices.partition_point(|invoice| invoice.issued < last_day() - Days::new(366));
    let digits = |amount: i64| (amount / 100_000 % 10, amount / 10_000 % 10);
    let fits = |invoice: &Invoice| {
        let (thousands, hundreds) = digits(invoice.amount);
        // The growth of the one vendor is not to be hidden.
        thousands > 0 && hundreds > thousands && invoice.vendor != GROWING_VENDOR
    };
    let mut fitting: Vec<usize> = (0..first_year).filter(|place| fits(&invoices[*place])).collect();
    for turn in 0..MISTYPED.min(fitting.len()) {
        let place = fitting.swap_remove(dice.random_range(0..fitting.len()));
        let invoice = &mut invoices[place];
        let (thousands, hundreds) = digits(invoice.amount);
        match turn % 2 {
            0 => invoice.amount *= 10,
            _ => invoice.amount += (hundreds - thousands) * 90_000,
        }
    }
}

/// Some paid invoices come again, with a number that is written in another way.
fn repeat(invoices: &mut Vec<Invoice>, dice: &mut Dice) {
    let is_sound = |place: &usize| invoices[*place].paid.is_some() && !invoices[*place].is_mistyped();
    let sound: Vec<usize> = (0..invoices.len()).filter(is_sound).collect();
    // One in each stretch of time, but not at the very beginning.
    let stretch = sound.len() / (DUPLICATES + 1);
    for place in sound.iter().skip(stretch).step_by(stretch.max(1)).take(DUPLICATES) {
        let known = &invoices[*place];
        let number = match dice.random_range(0..3) {
            0 => known.number.replace('-', " "),
            1 => known.number.replace('-', "/"),
            _ => known.number.to_lowercase(),
        };
        let copy = Invoice { number, paid: None, is_duplicate: true, entry: None, ..known.clone() };
        invoices.push(copy);
    }
}
