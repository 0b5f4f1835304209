//! `dynamic_streams`: streams made from a template, one for each set of values that the API, the configuration or the
//! manifest tells.

use futures::StreamExt;

use super::super::failure::{Blame, Failure};
use super::super::manifest::{Node, read_word};
use super::super::partition::Router;
use super::super::slice::Slice;
use super::super::template::{Condition, Interpolated, Scope, Types, to_engine};
use super::super::value::{Map, Text, Value, path};
use super::Builder;
use super::retriever::Retriever;
use crate::sdk::TextPlace;

/// A stream that was made, and the name of the definition that it was made from.
#[derive(Clone, Debug)]
pub(super) struct Made {
    pub(super) definition: String,
    pub(super) stream: Node,
}

/// The streams of all definitions.
pub(super) async fn streams(manifest: &Node, builder: &Builder<'_>) -> Result<Vec<Made>, Failure> {
    let mut made: Vec<Made> = Vec::new();
    for (place, definition) in manifest.list("dynamic_streams").iter().enumerate() {
        let resolver = definition.required("components_resolver")?;
        let template = definition.required("stream_template")?;
        let overridden = definition.flag("use_parent_parameters").unwrap_or(true);
        let mappings: Vec<Mapping> =
            resolver.list("components_mapping").iter().map(Mapping::build).collect::<Result<_, Failure>>()?;
        let named = definition.text("name").unwrap_or_else(|| format!("dynamic_stream_{place}"));
        for (values, slice) in sets(resolver, builder).await? {
            let mut scope = builder.scope.with("components_values", &values);
            scope.set("stream_template_config", to_engine(&template.value()));
            if let Some(slice) = &slice {
                scope.set("stream_slice", slice.to_engine());
            }
            let mut stream = template.clone();
            for mapping in &mappings {
                mapping.apply(&mut stream, resolver.component(), &scope)?;
            }
            let stream = stream.handed_down(overridden);
            let name = match stream.get("name").map(Node::value) {
                Some(Value::Str(name)) => name,
                _ => return Err(stream.error("the name of a dynamic stream must be a text").into()),
            };
            if made.iter().any(|known| known.stream.text("name").as_deref() == Some(name.as_str())) {
                return Err(twice(&name, resolver.component()));
            }
            made.push(Made { definition: named.clone(), stream });
        }
    }
    Ok(made)
}

fn twice(name: &str, resolver: &str) -> Failure {
    let message = format!("Dynamic streams list contains a duplicate name: {name}.");
    if resolver == "ConfigComponentsResolver" {
        return Failure::Config(format!("{message} Please check your configuration."));
    }
    Failure::Answer { message, status: None, blame: Blame::System }
}

/// The values of each stream, and the slice that they were read in.
async fn sets(resolver: &Node, builder: &Builder<'_>) -> Result<Vec<(Value, Option<Slice>)>, Failure> {
    match resolver.component() {
        "HttpComponentsResolver" => asked(resolver, builder).await,
        "ConfigComponentsResolver" => Ok(configured(resolver, builder)?.into_iter().map(|set| (set, None)).collect()),
        "ParametrizedComponentsResolver" => {
            let sets = resolver.required("stream_parameters")?.list("list_of_parameters_for_stream");
            Ok(sets.iter().map(|set| (set.value(), None)).collect())
        }
        other => Err(resolver.error(format!("{other} is no components resolver that is run here")).into()),
    }
}

async fn asked(resolver: &Node, builder: &Builder<'_>) -> Result<Vec<(Value, Option<Slice>)>, Failure> {
    let node = resolver.required("retriever")?;
    if node.component() != "SimpleRetriever" {
        return Err(node.error(format!("{} does not resolve components here", node.component())).into());
    }
    let retriever = Retriever::build(node, &[], false, builder)?;
    let router = Router::build(node.get("partition_router"), builder, &Value::empty_map())?;
    let mut sets = Vec::new();
    let mut partitions = router.partitions();
    while let Some(partition) = partitions.next().await {
        let (partition, extra) = partition?;
        let slice = Slice { partition, extra, ..Slice::default() };
        let parts = |slice: &Slice| router.parts(slice, &builder.scope);
        let mut pages = retriever.pages_with(&slice, &builder.scope, &parts);
        while let Some(page) = pages.next().await {
            sets.extend(page?.into_iter().map(|record| (record, Some(slice.clone()))));
        }
    }
    Ok(sets)
}

