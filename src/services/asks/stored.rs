//! Answers as their conversations keep them, and as they are read again.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Answer;
use crate::entity::answer;
use crate::entity::ids::DataSourceId;
use crate::query::{OutputColumn, QueryOutput};

/// Rows as they are kept.
#[derive(Serialize, Deserialize)]
struct StoredRows {
    columns: Vec<StoredColumn>,
    rows: Vec<Vec<Value>>,
    truncated: bool,
    elapsed_micros: u64,
}

#[derive(Serialize, Deserialize)]
struct StoredColumn {
    name: String,
    #[serde(rename = "type")]
    data_type: String,
    nullable: bool,
    numeric: bool,
}

/// The first rows of a result, as text: so many at most, and no more than so many bytes of them.
pub(super) fn text_of(result: &QueryOutput, most_rows: usize, most_bytes: usize) -> Option<String> {
    let mut room = most_bytes;
    let fits = |row: &&Vec<Value>| {
        let size = serde_json::to_vec(row).map_or(usize::MAX, |text| text.len());
        let fits = size <= room;
        room = room.saturating_sub(size);
        fits
    };
    let rows: Vec<Vec<Value>> = result.rows.iter().take(most_rows).take_while(fits).cloned().collect();
    let column = |column: &OutputColumn| StoredColumn {
        name: column.name.clone(),
        data_type: column.data_type.clone(),
        nullable: column.nullable,
        numeric: column.numeric,
    };
    let stored = StoredRows {
        columns: result.columns.iter().map(column).collect(),
        truncated: result.truncated || rows.len() < result.rows.len(),
        rows,
        elapsed_micros: u64::try_from(result.elapsed.as_micros()).unwrap_or(u64::MAX),
    };
    serde_json::to_string(&stored).ok()
}

fn result_of(text: &str) -> Option<QueryOutput> {
    let stored: StoredRows = serde_json::from_str(text).ok()?;
    let column = |column: StoredColumn| OutputColumn {
        name: column.name,
        data_type: column.data_type,
        nullable: column.nullable,
        numeric: column.numeric,
    };
    Some(QueryOutput {
        columns: stored.columns.into_iter().map(column).collect(),
        rows: stored.rows,
        truncated: stored.truncated,
        elapsed: Duration::from_micros(stored.elapsed_micros),
    })
}

/// JSON without the character NUL, which PostgreSQL keeps in no text.
pub(super) fn without_nul(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(plain(text)),
        Value::Array(items) => items.into_iter().map(without_nul).collect(),
        Value::Object(map) => map.into_iter().map(|(key, value)| (plain(key), without_nul(value))).collect(),
        other => other,
    }
}

/// A text without the character NUL.
pub(super) fn plain(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text }
}

impl From<answer::Model> for Answer {
    fn from(row: answer::Model) -> Self {
        let list = |value: Value| -> Vec<String> { serde_json::from_value(value).unwrap_or_default() };
        let sources = list(row.sources).iter().filter_map(|id| id.parse::<DataSourceId>().ok()).collect();
        Self {
            id: row.id,
            conversation_id: row.conversation_id,
            question: row.question,
            interpretation: row.interpretation,
            confidence: row.confidence,
            needs_clarification: row.needs_clarification,
            sql: row.sql,
            result: row.result.as_deref().and_then(result_of),
            chart: row.chart,
            summary: row.summary,
            sources,
            suggestions: list(row.suggestions),
            engine: row.engine,
            at: row.created_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn output(rows: Vec<Vec<Value>>) -> QueryOutput {
        let column =
            OutputColumn { name: "text".to_owned(), data_type: "text".to_owned(), nullable: true, numeric: false };
        QueryOutput { columns: vec![column], rows, truncated: false, elapsed: Duration::from_millis(3) }
    }

    #[test]
    fn rows_come_back_as_they_were_as_far_as_there_is_room() {
        let rows: Vec<Vec<Value>> = ["a", "ü\0", "ccc"].iter().map(|text| vec![json!(text)]).collect();
        let kept = |most_rows, most_bytes| {
            let kept = result_of(&text_of(&output(rows.clone()), most_rows, most_bytes).unwrap()).unwrap();
            (kept.rows, kept.truncated)
        };
        assert_eq!(kept(3, 1000), (rows.clone(), false));
        assert_eq!(kept(2, 1000), (rows[..2].to_vec(), true));
        assert_eq!(kept(3, 7), (rows[..1].to_vec(), true), "the second row is no smaller than the room");
        let text = text_of(&output(rows.clone()), 3, 1000).unwrap();
        assert!(!text.contains('\0'), "{text:?}");
        assert_eq!(result_of(&text).unwrap().elapsed, Duration::from_millis(3));
    }

    #[test]
    fn no_text_that_is_kept_holds_a_nul() {
        let value = json!({ "a\0": ["b\0", { "c": 1 }] });
        assert_eq!(without_nul(value), json!({ "a\u{fffd}": ["b\u{fffd}", { "c": 1 }] }));
    }
}
