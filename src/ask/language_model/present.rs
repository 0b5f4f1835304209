//! How rows are presented that a model's statement gave: a sentence, a chart, and the datasets that were read.

use serde_json::{Value, json};

use super::proposal::Chart;
use crate::ask::Bound;
use crate::query::json::as_text;
use crate::query::{OutputColumn, QueryOutput};

/// Columns of the first row that a sentence names.
const NAMED_COLUMNS: usize = 4;

/// The answer in a sentence, with the numbers of its first row.
pub(super) fn summary(interpretation: &str, result: &QueryOutput) -> String {
    let what = interpretation.trim_end_matches(['.', ' ']);
    let named = |row: &[Value]| {
        let parts = result.columns.iter().zip(row).take(NAMED_COLUMNS);
        let part = |(column, value): (&OutputColumn, &Value)| {
            format!("{} {}", column.name, as_text(value.clone()).unwrap_or_else(|| "nothing".to_owned()))
        };
        parts.map(part).collect::<Vec<_>>().join(", ")
    };
    match result.rows.as_slice() {
        [] => format!("{what}: no rows were found."),
        [row] => format!("{what}: {}.", named(row)),
        [first, ..] => {
            let more = if result.truncated { "more than " } else { "" };
            format!("{what}: {more}{} rows; the first one is {}.", result.rows.len(), named(first))
        }
    }
}

/// A Vega-Lite specification without data, where the proposed columns are there.
pub(super) fn chart(wanted: Option<&Chart>, result: &QueryOutput) -> Option<Value> {
    let wanted = wanted?;
    let mark = wanted.kind.as_deref().filter(|kind| ["bar", "line", "point"].contains(kind))?;
    let column = |name: &Option<String>| {
        let name = name.as_deref()?;
        result.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name))
    };
    let (x, y) = (column(&wanted.x)?, column(&wanted.y)?);
    if result.rows.len() < 2 {
        return None;
    }
    let mut encoding = json!({ "x": channel(x), "y": channel(y) });
    if let Some(series) = column(&wanted.series) {
        encoding["color"] = channel(series);
    }
    Some(json!({ "$schema": "https://vega.github.io/schema/vega-lite/v6.json", "mark": mark, "encoding": encoding }))
}

fn channel(column: &OutputColumn) -> Value {
    let is_time = ["date", "timestamp"].iter().any(|word| column.data_type.to_lowercase().starts_with(word));
    let kind = match column.numeric {
        true => "quantitative",
        false if is_time => "temporal",
        false => "nominal",
    };
    // A point in a field's name would lead into an object.
    json!({ "field": column.name.replace('.', "\\."), "type": kind, "title": column.name })
}

/// The datasets whose tables a statement names.
pub(super) fn datasets(sql: &str, bound: &Bound) -> Vec<usize> {
    let plain = sql.replace('"', "").to_lowercase();
    let is_part = |next: Option<char>| next.is_some_and(|next| next == '_' || next.is_alphanumeric());
    let names = |table: &str| {
        plain.match_indices(table).any(|(at, found)| {
            let before = plain[..at].chars().next_back();
            !is_part(before) && before != Some('.') && !is_part(plain[at + found.len()..].chars().next())
        })
    };
    (0..bound.tables.len()).filter(|place| names(&bound.tables[*place].name.to_lowercase())).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::ask::{BoundTable, Model};

    fn output(columns: &[(&str, bool)], rows: Value) -> QueryOutput {
        let column = |(name, numeric): &(&str, bool)| OutputColumn {
            name: (*name).to_owned(),
            data_type: if *numeric { "bigint" } else { "text" }.to_owned(),
            nullable: true,
            numeric: *numeric,
        };
        QueryOutput {
            columns: columns.iter().map(column).collect(),
            rows: serde_json::from_value(rows).unwrap(),
            truncated: false,
            elapsed: Duration::ZERO,
        }
    }

    #[test]
    fn a_sentence_holds_the_numbers_of_the_first_row() {
        let columns = [("region", false), ("revenue", true)];
        let said = |rows| summary("Revenue by region.", &output(&columns, rows));
        assert_eq!(said(json!([["EMEA", 12]])), "Revenue by region: region EMEA, revenue 12.");
        let many = said(json!([["EMEA", 12], ["APAC", null]]));
        assert_eq!(many, "Revenue by region: 2 rows; the first one is region EMEA, revenue 12.");
        assert_eq!(said(json!([])), "Revenue by region: no rows were found.");
    }

    #[test]
    fn only_columns_that_are_there_are_drawn() {
        let result = output(&[("region", false), ("revenue", true)], json!([["EMEA", 12], ["APAC", 3]]));
        let wanted = |kind: &str, x: &str| Chart {
            kind: Some(kind.to_owned()),
            x: Some(x.to_owned()),
            y: Some("Revenue".to_owned()),
            series: None,
        };
        let drawn = chart(Some(&wanted("bar", "region")), &result).unwrap();
        assert_eq!(drawn["encoding"]["y"], json!({ "field": "revenue", "type": "quantitative", "title": "revenue" }));
        assert!(chart(Some(&wanted("bar", "country")), &result).is_none());
        assert!(chart(Some(&wanted("pie", "region")), &result).is_none());
        assert!(chart(None, &result).is_none());
    }

    #[test]
    fn tables_are_found_by_their_whole_names() {
        let table = |name: &str| BoundTable {
            name: name.to_owned(),
            source: String::new(),
            source_id: None,
            columns: Vec::new(),
            last_updated: None,
            rows: None,
            connector: None,
        };
        let tables = ["crm.customers", "crm.customers_old", "a.b"].map(table).to_vec();
        let bound = Bound { model: Model::default(), tables };
        assert_eq!(datasets("SELECT * FROM \"crm\".\"customers\" c JOIN x.a.b ON true", &bound), [0]);
        assert_eq!(datasets("select 1 from CRM.customers_old, a.b", &bound), [1, 2]);
    }
}
