//! `discover` is stable and true.

use std::collections::HashSet;

use super::{PATIENCE, Suite};
use crate::sdk::types::{lake_type, type_name};
use crate::sdk::{CatalogSource, DynConnector};

impl Suite<'_> {
    /// Two discoveries are equal and say what is true of themselves. Gives the fixture's data source.
    pub(super) async fn discover_is_stable(&mut self, connector: &dyn DynConnector) -> Option<CatalogSource> {
        let mut catalogs = Vec::new();
        for _ in 0..2 {
            match tokio::time::timeout(PATIENCE, connector.discover()).await {
                Ok(Ok(catalog)) => catalogs.push(catalog.sources),
                Ok(Err(error)) => {
                    self.show(&error);
                    self.broken.push(format!("discover succeeds: {error}"));
                    return None;
                }
                Err(_) => {
                    self.broken.push(format!("discover answers within {PATIENCE:?}"));
                    return None;
                }
            }
        }
        let second = catalogs.pop()?;
        let first = catalogs.pop()?;
        let same = first.len() == second.len() && first.iter().zip(&second).all(|(one, other)| is_same(one, other));
        self.promise(same, || "discover gives the same twice, in the same order".into());
        let mut paths = HashSet::new();
        for source in &first {
            self.shown.push(format!("{source:?}"));
            let path = &source.source_path;
            self.promise(paths.insert(path.clone()), || format!("the path {path} is unique in the catalogue"));
            let is_named = !source.name.is_empty() && !source.sql_name.is_empty() && !source.source_type.is_empty();
            self.promise(is_named, || format!("{path} has a name, an SQL name and a type"));
            let known = |column: &String| source.schema.column_with_name(column).is_some();
            let keys_known = source.primary_key.iter().chain(&source.cursor_field).all(known);
            self.promise(keys_known, || format!("primary key and cursor field of {path} are columns of it"));
            for field in source.schema.fields() {
                let is_lake_type = lake_type(field.data_type()) == *field.data_type();
                let words = || {
                    format!("column {} of {path} has a lake type, not {}", field.name(), type_name(field.data_type()))
                };
                self.promise(is_lake_type, words);
            }
        }
        let found = first.into_iter().find(|source| source.source_path == self.fixture.source_path);
        self.promise(found.is_some(), || format!("discover finds {}", self.fixture.source_path));
        found
    }
}

fn is_same(one: &CatalogSource, other: &CatalogSource) -> bool {
    one.name == other.name
        && one.sql_name == other.sql_name
        && one.source_type == other.source_type
        && one.source_path == other.source_path
        && one.description == other.description
        && one.schema == other.schema
        && one.primary_key == other.primary_key
        && one.cursor_field == other.cursor_field
        && one.details == other.details
}
