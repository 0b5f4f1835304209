//! Query properties: the names of what a request asks for, in so many requests as the API's limits call for, whose records
//! are put together again.

use futures::StreamExt;
use tokio::sync::OnceCell;

use super::super::failure::Failure;
use super::super::manifest::{ManifestError, Node};
use super::super::select::Transformation;
use super::super::slice::Slice;
use super::super::template::{Interpolated, Scope};
use super::super::time::as_int;
use super::super::value::{Map, Text, Value, path, text};
use super::Builder;
use super::retriever::Retriever;

/// The name under which templates find the names of a request.
const IN_TEMPLATES: &str = "query_properties";

/// What a stream asks for by name.
#[derive(Debug)]
pub(super) struct QueryProperties {
    /// The parameter that names them; templates do where there is none.
    parameter: Option<String>,
    names: Names,
    always: Vec<String>,
    chunks: Option<Chunks>,
    /// Asks only for what the stream's schema has, once these have changed its names.
    selector: Option<Vec<Transformation>>,
}

#[derive(Debug)]
enum Names {
    Written(Vec<String>),
    /// The API tells them, once.
    Asked {
        retriever: Box<Retriever>,
        field: Vec<Interpolated>,
        told: OnceCell<Vec<String>>,
    },
}

/// How many names go into one request, and by which members records of several requests are the same.
#[derive(Debug)]
struct Chunks {
    limit: usize,
    counts_characters: bool,
    keys: Vec<String>,
}

impl QueryProperties {
    /// What a requester asks for; `None` where it says nothing of it.
    pub(super) fn build(requester: &Node, builder: &Builder<'_>) -> Result<Option<Self>, ManifestError> {
        let in_parameters = requester.get("request_parameters").map(Node::members).unwrap_or_default();
        let mut in_parameters = in_parameters.iter().filter(|(_, node)| node.component() == "QueryProperties");
        let fetched = requester.get("fetch_properties_from_endpoint");
        if let Some((key, node)) = in_parameters.next() {
            if fetched.is_some() || in_parameters.next().is_some() {
                return Err(node.error("a request takes its query properties from one place only"));
            }
            return Self::of(node, Some(key.to_string()), builder).map(Some);
        }
        if let Some(endpoint) = fetched {
            let names = Names::build(endpoint, builder)?;
            return Ok(Some(Self { parameter: None, names, always: Vec::new(), chunks: None, selector: None }));
        }
        requester.get("query_properties").map(|node| Self::of(node, None, builder)).transpose()
    }

    fn of(node: &Node, parameter: Option<String>, builder: &Builder<'_>) -> Result<Self, ManifestError> {
        let selector = node.get("property_selector").map(|selector| {
            selector.list("transformations").iter().map(Transformation::build).collect::<Result<Vec<_>, _>>()
        });
        Ok(Self {
            parameter,
            names: Names::build(node.required("property_list")?, builder)?,
            always: node.list("always_include_properties").iter().filter_map(Node::as_text).collect(),
            chunks: node.get("property_chunking").map(Chunks::build),
            selector: selector.transpose()?,
        })
    }

    pub(super) fn parameter(&self) -> Option<&str> {
        self.parameter.as_deref()
    }

    /// The names of each request that a page takes.
    pub(super) async fn chunks(&self, schema: &Value, scope: &Scope) -> Result<Vec<Vec<String>>, Failure> {
        let names = self.names.all(scope).await?;
        let selected = self.selector.as_ref().map(|changes| selected(schema, changes, scope)).transpose()?;
        let is_selected = |name: &&String| selected.as_ref().is_none_or(|selected| selected.contains(name));
        let Some(chunks) = &self.chunks else {
            let chosen = names.iter().filter(is_selected);
            return Ok(vec![self.always.iter().chain(chosen).cloned().collect()]);
        };
        if chunks.limit == 0 {
            return Ok(vec![names.iter().chain(&self.always).cloned().collect()]);
        }
        let (mut all, mut current, mut size) = (Vec::new(), self.always.clone(), 0);
        for name in names.iter().filter(is_selected) {
            // What separates two names counts for three characters once it is encoded.
            let own = if chunks.counts_characters { name.chars().count() + 3 } else { 1 };
            if size + own > chunks.limit {
                all.push(std::mem::replace(&mut current, self.always.clone()));
                size = 0;
            }
            current.push(name.clone());
            size += own;
        }
        all.push(current);
        Ok(all)
    }

