//! A story's tables as the spreadsheets and documents of a desk.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};

use super::super::desk::{Block, Cells, Colleague, Desk, DeskSheet, Look, Paper, PaperTab, WorkValue, Workbook};
use super::{Story, StoryPerson, StoryTable, StoryValue};

/// What Google calls the only tab of a spreadsheet.
const SHEET: &str = "Sheet1";
/// What Google calls the only tab of a document.
const TAB: &str = "Tab 1";
/// Where they lie.
const FOLDER: &str = "Planning";

impl Story {
    /// The desk of the first of its people, with all spreadsheets and documents.
    pub fn desk(&self) -> Desk {
        let nobody = || StoryPerson { handle: "nobody".into(), name: "Nobody".into(), title: String::new() };
        let owner = self.people.first().cloned().unwrap_or_else(nobody);
        Desk {
            company: self.company,
            domain: self.domain,
            owner: Colleague { handle: owner.handle.into(), name: owner.name.into() },
            workbooks: Vec::new(),
            papers: Vec::new(),
            letters: Vec::new(),
            appointments: Vec::new(),
            closed_at: self.closed_at,
        }
        .with_story(self)
    }
}

impl Desk {
    /// With the spreadsheets and documents of a story that is told in the same company.
    #[must_use]
    pub fn with_story(mut self, story: &Story) -> Self {
        let changed_at = story.closed_at - TimeDelta::hours(9);
        self.workbooks.extend(story.sheets.iter().map(|table| table.workbook(changed_at)));
        self.papers.extend(story.documents.iter().map(|table| table.paper(changed_at)));
        self
    }
}

impl StoryTable {
    fn workbook(&self, changed_at: DateTime<Utc>) -> Workbook {
        let names = self.columns.iter().map(|name| (WorkValue::Text((*name).to_owned()), Look::Plain)).collect();
        let cells = |row: &Vec<StoryValue>| row.iter().map(StoryValue::cell).collect::<Cells>();
        let rows = std::iter::once(names).chain(self.rows.iter().map(cells)).collect();
        let sheet = DeskSheet { title: SHEET.into(), frozen_rows: 1, rows, ..DeskSheet::default() };
        Workbook { title: self.title.clone().into(), folder: FOLDER, changed_at, sheets: vec![sheet.into()] }
    }

    fn paper(&self, changed_at: DateTime<Utc>) -> Paper {
        let names = self.columns.iter().map(|name| (*name).to_owned()).collect();
        let texts = |row: &Vec<StoryValue>| row.iter().map(StoryValue::text).collect::<Vec<_>>();
        let rows = std::iter::once(names).chain(self.rows.iter().map(texts)).collect();
        let blocks = vec![Block::Title(self.title.clone()), Block::Text(self.about.clone()), Block::Table(rows)];
        let tabs = vec![PaperTab { title: TAB.into(), blocks }];
        Paper { title: self.title.clone().into(), folder: FOLDER, changed_at, tabs }
    }
}

impl StoryValue {
    /// As it stands in a cell of a spreadsheet.
    fn cell(&self) -> (WorkValue, Look) {
        match self {
            Self::Empty => (WorkValue::Empty, Look::Plain),
            Self::Text(text) if text.is_empty() => (WorkValue::Empty, Look::Plain),
            Self::Text(text) => (WorkValue::Text(text.clone()), Look::Plain),
            Self::Integer(number) => (WorkValue::Number(*number as f64), Look::Plain),
            Self::Number(number) => (WorkValue::Number(*number), Look::Decimals),
            Self::Money(cents) => (WorkValue::Number(*cents as f64 / 100.), Look::Euros),
            Self::Day(day) => (WorkValue::Number(serial(day.and_time(NaiveTime::MIN).and_utc())), Look::Date),
            Self::Moment(moment) => (WorkValue::Number(serial(*moment)), Look::DateTime),
            Self::Flag(flag) => (WorkValue::Flag(*flag), Look::Plain),
        }
    }

    /// As people write it into a document.
    fn text(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) => text.clone(),
            Self::Integer(number) => number.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Money(cents) => {
                let sign = if *cents < 0 { "-" } else { "" };
                format!("{sign}{}.{:02}", cents.unsigned_abs() / 100, cents.unsigned_abs() % 100)
            }
            Self::Day(day) => day.to_string(),
            Self::Moment(moment) => moment.format("%Y-%m-%d %H:%M:%S").to_string(),
            Self::Flag(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        }
    }
}

/// Days since the end of 1899.
fn serial(moment: DateTime<Utc>) -> f64 {
    let beginning = NaiveDate::from_ymd_opt(1899, 12, 30).unwrap_or_default().and_time(NaiveTime::MIN).and_utc();
    (moment - beginning).num_seconds() as f64 / 86_400.
}
