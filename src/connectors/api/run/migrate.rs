//! States of an older shape: a cursor for each parent's key becomes a list of partitions.

use super::super::failure::Failure;
use super::super::manifest::Node;
use super::super::template::{Interpolated, Scope};
use super::super::value::{Map, Value};

/// The state after the stream's migrations.
pub(super) fn migrated(stream: &Node, state: &Value, scope: &Scope) -> Result<Value, Failure> {
    let mut state = state.clone();
    for migration in stream.list("state_migrations") {
        if !matches!(migration.component(), "" | "LegacyToPerPartitionStateMigration") {
            return Err(migration.error(format!("{} is no migration that is run here", migration.component())).into());
        }
        let parameters = stream.parameters();
        let eval = |node: &Node, key: &str| -> Result<String, Failure> {
            let source = node.required_text(key)?;
            Ok(node.compiled(Interpolated::new(&source, &parameters))?.text(scope)?)
        };
        let router = stream.required("retriever")?.required("partition_router")?;
        let [parent] = router.list("parent_stream_configs") else { continue };
        let partition_field = eval(parent, "partition_field")?;
        let cursor_field = eval(stream.required("incremental_sync")?, "cursor_field")?;
        if let Some(new) = to_partitions(&state, &partition_field, &cursor_field) {
            state = new;
        }
    }
    Ok(state)
}

fn to_partitions(state: &Value, partition_field: &str, cursor_field: &str) -> Option<Value> {
    let old = state.as_map().filter(|map| !map.is_empty() && !map.contains("states"))?;
    let is_old =
        |value: &Value| value.as_map().is_some_and(|cursor| cursor.len() == 1 && cursor.contains(cursor_field));
    if !old.iter().all(|(_, value)| is_old(value)) {
        return None;
    }
    let states = old.iter().map(|(key, cursor)| {
        let partition = Value::map(Map::from_iter([(partition_field, Value::Str(key.clone()))]));
        Value::map(Map::from_iter([("partition", partition), ("cursor", cursor.clone())]))
    });
    Some(Value::map(Map::from_iter([("states", Value::list(states.collect()))])))
}
