//! Nested objects laid flat.

use super::super::failure::Failure;
use super::super::manifest::{ManifestError, Node};
use super::super::template::{Interpolated, Scope};
use super::super::value::{Map, Value, path};
use super::transformation::rebuild;

/// Lays all objects of a record flat, and lists too if asked for. A key that is taken already gets its parent's before it,
/// and so does every key once a list was met.
pub(super) fn flatten(record: &mut Value, lists: bool) {
    rebuild(record, |map| {
        let mut flat = Map::with_capacity(map.len());
        let mut with_parent = false;
        let mut stack = vec![(Value::map(map), "_".to_owned())];
        while let Some((value, parent)) = stack.pop() {
            match value {
                Value::Map(map) => {
                    for (key, item) in map.iter() {
                        let taken = with_parent || flat.contains(key);
                        let name = if taken { format!("{parent}.{key}") } else { key.to_string() };
                        stack.push((item.clone(), name));
                    }
                }
                Value::List(items) if lists => {
                    for (index, item) in items.iter().enumerate() {
                        with_parent = true;
                        stack.push((item.clone(), format!("{parent}.{index}")));
                    }
                }
                leaf => flat.insert(parent, leaf),
            }
        }
        flat
    });
}

/// Lays the members of one object of a record beside the record's own.
#[derive(Clone, Debug)]
pub(in super::super) struct FlattenAt {
    path: Vec<Interpolated>,
    deletes_origin: bool,
    replaces_record: bool,
    prefix: Option<Interpolated>,
    suffix: Option<Interpolated>,
}

impl FlattenAt {
    pub(super) fn build(node: &Node) -> Result<Self, ManifestError> {
        let names = node.get("key_transformation");
        Ok(Self {
            path: node.templates("field_path")?,
            deletes_origin: node.flag("delete_origin_value").unwrap_or(false),
            replaces_record: node.flag("replace_record").unwrap_or(false),
            prefix: names.map(|names| names.template("prefix")).transpose()?.flatten(),
            suffix: names.map(|names| names.template("suffix")).transpose()?.flatten(),
        })
    }

    pub(super) fn apply(&self, record: &mut Value, scope: &Scope) -> Result<(), Failure> {
        let path = self.path.iter().map(|part| part.text(scope)).collect::<Result<Vec<_>, _>>()?;
        let found = path::values(record, &path).into_iter().next();
        let Some(Value::Map(found)) = found else { return Ok(()) };
        let found = Map::clone(found);
        let affix = |affix: &Option<Interpolated>| affix.as_ref().map_or(Ok(String::new()), |affix| affix.text(scope));
        let (prefix, suffix) = (affix(&self.prefix)?, affix(&self.suffix)?);
        let named: Map = found.iter().map(|(key, value)| (format!("{prefix}{key}{suffix}"), value.clone())).collect();
        if self.replaces_record && !named.is_empty() {
            *record = Value::map(named);
            return Ok(());
        }
        let taken = record.as_map().is_some_and(|own| named.keys().any(|key| own.contains(key)));
        if taken {
            return Ok(());
        }
        if self.deletes_origin {
            for place in path::found(record, &path) {
                path::delete(record, &place);
            }
        }
        if let Some(own) = record.as_map_mut() {
            named.into_members().into_iter().for_each(|(key, value)| own.insert(key, value));
        }
        Ok(())
    }
}
