//! A story: what the simulators of an office world tell, as tables and conversations, and what the world keeps to itself.
//!
//! A world writes one; from it come the spreadsheets and documents of a [`Desk`](super::Desk) and the channels of a
//! [`Company`](super::Company), so that Google and Slack tell of the same people, customers and projects.

mod company;
mod desk;
pub(super) mod talk;

use chrono::{DateTime, NaiveDate, Utc};

use super::truth::Truth;

/// All that is told in a world.
#[derive(Clone, Debug, PartialEq)]
pub struct Story {
    /// What the company is called.
    pub company: &'static str,
    /// Its domain, where nobody lives.
    pub domain: &'static str,
    /// Who works there. The first owns the desk.
    pub people: Vec<StoryPerson>,
    /// Spreadsheets of one tab each.
    pub sheets: Vec<StoryTable>,
    /// Documents that hold one table each, below a title and a paragraph that says what it is.
    pub documents: Vec<StoryTable>,
    /// Where people write.
    pub channels: Vec<StoryChannel>,
    /// The moment at which everything ends.
    pub closed_at: DateTime<Utc>,
    /// What is planted.
    pub truth: Truth,
}

/// Somebody who works there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoryPerson {
    /// The short name, unique in the company; the address begins with it.
    pub handle: String,
    /// First and last name.
    pub name: String,
    /// What the person does.
    pub title: String,
}

/// A table, as people keep it in a spreadsheet or a document.
#[derive(Clone, Debug, PartialEq)]
pub struct StoryTable {
    /// What it is called. Google's connector finds a spreadsheet as `title / Sheet1`, and the table of a document as
    /// `title / table 1`.
    pub title: String,
    /// What it is, in a sentence.
    pub about: String,
    /// The names of its columns.
    pub columns: Vec<&'static str>,
    /// Its rows; each has a value for every column.
    pub rows: Vec<Vec<StoryValue>>,
}

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum StoryValue {
    /// Nothing.
    Empty,
    /// A text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// Any number.
    Number(f64),
    /// An amount of money, in hundredths; it has two decimals.
    Money(i64),
    /// A day.
    Day(NaiveDate),
    /// A moment, to the second.
    Moment(DateTime<Utc>),
    /// Yes or no.
    Flag(bool),
}

/// A place to write in.
#[derive(Clone, Debug, PartialEq)]
pub struct StoryChannel {
    /// Its name, without a sign before it: `customer-support`.
    pub name: String,
    /// What is being talked about.
    pub topic: String,
    /// What it is for.
    pub purpose: String,
    /// What was written, in order of time.
    pub messages: Vec<StoryMessage>,
}

/// A message.
#[derive(Clone, Debug, PartialEq)]
pub struct StoryMessage {
    /// When it was written; no two moments of a channel are equal.
    pub at: DateTime<Utc>,
    /// Who wrote it, as a place in [`Story::people`].
    pub author: usize,
    /// The text. `@handle` stands for a person.
    pub text: String,
    /// The message of the channel that it answers, by its place; that one answers none.
    pub answers: Option<usize>,
    /// The name of a file that came along.
    pub file: Option<String>,
}

impl From<&str> for StoryValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for StoryValue {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}
