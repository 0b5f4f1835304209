//! Maps of a manifest whose keys and values may be templates.

use std::sync::Arc;

use super::super::value::{Map, Value, text};
use super::error::TemplateError;
use super::interpolated::{Source, Types};
use super::scope::Scope;

/// A flat map, such as request parameters and headers.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct InterpolatedMap(Vec<(Source, Entry)>);

#[derive(Clone, Debug)]
enum Entry {
    Template(Source),
    Fixed(Value),
}

impl Entry {
    fn new(value: &Value, parameters: &Value) -> Result<Self, TemplateError> {
        match value {
            Value::Str(source) => Source::new(source, parameters).map(Self::Template),
            other => Ok(Self::Fixed(other.clone())),
        }
    }

    fn eval(&self, scope: &Scope, types: Types) -> Result<Value, TemplateError> {
        match self {
            Self::Template(source) => source.eval_or(scope, types, &Value::Null),
            Self::Fixed(value) => Ok(value.clone()),
        }
    }
}

impl InterpolatedMap {
    /// # Errors
    /// Where a key or a value is no template that can be compiled.
    pub(in super::super) fn new(map: &Map, parameters: &Value) -> Result<Self, TemplateError> {
        let mut entries = Vec::with_capacity(map.len());
        for (key, value) in map.iter() {
            entries.push((Source::new(key, parameters)?, Entry::new(value, parameters)?));
        }
        Ok(Self(entries))
    }

    pub(in super::super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The map with everything evaluated; what came to nothing is `Null`.
    ///
    /// # Errors
    /// Where a template fails.
    pub(in super::super) fn eval(&self, scope: &Scope, keys: Types, values: Types) -> Result<Map, TemplateError> {
        let mut map = Map::with_capacity(self.0.len());
        for (key, value) in &self.0 {
            map.insert(text(&key.eval_or(scope, keys, &Value::Null)?), value.eval(scope, values)?);
        }
        Ok(map)
    }
}

/// A value of any depth, such as a request's JSON body.
#[derive(Clone, Debug)]
pub(in super::super) enum Nested {
    Template(Text),
    Fixed(Value),
    List(Vec<Self>),
    Map(Vec<(Self, Self)>),
}

/// A text that may be a template.
#[derive(Clone, Debug)]
pub(in super::super) struct Text(Arc<Source>);

impl Nested {
    /// # Errors
    /// Where a key or a value is no template that can be compiled.
    pub(in super::super) fn new(value: &Value, parameters: &Value) -> Result<Self, TemplateError> {
        Ok(match value {
            Value::Str(source) => Self::Template(Text(Arc::new(Source::new(source, parameters)?))),
            Value::List(items) | Value::Tuple(items) => {
                Self::List(items.iter().map(|item| Self::new(item, parameters)).collect::<Result<_, _>>()?)
            }
            Value::Map(map) => {
                let mut members = Vec::with_capacity(map.len());
                for (key, item) in map.iter() {
                    members.push((Self::new(&Value::Str(key.clone()), parameters)?, Self::new(item, parameters)?));
                }
                Self::Map(members)
            }
            fixed => Self::Fixed(fixed.clone()),
        })
    }

    /// The value with everything evaluated; members that came to nothing are left out.
    ///
    /// # Errors
    /// Where a template fails.
    pub(in super::super) fn eval(&self, scope: &Scope) -> Result<Value, TemplateError> {
        Ok(match self {
            Self::Template(source) => source.0.eval_or(scope, Types::Any, &Value::Null)?,
            Self::Fixed(value) => value.clone(),
            Self::List(items) => Value::list(items.iter().map(|item| item.eval(scope)).collect::<Result<_, _>>()?),
            Self::Map(members) => {
                let mut map = Map::with_capacity(members.len());
                for (key, item) in members {
                    let (key, item) = (key.eval(scope)?, item.eval(scope)?);
                    if !item.is_null() {
                        map.insert(text(&key), item);
                    }
                }
                Value::map(map)
            }
        })
    }
}
