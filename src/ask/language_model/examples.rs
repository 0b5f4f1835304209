//! Examples: a few values of each dimension, and the newest times, so that the model writes them as the data do.

use futures::StreamExt;
use futures::stream;
use serde_json::{Map, Value};

use crate::ask::{Bound, Data, Dimension};

/// The longest value that is told, in characters.
const LONGEST: usize = 60;
/// Datasets that are read at once.
const READ_AT_ONCE: usize = 4;
/// Dimensions of all datasets together that values are told of, the first ones.
const MOST_DIMENSIONS: usize = 200;

/// A few values of each dimension of each dataset, and each dataset's newest time.
#[derive(Clone, Debug, Default)]
pub struct Examples {
    /// For each dataset, in its order: what is known of it.
    datasets: Vec<Value>,
}

impl Examples {
    /// Reads them. What cannot be read is left out: the model does without.
    pub async fn read(bound: &Bound, data: &dyn Data, most: usize) -> Self {
        let mut left = if most == 0 { 0 } else { MOST_DIMENSIONS };
        let mut reads = Vec::new();
        for (dataset, table) in bound.model.datasets.iter().zip(&bound.tables) {
            let dimensions = &dataset.dimensions[..dataset.dimensions.len().min(left)];
            left -= dimensions.len();
            reads.push(of_dataset(data, dataset.time.as_deref(), dimensions, &table.name, most));
        }
        Self { datasets: stream::iter(reads).buffered(READ_AT_ONCE).collect().await }
    }

    /// What is known of the dataset at this place.
    pub(super) fn of(&self, place: usize) -> &Value {
        self.datasets.get(place).unwrap_or(&Value::Null)
    }
}

async fn of_dataset(data: &dyn Data, time: Option<&str>, dimensions: &[Dimension], table: &str, most: usize) -> Value {
    let mut known = Map::new();
    if let Some(time) = time {
        let newest = first_column(data, &format!("SELECT max({time}) FROM {table}"), 1).await;
        known.extend(newest.into_iter().next().map(|newest| ("newest".to_owned(), newest)));
    }
    let mut values = Map::new();
    for dimension in dimensions {
        let expression = dimension.expression.as_deref().unwrap_or(&dimension.name);
        let frequent = format!(
            "SELECT {expression} AS value, count(*) AS rows FROM {table} WHERE {expression} IS NOT NULL \
             GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {most}"
        );
        let found = first_column(data, &frequent, most as u64).await;
        values.insert(dimension.name.clone(), found.into_iter().map(short).collect());
    }
    known.insert("values".to_owned(), Value::Object(values));
    Value::Object(known)
}

async fn first_column(data: &dyn Data, sql: &str, limit: u64) -> Vec<Value> {
    let rows = data.rows(sql, limit).await.map_or_else(|_| Vec::new(), |output| output.rows);
    rows.into_iter().filter_map(|row| row.into_iter().next()).filter(|value| !value.is_null()).collect()
}

fn short(value: Value) -> Value {
    match value {
        Value::String(text) if text.chars().count() > LONGEST => {
            Value::String(text.chars().take(LONGEST).chain(['…']).collect())
        }
        other => other,
    }
}
