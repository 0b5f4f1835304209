//! A desk in the company behind the sample shop: its spreadsheets, documents, mail and appointments.
//!
//! What they tell of is the shop's: its categories, its products, its two years. Everything ends when the shop's books do.

mod appointments;
mod letters;
mod papers;
mod workbooks;

use std::borrow::Cow;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use rand::SeedableRng;

use super::Shop;
use super::dice::Dice;

/// All that is written in a desk.
#[derive(Clone, Debug, PartialEq)]
pub struct Desk {
    /// What the company is called.
    pub company: &'static str,
    /// Its domain, where nobody lives.
    pub domain: &'static str,
    /// Whose account it is.
    pub owner: Colleague,
    /// Spreadsheets.
    pub workbooks: Vec<Workbook>,
    /// Documents.
    pub papers: Vec<Paper>,
    /// Mail, in order of time.
    pub letters: Vec<Letter>,
    /// What is put down in calendars, in order of time.
    pub appointments: Vec<Appointment>,
    /// The moment at which everything ends.
    pub closed_at: DateTime<Utc>,
}

/// Somebody who works there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Colleague {
    /// The short name, which the address begins with.
    pub handle: Cow<'static, str>,
    /// First and last name.
    pub name: Cow<'static, str>,
}

/// A spreadsheet.
#[derive(Clone, Debug, PartialEq)]
pub struct Workbook {
    /// Its name.
    pub title: Cow<'static, str>,
    /// The folder that it lies in.
    pub folder: &'static str,
    /// When it was last changed.
    pub changed_at: DateTime<Utc>,
    /// Its sheets, from left to right.
    pub sheets: Vec<Arc<DeskSheet>>,
}

/// One sheet of a spreadsheet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeskSheet {
    /// Its name.
    pub title: Cow<'static, str>,
    /// Whether it is hidden.
    pub is_hidden: bool,
    /// Rows that stay in sight.
    pub frozen_rows: usize,
    /// What stands in it, row by row; rows need not be equally long.
    pub rows: Vec<Cells>,
    /// Cells that were merged.
    pub merged: Vec<Merged>,
}

/// The cells of a row, each with how it looks.
pub type Cells = Vec<(WorkValue, Look)>;

/// What stands in a cell.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum WorkValue {
    /// Nothing.
    #[default]
    Empty,
    /// A number; a date is the days since the end of 1899.
    Number(f64),
    /// Yes or no.
    Flag(bool),
    /// A text.
    Text(String),
    /// It cannot be calculated: what was looked for is not there.
    NotAvailable,
}

/// How a number is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    /// As it is.
    #[default]
    Plain,
    /// With two decimals.
    Decimals,
    /// As an amount of euros.
    Euros,
    /// In hundredths.
    Percent,
    /// As a day.
    Date,
    /// As a day with a time.
    DateTime,
    /// As a time of day.
    Time,
}

/// Cells that were merged, counted from 0, the ends exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Merged {
    /// First row and the one after the last.
    pub rows: (usize, usize),
    /// First column and the one after the last.
    pub columns: (usize, usize),
}

/// A document.
#[derive(Clone, Debug, PartialEq)]
pub struct Paper {
    /// Its name.
    pub title: Cow<'static, str>,
    /// The folder that it lies in.
    pub folder: &'static str,
    /// When it was last changed.
    pub changed_at: DateTime<Utc>,
    /// Its tabs.
    pub tabs: Vec<PaperTab>,
}

/// A tab of a document.
#[derive(Clone, Debug, PartialEq)]
pub struct PaperTab {
    /// Its name.
    pub title: Cow<'static, str>,
    /// What stands in it.
    pub blocks: Vec<Block>,
}

/// A part of a document.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// The title of all of it.
    Title(String),
    /// A heading of a level from 1 to 6.
    Heading(u8, String),
    /// A paragraph.
    Text(String),
    /// A paragraph whose last words lead somewhere.
    Link(String, String, String),
    /// An item of a list: how deep, and whether it has a number.
    Item(u8, bool, String),
    /// Rows of cells.
    Table(Vec<Vec<String>>),
}

/// A message.
#[derive(Clone, Debug, PartialEq)]
pub struct Letter {
    /// When it came.
    pub at: DateTime<Utc>,
    /// Which conversation it belongs to.
    pub thread: usize,
    /// Who sent it, as `Name <address>`.
    pub from: String,
    /// To whom.
    pub to: String,
    /// What it is about.
    pub subject: String,
    /// Its text.
    pub text: String,
    /// Its labels, in Gmail's words.
    pub labels: Vec<&'static str>,
    /// What came along: name and bytes.
    pub attachment: Option<(String, u64)>,
}

/// Something that is put down in a calendar.
#[derive(Clone, Debug, PartialEq)]
pub struct Appointment {
    /// The calendar.
    pub calendar: &'static str,
    /// What it is called.
    pub title: String,
    /// When it begins.
    pub start: DateTime<Utc>,
    /// When it ends.
    pub end: DateTime<Utc>,
    /// Whether it takes whole days.
    pub is_all_day: bool,
    /// How often it comes again, week by week; 1 where it does not.
    pub weeks: u32,
    /// Where it is.
    pub location: Option<&'static str>,
    /// Who is asked to come.
    pub guests: Vec<Colleague>,
}

static STAFF: [Colleague; 6] = [
    colleague("marta", "Marta Kowalska"),
    colleague("jonas", "Jonas Albrecht"),
    colleague("aylin", "Aylin Demir"),
    colleague("bjorn", "Björn Lindqvist"),
    colleague("lotte", "Lotte Brandt"),
    colleague("hana", "Hana Sato"),
];

const fn colleague(handle: &'static str, name: &'static str) -> Colleague {
    Colleague { handle: Cow::Borrowed(handle), name: Cow::Borrowed(name) }
}

impl Desk {
    /// The desk of a shop; `counted` is how many rows its longest spreadsheet has.
    pub fn of(shop: &Shop, counted: usize) -> Self {
        let mut dice = Dice::seed_from_u64(shop.seed ^ 0x0FF1CE);
        let closed_on = shop.first_day + TimeDelta::days(731);
        let catalogue = shop.catalogue();
        Self {
            company: "Fernweh Goods",
            domain: "fernweh.example",
            owner: STAFF[5].clone(),
            workbooks: workbooks::all(&catalogue, closed_on, counted, &mut dice),
            papers: papers::all(closed_on),
            letters: letters::all(&catalogue, closed_on, &mut dice),
            appointments: appointments::all(closed_on),
            closed_at: midnight(closed_on),
        }
    }
}

impl Colleague {
    /// Name and address.
    pub fn address(&self, domain: &str) -> String {
        format!("{} <{}@{domain}>", self.name, self.handle)
    }
}

fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_office() {
        let small = Shop { customers: 10, products: 16, orders: 10, ..Shop::default() };
        let desk = Desk::of(&small, 40);
        assert_eq!(desk, Desk::of(&small, 40));
        assert_eq!(desk.workbooks.len(), 4);
        assert!(desk.letters.iter().all(|letter| letter.at < desk.closed_at));
    }
}
