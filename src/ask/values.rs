//! The values that the data hold: what "EMEA", "overdue" or "Acme" in a question may mean.
//!
//! They are read once, by SQL, and kept by their words.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDateTime;
use futures::stream::{self, StreamExt};
use serde_json::Value;

use super::sql::{quoted, table_name, time_text};
use super::words::{stem, tokens};
use super::{Bound, Data, Dataset};
use crate::query::QueryOutput;

/// The most distinct values of one dimension that are known by name.
const DIMENSION_VALUES: usize = 5_000;
/// The most entities that are known by name.
const ENTITY_VALUES: usize = 60_000;
/// Longer texts are no names.
const LONGEST_VALUE: usize = 100;
/// Datasets that are read at once.
const READ_AT_ONCE: usize = 4;

/// What the data hold: values by their words, and from when until when each dataset goes.
#[derive(Clone, Debug, Default)]
pub struct Values {
    entries: Vec<Entry>,
    by_word: HashMap<String, Vec<u32>>,
    /// The words as they are written, by their stems: slips are found in them.
    written: HashMap<String, String>,
    facts: Vec<DatasetFacts>,
    as_of: Option<NaiveDateTime>,
    repeated_joins: HashSet<usize>,
}

/// Words that stand for values.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    /// The stems, in their order.
    pub(super) words: Vec<String>,
    /// The values themselves, each where it stands.
    pub(super) values: Vec<(Place, String)>,
}

/// Where a value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Place {
    /// In a dimension of a dataset.
    Dimension { dataset: usize, dimension: usize },
    /// In a column by which an entity is called: its label (0), its key (1), or another (2 and on).
    Entity { entity: usize, column: usize },
}

/// What is known of a dataset's rows.
#[derive(Clone, Debug, Default)]
pub(super) struct DatasetFacts {
    /// How many there are.
    pub(super) rows: u64,
    /// From when until when they go.
    pub(super) times: Option<(NaiveDateTime, NaiveDateTime)>,
    /// For each dimension, the type that its values have, in the words of Arrow.
    pub(super) types: Vec<String>,
    /// For each dimension, how many different values it has; none where there are more than are known.
    pub(super) distinct: Vec<Option<usize>>,
    /// For each dimension, the values themselves where they are few.
    pub(super) few: Vec<Vec<String>>,
}

impl Values {
    /// Reads what the tables hold. A table that cannot be read leaves its values unknown.
    pub async fn read(bound: &Bound, data: &dyn Data) -> Self {
        let mut values = Self::default();
        let places = 0..bound.model.datasets.len();
        let facts: Vec<(DatasetFacts, Vec<(Place, String)>)> = stream::iter(places)
            .map(|dataset| dataset_values(bound, data, dataset))
            .buffered(READ_AT_ONCE)
            .collect()
            .await;
        for (facts, found) in facts {
            values.facts.push(facts);
            for (place, text) in found {
                values.add(&text, place, &text);
            }
        }
        let entities = 0..bound.model.entities.len();
        let called: Vec<Vec<(Place, String)>> = stream::iter(entities)
            .map(|entity| entity_values(bound, data, entity))
            .buffered(READ_AT_ONCE)
            .collect()
            .await;
        for (place, text) in called.into_iter().flatten() {
            values.add(&text, place, &text);
        }
        values.add_synonyms(bound);
        values.repeated_joins = repeated_joins(bound, data).await;
        values.as_of = values.newest();
        values
    }

    /// The newest time of the dataset that has the most rows: plans reach into the future, and short lists end early.
    fn newest(&self) -> Option<NaiveDateTime> {
        let timed = self.facts.iter().filter(|facts| facts.times.is_some());
        timed.max_by_key(|facts| facts.rows).and_then(|facts| facts.times).map(|(_, newest)| newest)
    }

    /// The newest time in the data.
    pub fn as_of(&self) -> Option<NaiveDateTime> {
        self.as_of
    }

    /// What is known of a dataset.
    pub(super) fn facts(&self, dataset: usize) -> Option<&DatasetFacts> {
        self.facts.get(dataset)
    }

    /// Whether values of a join's right side stand more than once, so that it has to be narrowed down first.
    pub(super) fn repeats(&self, join: usize) -> bool {
        self.repeated_joins.contains(&join)
    }

    /// The entries that have a word.
    pub(super) fn with_word(&self, word: &str) -> impl Iterator<Item = &Entry> {
        self.by_word.get(word).into_iter().flatten().filter_map(|place| self.entries.get(*place as usize))
    }

    /// How many entries have a word.
    pub(super) fn count_with_word(&self, word: &str) -> usize {
        self.by_word.get(word).map_or(0, Vec::len)
    }