/// Every combination of what several places of the configuration hold.
fn configured(resolver: &Node, builder: &Builder<'_>) -> Result<Vec<Value>, Failure> {
    let config = builder.scope.config();
    let mut sets = vec![Map::default()];
    for (place, node) in resolver.list("stream_config").iter().enumerate() {
        let pointer = node.templates("configs_pointer")?;
        let pointer = pointer.iter().map(|part| part.text(&builder.scope)).collect::<Result<Vec<_>, _>>()?;
        let found = path::get(&config, &pointer).cloned().unwrap_or_else(|| Value::list(Vec::new()));
        let mut values = match &found {
            Value::List(items) => items.to_vec(),
            _ => vec![found],
        };
        values.extend(node.list("default_values").iter().map(Node::value));
        let mut next = Vec::with_capacity(sets.len() * values.len());
        for set in &sets {
            for (index, value) in values.iter().enumerate() {
                let mut set = set.clone();
                match value {
                    Value::Map(members) => {
                        members.iter().for_each(|(key, value)| set.insert(key.clone(), value.clone()));
                    }
                    plain => {
                        let index = Value::int(i128::try_from(index).unwrap_or_default());
                        let name = Text::from(format!("source_config_{place}"));
                        if !set.contains(&name) {
                            set.insert(name, Value::Tuple(vec![index, plain.clone()].into()));
                        }
                    }
                }
                next.push(set);
            }
        }
        sets = next;
    }
    Ok(sets.into_iter().map(Value::map).collect())
}

/// One place of the template, and what is put there.
struct Mapping {
    place: Vec<Interpolated>,
    value: Interpolated,
    types: Types,
    condition: Option<Condition>,
    creates: bool,
    written: TextPlace,
}

impl Mapping {
    fn build(node: &Node) -> Result<Self, Failure> {
        Ok(Self {
            place: node.templates("field_path")?,
            value: node.required_template("value")?,
            types: node.value_type()?,
            condition: node.condition("condition")?,
            creates: node.flag("create_or_update").unwrap_or(false),
            written: node.place,
        })
    }

    /// The three resolvers differ in small things, as the reference's do: which of them looks at conditions, reads texts as
    /// YAML, and makes what is not there.
    fn apply(&self, stream: &mut Node, resolver: &str, scope: &Scope) -> Result<(), Failure> {
        let (is_config, is_http) = (resolver == "ConfigComponentsResolver", resolver == "HttpComponentsResolver");
        if is_config
            && let Some(condition) = &self.condition
            && !condition.holds(scope)?
        {
            return Ok(());
        }
        let value = self.value.eval_as(scope, self.types)?;
        let place = self.place.iter().map(|part| part.text(scope)).collect::<Result<Vec<_>, _>>()?;
        let is_text = is_config && self.types == Types::Str;
        let value = match &value {
            Value::Str(word) if !is_http && !is_text && word.trim().is_empty() => Node::of(self.written, &Value::Null),
            Value::Str(word) if !is_http && !is_text => {
                read_word(word).unwrap_or_else(|| Node::of(self.written, &value))
            }
            value => Node::of(self.written, value),
        };
        let places = if path::has_pattern(&place) { path::found(&stream.value(), &place) } else { vec![place.clone()] };
        let mut is_set = false;
        for known in &places {
            is_set |= stream.set(known, &value, false);
        }
        if !is_set && self.creates && !is_http && value.is_truthy() {
            stream.set(&place, &value, true);
        }
        Ok(())
    }
}
