//! Records taken apart: each item of a list within a record becomes a record, with as much of the whole as is asked for.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::StreamExt;

use super::super::failure::Failure;
use super::super::manifest::{ManifestError, Node};
use super::super::run::{Builder, Retriever};
use super::super::slice::Slice;
use super::super::template::Scope;
use super::super::value::{Map, Value, path};

/// The partition under which the templates of the retriever that fetches a whole list find the record.
const PARENT: &str = "parent_record";
/// The member of an item that keeps the whole record.
const ORIGINAL: &str = "original_record";

#[derive(Debug)]
pub(in super::super) struct Expander {
    /// Where the lists are.
    path: Vec<String>,
    keeps_original: bool,
    merges_parent: bool,
    fields: Vec<ParentField>,
    emits_parent: bool,
    /// Where a record says that its list is not whole; empty where it does not.
    truncated: Vec<String>,
    whole: Option<Retriever>,
    has_warned: AtomicBool,
}

/// A value of the record that its items get.
#[derive(Debug)]
struct ParentField {
    from: Vec<String>,
    to: Vec<String>,
}

impl Expander {
    pub(super) fn build(node: &Node, builder: &Builder<'_>) -> Result<Self, ManifestError> {
        let place = |node: &Node, key: &str| -> Result<Vec<String>, ManifestError> {
            let templates = node.templates(key)?;
            templates.iter().map(|part| node.compiled(part.text(&builder.scope))).collect()
        };
        let one_place = |node: &Node, key: &str| -> Result<Vec<String>, ManifestError> {
            let place = place(node, key)?;
            if path::has_pattern(&place) {
                return Err(node.error(format!("`{key}` must lead to one field, without `*`, `?` and `[`")));
            }
            Ok(place)
        };
        let field = |field: &Node| -> Result<ParentField, ManifestError> {
            let parts = ParentField { from: one_place(field, "parent_path")?, to: one_place(field, "record_path")? };
            if parts.from.is_empty() || parts.to.is_empty() {
                return Err(field.error("`parent_path` and `record_path` cannot be empty"));
            }
            Ok(parts)
        };
        let whole = node.get("truncated_list_retriever");
        let truncated = one_place(node, "truncation_indicator_path")?;
        if whole.is_some() && truncated.is_empty() {
            return Err(node.error("`truncated_list_retriever` needs a `truncation_indicator_path`"));
        }
        let lists = "expand_records_from_field";
        Ok(Self {
            path: if whole.is_some() { one_place(node, lists)? } else { place(node, lists)? },
            keeps_original: node.flag("remain_original_record").unwrap_or(false),
            merges_parent: node.flag("merge_parent").unwrap_or(false),
            fields: node.list("parent_fields").iter().map(field).collect::<Result<_, _>>()?,
            emits_parent: node.text("on_no_records").as_deref() == Some("emit_parent"),
            truncated,
            whole: whole.map(|whole| Retriever::build(whole, &[], false, builder)).transpose()?,
            has_warned: AtomicBool::new(false),
        })
    }

    /// The items of the records' lists, in their order. What is no object stays as it is.
    ///
    /// # Errors
    /// Where a whole list cannot be fetched, or an item has no place for what it is to get of the record.
    pub(super) async fn expand(&self, records: Vec<Value>, scope: &Scope) -> Result<Vec<Value>, Failure> {
        let mut items = Vec::with_capacity(records.len());
        for record in records {
            if self.path.is_empty() || record.as_map().is_none() {
                items.push(record);
            } else {
                self.one(record, scope, &mut items).await?;
            }
        }
        Ok(items)
    }

    async fn one(&self, record: Value, scope: &Scope, items: &mut Vec<Value>) -> Result<(), Failure> {
        let before = items.len();
        let base = self.merges_parent.then(|| without_lists(&record, &self.path));
        if !self.truncated.is_empty() && path::get(&record, &self.truncated).is_some_and(Value::is_truthy) {
            match &self.whole {
                Some(whole) => {
                    let partition = Map::from_iter([(PARENT, record.clone())]);
                    let slice = Slice { partition, ..Slice::default() };
                    let mut pages = whole.plain_pages(&slice, scope);
                    while let Some(page) = pages.next().await {
                        for item in page? {
                            items.push(self.item(item, &record, base.as_ref())?);
                        }
                    }
                    if items.len() > before {
                        return Ok(());
                    }
                }
                None if !self.has_warned.swap(true, Ordering::Relaxed) => {
                    tracing::warn!(
                        "the list {} of a record is told to be cut short, and the manifest has no `truncated_list_retriever`",
                        self.path.join(".")
                    );
                }
                None => {}
            }
        }
        let lists = path::values(&record, &self.path).into_iter().filter_map(|list| match list {
            Value::List(list) => Some(list),
            _ => None,
        });
        for item in lists.flat_map(|list| list.iter()) {
            items.push(self.item(item.clone(), &record, base.as_ref())?);
        }
        if self.emits_parent && items.len() == before {
            items.push(record);
        }
        Ok(())
    }

    /// An item with what it gets of its record.
    fn item(&self, item: Value, record: &Value, base: Option<&Value>) -> Result<Value, Failure> {
        if !self.keeps_original && base.is_none() && self.fields.is_empty() {
            return Ok(item);
        }
        let own = match item {
            Value::Map(map) => Arc::unwrap_or_clone(map),
            other => Map::from_iter([("value", other)]),
        };
        let mut whole = base.and_then(Value::as_map).cloned().unwrap_or_default();
        own.into_members().into_iter().for_each(|(key, value)| whole.insert(key, value));
        let mut whole = Value::map(whole);
        for field in &self.fields {
            let value = look_up(record, &field.from).cloned().unwrap_or_default();
            path::set(&mut whole, &field.to, value).map_err(|error| {
                Failure::Config(format!(
                    "the field {} of a record has no place in an item: {error}",
                    field.to.join(".")
                ))
            })?;
        }
        if let (true, Some(map)) = (self.keeps_original, whole.as_map_mut()) {
            map.insert(ORIGINAL, record.clone());
        }
        Ok(whole)
    }
}

/// The record without the lists that are taken out of it.
fn without_lists(record: &Value, place: &[String]) -> Value {
    let mut rest = record.clone();
    // From the end, so that items do not move before they are taken out.
    for found in path::found(record, place).iter().rev() {
        if matches!(path::get(record, found), Some(Value::List(_))) {
            path::remove(&mut rest, found);
        }
    }
    rest
}

/// The value at a path; places of a list may be counted from its end.
fn look_up<'a>(record: &'a Value, place: &[String]) -> Option<&'a Value> {
    place.iter().try_fold(record, |value, segment| match value {
        Value::Map(map) => map.get(segment),
        Value::List(items) => {
            let place: i64 = segment.parse().ok()?;
            let from_start = if place < 0 { place + i64::try_from(items.len()).ok()? } else { place };
            items.get(usize::try_from(from_start).ok()?)
        }
        _ => None,
    })
}