    /// All words of values: their stems, and how they are written.
    pub(super) fn words(&self) -> impl Iterator<Item = (&str, &str)> {
        self.written.iter().map(|(stem, word)| (stem.as_str(), word.as_str()))
    }

    fn add(&mut self, text: &str, place: Place, value: &str) {
        let words: Vec<String> = value_words(text);
        if words.is_empty() {
            return;
        }
        let known = self.by_word.get(&words[0]).into_iter().flatten().copied();
        let same = known.into_iter().find(|entry| self.entries[*entry as usize].words == words);
        let entry = match same {
            Some(entry) => entry,
            None => {
                for token in tokens(text) {
                    self.written.entry(token.stem).or_insert(token.word);
                }
                let entry = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
                let mut seen = HashSet::new();
                for word in &words {
                    if seen.insert(word) {
                        self.by_word.entry(word.clone()).or_default().push(entry);
                    }
                }
                self.entries.push(Entry { words, values: Vec::new() });
                entry
            }
        };
        let pair = (place, value.to_owned());
        let values = &mut self.entries[entry as usize].values;
        if !values.contains(&pair) {
            values.push(pair);
        }
    }

    fn add_synonyms(&mut self, bound: &Bound) {
        for (dataset, of) in bound.model.datasets.iter().enumerate() {
            for (dimension, of) in of.dimensions.iter().enumerate() {
                for (value, words) in &of.values {
                    for words in words.iter().chain([value]) {
                        self.add(words, Place::Dimension { dataset, dimension }, value);
                    }
                }
            }
        }
    }
}

/// The stems of a value's words. A mark alone is no word.
pub(super) fn value_words(text: &str) -> Vec<String> {
    let kept = tokens(text).into_iter().filter(|token| token.word.chars().any(char::is_alphanumeric));
    kept.map(|token| if token.kind == super::words::TokenKind::Word { token.stem } else { stem(&token.word) }).collect()
}

fn dimension_sql(dataset: &Dataset, dimension: usize) -> String {
    let dimension = &dataset.dimensions[dimension];
    dimension.expression.clone().unwrap_or_else(|| quoted(&dimension.name))
}

async fn dataset_values(bound: &Bound, data: &dyn Data, place: usize) -> (DatasetFacts, Vec<(Place, String)>) {
    let (Some(dataset), Some(table)) = (bound.model.datasets.get(place), bound.tables.get(place)) else {
        return (DatasetFacts::default(), Vec::new());
    };
    let from = table_name(&table.name);
    let mut facts = dataset_facts(bound, data, place).await;
    let select = |dimension: usize| {
        let expression = dimension_sql(dataset, dimension);
        let limit = DIMENSION_VALUES + 1;
        format!(
            "SELECT {dimension} AS d, v FROM (SELECT DISTINCT cast({expression} AS varchar) AS v FROM {from} WHERE {expression} IS NOT NULL LIMIT {limit}) AS d{dimension}"
        )
    };
    let dimensions = 0..dataset.dimensions.len();
    let all: Vec<String> = dimensions.clone().map(select).collect();
    let most = (DIMENSION_VALUES as u64 + 1) * all.len().max(1) as u64;
    let mut rows = Vec::new();
    if !all.is_empty() {
        match data.rows(&all.join(" UNION ALL "), most).await {
            Ok(output) => rows = output.rows,
            // One expression that fails must not take the others with it.
            Err(_) => {
                for sql in all {
                    if let Ok(output) = data.rows(&sql, most).await {
                        rows.extend(output.rows);
                    }
                }
            }
        }
    }
    let mut found = Vec::new();
    let mut by_dimension: Vec<Vec<String>> = vec![Vec::new(); dataset.dimensions.len()];
    for row in rows {
        if let (Some(dimension), Some(Value::String(text))) = (row.first().and_then(whole), row.get(1))
            && let Some(values) = by_dimension.get_mut(dimension)
        {
            values.push(text.clone());
        }
    }
    for (dimension, mut values) in by_dimension.into_iter().enumerate() {
        let known = values.len() <= DIMENSION_VALUES;
        facts.distinct.push(known.then_some(values.len()));
        let named = facts.types.get(dimension).is_none_or(|kind| is_text(kind) || kind == "Boolean");
        if named {
            let short = values.iter().filter(|text| !text.trim().is_empty() && text.len() <= LONGEST_VALUE);
            found.extend(short.map(|text| (Place::Dimension { dataset: place, dimension }, text.clone())));
        }
        values.sort_unstable();
        values.truncate(if values.len() <= 40 { 40 } else { 0 });
        facts.few.push(values);
    }
    (facts, found)
}

/// Whether a type of Arrow is text.
pub(super) fn is_text(kind: &str) -> bool {
    kind.is_empty() || kind.starts_with("Utf8") || kind.starts_with("LargeUtf8") || kind.starts_with("Dictionary")
}

