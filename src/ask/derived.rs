//! A model for tables that nobody has described: what their names, types and keys say.

use std::collections::BTreeMap;

use super::sql::{is_number, is_time, quoted};
use super::{AsOf, BoundTable, Dataset, Dimension, Entity, Join, Measure, Model};

/// Words in the names of columns whose sum means something.
const ADDS_UP: &[&str] = &[
    "amount", "total", "revenue", "sales", "cost", "price", "quantity", "qty", "units", "count", "spend", "value",
    "budget", "hours", "minutes", "fee", "tax", "discount", "profit", "balance", "payment", "salary", "volume",
    "weight",
];
/// Words in the names of numeric columns that are no amounts.
const NO_AMOUNT: &[&str] = &[
    "id",
    "key",
    "code",
    "number",
    "no",
    "nr",
    "zip",
    "postcode",
    "phone",
    "year",
    "lat",
    "lon",
    "latitude",
    "longitude",
    "version",
    "index",
    "position",
    "ts",
];
/// Words in the names of columns of free text.
const FREE_TEXT: &[&str] = &[
    "message",
    "text",
    "description",
    "comment",
    "note",
    "notes",
    "body",
    "content",
    "subject",
    "summary",
    "remarks",
    "title",
];
/// Names of columns by which things are called.
const LABELS: &[&str] = &["name", "title", "full_name", "label", "real_name", "display_name", "company"];

impl Model {
    /// What tables mean, as far as their columns tell: numbers are measures, texts are dimensions, the first time is when rows
    /// happened, and columns that are called as another table's key join them.
    pub fn derived(tables: &[BoundTable]) -> Self {
        let mut names = Names::default();
        let datasets: Vec<Dataset> = tables.iter().map(|table| dataset(table, &mut names)).collect();
        let keys: Vec<Option<String>> = tables.iter().map(key_of).collect();
        let mut joins = Vec::new();
        for (left, table) in tables.iter().enumerate() {
            for (column, _) in &table.columns {
                let right = (0..tables.len()).find(|right| {
                    *right != left
                        && refers(column, &datasets[*right].name, keys[*right].as_deref(), keys[left].as_deref())
                });
                if let Some((right, key)) = right.and_then(|right| Some((right, keys[right].clone()?))) {
                    joins.push(Join {
                        left: format!("{}.{column}", datasets[left].name),
                        right: format!("{}.{key}", datasets[right].name),
                        links: false,
                    });
                }
            }
        }
        let entities = tables
            .iter()
            .zip(&datasets)
            .zip(&keys)
            .filter_map(|((table, dataset), key)| entity(table, dataset, key.as_deref()))
            .collect();
        Self { as_of: AsOf::Data, datasets, joins, entities, segments: Vec::new(), scores: Vec::new() }
    }
}

/// Names that were given, so that none is given twice.
#[derive(Default)]
struct Names(BTreeMap<String, usize>);

impl Names {
    fn unique(&mut self, name: &str) -> String {
        let count = self.0.entry(name.to_owned()).or_default();
        *count += 1;
        if *count == 1 { name.to_owned() } else { format!("{name}_{count}") }
    }
}

/// The last part of a table's name.
fn bare(table: &BoundTable) -> String {
    table.name.rsplit('.').next().unwrap_or(&table.name).trim_matches('"').to_owned()
}

fn words(column: &str) -> Vec<String> {
    column.split(['_', ' ', '-']).map(str::to_lowercase).collect()
}

fn has_word(column: &str, known: &[&str]) -> bool {
    words(column).iter().any(|word| known.contains(&word.as_str()))
}

fn singular(noun: &str) -> String {
    if let Some(stem) = noun.strip_suffix("ies") {
        return format!("{stem}y");
    }
    for ending in ["sses", "xes", "ches", "shes"] {
        if noun.ends_with(ending) {
            return noun[..noun.len() - 2].to_owned();
        }
    }
    match noun.strip_suffix('s') {
        Some(stem) if !noun.ends_with("ss") && !noun.ends_with("us") => stem.to_owned(),
        _ => noun.to_owned(),
    }
}

/// The column that tells a table's rows apart: `id`, or the table's name with `id`.
fn key_of(table: &BoundTable) -> Option<String> {
    let name = singular(&bare(table));
    let last = name.rsplit('_').next().unwrap_or(&name).to_owned();
    let wanted = [format!("{name}_id"), format!("{last}_id"), "id".to_owned()];
    let found = wanted.iter().find(|wanted| table.columns.iter().any(|(column, _)| column == *wanted)).cloned();
    let first =
        || table.columns.first().filter(|(column, _)| column.ends_with("_id")).map(|(column, _)| column.clone());
    found.or_else(first)
}

