//! The JSON schema of a stream: written in the manifest, or asked for at the API.

use futures::StreamExt;
use tokio::sync::OnceCell;

use super::super::failure::Failure;
use super::super::manifest::{ManifestError, Node};
use super::super::select::Transformation;
use super::super::slice::Slice;
use super::super::template::{Condition, Interpolated, Scope, to_engine};
use super::super::value::{Map, Value, path};
use super::Builder;
use super::retriever::Retriever;

#[derive(Debug)]
pub(super) struct Schema {
    loaders: Vec<Loader>,
    loaded: OnceCell<Value>,
}

#[derive(Debug)]
enum Loader {
    Fixed(Value),
    Dynamic(Box<Dynamic>),
}

/// Makes a schema out of what an endpoint says of its fields.
#[derive(Debug)]
struct Dynamic {
    retriever: Retriever,
    fields: Vec<Interpolated>,
    key: Vec<Interpolated>,
    kind: Vec<Interpolated>,
    types: Vec<TypeRule>,
    filter: Option<Condition>,
    transformations: Vec<Transformation>,
}

#[derive(Debug)]
struct TypeRule {
    from: Value,
    to: Value,
    condition: Option<Condition>,
}

impl Schema {
    pub(super) fn build(stream: &Node, builder: &Builder<'_>) -> Result<Self, ManifestError> {
        let loaders = stream.list("schema_loader").iter().map(|loader| Loader::build(loader, builder));
        Ok(Self { loaders: loaders.collect::<Result<_, _>>()?, loaded: OnceCell::new() })
    }

    pub(super) async fn load(&self, scope: &Scope) -> Result<Value, Failure> {
        self.loaded.get_or_try_init(|| self.read(scope)).await.cloned()
    }

    async fn read(&self, scope: &Scope) -> Result<Value, Failure> {
        match self.loaders.as_slice() {
            [] => Ok(Value::empty_map()),
            [only] => only.load(scope).await,
            several => {
                // Of a field that several tell the first counts.
                let mut properties = Map::default();
                for loader in several {
                    let schema = loader.load(scope).await?;
                    for (name, property) in
                        schema.get("properties").and_then(Value::as_map).into_iter().flat_map(Map::iter)
                    {
                        if !properties.contains(name) {
                            properties.insert(name.clone(), property.clone());
                        }
                    }
                }
                Ok(Value::map(Map::from_iter([
                    ("$schema", Value::str("http://json-schema.org/draft-07/schema#")),
                    ("type", Value::list(vec![Value::str("null"), Value::str("object")])),
                    ("properties", Value::map(properties)),
                ])))
            }
        }
    }
}

impl Loader {
    fn build(node: &Node, builder: &Builder<'_>) -> Result<Self, ManifestError> {
        match node.component() {
            "InlineSchemaLoader" => Ok(Self::Fixed(node.get("schema").map_or_else(Value::empty_map, Node::value))),
            // The files of a package do not come with its manifest.
            "JsonFileSchemaLoader" => Ok(Self::Fixed(Value::empty_map())),
            "DynamicSchemaLoader" => Dynamic::build(node, builder).map(|dynamic| Self::Dynamic(Box::new(dynamic))),
            other => Err(node.error(format!("{other} is no schema loader that is run here"))),
        }
    }

    async fn load(&self, scope: &Scope) -> Result<Value, Failure> {
        match self {
            Self::Fixed(schema) => Ok(schema.clone()),
            Self::Dynamic(dynamic) => dynamic.load(scope).await,
        }
    }
}

impl Dynamic {
    fn build(node: &Node, builder: &Builder<'_>) -> Result<Self, ManifestError> {
        let identifier = node.required("schema_type_identifier")?;
        let rule = |rule: &Node| -> Result<TypeRule, ManifestError> {
            Ok(TypeRule {
                from: rule.required("current_type")?.value(),
                to: rule.required("target_type")?.value(),
                condition: rule.condition("condition")?,
            })
        };
        Ok(Self {
            retriever: Retriever::build(node.required("retriever")?, &[], false, builder)?,
            fields: identifier.templates("schema_pointer")?,
            key: identifier.templates("key_pointer")?,
            kind: identifier.templates("type_pointer")?,
            types: identifier.list("types_mapping").iter().map(rule).collect::<Result<_, _>>()?,
            filter: node.get("schema_filter").map(|filter| filter.condition("condition")).transpose()?.flatten(),
            transformations: node
                .list("schema_transformations")
                .iter()
                .map(Transformation::build)
                .collect::<Result<_, _>>()?,
        })
    }

