//! A parent stream, whose records are the partitions of another.

use async_stream::try_stream;
use futures::StreamExt;
use futures::stream::BoxStream;

use super::super::failure::Failure;
use super::super::http::{Parts, RequestOption};
use super::super::manifest::Node;
use super::super::run::{Builder, Stream};
use super::super::slice::{GIVEN_PAGE, Slice};
use super::super::template::{Interpolated, Scope};
use super::super::value::{Map, Text, Value, path};
use super::Partition;

#[derive(Debug)]
pub(in super::super) struct Parent {
    stream: Box<Stream>,
    key: Vec<String>,
    field: String,
    option: Option<RequestOption>,
    is_incremental: bool,
    extra: Vec<Vec<String>>,
    /// Where a record holds the first page of what is read for it.
    embedded: Option<Vec<String>>,
}

impl Parent {
    pub(super) fn build(node: &Node, builder: &Builder<'_>, child_state: &Value) -> Result<Self, Failure> {
        let stream = node.required("stream")?;
        let is_incremental = node.flag("incremental_dependency").unwrap_or(false);
        let state = if is_incremental { parent_state(stream, child_state, builder)? } else { Value::empty_map() };
        let key = node.required_template("parent_key")?.text(&builder.scope)?;
        let parameters = node.parameters();
        let part = |node: &Node| -> Result<String, Failure> {
            let source = node.as_text().unwrap_or_default();
            Ok(node.compiled(Interpolated::new(&source, &parameters))?.text(&builder.scope)?)
        };
        let extra = node.list("extra_fields").iter().map(|place| place.items().iter().map(part).collect());
        let embedded = match node.get("lazy_read_pointer").filter(|pointer| pointer.is_truthy()) {
            Some(pointer) => Some(pointer.items().iter().map(part).collect::<Result<Vec<_>, Failure>>()?),
            None => None,
        };
        if embedded.as_ref().is_some_and(|place| place.iter().any(|segment| segment.contains('*'))) {
            return Err(node.error("`lazy_read_pointer` takes no `*`").into());
        }
        Ok(Self {
            embedded,
            stream: Box::new(Stream::build(stream, &Builder { keeps_answers: true, ..builder.clone() }, &state)?),
            key: key.trim_start_matches('/').split('/').map(str::to_owned).collect(),
            field: node.required_template("partition_field")?.text(&builder.scope)?,
            option: node.get("request_option").map(RequestOption::build).transpose()?,
            is_incremental,
            extra: extra.collect::<Result<_, Failure>>()?,
        })
    }

    /// Reads the parent, and gives a partition for each record that has the key. The last one of a slice comes when that is
    /// closed: the parent's state is then the same as if it stood behind it.
    pub(super) fn partitions(&self) -> BoxStream<'_, Result<Partition, Failure>> {
        try_stream! {
            let mut slices = self.stream.slices();
            while let Some(slice) = slices.next().await {
                let slice = slice?;
                let mut pages = self.stream.pages(&slice);
                let mut held = None;
                while let Some(page) = pages.next().await {
                    let page = match page {
                        Ok(page) => page,
                        Err(failure) => {
                            if let Some(partition) = held.take() {
                                yield partition;
                            }
                            Err(failure)?
                        }
                    };
                    for record in page.records {
                        if let Some(partition) = held.take() {
                            yield partition;
                        }
                        self.stream.observe(&record, &slice);
                        held = self.partition_of(&record, &slice);
                    }
                }
                self.stream.close(&slice)?;
                if let Some(partition) = held {
                    yield partition;
                }
            }
            self.stream.finish();
        }
        .boxed()
    }

    fn partition_of(&self, record: &Value, slice: &Slice) -> Option<Partition> {
        let value = path::get(record, &self.key).filter(|value| !value.is_null())?;
        let partition = Map::from_iter([
            (self.field.as_str(), value.clone()),
            ("parent_slice", Value::map(slice.partition.clone())),
        ]);
        Some((partition, self.extra_of(record)))
    }

    fn extra_of(&self, record: &Value) -> Map {
        let field =
            |place: &Vec<String>| (Text::from(place.join(".")), path::get(record, place).cloned().unwrap_or_default());
        let given = self.embedded.as_ref().map(|place| {
            let given = path::get(record, place).cloned().unwrap_or_else(|| Value::list(Vec::new()));
            (Text::const_new(GIVEN_PAGE), given)
        });
        given.into_iter().chain(self.extra.iter().map(field)).collect()
    }

    pub(super) fn gives_first_pages(&self) -> bool {
        self.embedded.is_some()
    }

    pub(super) fn add_parts(&self, slice: &Slice, parts: &mut Parts, scope: &Scope) -> Result<(), Failure> {
        let value = slice.get(&self.field).filter(|value| value.is_truthy());
        match (&self.option, value) {
            (Some(option), Some(value)) => option.inject(parts, value.clone(), scope),
            _ => Ok(()),
        }
    }

    /// The parent's name and where it stands, if it is read incrementally.
    pub(super) fn state(&self) -> Option<(Text, Value)> {
        self.is_incremental.then(|| (Text::from(self.stream.name()), self.stream.state()))
    }
}

/// Where a parent goes on: what the child's state says of it, the child's own cursor over all, or an old state's one value.
fn parent_state(stream: &Node, child: &Value, builder: &Builder<'_>) -> Result<Value, Failure> {
    let Some(child) = child.as_map().filter(|map| !map.is_empty()) else { return Ok(Value::empty_map()) };
    let name = stream.text("name").unwrap_or_default();
    if let Some(state) = child.get("parent_state").and_then(|parents| parents.get(&name)) {
        return Ok(state.clone());
    }
    if let Some(state) = child.get("state") {
        return Ok(state.clone());
    }
    let mut values = child.iter().filter(|(key, _)| *key != "__ab_no_cursor_state_message");
    let (Some((_, value)), None) = (values.next(), values.next()) else { return Ok(Value::empty_map()) };
    let is_plain = matches!(value, Value::Str(_) | Value::Int(_) | Value::Float(_));
    let stream = stream.get("incremental_stream").unwrap_or(stream);
    match stream.get("incremental_sync").filter(|_| is_plain) {
        Some(cursor) => {
            let field = cursor.required_template("cursor_field")?.text(&builder.scope)?;
            Ok(Value::map(Map::from_iter([(field, value.clone())])))
        }
        None => Ok(Value::empty_map()),
    }
}