fn refers(column: &str, dataset: &str, key: Option<&str>, own_key: Option<&str>) -> bool {
    let Some(key) = key else { return false };
    if own_key == Some(column) {
        return false;
    }
    let name = singular(dataset);
    let last = name.rsplit('_').next().unwrap_or(&name);
    (key != "id" && column == key)
        || (key == "id" && (column == format!("{name}_id") || column == format!("{last}_id")))
}

fn dataset(table: &BoundTable, names: &mut Names) -> Dataset {
    let bare = bare(table);
    let name = names.unique(&bare);
    let label = bare.replace('_', " ");
    let key = key_of(table);
    let time = table
        .columns
        .iter()
        .find(|(column, kind)| is_time(kind) && !column.starts_with('_'))
        .map(|(column, _)| column.clone());
    let mut dimensions = Vec::new();
    let mut measures = Vec::new();
    let mut texts = Vec::new();
    for (column, kind) in table.columns.iter().filter(|(column, _)| !column.starts_with('_')) {
        if Some(column) == key.as_ref() {
            continue;
        }
        if kind == "text" && has_word(column, FREE_TEXT) {
            texts.push(column.clone());
        }
        if kind == "text" || kind == "boolean" {
            dimensions.push(Dimension {
                name: column.clone(),
                synonyms: vec![column.replace('_', " ")],
                ..Dimension::default()
            });
        } else if is_number(kind) && !has_word(column, NO_AMOUNT) {
            measures.push(measure(column));
        } else if is_number(kind) {
            dimensions.push(Dimension { name: column.clone(), ..Dimension::default() });
        }
    }
    let synonyms = vec![singular(&label), table.source.clone()];
    Dataset {
        name,
        label,
        synonyms,
        key: key.into_iter().collect(),
        time,
        dimensions,
        measures,
        texts,
        ..Dataset::default()
    }
}

fn measure(column: &str) -> Measure {
    let sums = has_word(column, ADDS_UP) && !has_word(column, &["rate", "average", "avg", "percent", "share"]);
    let value = quoted(column);
    let expression = if sums { format!("sum({value})") } else { format!("avg(cast({value} AS double))") };
    let label = column.replace('_', " ");
    Measure {
        name: column.to_owned(),
        expression,
        value: Some(value),
        label: if sums { label.clone() } else { format!("average {label}") },
        synonyms: vec![label],
        ..Measure::default()
    }
}

fn entity(table: &BoundTable, dataset: &Dataset, key: Option<&str>) -> Option<Entity> {
    let key = key?;
    let label = LABELS.iter().find_map(|label| {
        table
            .columns
            .iter()
            .find(|(column, kind)| kind == "text" && (column == label || column.ends_with(&format!("_{label}"))))
    })?;
    let called = table
        .columns
        .iter()
        .filter(|(column, kind)| kind == "text" && has_word(column, &["email", "company"]))
        .map(|(column, _)| column.clone());
    Some(Entity {
        name: singular(&dataset.label),
        dataset: dataset.name.clone(),
        key: key.to_owned(),
        label: label.0.clone(),
        called: called.filter(|column| *column != label.0).collect(),
        ..Entity::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str, columns: &[(&str, &str)]) -> BoundTable {
        BoundTable {
            name: name.to_owned(),
            source: name.to_owned(),
            source_id: None,
            columns: columns.iter().map(|(name, kind)| ((*name).to_owned(), (*kind).to_owned())).collect(),
            last_updated: None,
            rows: None,
            connector: None,
        }
    }

    #[test]
    fn columns_tell_what_they_are() {
        let model = Model::derived(&[
            table("shop.customers", &[("id", "bigint"), ("name", "text"), ("country", "text")]),
            table(
                "shop.orders",
                &[
                    ("id", "bigint"),
                    ("customer_id", "bigint"),
                    ("ordered_at", "timestamp"),
                    ("amount", "decimal(12,2)"),
                    ("rating", "double"),
                ],
            ),
        ]);
        assert_eq!(
            model.joins,
            [Join { left: "orders.customer_id".to_owned(), right: "customers.id".to_owned(), links: false }]
        );
        assert_eq!(model.datasets[1].time.as_deref(), Some("ordered_at"));
        let measures: Vec<&str> =
            model.datasets[1].measures.iter().map(|measure| measure.expression.as_str()).collect();
        assert_eq!(measures, ["sum(\"amount\")", "avg(cast(\"rating\" AS double))"]);
        assert_eq!(model.entities.len(), 1);
        assert_eq!((model.entities[0].name.as_str(), model.entities[0].label.as_str()), ("customer", "name"));
    }
}
