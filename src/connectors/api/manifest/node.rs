//! A part of a manifest that still knows where it was written.

use std::sync::Arc;

use super::super::template::{Condition, Interpolated, InterpolatedMap, TemplateError, Types};
use super::super::value::{Map, Text, Value, text};
use super::ManifestError;
use super::parameters::{self, Precedence};
use crate::sdk::TextPlace;

/// The key of what a component hands down to the components in it.
pub(in super::super) const PARAMETERS: &str = "$parameters";

/// One value of a manifest. Cheap to clone: what references name again and again is shared.
#[derive(Clone, Debug)]
pub(in super::super) struct Node {
    pub(in super::super) place: TextPlace,
    pub(in super::super) content: Content,
}

#[derive(Clone, Debug)]
pub(in super::super) enum Content {
    Scalar(Value),
    List(Arc<Vec<Node>>),
    Map(Arc<Vec<(Text, Node)>>),
}

impl Content {
    pub(in super::super) fn list(items: Vec<Node>) -> Self {
        Self::List(Arc::new(items))
    }

    pub(in super::super) fn map(members: Vec<(Text, Node)>) -> Self {
        Self::Map(Arc::new(members))
    }
}

impl Node {
    /// A value that is written nowhere, but stands for what is written at a place.
    pub(in super::super) fn of(place: TextPlace, value: &Value) -> Self {
        let content = match value {
            Value::List(items) | Value::Tuple(items) => {
                Content::list(items.iter().map(|item| Self::of(place, item)).collect())
            }
            Value::Map(map) => {
                Content::map(map.iter().map(|(key, item)| (key.clone(), Self::of(place, item))).collect())
            }
            scalar => Content::Scalar(scalar.clone()),
        };
        Self { place, content }
    }

    /// A component of a type, without members yet, that stands for what is written at a place.
    pub(in super::super) fn of_type(place: TextPlace, component: &str) -> Self {
        Self::of(place, &Value::map(Map::from_iter([("type", Value::str(component))])))
    }

    pub(in super::super) fn members(&self) -> &[(Text, Self)] {
        match &self.content {
            Content::Map(members) => members,
            _ => &[],
        }
    }

    pub(in super::super) fn is_map(&self) -> bool {
        matches!(self.content, Content::Map(_))
    }

    /// Python's `bool` of the value.
    pub(in super::super) fn is_truthy(&self) -> bool {
        match &self.content {
            Content::Scalar(value) => value.is_truthy(),
            Content::List(items) => !items.is_empty(),
            Content::Map(members) => !members.is_empty(),
        }
    }

    /// A member that is there and not null.
    pub(in super::super) fn get(&self, key: &str) -> Option<&Self> {
        let (_, node) = self.members().iter().find(|(name, _)| name == key)?;
        (!matches!(node.content, Content::Scalar(Value::Null))).then_some(node)
    }

    /// # Errors
    /// Where the member is missing.
    pub(in super::super) fn required(&self, key: &str) -> Result<&Self, ManifestError> {
        self.get(key).ok_or_else(|| self.error(format!("{} needs `{key}`", self.name())))
    }

    /// The component's type; empty where this is none.
    pub(in super::super) fn component(&self) -> &str {
        match self.get("type").map(|node| &node.content) {
            Some(Content::Scalar(Value::Str(name))) => name,
            _ => "",
        }
    }

    fn name(&self) -> &str {
        match self.component() {
            "" => "this",
            name => name,
        }
    }

    /// The parts of a list; one that is no list is its only part.
    pub(in super::super) fn items(&self) -> &[Self] {
        match &self.content {
            Content::List(items) => items,
            _ => std::slice::from_ref(self),
        }
    }

    /// A member's parts; none where it is not there.
    pub(in super::super) fn list(&self, key: &str) -> &[Self] {
        self.get(key).map_or(&[], Self::items)
    }

    pub(in super::super) fn value(&self) -> Value {
        match &self.content {
            Content::Scalar(value) => value.clone(),
            Content::List(items) => Value::list(items.iter().map(Self::value).collect()),
            Content::Map(members) => {
                Value::map(members.iter().map(|(key, node)| (key.clone(), node.value())).collect::<Map>())
            }
        }
    }

    /// A scalar as a text; a number becomes its digits.
    pub(in super::super) fn as_text(&self) -> Option<String> {
        match &self.content {
            Content::Scalar(Value::Null) => None,
            Content::Scalar(value) => Some(text(value)),
            _ => None,
        }
    }

    pub(in super::super) fn text(&self, key: &str) -> Option<String> {
        self.get(key).and_then(Self::as_text)
    }

    /// # Errors
    /// Where the member is missing or no scalar.
    pub(in super::super) fn required_text(&self, key: &str) -> Result<String, ManifestError> {
        let node = self.required(key)?;
        node.as_text().ok_or_else(|| node.error(format!("`{key}` must be a text")))
    }

    pub(in super::super) fn flag(&self, key: &str) -> Option<bool> {
        match self.get(key)?.value() {
            Value::Bool(flag) => Some(flag),
            Value::Str(word) => match word.to_lowercase().as_str() {
                "true" | "yes" | "on" | "1" | "t" | "y" => Some(true),
                "false" | "no" | "off" | "0" | "f" | "n" => Some(false),
                _ => None,
            },
            other => other.as_int().map(|number| number != 0),
        }
    }

