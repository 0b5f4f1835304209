//! The values that a manifest works with: what JSON can say, with the number tower and the ordering of keys that the
//! reference's Python objects have.

mod json;
mod map;
mod number;
pub(super) mod path;
mod python;

use std::sync::Arc;

use compact_str::CompactString;

pub(super) use json::{from_python_slice, to_python_json, why_no_json, write, write_text};
pub(super) use map::Map;
pub(super) use number::compare as compare_numbers;
pub(super) use python::{float_text, repr, text};

/// Text that is kept in place where it is short, as most of what APIs answer is.
pub(super) type Text = CompactString;

/// One value of a record, a configuration, a state or a template.
#[derive(Clone, Debug, Default)]
pub(super) enum Value {
    #[default]
    Null,
    Bool(bool),
    Int(i64),
    /// An integer outside of 64 bits.
    Big(Box<i128>),
    Float(f64),
    Str(Text),
    List(Arc<Vec<Self>>),
    /// What a Python literal wrote as `(1, 2)`; a list once it leaves the interpreter.
    Tuple(Arc<Vec<Self>>),
    Map(Arc<Map>),
}

impl Value {
    pub(super) fn list(items: Vec<Self>) -> Self {
        Self::List(Arc::new(items))
    }

    pub(super) fn map(map: Map) -> Self {
        Self::Map(Arc::new(map))
    }

    pub(super) fn str(text: impl AsRef<str>) -> Self {
        Self::Str(Text::from(text.as_ref()))
    }

    pub(super) fn empty_map() -> Self {
        Self::map(Map::default())
    }

    /// An integer of any size.
    pub(super) fn int(value: i128) -> Self {
        i64::try_from(value).map_or_else(|_| Self::Big(Box::new(value)), Self::Int)
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    pub(super) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn as_map(&self) -> Option<&Map> {
        match self {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The map to change, taken out of what it shares with others.
    pub(super) fn as_map_mut(&mut self) -> Option<&mut Map> {
        match self {
            Self::Map(map) => Some(Arc::make_mut(map)),
            _ => None,
        }
    }

    pub(super) fn as_list(&self) -> Option<&[Self]> {
        match self {
            Self::List(items) | Self::Tuple(items) => Some(items),
            _ => None,
        }
    }

    /// As Python's `isinstance(value, int)` sees it, which takes a boolean for a number.
    pub(super) fn as_int(&self) -> Option<i128> {
        match self {
            Self::Bool(value) => Some(i128::from(*value)),
            Self::Int(value) => Some(i128::from(*value)),
            Self::Big(value) => Some(**value),
            _ => None,
        }
    }

    pub(super) fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// A member of a map.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.as_map()?.get(key)
    }

    /// The same with the members of each map in the order of their names.
    pub(super) fn sorted(&self) -> Self {
        match self {
            Self::Map(map) => {
                let mut members: Vec<_> = map.iter().map(|(key, item)| (key.clone(), item.sorted())).collect();
                members.sort_by(|left, right| left.0.cmp(&right.0));
                Self::map(Map::from_members(members))
            }
            Self::List(items) | Self::Tuple(items) => Self::list(items.iter().map(Self::sorted).collect()),
            other => other.clone(),
        }
    }

    /// Python's `bool(value)`.
    pub(super) fn is_truthy(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Bool(value) => *value,
            Self::Int(value) => *value != 0,
            Self::Big(_) => true,
            Self::Float(value) => *value != 0.0,
            Self::Str(text) => !text.is_empty(),
            Self::List(items) | Self::Tuple(items) => !items.is_empty(),
            Self::Map(map) => !map.is_empty(),
        }
    }
}

impl PartialEq for Value {
    /// Python's `==`: numbers are equal across their types, and keys have no order.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Str(left), Self::Str(right)) => left == right,
            (Self::List(left), Self::List(right)) | (Self::Tuple(left), Self::Tuple(right)) => left == right,
            (Self::Map(left), Self::Map(right)) => left == right,
            _ => number::compare(self, other) == Some(std::cmp::Ordering::Equal),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::str(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Str(text.into())
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}
