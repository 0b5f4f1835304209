//! What a step keeps of an answer, and what a report shows of it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::query::QueryOutput;
use crate::services::asks::Answer;

/// An answer as an ANALYSE step keeps it, under the names of the API.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct KeptAnswer {
    pub(super) question: String,
    pub(super) interpretation: String,
    pub(super) confidence: f64,
    pub(super) sql: Option<String>,
    pub(super) summary: String,
    pub(super) chart: Option<Value>,
    pub(super) engine: String,
    /// Its first rows.
    pub(super) result: Option<KeptRows>,
}

/// Rows with their columns.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct KeptRows {
    pub(super) columns: Vec<KeptColumn>,
    pub(super) rows: Vec<Vec<Value>>,
    /// Whether there were more.
    pub(super) truncated: bool,
}

/// A column of rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct KeptColumn {
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) data_type: String,
    /// Whether it holds numbers.
    #[serde(default)]
    pub(super) numeric: bool,
}

impl KeptAnswer {
    /// An answer with so many rows at most.
    pub(super) fn of(answer: Answer, most_rows: u64) -> Self {
        Self {
            question: answer.question,
            interpretation: answer.interpretation,
            confidence: answer.confidence,
            sql: answer.sql,
            summary: answer.summary,
            chart: answer.chart,
            engine: answer.engine,
            result: answer.result.map(|result| KeptRows::of(result, most_rows)),
        }
    }
}

impl KeptRows {
    /// So many rows at most.
    pub(super) fn of(output: QueryOutput, most: u64) -> Self {
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let columns = output.columns.into_iter();
        let mut kept = Self {
            columns: columns
                .map(|column| KeptColumn { name: column.name, data_type: column.data_type, numeric: column.numeric })
                .collect(),
            truncated: output.truncated,
            rows: output.rows,
        };
        kept.cut(most);
        kept
    }

    /// Keeps the first rows.
    pub(super) fn cut(&mut self, most: usize) {
        self.truncated |= self.rows.len() > most;
        self.rows.truncate(most);
    }
}