    /// The slice as a request's templates see it.
    pub(super) fn slice(slice: &Slice, names: &[String]) -> Slice {
        let names = Value::list(names.iter().map(Value::str).collect());
        Slice { extra: Map::from_iter([(IN_TEMPLATES, names)]), ..slice.clone() }
    }

    /// Puts the records of a page's requests together: those without a key first, each as it came.
    pub(super) fn merged(&self, chunks: Vec<Vec<Value>>) -> Result<Vec<Value>, Failure> {
        let records = chunks.into_iter().flatten();
        let Some(rule) = &self.chunks else { return Ok(records.collect()) };
        let (mut whole, mut parts): (Vec<Value>, Vec<(String, Value)>) = (Vec::new(), Vec::new());
        let mut places = std::collections::HashMap::new();
        for record in records {
            let Some(key) = rule.key(&record)? else {
                whole.push(record);
                continue;
            };
            match places.get(&key) {
                Some(place) => {
                    let (_, known): &mut (String, Value) = &mut parts[*place];
                    merge(known, record);
                }
                None => {
                    places.insert(key.clone(), parts.len());
                    parts.push((key, record));
                }
            }
        }
        whole.extend(parts.into_iter().map(|(_, record)| record));
        Ok(whole)
    }
}

impl Names {
    fn build(node: &Node, builder: &Builder<'_>) -> Result<Self, ManifestError> {
        if node.component() != "PropertiesFromEndpoint" {
            return Ok(Self::Written(node.items().iter().filter_map(Node::as_text).collect()));
        }
        Ok(Self::Asked {
            retriever: Box::new(Retriever::build(node.required("retriever")?, &[], false, builder)?),
            field: node.templates("property_field_path")?,
            told: OnceCell::new(),
        })
    }

    async fn all(&self, scope: &Scope) -> Result<&[String], Failure> {
        match self {
            Self::Written(names) => Ok(names),
            Self::Asked { retriever, field, told } => {
                let ask = || async move {
                    let place = field.iter().map(|part| part.text(scope)).collect::<Result<Vec<_>, _>>()?;
                    let slice = Slice::default();
                    let mut pages = retriever.plain_pages(&slice, scope);
                    let mut names = Vec::new();
                    while let Some(page) = pages.next().await {
                        let empty = Value::list(Vec::new());
                        names.extend(page?.iter().map(|record| text(path::get(record, &place).unwrap_or(&empty))));
                    }
                    Ok::<_, Failure>(names)
                };
                told.get_or_try_init(ask).await.map(Vec::as_slice)
            }
        }
    }
}

impl Chunks {
    fn build(node: &Node) -> Self {
        let key = node.get("record_merge_strategy").and_then(|strategy| strategy.get("key"));
        let limit = node.get("property_limit").and_then(|limit| as_int(&limit.value()));
        let keys = key.map(|key| key.items().iter().filter_map(Node::as_text).collect());
        Self {
            limit: limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(0),
            counts_characters: node.text("property_limit_type").as_deref() == Some("characters"),
            keys: keys.unwrap_or_else(|| vec!["id".to_owned()]),
        }
    }

    /// What makes two records parts of one; `None` where a record lacks it.
    fn key(&self, record: &Value) -> Result<Option<String>, Failure> {
        let mut parts = Vec::with_capacity(self.keys.len());
        for name in &self.keys {
            match record.get(name).filter(|value| value.is_truthy()) {
                Some(Value::Str(value)) => parts.push(value.to_string()),
                Some(_) => {
                    return Err(Failure::Data(format!("records cannot be put together by {name}, which is no text")));
                }
                None => return Ok(None),
            }
        }
        Ok(Some(parts.join(",")))
    }
}

fn merge(known: &mut Value, more: Value) {
    let (Some(map), Value::Map(members)) = (known.as_map_mut(), more) else { return };
    for (key, value) in std::sync::Arc::unwrap_or_clone(members).into_members() {
        match map.get_mut(&key) {
            Some(place) if place.as_map().is_some() && value.as_map().is_some() => merge(place, value),
            _ => map.insert(key, value),
        }
    }
}

fn selected(schema: &Value, changes: &[Transformation], scope: &Scope) -> Result<Vec<String>, Failure> {
    let mut properties = schema.get("properties").cloned().unwrap_or_else(Value::empty_map);
    let mut scope = scope.clone();
    scope.set("stream_slice", minijinja::Value::from(()));
    for change in changes {
        change.apply(&mut properties, &scope)?;
    }
    Ok(properties.as_map().map(|map| map.keys().map(Text::to_string).collect()).unwrap_or_default())
}
