//! Values of records and of the engine, into each other without copying what lies within.

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectRepr, Tuple, ValueKind};

use super::super::value::{Map, Value, repr, text as python_text};
use super::moments::moment_text;

type Engine = minijinja::Value;

/// A map as the engine sees it: members become the engine's when they are looked at.
#[derive(Debug)]
struct EngineMap(Arc<Map>);

/// A list as the engine sees it.
#[derive(Debug)]
struct EngineList(Arc<Vec<Value>>);

impl Object for EngineMap {
    fn get_value(self: &Arc<Self>, key: &Engine) -> Option<Engine> {
        self.0.get(key.as_str()?).map(to_engine)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Engine> {
        self.0.get(key).map(to_engine)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.0.keys().map(|key| Engine::from(key.as_str())).collect())
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.0.len())
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&python_text(&Value::Map(Arc::clone(&self.0))))
    }
}

impl Object for EngineList {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Engine) -> Option<Engine> {
        let length = i64::try_from(self.0.len()).ok()?;
        let index = key.as_i64()?;
        let index = if index < 0 { index + length } else { index };
        self.0.get(usize::try_from(index).ok()?).map(to_engine)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.0.len())
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&python_text(&Value::List(Arc::clone(&self.0))))
    }
}

/// A value for the engine.
pub(in super::super) fn to_engine(value: &Value) -> Engine {
    match value {
        Value::Null => Engine::from(()),
        Value::Bool(value) => Engine::from(*value),
        Value::Int(value) => Engine::from(*value),
        Value::Big(value) => Engine::from(**value),
        Value::Float(value) => Engine::from(*value),
        Value::Str(text) => Engine::from(text.as_str()),
        Value::List(items) => Engine::from_object(EngineList(Arc::clone(items))),
        Value::Tuple(items) => Engine::from(Tuple::from(items.iter().map(to_engine).collect::<Vec<_>>())),
        Value::Map(map) => Engine::from_object(EngineMap(Arc::clone(map))),
    }
}

/// A value of the engine's; dates become their text.
pub(in super::super) fn from_engine(value: &Engine) -> Value {
    if let Some(map) = value.downcast_object_ref::<EngineMap>() {
        return Value::Map(Arc::clone(&map.0));
    }
    if let Some(list) = value.downcast_object_ref::<EngineList>() {
        return Value::List(Arc::clone(&list.0));
    }
    if let Some(text) = moment_text(value) {
        return Value::from(text);
    }
    match value.kind() {
        ValueKind::Bool => Value::Bool(value.is_true()),
        ValueKind::Number if value.is_integer() => {
            i128::try_from(value.clone()).map_or_else(|_| Value::from(value.to_string()), Value::int)
        }
        ValueKind::Number => f64::try_from(value.clone()).map_or(Value::Null, Value::Float),
        ValueKind::String => Value::str(value.as_str().unwrap_or_default()),
        ValueKind::Seq | ValueKind::Iterable => {
            let items: Vec<Value> = value.try_iter().into_iter().flatten().map(|item| from_engine(&item)).collect();
            if value.is_tuple() { Value::Tuple(items.into()) } else { Value::list(items) }
        }
        ValueKind::Map => {
            let object = value.as_object().map(|object| object.try_iter_pairs().into_iter().flatten());
            Value::map(object.into_iter().flatten().map(|(key, item)| (text(&key), from_engine(&item))).collect())
        }
        _ => Value::Null,
    }
}

/// Python's `str(value)`, as a template writes it; nothing for what is undefined.
pub(super) fn text(value: &Engine) -> String {
    match value.kind() {
        ValueKind::Undefined => String::new(),
        ValueKind::String => value.as_str().unwrap_or_default().to_owned(),
        ValueKind::Plain => moment_text(value).unwrap_or_else(|| value.to_string()),
        _ if holds_undefined(value) => written(value),
        _ => python_text(&from_engine(value)),
    }
}

/// Whether something undefined lies in a list or a map, as where an attribute is taken of things that have none.
fn holds_undefined(value: &Engine) -> bool {
    let is_ours =
        value.downcast_object_ref::<EngineMap>().is_some() || value.downcast_object_ref::<EngineList>().is_some();
    if is_ours || !matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable | ValueKind::Map) {
        return false;
    }
    let is_one = |item: &Engine| item.is_undefined() || holds_undefined(item);
    match value.as_object().filter(|_| value.kind() == ValueKind::Map) {
        Some(map) => map.try_iter_pairs().into_iter().flatten().any(|(_, item)| is_one(&item)),
        None => value.try_iter().into_iter().flatten().any(|item| is_one(&item)),
    }
}

/// Python's `repr(value)`, also of what holds something undefined.
fn written(value: &Engine) -> String {
    if value.is_undefined() {
        return "Undefined".to_owned();
    }
    if !holds_undefined(value) {
        return repr(&from_engine(value));
    }
    if let Some(map) = value.as_object().filter(|_| value.kind() == ValueKind::Map) {
        let members = map.try_iter_pairs().into_iter().flatten();
        let members: Vec<_> = members.map(|(key, item)| format!("{}: {}", written(&key), written(&item))).collect();
        return format!("{{{}}}", members.join(", "));
    }
    let items: Vec<_> = value.try_iter().into_iter().flatten().map(|item| written(&item)).collect();
    match (value.is_tuple(), items.as_slice()) {
        (true, [only]) => format!("({only},)"),
        (true, _) => format!("({})", items.join(", ")),
        (false, _) => format!("[{}]", items.join(", ")),
    }
}
