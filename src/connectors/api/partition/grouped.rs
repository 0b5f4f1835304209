//! Routers over routers: the union of several, and groups of what another one gives.

use std::collections::HashSet;

use async_stream::try_stream;
use futures::StreamExt;
use futures::stream::BoxStream;

use super::super::failure::Failure;
use super::super::manifest::{ManifestError, Node};
use super::super::time::as_int;
use super::super::value::{Map, Text, Value, write};
use super::{Partition, Router};

/// What the reference adds to a partition that comes of a parent's record.
const PARENT_SLICE: &str = "parent_slice";

/// The values of a field that several routers give, one after the other, each value once. Whatever else a router gives goes
/// along for templates only.
pub(super) fn union<'a>(routers: &'a [Router], field: &'a str) -> BoxStream<'a, Result<Partition, Failure>> {
    try_stream! {
        let mut seen = HashSet::new();
        for router in routers {
            let mut partitions = router.partitions();
            while let Some(partition) = partitions.next().await {
                let (mut partition, mut extra) = partition?;
                let value = partition.remove(field).ok_or_else(|| {
                    Failure::Data(format!("UnionPartitionRouter expects all its routers to give the partition field {field}"))
                })?;
                if !seen.insert(identity(&value)?) {
                    continue;
                }
                for (key, carried) in partition.into_members() {
                    extra.insert(key, carried);
                }
                yield (Map::from_iter([(field, value)]), extra);
            }
        }
    }
    .boxed()
}

/// Partitions of a router, so many in one: each of its members is a list.
#[derive(Debug)]
pub(in super::super) struct Groups {
    pub(super) inner: Router,
    size: usize,
    each_once: bool,
}

impl Groups {
    pub(super) fn build(node: &Node, inner: Router) -> Result<Self, ManifestError> {
        let size = node.required("group_size")?;
        let count = as_int(&size.value()).and_then(|size| usize::try_from(size).ok()).filter(|size| *size > 0);
        Ok(Self {
            inner,
            size: count.ok_or_else(|| size.error("`group_size` must be 1 or more"))?,
            each_once: node.flag("deduplicate").unwrap_or(true),
        })
    }

    pub(super) fn partitions(&self) -> BoxStream<'_, Result<Partition, Failure>> {
        try_stream! {
            let mut seen = HashSet::new();
            let mut group: Vec<Partition> = Vec::with_capacity(self.size);
            let mut partitions = self.inner.partitions();
            while let Some(partition) = partitions.next().await {
                let partition = partition?;
                let value = only_value(&partition.0)?;
                if self.each_once && !seen.insert(identity(value)?) {
                    continue;
                }
                group.push(partition);
                if group.len() == self.size {
                    yield together(&group);
                    group.clear();
                }
            }
            if !group.is_empty() {
                yield together(&group);
            }
        }
        .boxed()
    }
}

fn only_value(partition: &Map) -> Result<&Value, Failure> {
    let mut values = partition.iter().filter(|(key, _)| *key != PARENT_SLICE);
    match (values.next(), values.next()) {
        (Some((_, value)), None) => Ok(value),
        _ => Err(Failure::Data("GroupingPartitionRouter expects partitions of one field".to_owned())),
    }
}

/// A list of the partitions' values for each member.
fn together(group: &[Partition]) -> Partition {
    let listed = |key: &Text, side: fn(&Partition) -> &Map| {
        let values = group.iter().map(|partition| side(partition).get(key).cloned().unwrap_or_default());
        (key.clone(), Value::list(values.collect()))
    };
    let partition = group[0].0.keys().map(|key| listed(key, |partition| &partition.0)).collect();
    let mut names: Vec<&Text> = Vec::new();
    for name in group.iter().flat_map(|(_, extra)| extra.keys()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    (partition, names.into_iter().map(|key| listed(key, |partition| &partition.1)).collect())
}

/// What makes two values the same: `1` and `1.0` are.
fn identity(value: &Value) -> Result<Vec<u8>, Failure> {
    if matches!(value, Value::List(_) | Value::Map(_)) {
        return Err(Failure::Data(
            "a partition's value must be no list and no object to be told from others".to_owned(),
        ));
    }
    let mut bytes = Vec::new();
    match value {
        #[expect(clippy::cast_possible_truncation, reason = "only of whole numbers that fit")]
        Value::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
            write(&Value::Int(*number as i64), &mut bytes);
        }
        value => write(value, &mut bytes),
    }
    Ok(bytes)
}
