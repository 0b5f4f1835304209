//! Questions about the data themselves: which sources there are, what they hold, and how fresh they are.

use std::time::Duration;

use serde_json::{Value, json};

use super::numbers::{counted, listed};
use super::{Asked, suggest};
use crate::ask::plan::{Catalogue, in_words};
use crate::ask::words::{stem, stems};
use crate::ask::{Bound, BoundTable, Memory, Reply};
use crate::query::{OutputColumn, QueryOutput, count};

/// The reply to a question about the tables.
pub(super) fn reply(asked: &Asked<'_>, catalogue: &Catalogue, memory: Option<&Memory>) -> Reply {
    let bound = asked.bound;
    let named = named(asked);
    let places: Vec<usize> = if named.is_empty() { (0..bound.tables.len()).collect() } else { named };
    let (interpretation, summary, output) = match catalogue {
        Catalogue::Help => help(bound),
        Catalogue::Sources => sources(bound),
        Catalogue::Holding(word) => holding(bound, word),
        Catalogue::Columns => columns(bound, &places),
        Catalogue::Freshness => freshness(bound, &places),
        Catalogue::Rows => rows(asked, &places),
    };
    Reply {
        interpretation,
        confidence: 0.95,
        needs_clarification: false,
        sql: None,
        result: output,
        chart: None,
        summary,
        datasets: places,
        suggestions: suggest::samples(asked),
        engine: "planner".to_owned(),
        memory: memory.cloned().unwrap_or_default(),
    }
}

/// The datasets that the question names.
fn named(asked: &Asked<'_>) -> Vec<usize> {
    let model = &asked.bound.model;
    let nouns = asked.reading.nouns.iter().flat_map(|noun| {
        let entities =
            noun.entities.iter().map(|(entity, _)| crate::ask::plan::Subject::Entity(*entity).dataset(model));
        let best = noun.datasets.iter().map(|(_, fit)| *fit).fold(0., f64::max);
        let datasets = noun.datasets.iter().filter(move |(_, fit)| *fit >= best - 0.01).map(|(dataset, _)| *dataset);
        datasets.chain(entities).collect::<Vec<_>>()
    });
    let measures = asked.reading.measures.iter().filter_map(|ask| {
        ask.candidates.first().map(|(dataset, _, _)| *dataset).or(ask.rows_of.first().map(|(dataset, _)| *dataset))
    });
    let mut named: Vec<usize> = nouns.chain(measures).collect();
    named.sort_unstable();
    named.dedup();
    named
}

type Told = (String, String, Option<QueryOutput>);

fn table(columns: &[(&str, &str)], rows: Vec<Vec<Value>>) -> Option<QueryOutput> {
    let columns = columns.iter().map(|(name, kind)| OutputColumn {
        name: (*name).to_owned(),
        data_type: (*kind).to_owned(),
        nullable: true,
        numeric: *kind == "bigint",
    });
    Some(QueryOutput { columns: columns.collect(), rows, truncated: false, elapsed: Duration::ZERO })
}

fn connector(table: &BoundTable) -> Value {
    table.connector.as_ref().map_or(Value::Null, |connector| json!(connector))
}

fn help(bound: &Bound) -> Told {
    let labels: Vec<String> = bound.model.datasets.iter().map(|dataset| dataset.label.clone()).collect();
    let summary = format!(
        "You can ask about {}: counts, totals and averages, breakdowns, rankings, courses of time, comparisons, correlations, forecasts, what is unusual, and all about one of them.",
        listed(&labels)
    );
    ("What can be asked.".to_owned(), summary, None)
}

fn sources(bound: &Bound) -> Told {
    let rows: Vec<Vec<Value>> = bound
        .tables
        .iter()
        .zip(&bound.model.datasets)
        .map(|(table, dataset)| {
            vec![json!(table.source), connector(table), json!(table.name), json!(dataset.label), json!(table.rows)]
        })
        .collect();
    let names: Vec<String> = bound.tables.iter().map(|table| table.source.clone()).collect();
    let columns = [("source", "text"), ("connector", "text"), ("table", "text"), ("holds", "text"), ("rows", "bigint")];
    (
        "The data sources there are.".to_owned(),
        format!("There are {}: {}.", counted(names.len(), "sources"), listed(&names)),
        table(&columns, rows),
    )
}