    pub(in super::super) fn float(&self, key: &str) -> Option<f64> {
        super::super::time::as_float(&self.get(key)?.value())
    }

    /// What the component was handed down.
    pub(in super::super) fn parameters(&self) -> Value {
        self.get(PARAMETERS).map_or_else(Value::empty_map, Self::value)
    }

    /// # Errors
    /// Where the member is no template.
    pub(in super::super) fn template(&self, key: &str) -> Result<Option<Interpolated>, ManifestError> {
        let Some(member) = self.get(key) else { return Ok(None) };
        member.as_text().map(|source| self.interpolated(key, member, &source, &self.parameters())).transpose()
    }

    /// # Errors
    /// Where the member is missing or no template.
    pub(in super::super) fn required_template(&self, key: &str) -> Result<Interpolated, ManifestError> {
        let source = self.required_text(key)?;
        self.interpolated(key, self.required(key)?, &source, &self.parameters())
    }

    /// A template that knows where it is written: in a member, or in a part of one.
    fn interpolated(
        &self,
        key: &str,
        written: &Self,
        source: &str,
        parameters: &Value,
    ) -> Result<Interpolated, ManifestError> {
        let template = self.compiled(Interpolated::new(source, parameters))?;
        Ok(template.written(key, written.place.line))
    }

    /// # Errors
    /// Where the member is no template.
    pub(in super::super) fn condition(&self, key: &str) -> Result<Option<Condition>, ManifestError> {
        let source = self.text(key).filter(|source| !source.is_empty());
        source.map(|source| self.compiled(Condition::new(&source, &self.parameters()))).transpose()
    }

    /// What its `value` may be.
    ///
    /// # Errors
    /// Where its `value_type` is none.
    pub(in super::super) fn value_type(&self) -> Result<Types, ManifestError> {
        Ok(match self.text("value_type").as_deref() {
            None => Types::Any,
            Some("string") => Types::Str,
            Some("number") => Types::Float,
            Some("integer") => Types::Int,
            Some("boolean") => Types::Bool,
            Some(other) => return Err(self.error(format!("value_type cannot be {other}"))),
        })
    }

    /// A list of templates, such as the path to a field.
    ///
    /// # Errors
    /// Where one is no template.
    pub(in super::super) fn templates(&self, key: &str) -> Result<Vec<Interpolated>, ManifestError> {
        let parameters = self.parameters();
        let parts = self.list(key).iter().filter_map(|part| Some((part, part.as_text()?)));
        parts.map(|(part, source)| self.interpolated(key, part, &source, &parameters)).collect()
    }

    /// # Errors
    /// Where a key or a value is no template.
    pub(in super::super) fn template_map(&self, key: &str) -> Result<InterpolatedMap, ManifestError> {
        let value = self.get(key).map(Self::value);
        let map = value.as_ref().and_then(Value::as_map).cloned().unwrap_or_default();
        self.compiled(InterpolatedMap::new(&map, &self.parameters()))
    }

    /// # Errors
    /// The template's, with this node's place.
    pub(in super::super) fn compiled<T>(&self, compiled: Result<T, TemplateError>) -> Result<T, ManifestError> {
        compiled.map_err(|error| self.error(error.to_string()))
    }

    /// The same with one member more.
    pub(in super::super) fn with(&self, key: &str, member: &Self) -> Self {
        let others = self.members().iter().filter(|(name, _)| name != key).cloned();
        let members = others.chain([(Text::from(key), member.clone())]).collect();
        Self { place: self.place, content: Content::map(members) }
    }

    /// Puts a value at a path. Returns whether there is such a place; one that is not there yet is made if `creates` is set.
    pub(in super::super) fn set(&mut self, path: &[String], value: &Self, creates: bool) -> bool {
        let Some((first, rest)) = path.split_first() else {
            *self = Self { place: self.place, content: value.content.clone() };
            return true;
        };
        let place = self.place;
        match &mut self.content {
            Content::List(items) => {
                let index = first.parse::<usize>().ok().filter(|index| *index < items.len());
                index.is_some_and(|index| Arc::make_mut(items)[index].set(rest, value, creates))
            }
            Content::Map(members) => {
                let members = Arc::make_mut(members);
                if let Some((_, member)) = members.iter_mut().find(|(key, _)| key == first) {
                    return member.set(rest, value, creates);
                }
                if creates {
                    let mut member = Self { place, content: Content::map(Vec::new()) };
                    member.set(rest, value, true);
                    members.push((Text::from(first.as_str()), member));
                }
                creates
            }
            Content::Scalar(_) => false,
        }
    }

    /// A stream that was made from a template, with its parameters handed down once more; those from above count more than a
    /// component's own where `overridden` is set.
    pub(in super::super) fn handed_down(&self, overridden: bool) -> Self {
        let precedence = if overridden { Precedence::Above } else { Precedence::Own };
        let stream = parameters::propagate(self, precedence);
        if stream.members().iter().any(|(key, _)| key == "type") {
            return stream;
        }
        let kind = Self { place: self.place, content: Content::Scalar(Value::str("DeclarativeStream")) };
        stream.with("type", &kind)
    }

    pub(in super::super) fn error(&self, message: impl Into<String>) -> ManifestError {
        ManifestError { place: self.place, message: message.into() }
    }
}