async fn dataset_facts(bound: &Bound, data: &dyn Data, place: usize) -> DatasetFacts {
    let dataset = &bound.model.datasets[place];
    let from = table_name(&bound.tables[place].name);
    let time = time_text(bound, place);
    let mut columns = vec!["count(*) AS n".to_owned()];
    match &time {
        Some(time) => {
            columns.extend([format!("cast(min({time}) AS varchar) AS a"), format!("cast(max({time}) AS varchar) AS z")])
        }
        None => columns.extend(["NULL AS a".to_owned(), "NULL AS z".to_owned()]),
    }
    for dimension in 0..dataset.dimensions.len() {
        columns.push(format!("max(arrow_typeof({})) AS t{dimension}", dimension_sql(dataset, dimension)));
    }
    let whole_statement = format!("SELECT {} FROM {from}", columns.join(", "));
    let short_statement = format!("SELECT {} FROM {from}", columns[..3].join(", "));
    let output = match data.rows(&whole_statement, 1).await {
        Ok(output) => output,
        Err(_) => match data.rows(&short_statement, 1).await {
            Ok(output) => output,
            Err(_) => return DatasetFacts::default(),
        },
    };
    facts_of(&output)
}

fn facts_of(output: &QueryOutput) -> DatasetFacts {
    let Some(row) = output.rows.first() else { return DatasetFacts::default() };
    let moment = |place: usize| row.get(place).and_then(Value::as_str).and_then(moment);
    DatasetFacts {
        rows: row.first().and_then(Value::as_u64).unwrap_or(0),
        times: moment(1).zip(moment(2)),
        types: row.iter().skip(3).map(|kind| kind.as_str().unwrap_or_default().to_owned()).collect(),
        ..DatasetFacts::default()
    }
}

/// A moment as SQL writes it as text, or as JSON has it.
pub(super) fn moment(text: &str) -> Option<NaiveDateTime> {
    let text = text.trim_end_matches('Z').replacen('T', " ", 1);
    let text = text.split('+').next().unwrap_or(&text).trim();
    let date =
        || chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(|day| day.and_time(chrono::NaiveTime::MIN));
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").ok().or_else(date)
}

async fn entity_values(bound: &Bound, data: &dyn Data, entity: usize) -> Vec<(Place, String)> {
    let of = &bound.model.entities[entity];
    let dataset = bound.model.datasets.iter().position(|dataset| dataset.name == of.dataset);
    let Some(table) = dataset.and_then(|dataset| bound.tables.get(dataset)) else { return Vec::new() };
    let mut found = Vec::new();
    for (column, name) in [&of.label, &of.key].into_iter().chain(&of.called).enumerate() {
        let repeated = column > 0 && *name == of.label;
        if repeated {
            continue;
        }
        let name = quoted(name);
        let sql = format!(
            "SELECT DISTINCT cast({name} AS varchar) AS v FROM {} WHERE {name} IS NOT NULL LIMIT {ENTITY_VALUES}",
            table_name(&table.name)
        );
        let Ok(output) = data.rows(&sql, ENTITY_VALUES as u64).await else { continue };
        let texts = output.rows.iter().filter_map(|row| row.first().and_then(Value::as_str));
        let named = texts.filter(|text| text.len() <= LONGEST_VALUE && !text.bytes().all(|byte| byte.is_ascii_digit()));
        found.extend(named.map(|text| (Place::Entity { entity, column }, text.to_owned())));
    }
    found
}

async fn repeated_joins(bound: &Bound, data: &dyn Data) -> HashSet<usize> {
    let mut repeated = HashSet::new();
    for (place, join) in bound.model.joins.iter().enumerate().filter(|(_, join)| !join.links) {
        let Some((dataset, column)) = join.right.split_once('.') else { continue };
        let dataset = bound.model.datasets.iter().position(|known| known.name == dataset);
        let Some(table) = dataset.and_then(|dataset| bound.tables.get(dataset)) else { continue };
        let column = quoted(column);
        let sql = format!("SELECT count({column}) - count(DISTINCT {column}) AS n FROM {}", table_name(&table.name));
        let more =
            data.rows(&sql, 1).await.ok().and_then(|output| output.rows.first()?.first().and_then(Value::as_i64));
        if more.is_some_and(|more| more > 0) {
            repeated.insert(place);
        }
    }
    repeated
}

fn whole(value: &Value) -> Option<usize> {
    value.as_u64().and_then(|number| usize::try_from(number).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_as_sql_writes_them() {
        for text in ["2025-03-01", "2025-03-01T00:00:00Z", "2025-03-01 00:00:00", "2025-03-01T00:00:00.000"] {
            assert_eq!(moment(text).unwrap().to_string(), "2025-03-01 00:00:00", "{text}");
        }
        assert!(moment("soon").is_none());
    }
}
