//! The company's office: its workbooks, lists, mail and meetings. They speak of the shop's orders, and of the company's people.

mod books;
mod lists;
mod mail;
mod meetings;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use rand::SeedableRng;

use super::dice::Dice;
use super::{Company, CompanySize};

/// What lies and happens in an office.
#[derive(Clone, Debug, PartialEq)]
pub struct Office {
    /// Workbooks, in the order of their names.
    pub books: Vec<Book>,
    /// Lists that people keep together.
    pub lists: Vec<OfficeList>,
    /// All mail, in order of time. What is sent within the company is there for each who has it.
    pub mails: Vec<Mail>,
    /// Meetings, in order of time; those of a series one by one.
    pub meetings: Vec<Meeting>,
}

/// A workbook.
#[derive(Clone, Debug, PartialEq)]
pub struct Book {
    /// Its file name.
    pub name: &'static str,
    /// Whose it is, as a place in [`Company::people`]; everybody's where it is nobody's.
    pub owner: Option<usize>,
    /// Its sheets.
    pub sheets: Vec<Sheet>,
    /// When it was last changed.
    pub modified_at: DateTime<Utc>,
}

/// A sheet of a workbook. Its rows may be of different lengths.
#[derive(Clone, Debug, PartialEq)]
pub struct Sheet {
    /// Its name.
    pub name: &'static str,
    /// The row and the column of the first cell, counted from 0.
    pub corner: (usize, usize),
    /// The cells.
    pub rows: Vec<Vec<Cell>>,
    /// A table in it: its name, and the row in [`rows`](Self::rows) where its names stand. It goes down to the last row.
    pub table: Option<(&'static str, usize)>,
}

/// A cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// A text.
    Text(String),
    /// A number as it is shown: `0.00`, `0%`, `"€"#,##0.00`.
    Number(f64, &'static str),
    /// True or false.
    Flag(bool),
    /// A day as it is shown: `yyyy-mm-dd`.
    Day(NaiveDate, &'static str),
    /// A day with a time of day, as it is shown.
    Moment(NaiveDateTime, &'static str),
    /// What a formula gives that fails: `#N/A`.
    Error(&'static str),
}

/// A list that people keep together.
#[derive(Clone, Debug, PartialEq)]
pub struct OfficeList {
    /// Its name.
    pub name: &'static str,
    /// What it is for.
    pub description: &'static str,
    /// Its columns.
    pub columns: Vec<ListColumn>,
    /// Its items, each with a value for every column.
    pub items: Vec<ListItem>,
}

/// A column of a list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ListColumn {
    /// Its name, in letters only.
    pub name: &'static str,
    /// What people read above it.
    pub title: &'static str,
    /// What stands in it.
    pub kind: ListKind,
}

/// What stands in a column of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words say it")]
pub enum ListKind {
    Text,
    WholeNumber,
    Money,
    Flag,
    Day,
    Choice(&'static [&'static str]),
    Person,
}

/// An item of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct ListItem {
    /// The values, by column.
    pub values: Vec<ListValue>,
    /// Who made it, as a place in [`Company::people`].
    pub author: usize,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// A value of a list.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the words say it")]
pub enum ListValue {
    Text(String),
    WholeNumber(i64),
    /// In cents.
    Money(i64),
    Flag(bool),
    Day(NaiveDate),
    /// A place in [`Company::people`].
    Person(usize),
}

/// A mail in somebody's mailbox.
#[derive(Clone, Debug, PartialEq)]
pub struct Mail {
    /// Whose mailbox, as a place in [`Company::people`].
    pub owner: usize,
    /// The folder: `Inbox`, `Sent Items` or `Archive`.
    pub folder: &'static str,
    /// Who wrote it: name and address.
    pub from: (String, String),
    /// To whom: names and addresses.
    pub to: Vec<(String, String)>,
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: String,
    /// When it came.
    pub at: DateTime<Utc>,
    /// Whether it was read.
    pub is_read: bool,
    /// Which conversation it belongs to.
    pub conversation: usize,
}

/// A meeting.
#[derive(Clone, Debug, PartialEq)]
pub struct Meeting {
    /// Who invited, as a place in [`Company::people`].
    pub organizer: usize,
    /// Who comes, the organizer too.
    pub people: Vec<usize>,
    /// What it is about.
    pub subject: String,
    /// Where.
    pub place: &'static str,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
}

impl Office {
    /// Makes the office of a company that was made by this size.
    pub fn make(company: &Company, size: &CompanySize) -> Self {
        let mut dice = Dice::seed_from_u64(size.seed ^ 0x000f_f1ce);
        let orders = size.shop.recent_orders(size.days);
        Self {
            books: books::all(company, &orders, &mut dice),
            lists: lists::all(company, &orders, &mut dice),
            mails: mail::all(company, &orders, &mut dice),
            meetings: meetings::all(company, size.days, &mut dice),
        }
    }
}

fn pick<'a, T>(options: &'a [T], dice: &mut Dice) -> &'a T {
    use rand::RngExt;
    &options[dice.random_range(0..options.len())]
}

fn address(company: &Company, person: usize) -> (String, String) {
    let person = &company.people[person];
    (person.name.to_string(), format!("{}@{}", person.handle, company.domain))
}

fn place_of(company: &Company, handle: &str) -> usize {
    company.people.iter().position(|person| person.handle == handle).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::Shop;

    #[test]
    fn the_office_is_coherent() {
        let shop = Shop { customers: 300, products: 40, orders: 4_000, ..Shop::default() };
        let size = CompanySize { seed: 1, shop, days: 30, talkativeness: 0.2 };
        let company = Company::make(&size);
        let office = Office::make(&company, &size);
        assert_eq!(office, Office::make(&company, &size));
        assert!(office.mails.iter().all(|mail| mail.at < company.closed_at && mail.owner < company.people.len()));
        assert!(office.mails.is_sorted_by_key(|mail| mail.at));
        assert!(office.meetings.is_sorted_by_key(|meeting| meeting.starts_at));
        assert!(office.meetings.iter().all(|meeting| meeting.people.contains(&meeting.organizer)));
        for list in &office.lists {
            assert!(!list.items.is_empty() && list.items.iter().all(|item| item.values.len() == list.columns.len()));
        }
        assert!(office.books.iter().any(|book| book.owner.is_some()));
        assert!(office.books.iter().flat_map(|book| &book.sheets).any(|sheet| sheet.table.is_some()));
    }
}
