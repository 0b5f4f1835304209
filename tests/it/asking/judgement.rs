//! What an answer is worth: right, asked back, or wrong.

use std::fmt;

use dataweaver::scenario::{Comparison, Rows};
use serde_json::Value;

/// What came of one wording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// The answer agrees with what is true.
    Right,
    /// It was asked back.
    AskedBack(String),
    /// The answer does not agree, or there was none.
    Wrong(String),
}

impl Judgement {
    /// Of a whole answer to the operation `ask`.
    pub fn of(answer: &Value, compare: &Comparison, truth: &Table) -> Self {
        if let Some(error) = answer["errors"].get(0) {
            return Self::Wrong(format!("it failed: {}", error["message"]));
        }
        let answer = &answer["data"]["ask"];
        if answer["needsClarification"] == true {
            return Self::AskedBack(format!("{} {}", answer["summary"], answer["suggestions"]));
        }
        let given = Table::of(&answer["result"]);
        match compare.agrees(given.rows(), truth.rows()) {
            Ok(()) => Self::Right,
            Err(difference) => Self::Wrong(format!(
                "{difference}; understood as {}; {}",
                answer["interpretation"],
                answer["sql"].as_str().unwrap_or("no SQL").split_whitespace().collect::<Vec<_>>().join(" ")
            )),
        }
    }

    /// The word for it in lists.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::AskedBack(_) => "asks back",
            Self::Wrong(_) => "wrong",
        }
    }
}

impl fmt::Display for Judgement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Right => f.write_str("right"),
            Self::AskedBack(words) | Self::Wrong(words) => write!(f, "{}: {words}", self.word()),
        }
    }
}

/// Rows with the names of their columns.
#[derive(Clone, Debug, Default)]
pub struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<Value>>,
}

impl Table {
    /// Of a `QueryResult` with its columns' names; an empty one where there is none.
    pub fn of(result: &Value) -> Self {
        if result.is_null() {
            return Self::default();
        }
        let columns = result["columns"].as_array().expect("the columns were asked for");
        Self {
            columns: columns.iter().map(|column| column["name"].as_str().expect("a name").to_owned()).collect(),
            rows: serde_json::from_value(result["rows"].clone()).expect("rows are lists"),
        }
    }

    /// Of a fact.
    pub fn of_fact(fact: &dataweaver::demo::Fact) -> Self {
        Self { columns: fact.columns.iter().map(|name| (*name).to_owned()).collect(), rows: fact.rows.clone() }
    }

    pub fn rows(&self) -> Rows<'_, String> {
        Rows { columns: &self.columns, rows: &self.rows }
    }

    /// How many rows there are.
    pub fn count(&self) -> usize {
        self.rows.len()
    }
}