    async fn load(&self, scope: &Scope) -> Result<Value, Failure> {
        let slice = Slice::default();
        let mut pages = self.retriever.plain_pages(&slice, scope);
        let mut first = None;
        while let Some(page) = pages.next().await {
            first = page?.into_iter().next();
            if first.is_some() {
                break;
            }
        }
        drop(pages);
        let fields = match &first {
            Some(record) => at(record, &self.fields, scope)?.cloned().unwrap_or_default(),
            None => Value::Null,
        };
        let mut properties = Map::default();
        for field in fields.as_list().unwrap_or_default() {
            let key = at(field, &self.key, scope)?.and_then(Value::as_str);
            let key =
                key.ok_or_else(|| Failure::Data("a field of the dynamic schema has no key that is a text".to_owned()))?;
            properties.insert(key, self.type_of(field, scope)?);
        }
        let mut properties = Value::map(self.filtered(properties, scope)?);
        for transformation in &self.transformations {
            let mut scope = scope.clone();
            scope.set("stream_slice", minijinja::Value::from(()));
            transformation.apply(&mut properties, &scope)?;
        }
        Ok(Value::map(Map::from_iter([
            ("$schema", Value::str("https://json-schema.org/draft-07/schema#")),
            ("type", Value::str("object")),
            ("additionalProperties", Value::Bool(true)),
            ("properties", properties),
        ])))
    }

    fn filtered(&self, properties: Map, scope: &Scope) -> Result<Map, Failure> {
        let Some(filter) = &self.filter else { return Ok(properties) };
        let mut kept = Map::default();
        for (name, property) in properties.into_members() {
            let mut scope = scope.clone();
            let record = Value::map(Map::from_iter([(name.clone(), property.clone())]));
            scope.set("record", to_engine(&record));
            for name in ["stream_slice", "next_page_token"] {
                scope.set(name, minijinja::Value::from(()));
            }
            if filter.holds(&scope)? {
                kept.insert(name, property);
            }
        }
        Ok(kept)
    }

    fn type_of(&self, field: &Value, scope: &Scope) -> Result<Value, Failure> {
        let mut kind = Value::str("string");
        if !self.kind.is_empty()
            && let Some(found) = at(field, &self.kind, scope)?
        {
            kind = found.clone();
        }
        for rule in &self.types {
            let own = scope.with("raw_schema", field);
            if rule.from == kind && rule.condition.as_ref().map_or(Ok(true), |condition| condition.holds(&own))? {
                kind = rule.to.clone();
                break;
            }
        }
        property(&kind)
    }
}

fn at<'a>(value: &'a Value, place: &[Interpolated], scope: &Scope) -> Result<Option<&'a Value>, Failure> {
    let place = place.iter().map(|part| part.text(scope)).collect::<Result<Vec<_>, _>>()?;
    Ok(path::get(value, &place))
}

/// The JSON schema of one of the format's types.
fn property(kind: &Value) -> Result<Value, Failure> {
    let unknown = || Failure::Data(format!("Invalid Airbyte data type: {}", super::super::value::text(kind)));
    match kind {
        Value::Str(name) => {
            let (base, format, airbyte) = match name.as_str() {
                "string" | "boolean" | "integer" | "number" | "array" | "object" => (name.as_str(), None, None),
                "date" => ("string", Some("date"), None),
                "timestamp_without_timezone" => ("string", Some("date-time"), Some("timestamp_without_timezone")),
                "timestamp_with_timezone" => ("string", Some("date-time"), None),
                "time_without_timezone" => ("string", Some("time"), Some("time_without_timezone")),
                "time_with_timezone" => ("string", Some("time"), Some("time_with_timezone")),
                _ => return Err(unknown()),
            };
            let mut property = Map::from_iter([("type", Value::list(vec![Value::str("null"), Value::str(base)]))]);
            for (key, value) in [("format", format), ("airbyte_type", airbyte)] {
                if let Some(value) = value {
                    property.insert(key, Value::str(value));
                }
            }
            Ok(Value::map(property))
        }
        Value::List(kinds) if kinds.len() == 2 => {
            let both = kinds.iter().map(property).collect::<Result<Vec<_>, _>>()?;
            Ok(Value::map(Map::from_iter([("oneOf", Value::list(both))])))
        }
        Value::Map(complex) => {
            let mut whole = property(complex.get("field_type").ok_or_else(unknown)?)?;
            if let (Some(items), Some(map)) = (complex.get("items"), whole.as_map_mut()) {
                map.insert("items", property(items)?);
            }
            Ok(whole)
        }
        _ => Err(unknown()),
    }
}
