//! What a manifest does to each record.

use super::super::failure::Failure;
use super::super::manifest::{ManifestError, Node};
use super::super::template::{Condition, Interpolated, Scope, Types, to_engine};
use super::super::value::{Map, Value, path};
use super::{flatten, keys};

#[derive(Clone, Debug)]
pub(in super::super) enum Transformation {
    AddFields { fields: Vec<AddedField>, condition: Option<Condition> },
    RemoveFields { paths: Vec<Vec<String>>, condition: Option<Condition> },
    KeysToLower,
    KeysToSnakeCase,
    KeysReplace { old: Interpolated, new: Interpolated },
    Flatten { lists: bool },
    FlattenAt(Box<flatten::FlattenAt>),
}

#[derive(Clone, Debug)]
pub(in super::super) struct AddedField {
    path: Vec<String>,
    value: Interpolated,
    types: Types,
}

impl Transformation {
    pub(in super::super) fn build(node: &Node) -> Result<Self, ManifestError> {
        Ok(match node.component() {
            "AddFields" => Self::AddFields {
                fields: node.list("fields").iter().map(AddedField::build).collect::<Result<_, _>>()?,
                condition: node.condition("condition")?,
            },
            "RemoveFields" => Self::RemoveFields { paths: pointers(node), condition: node.condition("condition")? },
            "KeysToLower" => Self::KeysToLower,
            "KeysToSnakeCase" => Self::KeysToSnakeCase,
            "KeysReplace" => {
                Self::KeysReplace { old: node.required_template("old")?, new: node.required_template("new")? }
            }
            "FlattenFields" => Self::Flatten { lists: node.flag("flatten_lists").unwrap_or(true) },
            "DpathFlattenFields" => Self::FlattenAt(Box::new(flatten::FlattenAt::build(node)?)),
            other => return Err(node.error(format!("{other} is no transformation that is run here"))),
        })
    }

    /// What removes the fields that a component names, whatever else it says.
    pub(in super::super) fn removal(node: &Node) -> Self {
        Self::RemoveFields { paths: pointers(node), condition: None }
    }

    /// Changes a record; one that is no object stays as it is.
    ///
    /// # Errors
    /// Where a template fails, or a path leads through a value without members.
    pub(in super::super) fn apply(&self, record: &mut Value, scope: &Scope) -> Result<(), Failure> {
        match self {
            Self::AddFields { fields, condition } => {
                fields.iter().try_for_each(|field| field.add(record, condition.as_ref(), scope))
            }
            Self::RemoveFields { paths, condition } => match condition {
                None => {
                    for pointer in paths {
                        // From the end, so that items of a list do not move before they are deleted.
                        path::found(record, pointer).iter().for_each(|place| {
                            path::delete(record, place);
                        });
                    }
                    Ok(())
                }
                Some(condition) => remove_where(record, paths, condition, scope),
            },
            Self::KeysToLower => {
                keys::to_lower(record);
                Ok(())
            }
            Self::KeysToSnakeCase => {
                keys::to_snake(record);
                Ok(())
            }
            Self::KeysReplace { old, new } => {
                let mut scope = scope.clone();
                scope.set("record", to_engine(record));
                let (old, new) = (old.text(&scope)?, new.text(&scope)?);
                keys::replace(record, &old, &new);
                Ok(())
            }
            Self::Flatten { lists } => {
                flatten::flatten(record, *lists);
                Ok(())
            }
            Self::FlattenAt(flatten) => flatten.apply(record, scope),
        }
    }
}

fn pointers(node: &Node) -> Vec<Vec<String>> {
    node.list("field_pointers").iter().map(path_of).collect()
}

fn path_of(node: &Node) -> Vec<String> {
    node.items().iter().filter_map(Node::as_text).collect()
}

impl AddedField {
    pub(in super::super) fn build(node: &Node) -> Result<Self, ManifestError> {
        let path = node.get("path").map(path_of).unwrap_or_default();
        if path.is_empty() {
            return Err(node.error("AddedFieldDefinition needs a `path`"));
        }
        Ok(Self { path, value: node.required_template("value")?, types: node.value_type()? })
    }

    /// Adds it to a record, unless a condition that sees its value does not hold.
    ///
    /// # Errors
    /// Where a template fails, or the path leads through a value without members.
    pub(in super::super) fn add(
        &self,
        record: &mut Value,
        condition: Option<&Condition>,
        scope: &Scope,
    ) -> Result<(), Failure> {
        let mut scope = scope.clone();
        scope.set("record", to_engine(record));
        let value = self.value.eval_as(&scope, self.types)?;
        if let Some(condition) = condition {
            scope.set("value", to_engine(&value));
            scope.set("path", to_engine(&Value::list(self.path.iter().map(Value::str).collect())));
            if !condition.holds(&scope)? {
                return Ok(());
            }
        }
        // The record is no longer shared with the template.
        drop(scope);
        path::set(record, &self.path, value)
            .map_err(|error| Failure::Data(format!("the field {} cannot be added: {error}", self.path.join("."))))
    }
}

/// With a condition, every value without members for which it holds is deleted, wherever it stands: so the reference does.
fn remove_where(record: &mut Value, paths: &[Vec<String>], condition: &Condition, base: &Scope) -> Result<(), Failure> {
    let every = ["**".to_owned()];
    for _ in paths {
        for place in path::found(record, &every) {
            let Some(value) = path::get(record, &place) else { continue };
            if matches!(value, Value::List(_) | Value::Tuple(_) | Value::Map(_)) {
                continue;
            }
            let mut scope = base.clone();
            scope.set("property", to_engine(value));
            if condition.holds(&scope)? {
                path::delete(record, &place);
            }
        }
    }
    Ok(())
}

/// Changes the members of a record as a whole.
pub(super) fn rebuild(record: &mut Value, change: impl FnOnce(Map) -> Map) {
    if let Some(map) = record.as_map_mut() {
        *map = change(std::mem::take(map));
    }
}
