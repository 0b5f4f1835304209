//! Partition routers: a stream is read once for each value of a list, for each record of a parent stream, or for all
//! combinations of these; of several lists at once, or for several values together.

mod grouped;
mod parent;

use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};

use super::cursor::Follows;
use super::failure::Failure;
use super::http::{Parts, RequestOption};
use super::manifest::Node;
use super::run::Builder;
use super::slice::Slice;
use super::template::Scope;
use super::value::{Map, Value};
use grouped::{Groups, union};
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
    /// The values of one field that several routers give, each once.
    Union {
        routers: Vec<Self>,
        field: String,
    },
    /// Several partitions of another router in one.
    Groups(Box<Groups>),
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
            "UnionPartitionRouter" => {
                let routers = node.list("partition_routers").iter();
                Ok(Self::Union {
                    routers: routers
                        .map(|router| Self::build(Some(router), builder, state))
                        .collect::<Result<_, _>>()?,
                    field: node.required_template("partition_field")?.text(&builder.scope)?,
                })
            }
            "GroupingPartitionRouter" => {
                let inner = Self::build(node.get("underlying_partition_router"), builder, state)?;
                Ok(Self::Groups(Box::new(Groups::build(node, inner)?)))
            }
            other => Err(node.error(format!("{other} is no partition router that is run here")).into()),
        }
    }

    /// Whether a partition is the same one when the read is begun again: a group is another one as soon as a value comes or
    /// goes.
    pub(super) fn is_steady(&self) -> bool {
        match self {
            Self::Groups(_) => false,
            Self::Product(routers) | Self::Union { routers, .. } => routers.iter().all(Self::is_steady),
            Self::Single | Self::List { .. } | Self::Parents(_) => true,
        }
    }

    /// Whether there is one partition only.
    pub(super) fn is_single(&self) -> bool {
        matches!(self, Self::Single)
    }

    /// What a cursor follows that goes with these partitions.
    pub(super) fn followed(&self) -> Follows {
        match self {
            Self::Single => Follows::Stream,
            Self::Groups(_) => Follows::AllPartitions,
            _ => Follows::EachPartition,
        }
    }

    /// Whether a partition comes with the first page of what is read for it.
    pub(super) fn gives_first_pages(&self) -> bool {
        matches!(self, Self::Parents(parents) if parents.iter().any(Parent::gives_first_pages))
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
            Self::Union { routers, field } => union(routers, field),
            Self::Groups(groups) => groups.partitions(),
            Self::Product(routers) => {
                stream::once(product(routers)).map_ok(|all| stream::iter(all.into_iter().map(Ok))).try_flatten().boxed()
            }
        }
    }

    /// What the partition adds to a request.
    pub(super) fn parts(&self, slice: &Slice, scope: &Scope) -> Result<Parts, Failure> {
        let mut parts = Parts::default();
        match self {
            Self::Single | Self::Union { .. } | Self::Groups(_) => {}
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
        match self {
            Self::Parents(parents) => Some(Value::map(parents.iter().filter_map(Parent::state).collect())),
            Self::Groups(groups) => groups.inner.parents_state(),
            Self::Union { routers, .. } => {
                let states = routers.iter().filter_map(Self::parents_state);
                let members = states.filter_map(|state| state.as_map().cloned()).flat_map(Map::into_members);
                Some(Value::map(Map::from_members(members.collect())))
            }
            Self::Single | Self::List { .. } | Self::Product(_) => None,
        }
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
