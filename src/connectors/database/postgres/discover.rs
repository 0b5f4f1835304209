//! What can be read, as the catalogue of data sources.

use std::sync::Arc;

use arrow::datatypes::Schema;
use serde_json::json;

use super::catalog::{Found, Relation};
use super::columns::Locale;
use super::quote;
use crate::connectors::database::DatabaseConfig;
use crate::sdk::{Catalog, CatalogSource};

/// Names of columns that change with every update, the surest first.
const UPDATED: [&str; 14] = [
    "updated_at",
    "modified_at",
    "last_modified_at",
    "updated_on",
    "modified_on",
    "last_updated_at",
    "last_modified",
    "last_updated",
    "update_time",
    "modified",
    "updated",
    "changed_at",
    "modified_date",
    "updated_date",
];

/// Describes the relations that the configuration selects.
pub(super) fn catalog(found: Found, config: &DatabaseConfig) -> Catalog {
    let Found { relations, locale } = found;
    let selected = relations.into_iter().filter(|relation| config.selects(&relation.schema, &relation.name));
    Catalog { sources: selected.map(|relation| source(relation, locale)).collect() }
}

fn source(relation: Relation, locale: Locale) -> CatalogSource {
    let fields: Vec<_> = relation.columns.iter().map(|column| column.plan(locale).field).collect();
    let sql_name = match relation.schema.as_str() {
        "public" => relation.name.clone(),
        schema => format!("{schema}_{}", relation.name),
    };
    CatalogSource {
        sql_name,
        source_type: relation.kind.as_str().to_owned(),
        source_path: quote::path(&relation.schema, &relation.name),
        schema: Arc::new(Schema::new(fields)),
        cursor_field: cursor_field(&relation),
        estimated_rows: relation.rows,
        details: json!({ "schema": relation.schema, "bytes": relation.bytes }),
        description: relation.description,
        primary_key: relation.key,
        name: relation.name,
    }
}

/// A time of the last change, or else the growing key of a table whose rows are never changed.
fn cursor_field(relation: &Relation) -> Option<String> {
    let rank = |name: &str| {
        let name = name.to_lowercase();
        let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        UPDATED.iter().position(|known| *known == name || known.replace('_', "") == plain)
    };
    let times = relation.columns.iter().filter(|column| column.is_time());
    let ranked = times.filter_map(|column| Some(((!column.is_not_null, rank(&column.name)?), column)));
    if let Some((_, column)) = ranked.min_by_key(|(rank, _)| *rank) {
        return Some(column.name.clone());
    }
    let [key] = relation.key.as_slice() else { return None };
    let column = relation.column(key).filter(|column| column.is_integer() && column.is_generated_number)?;
    relation.is_only_inserted.then(|| column.name.clone())
}