fn holding(bound: &Bound, word: &str) -> Told {
    let wanted: Vec<String> = stems(word);
    let mut rows = Vec::new();
    for (of, dataset) in bound.tables.iter().zip(&bound.model.datasets) {
        let names = |text: &str| {
            wanted.iter().all(|word| {
                stems(text).iter().any(|known| known == word || stem(known) == *word || known.contains(word.as_str()))
            })
        };
        let columns: Vec<String> =
            of.columns.iter().filter(|(column, _)| names(column)).map(|(column, _)| column.clone()).collect();
        let dimensions = dataset
            .dimensions
            .iter()
            .filter(|dimension| names(&dimension.name) || dimension.synonyms.iter().any(|synonym| names(synonym)));
        let mut holds: Vec<String> = columns;
        holds.extend(dimensions.map(|dimension| dimension.name.clone()));
        holds.extend(
            dataset.measures.iter().filter(|measure| names(&measure.label)).map(|measure| measure.label.clone()),
        );
        if names(&dataset.label) {
            holds.push(dataset.label.clone());
        }
        holds.dedup();
        if !holds.is_empty() {
            rows.push(vec![json!(of.source), connector(of), json!(of.name), json!(holds.join(", "))]);
        }
    }
    let names: Vec<String> =
        rows.iter().filter_map(|row| row.first().and_then(Value::as_str).map(str::to_owned)).collect();
    let summary = if names.is_empty() {
        format!("No source has anything called \u{201c}{word}\u{201d}.")
    } else {
        format!(
            "{} {} \u{201c}{word}\u{201d}: {}.",
            super::numbers::capital(&counted(names.len(), "sources")),
            if names.len() == 1 { "has" } else { "have" },
            listed(&names)
        )
    };
    (
        format!("The sources that hold \u{201c}{word}\u{201d}."),
        summary,
        table(&[("source", "text"), ("connector", "text"), ("table", "text"), ("found_in", "text")], rows),
    )
}

fn columns(bound: &Bound, places: &[usize]) -> Told {
    let mut rows = Vec::new();
    for place in places {
        let of = &bound.tables[*place];
        rows.extend(of.columns.iter().map(|(column, kind)| vec![json!(of.source), json!(column), json!(kind)]));
    }
    let summary = match places {
        [one] => {
            let of = &bound.tables[*one];
            let names: Vec<String> = of.columns.iter().map(|(column, _)| in_words(column)).collect();
            format!("{} has {}: {}.", of.source, counted(names.len(), "columns"), listed(&names))
        }
        _ => format!(
            "{} have {} in all.",
            super::numbers::capital(&counted(places.len(), "sources")),
            counted(rows.len(), "columns")
        ),
    };
    (
        "The columns of the data.".to_owned(),
        summary,
        table(&[("source", "text"), ("column", "text"), ("type", "text")], rows),
    )
}

fn freshness(bound: &Bound, places: &[usize]) -> Told {
    let mut rows = Vec::new();
    let mut newest: Option<(chrono::DateTime<chrono::Utc>, String)> = None;
    for place in places {
        let of = &bound.tables[*place];
        let at = of.last_updated.map(|at| at.format("%Y-%m-%dT%H:%M:%SZ").to_string());
        rows.push(vec![json!(of.source), connector(of), json!(at)]);
        if let Some(at) = of.last_updated
            && newest.as_ref().is_none_or(|(known, _)| at > *known)
        {
            newest = Some((at, of.source.clone()));
        }
    }
    let summary = newest.map_or_else(
        || "It is not known when these were last read.".to_owned(),
        |(at, source)| format!("{source} was read last, at {} UTC.", at.format("%Y-%m-%d %H:%M")),
    );
    (
        "When the data were last read.".to_owned(),
        summary,
        table(&[("source", "text"), ("connector", "text"), ("last_updated", "timestamp with time zone")], rows),
    )
}

fn rows(asked: &Asked<'_>, places: &[usize]) -> Told {
    let mut told = Vec::new();
    let mut total = 0;
    let mut output = Vec::new();
    for place in places {
        let of = &asked.bound.tables[*place];
        let rows = of.rows.or_else(|| asked.values.facts(*place).map(|facts| facts.rows));
        total += rows.unwrap_or(0);
        told.push(format!("{} {}", of.source, rows.map_or_else(|| "unknown".to_owned(), count)));
        output.push(vec![json!(of.source), json!(rows)]);
    }
    let summary = match places {
        [_] => format!("Rows: {}.", told[0]),
        _ => format!("{} rows in all: {}.", count(total), listed(&told)),
    };
    ("How many rows the sources have.".to_owned(), summary, table(&[("source", "text"), ("rows", "bigint")], output))
}
