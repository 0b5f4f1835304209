//! Partition routers: a stream is read once for each value of a list, for each record of a parent stream, or for all
//! combinations of these.

mod parent;

use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};

use super::failure::Failure;
use super::http::{Parts, RequestOption};
use super::manifest::Node;
use super::run::Builder;
use super::slice::Slice;
use super::template::Scope;
use super::value::{Map, Value};
use parent::Parent;

/// A partition with the fields that a parent's record gives along.
pub(super) type Partition = (Map, Map);

#[derive(Debug)]
pub(super) enum Router {
    /// There is one partition, without a name.
    Single,
    List {
        values: Vec<Value>,
        field: String,
        option: Option<RequestOption>,
    },
    Parents(Vec<Parent>),
    Product(Vec<Self>),
}

impl Router {
    /// `state` is that of the stream, which also keeps where its parents stand.
    pub(super) fn build(node: Option<&Node>, builder: &Builder<'_>, state: &Value) -> Result<Self, Failure> {
        let Some(node) = node else { return Ok(Self::Single) };
        match node.items() {
            [] => return Ok(Self::Single),
            [only] if only.is_map() && !node.is_map() => {
                return Ok(Self::Product(vec![Self::build(Some(only), builder, state)?]));
            }
            [_] => {}
            several => {
                let routers =
                    several.iter().map(|router| Self::build(Some(router), builder, state)).collect::<Result<_, _>>()?;
                return Ok(Self::Product(routers));
            }
        }
        match node.component() {
            "ListPartitionRouter" => {
                let values = match node.required("values")? {
                    // Numbers of a list that is written in the manifest are texts, those of a template are not.
                    list if !list.is_map() && list.as_text().is_none() => {
                        Value::list(list.items().iter().filter_map(Node::as_text).map(Value::from).collect())
                    }
                    _ => node.required_template("values")?.eval(&builder.scope)?,
                };
                let values = match &values {
                    // A text is gone through letter by letter, as in Python.
                    Value::Str(text) => text.chars().map(|letter| Value::from(letter.to_string())).collect(),
                    other => {
                        other.as_list().map(<[Value]>::to_vec).ok_or_else(|| node.error("`values` must be a list"))?
                    }
                };
                Ok(Self::List {
                    values,
                    field: node.required_template("cursor_field")?.text(&builder.scope)?,
                    option: node.get("request_option").map(RequestOption::build).transpose()?,
                })
            }
            "SubstreamPartitionRouter" => {
                let parents = node.list("parent_stream_configs").iter();
                parents.map(|parent| Parent::build(parent, builder, state)).collect::<Result<_, _>>().map(Self::Parents)
            }
            other => Err(node.error(format!("{other} is no partition router that is run here")).into()),
        }
    }

    pub(super) fn is_single(&self) -> bool {
        matches!(self, Self::Single)
    }

    /// All partitions, as far as parents are read.
    pub(super) fn partitions(&self) -> BoxStream<'_, Result<Partition, Failure>> {
        match self {
            Self::Single => stream::once(async { Ok(Partition::default()) }).boxed(),
            Self::List { values, field, .. } => {
                let one = move |value: &Value| Ok((Map::from_iter([(field.as_str(), value.clone())]), Map::default()));
                stream::iter(values.iter().map(one)).boxed()
            }
            Self::Parents(parents) => stream::iter(parents).flat_map(Parent::partitions).boxed(),
            Self::Product(routers) => {
                stream::once(product(routers)).map_ok(|all| stream::iter(all.into_iter().map(Ok))).try_flatten().boxed()
            }
        }
    }

    /// What the partition adds to a request.
    pub(super) fn parts(&self, slice: &Slice, scope: &Scope) -> Result<Parts, Failure> {
        let mut parts = Parts::default();
        match self {
            Self::Single => {}
            Self::List { field, option, .. } => {
                let value = slice.get(field).filter(|value| value.is_truthy());
                if let (Some(option), Some(value)) = (option, value) {
                    option.inject(&mut parts, value.clone(), scope)?;
                }
            }
            Self::Parents(parents) => {
                for parent in parents {
                    parent.add_parts(slice, &mut parts, scope)?;
                }
            }
            // Of several that set the same the first counts.
            Self::Product(routers) => {
                for router in routers.iter().rev() {
                    parts.overlay(router.parts(slice, scope)?);
                }
            }
        }
        Ok(parts)
    }

    /// Where the parents stand that are read incrementally; `None` for routers that keep no such thing.
    pub(super) fn parents_state(&self) -> Option<Value> {
        let Self::Parents(parents) = self else { return None };
        Some(Value::map(parents.iter().filter_map(Parent::state).collect()))
    }
}

/// Every combination; the last router's values change fastest.
async fn product(routers: &[Router]) -> Result<Vec<Partition>, Failure> {
    let mut all = vec![Partition::default()];
    for router in routers {
        let own: Vec<Partition> = router.partitions().try_collect().await?;
        let mut next = Vec::with_capacity(all.len() * own.len());
        for (partition, extra) in &all {
            for (more, more_extra) in &own {
                next.push((joined(partition, more), joined(extra, more_extra)));
            }
        }
        all = next;
    }
    Ok(all)
}

fn joined(first: &Map, second: &Map) -> Map {
    let mut joined = first.clone();
    for (key, value) in second.iter().filter(|(key, _)| !first.contains(key)) {
        joined.insert(key.clone(), value.clone());
    }
    joined
}
